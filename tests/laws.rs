//! What means nothing changes nothing: how a sender cuts its bytes, how a network wraps, delays and repeats packets, and how a
//! capture is written, never changes an outcome, a pattern, or a fact other than frames, times and counts of segments.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use std::slice::from_ref;

use kit::cases;
use kit::cases::Case;
use kit::change;
use kit::flows::Flows;
use kit::flows::differences;
use kit::flows::flows;
use kit::packet::Packet;
use kit::random::Random;
use kit::run::analyse;
use kit::wrap;
use kit::write;

/// Where a law is known not to hold yet: law, capture, field (`*`: any capture, any field), and why.
const KNOWN: &[(&str, &str, &str, &str)] = &[
    ("byte by byte", "reset_careful_time", "tcp.resets", VOLLEY),
    ("cut anew", "reset_careful_time", "tcp.resets", VOLLEY),
    (
        "cut anew and swapped",
        "reset_careful_time",
        "tcp.resets",
        VOLLEY,
    ),
    (
        "cut short and swapped",
        "reset_careful_time",
        "tcp.resets",
        VOLLEY,
    ),
];
/// Why RSTs may differ in `data_after`.
const VOLLEY: &str = "the server's data comes between the RSTs of a volley; its later pieces come behind the next RST";

/// The comparable part of what these inputs show.
fn seen(inputs: &[Vec<u8>]) -> Flows {
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    flows(&analyse(&inputs).unwrap().0)
}

/// Asserts that `change`, which gives the inputs written from the packets of a capture, changes no flow of any capture but for
/// the fields in `but`.
fn law(name: &str, but: &[&str], change: impl Fn(&[Packet]) -> Vec<Vec<u8>>) {
    law_of(name, but, |case| {
        let before = seen(from_ref(&case.bytes));
        (before, seen(&change(&case.packets())))
    });
}

/// As [`law`], with flows before and after given for each capture.
fn law_of(name: &str, but: &[&str], both: impl Fn(&Case) -> (Flows, Flows)) {
    let mut broken = String::new();
    for case in cases::all() {
        let (before, after) = both(&case);
        assert!(!before.is_empty(), "{}: no flow to compare", case.name);
        for (field, line) in differences(&before, &after, but) {
            let known = KNOWN.iter().any(|(law, capture, what, _)| {
                *law == name
                    && (*capture == case.name || *capture == "*")
                    && (*what == field || *what == "*")
            });
            if !known {
                broken.push_str(&format!("\n  {}: {line}", case.name));
            }
        }
    }
    assert!(broken.is_empty(), "{name}:{broken}");
}

/// One input.
fn pcap(packets: &[Packet]) -> Vec<Vec<u8>> {
    vec![write::pcap(packets)]
}

#[test]
fn a_capture_read_and_written_again_shows_the_same() {
    law("written again", &[], pcap);
}

#[test]
fn segments_may_be_cut_anew_anywhere() {
    for seed in 1..=3 {
        law("cut anew", &[], |packets| {
            pcap(&change::cut_anew(packets, seed))
        });
    }
}

#[test]
fn handshakes_may_come_byte_by_byte() {
    law("byte by byte", &[], |packets| {
        pcap(&change::cut_bytewise(packets))
    });
}

#[test]
fn neighbours_of_one_side_may_be_swapped() {
    for odd in [true, false] {
        law("swapped", &[], |packets| {
            pcap(&change::swap_neighbours(packets, odd))
        });
    }
}

#[test]
fn pieces_of_one_side_may_be_swapped() {
    for seed in 1..=2 {
        law("cut anew and swapped", &[], |packets| {
            let pieces = change::cut_longer_than(packets, seed, 6);
            pcap(&change::swap_neighbours(&pieces, seed == 1))
        });
    }
}

#[test]
fn short_pieces_of_one_side_may_be_swapped() {
    law("cut short and swapped", &[], |packets| {
        pcap(&change::swap_neighbours(
            &change::cut_anew(packets, 2),
            false,
        ))
    });
}

#[test]
fn each_packet_may_be_captured_twice() {
    // Behind the router its TTL is one less.
    law("duplicated", &["tcp.ttl"], |packets| {
        pcap(&change::duplicate(packets))
    });
}

#[test]
fn packets_may_be_fragmented() {
    for seed in 1..=2 {
        for reverse in [false, true] {
            law("fragmented", &[], |packets| {
                pcap(&change::fragment(packets, seed, reverse))
            });
        }
    }
}

#[test]
fn packets_may_be_wrapped_into_vlans() {
    for tags in [
        &[(0x8100, 12)][..],
        &[(0x88a8, 7), (0x8100, 12)],
        &[(0x8100, 7), (0x8100, 12)],
    ] {
        law("in VLANs", &["encapsulation"], |packets| {
            pcap(&change::tag(packets, tags))
        });
    }
}

#[test]
fn packets_may_have_linux_cooked_headers() {
    law("cooked 1", &["encapsulation"], |packets| {
        pcap(&change::cook1(packets))
    });
    law("cooked 2", &["encapsulation"], |packets| {
        pcap(&change::cook2(packets))
    });
}

/// Captures of up to this many bytes are wrapped into everything, those up to the second into some.
const SMALL: usize = 6_000;
const MEDIUM: usize = 16_000;
/// Of these every so many encapsulations, each capture beginning with another.
const EACH: usize = 37;

#[test]
fn packets_may_be_wrapped_into_every_link_type_header_and_tunnel() {
    let cases = cases::all();
    let mut broken = String::new();
    let wrapped = cases.iter().filter(|case| case.bytes.len() <= MEDIUM);
    for (number, case) in wrapped.enumerate() {
        let before = seen(from_ref(&case.bytes));
        let every = if case.bytes.len() <= SMALL { 1 } else { EACH };
        let captures = wrap::all(&case.packets()).into_iter();
        for (name, bytes) in captures.skip(number % every).step_by(every) {
            let after = seen(&[bytes]);
            for (_, line) in differences(&before, &after, &["encapsulation"]) {
                broken.push_str(&format!("\n  {} as {name}: {line}", case.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken}");
}

#[test]
fn several_packets_may_come_in_one_frame() {
    law("aggregated", &["encapsulation"], |packets| {
        vec![wrap::aggregates(packets)]
    });
}

#[test]
fn fragments_may_be_wrapped_into_every_tunnel() {
    let cases = cases::all();
    let mut broken = String::new();
    let small = cases.iter().filter(|case| case.bytes.len() <= SMALL);
    for (number, case) in small.enumerate() {
        let before = seen(from_ref(&case.bytes));
        let packets = change::fragment(&case.packets(), 1, number % 2 == 0);
        let captures = wrap::all(&packets).into_iter();
        for (name, bytes) in captures.skip(number % 7).step_by(7) {
            let after = seen(&[bytes]);
            for (_, line) in differences(&before, &after, &["encapsulation"]) {
                broken.push_str(&format!("\n  {} as {name}: {line}", case.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken}");
}

#[test]
fn a_capture_may_be_written_in_any_format() {
    for big_endian in [false, true] {
        law("pcapng", &[], |packets| {
            vec![write::pcapng(packets, big_endian)]
        });
        for nanoseconds in [false, true] {
            law("pcap", &[], |packets| {
                vec![write::pcap_as(packets, big_endian, nanoseconds)]
            });
        }
    }
    law("gzip", &[], |packets| {
        vec![write::gzip(&write::pcap(packets))]
    });
    law("gzip of pcapng", &[], |packets| {
        vec![write::gzip(&write::pcapng(packets, false))]
    });
    law("zstd", &[], |packets| {
        vec![write::zstd(&write::pcap(packets))]
    });
}

#[test]
fn a_capture_may_be_split_over_files() {
    for seed in 1..=3 {
        law("split at random", &[], |packets| {
            let mut random = Random::new(seed);
            let (one, two): (Vec<_>, Vec<_>) = change::distinct_times(packets)
                .into_iter()
                .partition(|_| random.below(2) == 0);
            vec![write::pcapng(&one, false), write::pcap(&two)]
        });
    }
    law("rotated", &[], |packets| {
        let packets = change::distinct_times(packets);
        let third = packets.len() / 3;
        vec![
            write::pcap(&packets[2 * third..]),
            write::pcap(&packets[..third]),
            write::gzip(&write::pcap(&packets[third..2 * third])),
        ]
    });
}

#[test]
fn sequence_numbers_may_wrap_around() {
    for before in [1, 2, 100, 1000] {
        law("wrapped around", &[], |packets| {
            pcap(&change::wrap_around(packets, before))
        });
    }
}

#[test]
fn two_captures_may_be_merged() {
    let cases = cases::all();
    law_of("merged", &["encapsulation"], |case| {
        // Each with the next. Both end at one time, so that nothing can be awaited longer than before.
        let place = cases
            .iter()
            .position(|other| other.name == case.name)
            .unwrap();
        let one = change::cook2(&change::distinct_times(&case.packets()));
        let two = &cases[(place + 1) % cases.len()];
        let two = change::cook2(&change::readdress(&change::distinct_times(&two.packets())));
        let end = |packets: &[Packet]| packets.iter().map(|packet| packet.at).max().unwrap();
        let two = change::delay(&two, end(&one) - end(&two));
        let (first, second) = (write::pcap(&one), write::pcap(&two));
        let mut before = seen(from_ref(&first));
        before.extend(seen(from_ref(&second)));
        let mut one_file = [one, two].concat();
        one_file.sort_by_key(|packet| packet.at);
        let after = seen(&[first, second]);
        assert_eq!(
            after,
            seen(&pcap(&one_file)),
            "{}: two files, one file",
            case.name
        );
        (before, after)
    });
}
