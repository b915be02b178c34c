//! Payload of a connection: what is fresh, what was sent again, and what is no payload at all.

use super::Connection;
use super::Witness;
use crate::base::Mark;
use crate::base::Side;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::Event;
use crate::facts::Unacknowledged;
use crate::facts::What;
use crate::facts::anomalies;
use crate::flow::limits::Limits;

impl Connection {
    pub(super) fn take_payload(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let direction = self.directions.of_mut(side);
        if !direction.is_anchored() {
            direction.anchor(segment.seq);
        }
        let Some(offset) = direction.offset_of(segment.seq) else {
            return;
        };
        let highest = i64::try_from(direction.highest()).unwrap_or(i64::MAX);
        // RFC 9293 section 3.8.4: a keep-alive repeats the last byte, or one before the window.
        if segment.payload_length == 1
            && offset == highest.saturating_sub(1)
            && direction.acknowledged() >= direction.highest()
        {
            return;
        }
        let acknowledges = self.directions.of(side.peer()).acknowledged();
        // Padding of a bare ACK lies where the next byte would; what lies before bytes that were seen is payload.
        let may_be_padding = offset >= highest
            && (2..=6).contains(&segment.payload_length)
            && segment.flags & (flags::PSH | flags::FIN) == 0
            && segment.payload.iter().all(|byte| *byte == 0)
            && segment.payload.len() > 1;
        let end = offset.saturating_add(i64::from(segment.payload_length));
        self.take_doubtful(side, (offset, end), may_be_padding, limits, witness);
        if may_be_padding {
            let bytes = segment.payload.to_vec();
            *self.doubtful.of_mut(side) = Some(Box::new((offset, bytes, mark, acknowledges)));
            return;
        }
        self.accept(
            side,
            offset,
            segment.payload,
            u64::from(segment.payload_length),
            mark,
            acknowledges,
            limits,
            witness,
        );
    }

    /// A SYN-ACK arrived: was the payload on the SYN taken?
    pub(super) fn take_syn_data(&mut self, witness: &mut impl Witness) {
        let Some(data) = self.syn_data.take() else {
            return;
        };
        let (bytes, length, mark) = *data;
        if self.directions.client.acknowledged() == 0 {
            return;
        }
        *self.tcp.last_payload.of_mut(Side::Client) = Some(mark);
        let limits = Limits::default();
        self.directions
            .client
            .accept(0, &bytes, length, mark, 0, &limits, |delivery| {
                witness.data(Side::Client, delivery)
            });
        self.tcp.bytes.client = self.directions.client.highest();
    }

    /// Decides about held zero bytes by where the next payload of their side lies (its first offset and the one behind it): behind
    /// them they count, over them they were padding, and before them nothing is told yet, unless that payload is as doubtful
    /// itself: padding of bare ACKs would not move.
    pub(super) fn take_doubtful(
        &mut self,
        side: Side,
        (next, next_end): (i64, i64),
        next_is_doubtful: bool,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let Some(held) = self.doubtful.of_mut(side).take() else {
            return;
        };
        let (offset, bytes, mark, acknowledges) = *held;
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        let behind = next >= offset.saturating_add_unsigned(length);
        let before = next_end <= offset;
        if behind || (before && next_is_doubtful) {
            self.accept(
                side,
                offset,
                &bytes,
                length,
                mark,
                acknowledges,
                limits,
                witness,
            );
        } else if before {
            *self.doubtful.of_mut(side) = Some(Box::new((offset, bytes, mark, acknowledges)));
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call per segment, each value of its own kind"
    )]
    fn accept(
        &mut self,
        side: Side,
        offset: i64,
        bytes: &[u8],
        length: u64,
        mark: Mark,
        acknowledges: u64,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let direction = self.directions.of_mut(side);
        let verdict = direction.accept(
            offset,
            bytes,
            length,
            mark,
            acknowledges,
            limits,
            |delivery| witness.data(side, delivery),
        );
        let highest = direction.highest();
        *self.tcp.bytes.of_mut(side) = highest;
        if verdict.differs {
            witness.odd(mark.frame, side, anomalies::OTHER_BYTES);
        }
        if verdict.repeated && !verdict.fresh {
            let count = self.tcp.retransmissions.of_mut(side);
            *count = count.saturating_add(1);
            let bytes = u32::try_from(length).unwrap_or(u32::MAX);
            witness.happened(Event {
                mark,
                from: side,
                what: What::Retransmission { bytes },
            });
        }
        self.note_transmission(side, offset, length, mark, verdict.fresh);
        if verdict.fresh {
            *self.tcp.last_payload.of_mut(side) = Some(mark);
            self.note_fresh(side, offset.saturating_add_unsigned(length));
        }
    }

    /// Keeps the first segment that the peer did not acknowledge, and how often it was sent.
    fn note_transmission(&mut self, side: Side, offset: i64, length: u64, mark: Mark, fresh: bool) {
        let acknowledged = self.directions.of(side).acknowledged();
        let start = u64::try_from(offset).unwrap_or(0);
        let end = u64::try_from(offset.saturating_add_unsigned(length)).unwrap_or(0);
        let slot = self.tcp.unacknowledged.of_mut(side);
        match slot {
            None if fresh && end > acknowledged => {
                *slot = Some(Unacknowledged {
                    offset: start.max(acknowledged),
                    transmissions: 1,
                    first: mark,
                    last: mark,
                });
            }
            Some(old) if fresh && start < old.offset && acknowledged < old.offset => {
                old.offset = start.max(acknowledged);
                old.first = mark;
            }
            Some(old)
                if start <= old.offset && old.offset < end && mark.order != old.last.order =>
            {
                if !fresh {
                    old.transmissions = old.transmissions.saturating_add(1);
                    self.tcp.largest_rto = self.tcp.largest_rto.max(mark.at.since(old.last.at));
                }
                old.last = mark;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MILLISECOND;
    use crate::decode::flags::PSH;
    use crate::flow::sample::ACK;
    use crate::flow::sample::Played;
    use crate::flow::sample::SYN;
    use crate::flow::sample::SYN_ACK;
    use crate::flow::sample::client;
    use crate::flow::sample::server;
    use crate::flow::sample::time;

    #[test]
    fn a_payload_sent_three_times_is_delivered_once_and_its_time_out_noted() {
        let mut played = Played::opened();
        for at in [30, 230, 630] {
            played.take(client(at, ACK, 1, 1, b"hello"));
        }
        assert_eq!(played.heard.client, b"hello");
        let again = What::Retransmission { bytes: 5 };
        assert_eq!(played.heard.what(), [again, again]);
        let tcp = played.finish();
        assert_eq!(tcp.retransmissions.client, 2);
        assert_eq!(tcp.largest_rto, 400 * MILLISECOND);
        assert_eq!(tcp.last_payload.client.unwrap().at, time(30));
        let owed = tcp.unacknowledged.client.unwrap();
        assert_eq!((owed.offset, owed.transmissions), (0, 3));
        assert_eq!((owed.first.at, owed.last.at), (time(30), time(630)));
    }

    #[test]
    fn what_is_acknowledged_is_owed_no_longer() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, b"hello"))
            .take(client(31, ACK, 6, 1, b"world"))
            .take(server(40, ACK, 1, 6, b""));
        let owed = played.tcp().unacknowledged.client.unwrap();
        assert_eq!((owed.offset, owed.transmissions), (5, 1));
        played.take(server(50, ACK, 1, 11, b""));
        assert_eq!(played.tcp().unacknowledged.client, None);
        let tcp = played.finish();
        assert_eq!(tcp.acknowledged.client, 10);
        assert_eq!(tcp.acknowledged_at.client.unwrap().at, time(50));
    }

    #[test]
    fn new_bytes_behind_old_ones_are_no_retransmission() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, b"hel"))
            .take(client(40, ACK, 1, 1, b"hello"));
        assert_eq!(played.heard.client, b"hello");
        assert_eq!(played.finish().retransmissions.client, 0);
    }

    #[test]
    fn a_keep_alive_is_ignored_whatever_its_byte_is() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, b"hello"))
            .take(server(40, ACK, 1, 6, b""))
            .take(client(9_000, ACK, 5, 1, b"\0"));
        assert_eq!(played.heard.client, b"hello");
        assert!(played.heard.what().is_empty() && played.heard.odd.is_empty());
        let tcp = played.finish();
        assert_eq!((tcp.retransmissions.client, tcp.largest_rto), (0, 0));
    }

    #[test]
    fn a_last_byte_sent_again_before_its_acknowledgment_is_no_keep_alive() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, b"hello"))
            .take(client(300, ACK, 5, 1, b"o"));
        assert_eq!(played.finish().retransmissions.client, 1);
    }

    #[test]
    fn zero_bytes_that_the_next_payload_lies_over_were_padding() {
        for length in 2..=6 {
            let mut played = Played::opened();
            played
                .take(client(30, ACK, 1, 1, &[0; 6][..length]))
                .take(client(40, ACK, 1, 1, b"\x16\x03\x01\x02\x00\x01\x00"));
            assert_eq!(played.heard.client, b"\x16\x03\x01\x02\x00\x01\x00");
            assert!(played.heard.odd.is_empty(), "{length}");
            assert_eq!(played.finish().bytes.client, 7);
        }
    }

    #[test]
    fn zero_bytes_that_the_next_payload_lies_behind_are_kept() {
        for length in 2..=6 {
            let mut played = Played::opened();
            let behind = 1 + u32::try_from(length).unwrap();
            played.take(client(30, ACK, 1, 1, &[0; 6][..length]));
            assert!(played.heard.client.is_empty());
            played.take(client(40, ACK, behind, 1, b"x"));
            assert_eq!(played.heard.client.len(), length + 1);
            assert_eq!(played.finish().bytes.client, u64::from(behind));
        }
    }

    #[test]
    fn zero_bytes_in_two_places_are_both_kept() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 6, 1, &[0; 4]))
            .take(client(30, ACK, 1, 1, &[0; 5]))
            .take(client(31, ACK | PSH, 10, 1, b"x"));
        assert_eq!(played.heard.client, b"\0\0\0\0\0\0\0\0\0x");
        assert_eq!(played.finish().missing_bytes.client, 0);
    }

    #[test]
    fn zero_bytes_that_fill_a_hole_are_kept() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK | PSH, 6, 1, b"x"))
            .take(client(31, ACK, 1, 1, &[0; 5]));
        assert_eq!(played.heard.client, b"\0\0\0\0\0x");
    }

    #[test]
    fn zero_bytes_that_are_acknowledged_are_kept() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, &[0; 4]))
            .take(server(40, ACK, 1, 5, b""));
        assert_eq!(played.heard.client, [0; 4]);
        assert_eq!(played.finish().missing_bytes.client, 0);
    }

    #[test]
    fn zero_bytes_that_nothing_follows_are_dropped_at_the_end() {
        let mut played = Played::opened();
        played.take(client(30, ACK, 1, 1, &[0; 4]));
        let tcp = played.finish();
        assert!(played.heard.client.is_empty());
        assert_eq!(tcp.bytes.client, 0);
    }

    #[test]
    fn one_zero_byte_seven_of_them_and_pushed_ones_are_payload_at_once() {
        for (flags, zeros) in [(ACK, 1), (ACK, 7), (ACK | PSH, 4)] {
            let mut played = Played::opened();
            played.take(client(30, flags, 1, 1, &[0; 7][..zeros]));
            assert_eq!(played.heard.client.len(), zeros);
        }
    }

    #[test]
    fn payload_on_a_syn_counts_where_the_syn_ack_acknowledges_it() {
        let mut played = Played::default();
        played.take(client(0, SYN, 0, 0, b"hello"));
        assert!(played.heard.client.is_empty());
        played
            .take(server(10, SYN_ACK, 0, 6, b""))
            .take(client(20, ACK, 6, 1, b"world"));
        assert_eq!(played.heard.client, b"helloworld");
        let tcp = played.finish();
        assert_eq!((tcp.acknowledged.client, tcp.bytes.client), (5, 10));
        assert_eq!(
            (tcp.missing_bytes.client, tcp.retransmissions.client),
            (0, 0)
        );
    }

    #[test]
    fn payload_on_a_syn_that_was_not_taken_is_sent_again_and_counts_once() {
        let mut played = Played::default();
        played
            .take(client(0, SYN, 0, 0, b"hello"))
            .take(server(10, SYN_ACK, 0, 1, b""));
        assert!(played.heard.client.is_empty());
        played.take(client(20, ACK, 1, 1, b"HELLO"));
        assert_eq!(played.heard.client, b"HELLO");
        assert!(played.heard.odd.is_empty());
        assert_eq!(played.finish().retransmissions.client, 0);
    }

    #[test]
    fn repeated_bytes_that_differ_are_said_and_the_first_stay() {
        let mut played = Played::opened();
        played
            .take(server(30, ACK, 1, 1, b"hello"))
            .take(server(40, ACK, 1, 1, b"jello"));
        assert_eq!(played.heard.server, b"hello");
        assert_eq!(played.heard.odd, [anomalies::OTHER_BYTES]);
    }

    #[test]
    fn payload_before_the_first_byte_is_none_of_the_stream() {
        let mut played = Played::opened();
        played.take(client(30, ACK, 0, 1, b"?hello")).take(client(
            40,
            ACK,
            u32::MAX - 90,
            1,
            b"long ago",
        ));
        assert_eq!(played.heard.client, b"hello");
        assert_eq!(played.finish().bytes.client, 5);
    }
}
