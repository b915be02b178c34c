//! FINs of a connection: each stands where its bytes stand.

use super::Connection;
use super::Witness;
use crate::base::Mark;
use crate::base::Side;
use crate::decode::Segment;
use crate::facts::Event;
use crate::facts::FinFacts;
use crate::facts::What;

impl Connection {
    pub(super) fn take_fin(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        witness: &mut impl Witness,
    ) {
        let direction = self.directions.of_mut(side);
        if !direction.is_anchored() {
            direction.anchor(segment.seq);
        }
        if self.tcp.fin(side).is_some() || self.pending_fin.of(side).is_some() {
            return;
        }
        let offset = direction
            .offset_of(segment.seq)
            .unwrap_or(0)
            .saturating_add(i64::from(segment.payload_length));
        let Ok(offset) = u64::try_from(offset) else {
            return;
        };
        let acknowledged = self.directions.of(side.peer()).acknowledged();
        let mark = Mark {
            order: self.next_order(),
            ..mark
        };
        let fin = FinFacts {
            mark,
            from: side,
            offset,
            acknowledged,
            payload_before: self.payload_times(),
        };
        if self.directions.of(side).next() >= offset {
            self.ends(fin, witness);
        } else {
            *self.pending_fin.of_mut(side) = Some(Box::new(fin));
        }
    }

    /// A FIN stands where its bytes stand: it happens once all before it was delivered.
    pub(super) fn settle_fin(&mut self, side: Side, witness: &mut impl Witness) {
        let next = self.directions.of(side).next();
        let pending = self.pending_fin.of_mut(side);
        let Some(fin) = pending.take_if(|fin| next >= fin.offset) else {
            return;
        };
        let late = fin.mark.order < self.order;
        let order = if late {
            self.next_order()
        } else {
            fin.mark.order
        };
        let mark = Mark { order, ..fin.mark };
        self.ends(FinFacts { mark, ..*fin }, witness);
    }

    /// A FIN happens.
    pub(super) fn ends(&mut self, fin: FinFacts, witness: &mut impl Witness) {
        self.tcp.fins.push(fin);
        witness.happened(Event {
            mark: fin.mark,
            from: fin.from,
            what: What::Fin,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::sample::ACK;
    use crate::flow::sample::FIN;
    use crate::flow::sample::Played;
    use crate::flow::sample::client;
    use crate::flow::sample::server;
    use crate::flow::sample::time;

    #[test]
    fn a_fin_captured_before_its_data_happens_behind_it() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, b"hello"))
            .take(client(40, FIN, 9, 1, b""));
        assert!(played.heard.what().is_empty());
        played.take(client(41, ACK, 6, 1, b"end"));
        assert_eq!(played.heard.client, b"helloend");
        assert_eq!(played.heard.what(), [What::Fin]);
        let data = played.heard.order;
        let tcp = played.finish();
        let fin = tcp.fin(Side::Client).unwrap();
        assert_eq!((fin.offset, fin.mark.at), (8, time(40)));
        assert!(fin.mark.order > data);
    }

    #[test]
    fn a_fin_stands_behind_the_payload_of_its_own_packet() {
        let mut played = Played::opened();
        played
            .take(server(30, ACK, 1, 1, b"abc"))
            .take(client(35, ACK, 1, 4, b""))
            .take(client(40, FIN, 1, 4, b"bye"));
        let tcp = played.finish();
        let fin = tcp.fin(Side::Client).unwrap();
        assert_eq!((fin.offset, fin.acknowledged), (3, 3));
        assert!(fin.mark.order > tcp.last_payload.client.unwrap().order);
        assert_eq!(fin.payload_before.client, Some(time(40)));
        assert_eq!(fin.payload_before.server, Some(time(30)));
    }

    #[test]
    fn a_fin_sent_again_is_one_fin_and_each_side_has_its_own() {
        let mut played = Played::opened();
        for at in [30, 230, 630] {
            played.take(client(at, FIN, 1, 1, b""));
        }
        played.take(server(700, FIN, 1, 2, b""));
        let from: Vec<Side> = played.finish().fins.iter().map(|fin| fin.from).collect();
        assert_eq!(from, [Side::Client, Side::Server]);
        assert_eq!(played.heard.what(), [What::Fin, What::Fin]);
    }

    #[test]
    fn a_fin_whose_data_never_comes_is_told_at_the_end() {
        let mut played = Played::opened();
        played.take(server(40, FIN, 9, 1, b""));
        assert!(played.heard.what().is_empty());
        let tcp = played.finish();
        assert_eq!(played.heard.what(), [What::Fin]);
        assert_eq!(tcp.fin(Side::Server).unwrap().offset, 8);
    }

    #[test]
    fn a_fin_behind_bytes_that_are_missing_happens_when_they_are_given_up() {
        let mut played = Played::opened();
        played
            .take(server(40, FIN, 9, 1, b""))
            .take(client(50, ACK, 1, 10, b""))
            .take(client(150, ACK, 1, 10, b""));
        assert_eq!(played.heard.what(), [What::Fin]);
        assert_eq!(played.heard.holes.len(), 1);
    }

    #[test]
    fn a_fin_from_before_the_stream_is_none() {
        let mut played = Played::opened();
        played.take(client(30, FIN, u32::MAX - 90, 1, b""));
        assert!(played.finish().fins.is_empty());
    }
}
