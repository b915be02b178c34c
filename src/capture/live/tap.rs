//! One interface that is captured from.

use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::capture::Drops;
use crate::capture::Error;
use crate::capture::Frame;
use crate::capture::Problem;
use crate::capture::SourceInfo;
use crate::capture::libpcap::words;
use pcap::Active;
use pcap::Capture;
use pcap::Device;
use pcap::Packet;
use pcap::Stat;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;

/// One interface.
pub(super) struct Tap {
    pub(super) name: String,
    /// BPF expression in force.
    pub(super) filter: String,
    index: u16,
    capture: Capture<Active>,
    link_type: u16,
    snap_length: u32,
    number: u64,
    head: Head,
    /// Why no more comes from it.
    gone: Option<String>,
    lost: Drops,
    /// libpcap's counters at the last look: they are of 32 bits, and wrap.
    counters: Stat,
    received: u64,
    /// The loopback interface is in it.
    loopback: bool,
}

/// A packet that waits for those of other interfaces.
#[derive(Default)]
struct Head {
    held: bool,
    at: Timestamp,
    wire_length: u32,
    data: Vec<u8>,
}

impl Tap {
    pub(super) fn new(
        index: u16,
        name: &str,
        capture: Capture<Active>,
        link_type: u16,
        snap_length: u32,
        filter: String,
    ) -> Self {
        Self {
            name: name.to_owned(),
            filter,
            index,
            capture,
            link_type,
            snap_length,
            number: 0,
            head: Head::default(),
            gone: None,
            lost: Drops::default(),
            counters: Stat {
                received: 0,
                dropped: 0,
                if_dropped: 0,
            },
            received: 0,
            loopback: is_loopback(name),
        }
    }

    /// The socket, to wait for.
    pub(super) fn socket(&self) -> Result<OwnedFd, Error> {
        let socket = self.capture.as_fd().try_clone_to_owned();
        socket.map_err(|cause| Error::CannotCapture {
            name: self.name.clone(),
            what: cause.to_string(),
        })
    }

    /// The next packet, if one is there.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Frame<'_>> {
        let packet = match self.capture.next_packet() {
            Ok(packet) => packet,
            Err(error) => {
                failed(&mut self.gone, error);
                return None;
            }
        };
        self.number += 1;
        Some(Frame {
            frame: FrameRef::new(self.index, self.number),
            at: time(&packet),
            link_type: self.link_type,
            interface: 0,
            data: packet.data,
            wire_length: wire_length(&packet),
        })
    }

    /// When the next packet was captured, if one is there. It is kept until it is taken.
    pub(super) fn peek(&mut self) -> Option<Timestamp> {
        if !self.head.held {
            match self.capture.next_packet() {
                Ok(packet) => {
                    self.head.held = true;
                    self.head.at = time(&packet);
                    self.head.wire_length = wire_length(&packet);
                    self.head.data.clear();
                    self.head.data.extend_from_slice(packet.data);
                }
                Err(error) => failed(&mut self.gone, error),
            }
        }
        self.head.held.then_some(self.head.at)
    }

    /// The packet that [`Self::peek`] saw.
    pub(super) fn take(&mut self) -> Option<Frame<'_>> {
        if !self.head.held {
            return None;
        }
        self.head.held = false;
        self.number += 1;
        Some(Frame {
            frame: FrameRef::new(self.index, self.number),
            at: self.head.at,
            link_type: self.link_type,
            interface: 0,
            data: &self.head.data,
            wire_length: self.head.wire_length,
        })
    }

    /// Whether nothing comes from it any more.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.is_some()
    }

    pub(super) fn problem(&self) -> Option<Problem> {
        let why = self.gone.as_ref()?;
        Some(Problem {
            code: "interface-lost",
            source: self.index,
            frame: self.number,
            text: format!(
                "{}: the capture ended behind packet {}: {why}",
                self.name, self.number
            ),
        })
    }

    pub(super) fn info(&self) -> SourceInfo {
        SourceInfo {
            name: self.name.clone(),
            format: "live",
            compression: None,
            link_types: vec![self.link_type],
            snap_length: self.snap_length,
            size: None,
        }
    }

    /// What was lost so far; what it was at the last look where the kernel does not say. `unread`: nothing more is read though
    /// packets wait in the kernel's ring, which are lost too.
    pub(super) fn drops(&mut self, unread: bool) -> Drops {
        if let Ok(now) = self.capture.stats() {
            let more = |now: u32, before: u32| u64::from(now.wrapping_sub(before));
            self.received += more(now.received, self.counters.received);
            self.lost.kernel += more(now.dropped, self.counters.dropped);
            self.lost.interface += more(now.if_dropped, self.counters.if_dropped);
            self.counters = now;
        }
        let mut lost = self.lost;
        // Of what leaves through the loopback interface libpcap hands nothing on, and the kernel counts it: how many wait there cannot be
        // told.
        if unread && !self.loopback {
            // The kernel counts among the received ones those that it dropped (packet(7), PACKET_STATISTICS).
            let read = self.number + u64::from(self.head.held);
            lost.kernel = lost.kernel.max(self.received.saturating_sub(read));
        }
        lost
    }
}

fn is_loopback(name: &str) -> bool {
    let devices = Device::list().unwrap_or_default();
    let named = devices.iter().find(|device| device.name == name);
    name == "any" || named.is_some_and(|device| device.flags.is_loopback())
}

/// No packet: none is there yet, or none will come.
#[cold]
fn failed(gone: &mut Option<String>, error: pcap::Error) {
    if error != pcap::Error::TimeoutExpired {
        gone.get_or_insert_with(|| words(error));
    }
}

/// libpcap was asked for nanoseconds: they stand where microseconds did.
#[inline]
fn time(packet: &Packet<'_>) -> Timestamp {
    let stamp = packet.header.ts;
    Timestamp(
        stamp
            .tv_sec
            .saturating_mul(1_000_000_000)
            .saturating_add(stamp.tv_usec),
    )
}

/// Never below what is kept.
#[inline]
fn wire_length(packet: &Packet<'_>) -> u32 {
    packet.header.len.max(packet.header.caplen)
}
