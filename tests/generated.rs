//! The generator of large captures (`benches/generate`): small ones of each kind are judged as their truth says.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../benches/generate/check.rs"]
mod check;
#[path = "../benches/generate/generator/mod.rs"]
mod generator;

use generator::Kind;
use generator::Truth;
use std::io::Cursor;
use std::path::Path;

fn generate(kind: &str, count: u64) -> (Vec<u8>, Truth) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut bytes = Vec::new();
    let kind = Kind::named(kind).unwrap();
    let truth = generator::generate(kind, count, &cases, &mut bytes).unwrap();
    (bytes, truth)
}

fn differences(bytes: Vec<u8>, truth: &Truth) -> Vec<String> {
    check::differences(Box::new(Cursor::new(bytes)), &truth.json())
}

#[test]
fn each_kind_is_judged_as_its_truth_says() {
    for (kind, count) in [("handshakes", 6_000), ("bulk", 12), ("mixed", 2_500)] {
        let (bytes, truth) = generate(kind, count);
        assert_eq!(bytes.len() as u64, truth.bytes, "{kind}");
        let none: Vec<String> = Vec::new();
        assert_eq!(differences(bytes, &truth), none, "{kind}");
    }
}

#[test]
fn every_source_is_used_and_the_same_arguments_give_the_same_bytes() {
    let (bytes, truth) = generate("handshakes", 6_000);
    assert_eq!(
        truth.flows.len(),
        truth.sources,
        "a source with a weight too small"
    );
    assert!(generate("handshakes", 6_000).0 == bytes);
    assert!(truth.concurrent > 100, "flows overlap in time");
}

#[test]
fn a_truth_that_is_wrong_is_noticed() {
    let (bytes, mut truth) = generate("mixed", 500);
    let counted = truth.flows.values_mut().next_back().unwrap();
    counted.0 += 1;
    assert!(!differences(bytes, &truth).is_empty());
    assert!(truth.retransmitted > 0 && truth.reordered > 0);
}
