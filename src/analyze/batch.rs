//! Frames that are decoded before the flows they belong to are looked for, apart from the buffer they were read into.

use super::Arrival;
use super::Follower;
use super::Options;
use super::Take;
use super::decoder;
use crate::capture::Frame;
use crate::decode::Datagram;
use crate::decode::Decoded;
use crate::decode::Decoder;
use crate::decode::Segment;
use crate::flow::Ends;
use crate::flow::Hashing;
use std::ops::Range;

/// Packets of one batch, about. Measured: with half as many, the threads wait for each other a twentieth of the time more.
const PACKETS: usize = 1024;
/// Payload of one batch, bytes, about: what is handed on should be in a cache still when it is taken.
const BYTES: usize = 256 * 1024;

/// Decodes frames into batches, of which a [`Follower`] makes what an [`Analyzer`](super::Analyzer) makes of the frames.
#[derive(Debug)]
pub struct Batcher {
    decoder: Decoder,
    hashing: Hashing,
}

impl Batcher {
    /// Decodes for `follower`, which has the same `options`.
    #[must_use]
    pub fn new(options: &Options, follower: &Follower) -> Self {
        Self {
            decoder: decoder(options),
            hashing: follower.hashing().clone(),
        }
    }

    /// Adds what `frame` holds to `batch`.
    pub fn add(&mut self, frame: &Frame<'_>, batch: &mut Batch) {
        self.packet(frame, true, batch);
    }

    fn packet(&mut self, frame: &Frame<'_>, first: bool, batch: &mut Batch) {
        batch.add(
            Arrival::of(frame),
            first,
            &self.decoder.decode(frame),
            &self.hashing,
        );
        if self.decoder.more() {
            self.again(frame, batch);
        }
    }

    /// Adds the next packet of a frame that holds several; the decoder bounds how many.
    #[cold]
    #[inline(never)]
    fn again(&mut self, frame: &Frame<'_>, batch: &mut Batch) {
        self.packet(frame, false, batch);
    }

    /// The capture is over: fragments whose datagram never became whole.
    #[must_use]
    pub fn finish(&mut self) -> u64 {
        self.decoder.reset();
        self.decoder.fragments_lost()
    }
}

/// What frames hold, in the order in which they were captured.
#[derive(Debug, Default)]
pub struct Batch {
    packets: Vec<Packet>,
    bytes: Vec<u8>,
}

/// One packet of a [`Batch`].
#[derive(Debug)]
struct Packet {
    arrival: Arrival,
    /// The first of its frame, as nearly every packet is.
    first: bool,
    content: Content,
    /// Where its payload stands among the bytes of the batch.
    payload: Range<usize>,
}

#[derive(Debug)]
enum Content {
    Segment(Segment<'static>, Ends),
    Datagram(Datagram<'static>),
    /// What has no payload.
    Other(Decoded<'static>),
}

impl Batch {
    /// Whether it holds as much as it should.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.packets.len() >= PACKETS || self.bytes.len() >= BYTES
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.packets.clear();
        self.bytes.clear();
        // A packet may have megabytes.
        self.bytes.shrink_to(2 * BYTES);
    }

    fn add(&mut self, arrival: Arrival, first: bool, decoded: &Decoded<'_>, hashing: &Hashing) {
        let (content, payload) = match decoded {
            Decoded::Tcp(segment) => (
                Content::Segment(segment.without_payload(), Ends::of(segment).hashed(hashing)),
                segment.payload,
            ),
            Decoded::Udp(datagram) => (
                Content::Datagram(datagram.without_payload()),
                datagram.payload,
            ),
            Decoded::IcmpError(error) => {
                (Content::Other(Decoded::IcmpError(*error)), [].as_slice())
            }
            Decoded::Skip(skip) => (Content::Other(Decoded::Skip(*skip)), [].as_slice()),
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        self.packets.push(Packet {
            arrival,
            first,
            content,
            payload: start..self.bytes.len(),
        });
    }

    /// Packets in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Whether packet `number` is the last one of its frame.
    #[must_use]
    pub fn ends_frame(&self, number: usize) -> bool {
        let next = self.packets.get(number.saturating_add(1));
        next.is_none_or(|next| next.first)
    }

    /// Gives packet `number` to `follower`; without effect beyond the last.
    #[inline]
    pub fn follow(&self, number: usize, follower: &mut Follower, take: Take<'_>) {
        let Some(packet) = self.packets.get(number) else {
            return;
        };
        if packet.first {
            follower.arrive(&packet.arrival, take);
        }
        let payload = self.bytes.get(packet.payload.clone()).unwrap_or_default();
        match &packet.content {
            Content::Segment(segment, ends) => follower.segment(&segment.with(payload), ends, take),
            Content::Datagram(datagram) => follower.other(&Decoded::Udp(datagram.with(payload))),
            Content::Other(decoded) => follower.other(decoded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Batch;
    use super::Batcher;
    use crate::analyze::Follower;
    use crate::analyze::Options;
    use crate::analyze::sample::Talk;
    use crate::base::Side;
    use crate::capture::Frame;
    use crate::facts::RunFacts;
    use crate::pattern::Diagnosis;

    /// As [`Talk::analysed`], by way of batches of so many frames.
    fn batched(talk: &Talk, options: &Options, frames: usize) -> (Vec<Diagnosis>, RunFacts) {
        let mut follower = Follower::new(options.clone());
        let mut batcher = Batcher::new(options, &follower);
        let mut all = Vec::new();
        let numbered: Vec<_> = (1..).zip(&talk.packets).collect();
        for some in numbered.chunks(frames) {
            let mut batch = Batch::default();
            for (number, packet) in some {
                batcher.add(&packet.frame(*number, &packet.bytes()), &mut batch);
            }
            assert_eq!((batch.len(), batch.is_empty()), (some.len(), false));
            for number in 0..=batch.len() {
                batch.follow(number, &mut follower, &mut |diagnosis| {
                    all.push(diagnosis);
                    None
                });
            }
        }
        let run = follower.finish(batcher.finish(), &mut |diagnosis| {
            all.push(diagnosis);
            None
        });
        (all, run)
    }

    #[test]
    fn batches_of_any_size_give_what_the_frames_give() {
        let options = Options::default();
        let talk = Talk::completed(1)
            .then(Talk::connected(2).reset(Side::Server))
            .then(Talk::connected(3).send(Side::Client, b"GET / HTTP/1.1\r\n\r\n"));
        let told = |(all, run): (Vec<Diagnosis>, RunFacts)| format!("{all:?} {run:?}");
        let one_by_one = told(talk.analysed(&options));
        for frames in [1, 2, 7, 1000] {
            assert_eq!(
                told(batched(&talk, &options, frames)),
                one_by_one,
                "{frames}"
            );
        }
    }

    #[test]
    fn a_batch_is_full_by_packets_or_by_bytes_and_empty_when_it_is_cleared() {
        let talk = Talk::connected(1).send(Side::Client, &[0; 1000]);
        let packet = &talk.packets[3];
        let bytes = packet.bytes();
        let follower = Follower::new(Options::default());
        let mut batcher = Batcher::new(&Options::default(), &follower);
        for (data, most) in [(&bytes[..], 263), (&bytes[..20], 1024)] {
            let mut batch = Batch::default();
            let mut count = 0;
            while !batch.is_full() {
                let frame = packet.frame(1, &bytes);
                batcher.add(&Frame { data, ..frame }, &mut batch);
                count += 1;
            }
            assert_eq!(count, most);
            batch.clear();
            assert!(batch.is_empty() && !batch.is_full());
        }
    }
}
