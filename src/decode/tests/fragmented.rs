//! Fragments, in and out of order, twice, overlapping, missing, too many and too late.

use super::skip;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::decode::Decoded;
use crate::decode::Decoder;
use crate::decode::FragmentLimits;
use crate::decode::Skip;
use crate::decode::sample::frame;
use crate::decode::sample::ipv4;
use crate::decode::sample::ipv4_place;
use crate::decode::sample::ipv6;
use crate::decode::sample::ipv6_fragment;
use crate::decode::sample::tcp;

/// The payload of the segment that `packet` completes, or why there is none.
fn feed(decoder: &mut Decoder, packet: &[u8], second: u64) -> Result<(Vec<u8>, u32), Skip> {
    let mut frame = frame(101, packet);
    frame.at = Timestamp(second.cast_signed() * SECOND.cast_signed());
    match decoder.decode(&frame) {
        Decoded::Tcp(segment) => Ok((segment.payload.to_vec(), segment.payload_length)),
        Decoded::Skip(skip) => Err(skip),
        other => panic!("{other:?}"),
    }
}

/// 40 bytes of payload behind a plain header: 60 bytes.
fn whole() -> Vec<u8> {
    tcp(&[], &payload())
}

fn payload() -> Vec<u8> {
    (0..40).collect()
}

/// `from..to` of the datagram as an IPv4 fragment with identification `id`.
fn part(id: u16, from: usize, to: usize) -> Vec<u8> {
    let whole = whole();
    let more = if to < whole.len() { 0x2000 } else { 0 };
    ipv4_place(
        6,
        (id, u16::try_from(from / 8).unwrap() | more),
        &whole[from..to],
    )
}

fn decoder() -> Decoder {
    Decoder::new(FragmentLimits::default())
}

#[test]
fn all_orders_give_the_same() {
    let parts = [part(1, 0, 16), part(1, 16, 40), part(1, 40, 60)];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut decoder = decoder();
        assert_eq!(
            feed(&mut decoder, &parts[order[0]], 1),
            Err(Skip::FragmentHeld)
        );
        assert_eq!(
            feed(&mut decoder, &parts[order[1]], 1),
            Err(Skip::FragmentHeld)
        );
        assert_eq!(decoder.fragments_held(), 2);
        assert_eq!(feed(&mut decoder, &parts[order[2]], 1), Ok((payload(), 40)));
        assert_eq!((decoder.fragments_lost(), decoder.fragments_held()), (0, 0));
    }
}

#[test]
fn ipv6_takes_the_next_header_of_the_first_fragment() {
    let whole = whole();
    let first = ipv6(44, &ipv6_fragment(6, (9, 0, true), &whole[..32]));
    let last = ipv6(44, &ipv6_fragment(99, (9, 32, false), &whole[32..]));
    for order in [[&first, &last], [&last, &first]] {
        let mut decoder = decoder();
        assert_eq!(feed(&mut decoder, order[0], 1), Err(Skip::FragmentHeld));
        assert_eq!(feed(&mut decoder, order[1], 1), Ok((payload(), 40)));
    }
}

#[test]
fn an_extension_header_may_stand_in_the_fragmented_part() {
    let inside = [vec![6, 0, 1, 4, 0, 0, 0, 0], whole()].concat();
    let mut decoder = decoder();
    assert_eq!(
        feed(
            &mut decoder,
            &ipv6(44, &ipv6_fragment(60, (9, 0, true), &inside[..8])),
            1
        ),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(
        feed(
            &mut decoder,
            &ipv6(44, &ipv6_fragment(60, (9, 8, false), &inside[8..])),
            1
        ),
        Ok((payload(), 40))
    );
}

#[test]
fn a_second_copy_of_each_is_neither_a_datagram_nor_a_loss() {
    let mut decoder = decoder();
    assert_eq!(
        feed(&mut decoder, &part(1, 0, 32), 1),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(
        feed(&mut decoder, &part(1, 0, 32), 1),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(feed(&mut decoder, &part(1, 32, 60), 1), Ok((payload(), 40)));
    assert_eq!(
        feed(&mut decoder, &part(1, 32, 60), 1),
        Err(Skip::FragmentHeld)
    );
    decoder.reset();
    assert_eq!(decoder.fragments_lost(), 0);
}

#[test]
fn an_identification_used_again_later_is_a_new_datagram() {
    let mut decoder = decoder();
    for second in [1, 5] {
        assert_eq!(
            feed(&mut decoder, &part(1, 0, 32), second),
            Err(Skip::FragmentHeld)
        );
        assert_eq!(
            feed(&mut decoder, &part(1, 32, 60), second),
            Ok((payload(), 40))
        );
    }
}

#[test]
fn the_first_wins_where_fragments_overlap() {
    let mut decoder = decoder();
    assert_eq!(
        feed(&mut decoder, &part(1, 24, 40), 1),
        Err(Skip::FragmentHeld)
    );
    // Covers 16..48 with other bytes, of which only 16..24 and 40..48 are new.
    let other = ipv4_place(6, (1, 2 | 0x2000), &[0xee; 32]);
    assert_eq!(feed(&mut decoder, &other, 1), Err(Skip::FragmentHeld));
    assert_eq!(
        feed(&mut decoder, &part(1, 0, 24), 1),
        Err(Skip::FragmentHeld)
    );
    let (bytes, length) = feed(&mut decoder, &part(1, 40, 60), 1).unwrap();
    let mut expected = payload();
    expected[..4].fill(0xee);
    expected[20..28].fill(0xee);
    assert_eq!((bytes, length), (expected, 40));
}

#[test]
fn a_second_end_is_not_believed() {
    let mut decoder = decoder();
    assert_eq!(
        feed(&mut decoder, &part(1, 32, 60), 1),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(
        feed(&mut decoder, &ipv4_place(6, (1, 10), &[0; 8]), 1),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(feed(&mut decoder, &part(1, 0, 32), 1), Ok((payload(), 40)));
}

#[test]
fn what_is_missing_is_lost_after_the_time_out() {
    let mut decoder = decoder();
    assert_eq!(
        feed(&mut decoder, &part(1, 0, 32), 1),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(
        feed(&mut decoder, &part(2, 0, 32), 40),
        Err(Skip::FragmentHeld)
    );
    assert_eq!((decoder.fragments_lost(), decoder.fragments_held()), (1, 1));
    assert_eq!(
        feed(&mut decoder, &part(1, 32, 60), 40),
        Err(Skip::FragmentHeld)
    );
    decoder.reset();
    assert_eq!((decoder.fragments_lost(), decoder.fragments_held()), (3, 0));
}

#[test]
fn the_oldest_goes_when_there_are_too_many() {
    let mut decoder = Decoder::new(FragmentLimits {
        datagrams: 2,
        ..FragmentLimits::default()
    });
    for id in 1..=3 {
        assert_eq!(
            feed(&mut decoder, &part(id, 0, 32), 1),
            Err(Skip::FragmentHeld)
        );
    }
    assert_eq!(decoder.fragments_lost(), 1);
    assert_eq!(feed(&mut decoder, &part(3, 32, 60), 1), Ok((payload(), 40)));
    assert_eq!(feed(&mut decoder, &part(2, 32, 60), 1), Ok((payload(), 40)));
    assert_eq!(
        feed(&mut decoder, &part(1, 32, 60), 1),
        Err(Skip::FragmentHeld)
    );
}

#[test]
fn the_oldest_goes_when_they_hold_too_much() {
    let mut decoder = Decoder::new(FragmentLimits {
        bytes: 200,
        ..FragmentLimits::default()
    });
    for id in 1..=50 {
        assert_eq!(
            feed(&mut decoder, &part(id, 0, 32), 1),
            Err(Skip::FragmentHeld)
        );
    }
    assert!(decoder.fragments_held() <= 3);
    assert_eq!(decoder.fragments_lost() + decoder.fragments_held(), 50);
    let mut decoder = Decoder::new(FragmentLimits {
        bytes: 10,
        ..FragmentLimits::default()
    });
    assert_eq!(
        feed(&mut decoder, &part(1, 0, 32), 1),
        Err(Skip::FragmentLost)
    );
}

#[test]
fn memory_stays_bounded_under_a_flood() {
    let limits = FragmentLimits {
        datagrams: 16,
        bytes: 1 << 14,
        ..FragmentLimits::default()
    };
    let mut decoder = Decoder::new(limits);
    for n in 0..20_000_u64 {
        let id = u16::try_from(n % 61).unwrap();
        let place = u16::try_from(n * 7919 % 8000).unwrap() | 0x2000;
        // Time goes back and forth.
        let _ = feed(&mut decoder, &ipv4_place(6, (id, place), &[1; 64]), n % 97);
        assert!(decoder.fragments.within(limits));
    }
}

#[test]
fn a_cut_fragment_leaves_the_bytes_before_it() {
    let mut decoder = decoder();
    let last = part(1, 32, 60);
    let mut cut = frame(101, &last[..30]);
    cut.wire_length = u32::try_from(last.len()).unwrap();
    assert!(matches!(
        decoder.decode(&cut),
        Decoded::Skip(Skip::FragmentHeld)
    ));
    assert_eq!(
        feed(&mut decoder, &part(1, 0, 32), 1),
        Ok(((0..22).collect(), 40))
    );
}

#[test]
fn fragments_inside_of_a_fragmented_tunnel() {
    let inner = [part(1, 0, 32), part(1, 32, 60)];
    let mut decoder = decoder();
    for (id, packet) in (10..).zip(&inner) {
        assert_eq!(
            feed(&mut decoder, &ipv4_place(4, (id, 0x2000), &packet[..24]), 1),
            Err(Skip::FragmentHeld)
        );
        let result = feed(&mut decoder, &ipv4_place(4, (id, 3), &packet[24..]), 1);
        assert_eq!(
            result,
            if id == 10 {
                Err(Skip::FragmentHeld)
            } else {
                Ok((payload(), 40))
            }
        );
    }
}

#[test]
fn a_fragment_that_ends_beyond_the_largest_datagram_is_malformed() {
    assert_eq!(
        skip(&frame(101, &ipv4_place(6, (1, 0x1fff), &[0; 64]))),
        Skip::Malformed
    );
}

#[test]
fn another_protocol_is_another_datagram() {
    let mut decoder = decoder();
    assert_eq!(
        feed(&mut decoder, &part(1, 0, 32), 1),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(
        feed(&mut decoder, &ipv4_place(17, (1, 4), &[0; 28]), 1),
        Err(Skip::FragmentHeld)
    );
    assert_eq!(
        feed(&mut decoder, &ipv4(6, &whole()), 1),
        Ok((payload(), 40))
    );
    assert_eq!(decoder.fragments_held(), 2);
}
