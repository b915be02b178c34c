//! How a capture is written changes nothing that it shows: formats, compressions, trailers that balancers append.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use std::fs;
use std::io::Write;
use std::path::Path;

use kit::cases;
use kit::flows::Flows;
use kit::flows::differences;
use kit::flows::flows;
use kit::packet::Packet;
use kit::run::analyse;
use kit::write;

fn seen(bytes: &[u8]) -> Flows {
    flows(&analyse(&[bytes]).unwrap().0)
}

/// Asserts that what `write` makes of a capture's packets shows what the capture shows.
fn law(name: &str, write: impl Fn(&[Packet]) -> Vec<u8>) {
    let mut broken = String::new();
    for case in cases::all() {
        let before = seen(&case.bytes);
        let after = seen(&write(&case.packets()));
        for (_, line) in differences(&before, &after, &[]) {
            broken.push_str(&format!("\n  {}: {line}", case.name));
        }
    }
    assert!(broken.is_empty(), "{name}:{broken}");
}

#[test]
fn the_files_of_every_format_show_what_their_original_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let original = fs::read(folder.join("cases/connect_proxy/capture.pcap")).unwrap();
    let expected = seen(&original);
    let mut count = 0;
    for file in fs::read_dir(folder.join("files")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("connect_proxy") {
            continue;
        }
        count += 1;
        let bytes = fs::read(&path).unwrap();
        let (diagnoses, report) = analyse(&[&bytes]).unwrap();
        assert_eq!(
            differences(&expected, &flows(&diagnoses), &[]),
            [],
            "{name}"
        );
        assert_eq!(report.run.problems, [], "{name}");
        assert_eq!(report.run.packets, 53, "{name}");
    }
    assert!(count >= 8, "{count} files");
}

/// Links of Ethernet only, as these formats name them by numbers of their own.
fn ethernet(packets: &[Packet]) -> bool {
    packets.first().is_none_or(|packet| packet.link_type() == 1)
}

fn snoop(packets: &[Packet]) -> Vec<u8> {
    let mut out = b"snoop\0\0\0\0\0\0\x02\0\0\0\x04".to_vec();
    for packet in packets {
        let bytes = packet.to_bytes();
        let length = bytes.len() as u32;
        let padded = bytes.len().next_multiple_of(4);
        let seconds = packet.at.div_euclid(1_000_000_000) as u32;
        let micros = (packet.at.rem_euclid(1_000_000_000) / 1000) as u32;
        for field in [length, length, 24 + padded as u32, 0, seconds, micros] {
            out.extend(field.to_be_bytes());
        }
        let end = out.len() + padded;
        out.extend(bytes);
        out.resize(end, 0);
    }
    out
}

/// Network Monitor 2.3, whose packets bear their own times.
fn netmon(packets: &[Packet]) -> Vec<u8> {
    let mut records = Vec::new();
    for packet in packets {
        let bytes = packet.to_bytes();
        let length = (bytes.len() as u32).to_le_bytes();
        records.extend([0; 8]);
        records.extend(length);
        records.extend(length);
        records.extend(bytes);
        let time = (packet.at / 100 + 116_444_736_000_000_000) as u64;
        records.extend([1, 0, 0, 0, 0, 0]);
        records.extend(time.to_le_bytes());
        records.push(0);
    }
    let mut out = b"GMBU\x03\x02\x01\x00".to_vec();
    out.resize(24, 0);
    out.extend((128 + records.len() as u32).to_le_bytes());
    out.resize(128, 0);
    out.extend(records);
    out
}

#[test]
fn snoop_shows_what_pcap_shows() {
    law("snoop", |packets| match ethernet(packets) {
        true => snoop(packets),
        false => write::pcap(packets),
    });
}

#[test]
fn network_monitor_shows_what_pcap_shows() {
    law("netmon", |packets| match ethernet(packets) {
        true => netmon(packets),
        false => write::pcap(packets),
    });
}

#[test]
fn lz4_shows_what_is_inside() {
    law("lz4", |packets| {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(&write::pcap(packets)).unwrap();
        encoder.finish().unwrap()
    });
}

/// What a BIG-IP appends to each frame (`tcpdump -i 0.0:nnn`): trailers of low, medium and high noise, type, length and version
/// before each; and the newer form behind a magic number.
const F5: &[&[u8]] = &[
    b"\x01\x13\x00\x01\x00\x00\x00\x01\x00\x06/Commo\x00\x00\x00\x00",
    b"\x01\x0f\x01\x01\x01\x10/Common/virtual_ssl\x02\x08\x00\x00\x00\x00\x00\x00\x00\x2a\x03\x1c\x01\x00\x0a\x0b\x0c\x0d",
    b"\xf5\xde\xb0\xf5\x00\x20\x00\x01\x00\x01\x00\x18\x00\x01\x00\x01\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00",
];

#[test]
fn trailers_of_a_balancer_are_no_payload() {
    for trailer in F5 {
        law("F5 trailer", |packets| {
            if !ethernet(packets) {
                return write::pcap(packets);
            }
            let frames: Vec<(i64, Vec<u8>)> = packets
                .iter()
                .map(|packet| (packet.at, [&packet.to_bytes()[..], trailer].concat()))
                .collect();
            write::pcap_of(1, &frames, false, true)
        });
    }
}
