//! What flows that are over left behind, used again by the next: each is several kilobytes, and most live for milliseconds.

use super::Gone;
use super::Live;
use super::Opening;
use crate::base::Endpoint;
use crate::base::Mark;
use crate::decode::Network;
use crate::decode::Segment;
use crate::facts::HandshakeFacts;
use crate::flow::Limits;

/// Kept of each kind, at most.
const KEPT: usize = 64;

/// Followed flows and facts that are of no use any more.
#[derive(Debug, Default)]
#[expect(
    clippy::vec_box,
    reason = "they are kept to be used again where they are"
)]
pub(in crate::analyze) struct Spare {
    live: Vec<Box<Live>>,
    facts: Vec<Gone>,
    openings: Vec<Box<Opening>>,
}

impl Spare {
    /// A place for a flow that is opening.
    pub(super) fn opening(&mut self, opening: Opening) -> Box<Opening> {
        match self.openings.pop() {
            Some(mut old) => {
                old.restart(opening);
                old
            }
            None => Box::new(opening),
        }
    }

    /// Takes one that is of no use any more.
    pub(super) fn take_opening(&mut self, opening: Box<Opening>) {
        if self.openings.len() < KEPT {
            self.openings.push(opening);
        }
    }

    /// Follows a flow from this packet on.
    pub(in crate::analyze) fn live(
        &mut self,
        client: Endpoint,
        server: Endpoint,
        segment: &Segment<'_>,
        limits: &Limits,
    ) -> Box<Live> {
        match self.live.pop() {
            Some(mut live) => {
                live.restart(client, server, segment);
                live
            }
            None => Box::new(Live::new(client, server, segment, limits)),
        }
    }

    /// The facts of a flow that is over.
    pub(super) fn finish(&mut self, mut live: Box<Live>, quiet: u64, network: Network) -> Gone {
        let nobody = live.client();
        let blank = || Box::new(HandshakeFacts::new(nobody, nobody, Mark::default()));
        let spare = self.facts.pop().unwrap_or_else(blank);
        let facts = live.finish(quiet, network, spare);
        if self.live.len() < KEPT {
            self.live.push(live);
        }
        facts
    }

    /// Takes facts that are of no use any more.
    pub(super) fn take_facts(&mut self, facts: Gone) {
        if self.facts.len() < KEPT {
            self.facts.push(facts);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::sample::Talk;
    use crate::base::SECOND;
    use crate::base::Side;

    /// All that is known of the flows of a capture but their frames and times.
    fn told(talk: &Talk) -> Vec<String> {
        let flows = talk.flows();
        flows
            .into_iter()
            .map(|mut facts| {
                let shape: Vec<_> = facts.timeline.iter().map(|event| event.what).collect();
                facts.timeline.clear();
                format!(
                    "{:?} {shape:?} {:?} {:?} {:?} {:?} {:?}",
                    facts.tcp.bytes,
                    facts.first_payload.client.is_some(),
                    facts.client_hello.as_ref().map(|hello| &hello.offer),
                    facts.alerts.len(),
                    facts.completed.is_some(),
                    facts.after.client_data.is_some(),
                )
            })
            .collect()
    }

    #[test]
    fn a_flow_in_place_of_another_reads_as_if_it_were_alone() {
        let kinds: [fn(u16) -> Talk; 4] = [
            |port| Talk::completed(port),
            |port| Talk::connected(port).send(Side::Client, &[0x16, 3, 1, 1, 0, 1, 0]),
            |port| Talk::connected(port).reset(Side::Server),
            |port| {
                Talk::connected(port)
                    .send(Side::Client, b"EHLO a\r\n")
                    .send(Side::Server, b"500 no\r\n")
                    .close(Side::Client)
            },
        ];
        for first in kinds {
            for second in kinds {
                let alone = [told(&first(1)), told(&second(2))].concat();
                let after = first(1).wait(700 * SECOND).then(second(2));
                let mut together = told(&after);
                let mut alone = alone;
                together.sort();
                alone.sort();
                assert_eq!(together, alone);
            }
        }
    }
}
