//! Whole frames through the decoder: one per feature, then all of them cut, damaged and random. `equality` compares with etherparse.

mod encapsulation;
mod equality;
mod fragmented;
mod hostile;
mod registered;
mod segments;
mod tunnels;
mod wireless;

use crate::capture::Frame;
use crate::decode::Decoded;
use crate::decode::Decoder;
use crate::decode::FragmentLimits;
use crate::decode::Segment;
use crate::decode::Skip;

fn decoder() -> Decoder {
    Decoder::new(FragmentLimits::default())
}

/// The segment in `frame`, handed to `check`.
fn with_segment(frame: &Frame<'_>, check: impl FnOnce(&Segment<'_>)) {
    match decoder().decode(frame) {
        Decoded::Tcp(segment) => check(&segment),
        other => panic!("no segment: {other:?}"),
    }
}

fn skip(frame: &Frame<'_>) -> Skip {
    match decoder().decode(frame) {
        Decoded::Skip(skip) => skip,
        other => panic!("not skipped: {other:?}"),
    }
}
