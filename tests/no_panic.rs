//! Damaged and hostile input never panics, never ends a run with an error, and never breaks the counts.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use kit::cases;
use kit::change;
use kit::packet::Packet;
use kit::packet::RST;
use kit::packet::SYN;
use kit::random::Random;
use kit::run::analyse;
use kit::script::From::Client;
use kit::script::From::Server;
use kit::script::Script;
use kit::write;

/// The outcomes of contract 2.2.
const OUTCOMES: [&str; 6] = [
    "completed",
    "failed",
    "unknown",
    "unfinished",
    "abandoned",
    "no-attempt",
];
/// About how many packets one test reads, so that all of them end within half a minute on a slow machine. A capture that needs
/// more is cut at every n-th byte; n is odd, so that all places within a header are met.
const PACKETS: usize = 40_000;

/// Reads these bytes to the end. Bytes that are no capture at all are refused, which is no failure.
fn survives(bytes: &[u8]) {
    let Ok((diagnoses, report)) = analyse(&[bytes]) else {
        return;
    };
    let counted: u64 = report.outcomes.values().sum();
    assert_eq!(counted, diagnoses.len() as u64, "outcomes are no partition");
    for name in report.outcomes.keys() {
        assert!(OUTCOMES.contains(name), "an outcome {name}");
    }
    let patterns: u64 = report.patterns.values().sum();
    let failed = report.outcomes.get("failed").copied().unwrap_or(0);
    assert_eq!(patterns, failed, "patterns are no partition");
    let reasons: u64 = report.reasons.values().sum();
    let unknown = report.outcomes.get("unknown").copied().unwrap_or(0);
    assert_eq!(reasons, unknown, "reasons are no partition");
    let holes = diagnoses
        .iter()
        .filter(|diagnosis| diagnosis.verdict.reason == Some("no-pattern"));
    let holes: Vec<_> = holes.map(|diagnosis| &diagnosis.facts.timeline).collect();
    assert!(holes.is_empty(), "failed without a pattern: {holes:#?}");
}

/// Every n-th length of a capture of so many bytes and packets, n such that about [`PACKETS`] are read for each of `share` captures.
fn stride(bytes: usize, packets: usize, share: usize) -> usize {
    (bytes * packets / 2 / (PACKETS / share)) | 1
}

#[test]
fn a_capture_may_end_anywhere() {
    let cases = cases::all();
    for case in &cases {
        let stride = stride(case.bytes.len(), case.packets().len(), cases.len());
        for end in (0..case.bytes.len()).step_by(stride) {
            survives(&case.bytes[..end]);
        }
    }
}

#[test]
fn a_small_capture_may_end_at_every_byte() {
    for name in ["syn_refused", "one_direction", "silent_server"] {
        let case = cases::named(name);
        for end in 0..case.bytes.len() {
            survives(&case.bytes[..end]);
        }
    }
}

/// Snap lengths up to the longest packet.
#[test]
fn every_packet_may_be_cut_at_any_length() {
    let cases = cases::all();
    for (index, case) in cases.iter().enumerate() {
        let packets = case.packets();
        let frames: Vec<(i64, Vec<u8>)> = packets
            .iter()
            .map(|packet| (packet.at, packet.to_bytes()))
            .collect();
        let longest = frames.iter().map(|(_, frame)| frame.len()).max().unwrap();
        let stride = (2 * longest * packets.len() / (PACKETS / cases.len())) | 1;
        for snap in (index % stride..longest)
            .step_by(stride)
            .chain([14, 34, 54, 60, 68, 96])
        {
            survives(&snapped(packets[0].link_type(), &frames, snap));
        }
    }
}

/// A pcap that says how long its packets were.
fn snapped(link_type: u16, frames: &[(i64, Vec<u8>)], snap: usize) -> Vec<u8> {
    let mut out = write::pcap_of(link_type, &[], false, true);
    for (at, frame) in frames {
        let kept = frame.len().min(snap);
        let whole = write::pcap_of(link_type, &[(*at, frame[..kept].to_vec())], false, true);
        let start = out.len();
        out.extend(&whole[24..]);
        out[start + 12..start + 16].copy_from_slice(&(frame.len() as u32).to_le_bytes());
    }
    out
}

#[test]
fn bits_may_flip() {
    let mut random = Random::new(11);
    let mut read = 0;
    let cases = cases::all();
    while read < PACKETS {
        let case = &cases[random.below(cases.len())];
        let mut bytes = case.bytes.clone();
        for _ in 0..1 + random.below(12) {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        read += bytes.len() / 150;
        survives(&bytes);
    }
}

#[test]
fn bytes_may_be_overwritten() {
    let mut random = Random::new(12);
    let mut read = 0;
    let cases = cases::all();
    while read < PACKETS {
        let case = &cases[random.below(cases.len())];
        let mut bytes = case.bytes.clone();
        // Behind the file header: damage of that ends the run at once.
        let start = 24 + random.below(bytes.len() - 24);
        let end = bytes.len().min(start + 1 + random.below(24));
        match random.below(4) {
            0 => bytes[start..end].fill(0),
            1 => bytes[start..end].fill(0xff),
            2 => drop(bytes.drain(start..end)),
            _ => {
                let noise = random.bytes(end - start);
                bytes[start..end].copy_from_slice(&noise);
            }
        }
        read += bytes.len() / 150;
        survives(&bytes);
    }
}

/// Damage in what the packets carry, with the headers and checksums below it good.
#[test]
fn payload_may_be_damaged() {
    let mut random = Random::new(13);
    let mut read = 0;
    let cases = cases::all();
    while read < PACKETS {
        let mut packets = cases[random.below(cases.len())].packets();
        for segment in packets.iter_mut().filter_map(Packet::tcp_mut) {
            if segment.payload.is_empty() || random.below(4) != 0 {
                continue;
            }
            let length = segment.payload.len();
            match random.below(4) {
                0 => segment.payload.truncate(random.below(length)),
                1 => segment.seq = segment.seq.wrapping_add(random.below(2000) as u32),
                _ => {
                    // Near the start, where types and lengths stand.
                    let at = random.below(length.min(60));
                    segment.payload[at] = random.byte();
                }
            }
        }
        read += packets.len();
        survives(&write::pcap(&packets));
    }
}

/// Packets in any order, left out, and repeated.
#[test]
fn packets_may_come_in_any_order() {
    let mut random = Random::new(14);
    for case in cases::all() {
        let packets = change::cut_anew(&case.packets(), random.next());
        let mut times: Vec<i64> = packets.iter().map(|packet| packet.at).collect();
        let mut packets: Vec<Packet> = packets
            .into_iter()
            .filter(|_| random.below(20) != 0)
            .collect();
        for _ in 0..3 {
            for index in (1..packets.len()).rev() {
                packets.swap(index, random.below(index + 1));
            }
            times.truncate(packets.len());
            for (packet, at) in packets.iter_mut().zip(&times) {
                packet.at = *at;
            }
            survives(&write::pcap(&packets));
        }
    }
}

#[test]
fn noise_behind_a_good_header_is_survived() {
    let mut random = Random::new(15);
    for _ in 0..600 {
        let link_types = [0, 1, 12, 101, 108, 113, 228, 229, 239, 276];
        let link_type = link_types[random.below(link_types.len())];
        let mut bytes = write::pcap_of(link_type, &[], random.below(2) == 0, false);
        let length = random.below(3000);
        bytes.extend(random.bytes(length));
        survives(&bytes);
        let frames: Vec<(i64, Vec<u8>)> = (0..20)
            .map(|second| {
                let length = random.below(200);
                (second * 1_000_000_000, random.bytes(length))
            })
            .collect();
        survives(&write::pcap_of(link_type, &frames, false, false));
    }
}

#[test]
fn noise_on_a_tls_port_is_survived() {
    let mut random = Random::new(16);
    for _ in 0..2500 {
        let mut script = Script::new();
        script.send(Client, SYN, &[]);
        script.receive(Server);
        script.send(Server, SYN, &[]);
        script.acknowledge(Client);
        for _ in 0..random.below(8) {
            let from = if random.below(3) == 0 { Server } else { Client };
            let length = random.below(400);
            let mut payload = random.bytes(length);
            // Mostly something that begins like a record.
            if random.below(3) != 0 && length > 11 {
                let kind = 20 + random.below(5) as u8;
                let body = random.below(300) as u16;
                let [high, low] = body.to_be_bytes();
                payload[..11].copy_from_slice(&[
                    kind,
                    3,
                    random.below(5) as u8,
                    high,
                    low,
                    random.below(26) as u8,
                    0,
                    high,
                    low.wrapping_sub(4),
                    3,
                    3,
                ]);
            }
            if random.below(4) == 0 {
                script.send(from, random.byte() & !(SYN | RST), &payload);
            } else {
                script.deliver(from, &payload);
            }
            script.wait(random.below(3_000_000_000) as i64);
        }
        script.send(Server, random.byte(), &[]);
        survives(&write::pcap(&script.packets));
    }
}
