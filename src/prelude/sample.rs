//! Test kit: a script of what both sides send, pushed whole, in order, and cut in many ways.

use super::Step;
use super::Watcher;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::PreludeFacts;

/// What was sent, in order. The mark of the n-th part has order n, from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    parts: Vec<(Side, Vec<u8>)>,
}

impl Script {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn client(mut self, bytes: &[u8]) -> Self {
        self.parts.push((Side::Client, bytes.to_vec()));
        self
    }

    pub(super) fn server(mut self, bytes: &[u8]) -> Self {
        self.parts.push((Side::Server, bytes.to_vec()));
        self
    }

    /// Bytes sent by client and server.
    pub(super) fn lengths(&self) -> (u64, u64) {
        let sum = |of| {
            self.parts
                .iter()
                .filter(|(side, _)| *side == of)
                .map(|(_, bytes)| bytes.len() as u64)
                .sum()
        };
        (sum(Side::Client), sum(Side::Server))
    }

    /// Pushes each part in pieces given by `cuts(index of part, length)`. Returns the last step that was not `More`.
    fn run(&self, cuts: impl Fn(usize, usize) -> Vec<usize>) -> (Step, Watcher) {
        let mut watcher = Watcher::default();
        let mut last = Step::More;
        for (index, (side, bytes)) in self.parts.iter().enumerate() {
            let mark = Mark {
                order: u32::try_from(index).unwrap(),
                ..Mark::default()
            };
            let mut from = 0;
            for to in cuts(index, bytes.len()).into_iter().chain([bytes.len()]) {
                match watcher.push(*side, &bytes[from..to], mark) {
                    Step::More => {}
                    step => last = step,
                }
                from = to;
            }
        }
        (last, watcher)
    }

    /// The step at the end, after proving that it and the facts are the same however the parts are cut.
    pub(super) fn agrees_however_cut(&self) -> Step {
        let (step, whole) = self.run(|_, _| Vec::new());
        let same = |how: &str, (other, watcher): (Step, Watcher)| {
            assert_eq!(other, step, "{how}");
            assert_eq!(watcher.facts(), whole.facts(), "{how}");
        };
        same("byte by byte", self.run(|_, length| (1..length).collect()));
        for part in 0..self.parts.len() {
            for at in 1..self.parts[part].1.len() {
                let cut = |index, _| if index == part { vec![at] } else { Vec::new() };
                same(&format!("part {part} cut at {at}"), self.run(cut));
            }
        }
        step
    }

    fn facts(&self) -> Option<PreludeFacts> {
        self.run(|_, _| Vec::new()).1.facts().cloned()
    }

    /// TLS may begin behind all that was sent.
    pub(super) fn tls_behind_all(&self) -> PreludeFacts {
        let (client, server) = self.lengths();
        assert_eq!(self.agrees_however_cut(), Step::TlsAt { client, server });
        self.facts().unwrap()
    }

    pub(super) fn refused(&self) -> PreludeFacts {
        assert_eq!(self.agrees_however_cut(), Step::Refused);
        self.facts().unwrap()
    }

    pub(super) fn not_this(&self) {
        assert_eq!(self.agrees_however_cut(), Step::NotThis);
        assert_eq!(self.facts(), None);
    }

    pub(super) fn undecided(&self) -> Option<PreludeFacts> {
        assert_eq!(self.agrees_however_cut(), Step::More);
        self.facts()
    }
}
