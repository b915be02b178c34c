//! When a live capture lost packets, by the counters of kernel and interface.

use crate::base::Timestamp;
use std::collections::VecDeque;

/// Spans kept; the oldest goes first.
const SPANS: usize = 4096;

/// Spans of time in which packets were lost, in order.
#[derive(Debug, Default)]
pub(super) struct Losses {
    spans: VecDeque<(Timestamp, Timestamp)>,
}

impl Losses {
    /// Packets were lost at some time in this span.
    pub(super) fn add(&mut self, from: Timestamp, to: Timestamp) {
        match self.spans.back_mut() {
            Some(last) if last.1 >= from => last.1 = last.1.max(to),
            _ => {
                if self.spans.len() >= SPANS {
                    self.spans.pop_front();
                }
                self.spans.push_back((from, to));
            }
        }
    }

    /// Whether one of them may have been lost between these times.
    pub(super) fn hit(&self, from: Timestamp, to: Timestamp) -> bool {
        let spans = self.spans.iter().rev();
        spans
            .take_while(|span| span.1 >= from)
            .any(|span| span.0 <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::Losses;
    use super::SPANS;
    use crate::base::Timestamp;

    #[test]
    fn a_span_hits_what_it_touches_and_nothing_else() {
        let mut losses = Losses::default();
        losses.add(Timestamp(10), Timestamp(20));
        losses.add(Timestamp(20), Timestamp(30));
        losses.add(Timestamp(50), Timestamp(60));
        let hit = |from, to| losses.hit(Timestamp(from), Timestamp(to));
        assert!(hit(0, 10) && hit(25, 26) && hit(30, 40) && hit(55, 99) && hit(0, 99));
        assert!(!hit(0, 9) && !hit(31, 49) && !hit(61, 99));
        assert_eq!(losses.spans.len(), 2);
    }

    #[test]
    fn many_spans_let_the_oldest_go() {
        let mut losses = Losses::default();
        for n in 0..=i64::try_from(SPANS).unwrap() {
            losses.add(Timestamp(n * 10), Timestamp(n * 10 + 1));
        }
        assert!(!losses.hit(Timestamp(0), Timestamp(1)));
        assert!(losses.hit(Timestamp(10), Timestamp(11)));
        assert_eq!(losses.spans.len(), SPANS);
    }
}
