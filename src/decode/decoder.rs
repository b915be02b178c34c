//! The way of a frame through the layers, and the only state there is: fragments waiting for the rest.

use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::capture::Frame;
use crate::decode::Decoded;
use crate::decode::FragmentLimits;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::fragments::Fragments;
use crate::decode::icmp;
use crate::decode::ip;
use crate::decode::ip::Upper;
use crate::decode::layer::Layer;
use crate::decode::link;
use crate::decode::route::Route;
use crate::decode::tcp;
use crate::decode::udp;

/// Reads frames. Keeps nothing between them but fragments, within [`FragmentLimits`].
#[derive(Debug, Default)]
pub struct Decoder {
    pub(super) fragments: Fragments,
    /// The datagram made whole by the last frame, from which its segment borrows.
    assembled: Vec<u8>,
    /// The same for a datagram whose fragments came in a tunnel that was itself fragmented.
    inner: Vec<u8>,
    /// The last frame and the place of its next packet, where there is one.
    next: Option<(FrameRef, u8)>,
}

/// Where a frame was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) frame: FrameRef,
    pub(super) at: Timestamp,
    pub(super) path: Path,
}

impl Place {
    /// `vlan` is the only tag, or 0.
    #[inline]
    fn new(frame: &Frame<'_>, vlan: u16) -> Self {
        let path = Path {
            vlans: [vlan, 0, 0, 0],
            tunnel: (0, 0),
            interface: frame.interface,
            packet_type: 255,
        };
        Self {
            frame: frame.frame,
            at: frame.at,
            path,
        }
    }
}

impl Decoder {
    /// A decoder that holds fragments within `limits`.
    #[must_use]
    pub fn new(limits: FragmentLimits) -> Self {
        Self {
            fragments: Fragments::new(limits),
            ..Self::default()
        }
    }

    /// What `frame` holds. A datagram that this frame makes whole is the decoder's own, all else borrows from the frame.
    ///
    /// Where [`Self::more`] is true afterwards, the frame holds another packet, and the same call gives it.
    ///
    /// Look at the result by reference: moving a [`Segment`](crate::decode::Segment) out costs about as much as decoding it.
    #[inline(always)]
    pub fn decode<'a>(&'a mut self, frame: &Frame<'a>) -> Decoded<'a> {
        let whole = Layer::new(
            frame.data,
            usize::try_from(frame.wire_length).unwrap_or(usize::MAX),
        );
        // The usual way has no branch in common with the others but this one: values that meet in memory cost more here than all the rest.
        if let Some((packet, vlan)) = link::plain(frame.link_type, whole)
            && let Some(upper) = ip::plain(packet)
        {
            return tcp::segment(&upper, Place::new(frame, vlan));
        }
        self.other(frame, whole)
    }

    /// Whether the frame given last holds another packet than the last one of it (an A-MSDU of 802.11).
    #[inline]
    #[must_use]
    pub fn more(&self) -> bool {
        self.next.is_some()
    }

    /// Fragments so far whose datagram never became whole: let go at the bound, after the time-out or on [`Self::reset`].
    #[must_use]
    pub fn fragments_lost(&self) -> u64 {
        self.fragments.lost()
    }

    /// Fragments that still wait for the rest; at the end of the input they are lost too.
    #[must_use]
    pub fn fragments_held(&self) -> u64 {
        self.fragments.held()
    }

    /// Gives up all fragments that wait; they count as lost.
    pub fn reset(&mut self) {
        self.fragments.give_up();
    }

    /// All that is not TCP over IP over Ethernet without anything between.
    #[inline(never)]
    fn other<'a>(&'a mut self, frame: &Frame<'a>, whole: Layer<'a>) -> Decoded<'a> {
        let mut place = Place::new(frame, 0);
        let wanted = match self.next {
            Some((same, next)) if same == frame.frame => next,
            _ => 0,
        };
        let mut route = Route::new(place.path, wanted);
        let upper = link::packet(frame.link_type, whole, &mut route)
            .and_then(|packet| ip::upper(packet, &mut route));
        self.next = route.more.then_some((frame.frame, wanted + 1));
        place.path = route.path;
        match upper {
            Ok(upper) if upper.fragment.is_none() => transport(&upper, place),
            Ok(upper) => self.fragment(&upper, place),
            Err(skip) => Decoded::Skip(skip),
        }
    }

    /// Holds a fragment, or reads the datagram that it makes whole.
    #[cold]
    fn fragment<'a>(&'a mut self, upper: &Upper<'a>, mut place: Place) -> Decoded<'a> {
        let once = match assemble(&mut self.fragments, upper, &mut place, &mut self.assembled) {
            Ok(upper) => upper,
            Err(skip) => return Decoded::Skip(skip),
        };
        if once.fragment.is_none() {
            return transport(&once, place);
        }
        match assemble(&mut self.fragments, &once, &mut place, &mut self.inner) {
            Ok(twice) if twice.fragment.is_none() => transport(&twice, place),
            // Fragments in fragments in fragments: nobody's network does this.
            Ok(_) => Decoded::Skip(Skip::Malformed),
            Err(skip) => Decoded::Skip(skip),
        }
    }
}

/// Adds the fragment in `upper`; with the last one missing, writes the datagram to `whole` and finds its transport header.
fn assemble<'b>(
    fragments: &mut Fragments,
    upper: &Upper<'_>,
    place: &mut Place,
    whole: &'b mut Vec<u8>,
) -> Result<Upper<'b>, Skip> {
    let datagram = fragments.add(upper, place.at, whole)?;
    let mut route = Route::new(place.path, 0);
    let found = ip::resume(whole, datagram.protocol, datagram.wire, &mut route);
    place.path = route.path;
    found
}

/// Reads the transport header.
fn transport<'a>(upper: &Upper<'a>, place: Place) -> Decoded<'a> {
    match upper.protocol {
        6 => tcp::segment(upper, place),
        17 => udp::datagram(upper, place),
        1 => icmp::v4(upper, place),
        58 => icmp::v6(upper, place),
        50 => Decoded::Skip(Skip::Encrypted("ESP")),
        // IGMP, OSPF, PIM, VRRP and "no next header": routing housekeeping.
        2 | 59 | 89 | 103 | 112 => Decoded::Skip(Skip::LinkLocal),
        other => Decoded::Skip(Skip::UnsupportedIpProtocol(other)),
    }
}
