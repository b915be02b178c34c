//! Handshakes of one server that are alike in nearly all that is compared, counted together until the counts are wanted: the
//! clients of a server send few different hellos, and one number in the cache costs less than eleven, each in a table of its own.

use super::attributes::Attributes;
use super::attributes::CODED;
use super::attributes::PER_FLOW;
use super::counts::Budget;
use super::counts::Counts;
use super::tally::Counted;
use super::tally::Pair;

/// Different ones held of one server; one more, and all that was held is counted.
const HELD: usize = 8;

/// Attributes that are counted together: the version, and all of [`CODED`] but those of [`PER_FLOW`].
const TOGETHER: usize = 1 + CODED.len() - PER_FLOW.len();

/// Handshakes counted together.
#[derive(Debug)]
struct Batch {
    mark: u64,
    /// Where each of their values is counted, in order of [`Tables::parts`]; `None`: the handshake did not show it.
    places: [Option<Place>; TOGETHER],
    pair: Pair,
}

/// A value's place in its table: [`OTHER`] where there was no room for it.
type Place = u32;
const OTHER: Place = u32::MAX;

/// The tables of one server that are counted so.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    versions: Counts<u16, Pair>,
    /// By [`CODED`].
    coded: [Counts<u128, Pair>; CODED.len()],
    held: Vec<Batch>,
}

impl Tables {
    /// Counts one handshake.
    pub(crate) fn add(
        &mut self,
        attributes: &Attributes<'_>,
        counted: Counted,
        hasher: &foldhash::fast::RandomState,
        budget: &mut Budget,
    ) {
        if let Some(batch) = self
            .held
            .iter_mut()
            .find(|batch| batch.mark == attributes.mark)
        {
            batch.pair.count(counted);
        } else {
            self.begin(attributes, counted, hasher, budget);
        }
        for (index, value) in PER_FLOW.map(|index| (index, attributes.coded.get(index).copied())) {
            if let (Some(table), Some(Some(value))) = (self.coded.get_mut(index), value) {
                table.slot(&value, hasher, budget, || value).count(counted);
            }
        }
    }

    fn begin(
        &mut self,
        attributes: &Attributes<'_>,
        counted: Counted,
        hasher: &foldhash::fast::RandomState,
        budget: &mut Budget,
    ) {
        if self.held.len() >= HELD {
            self.settle();
        }
        let mut batch = Batch {
            mark: attributes.mark,
            places: [None; TOGETHER],
            pair: Pair::default(),
        };
        batch.pair.count(counted);
        let mut places = batch.places.iter_mut();
        if let (Some(place), Some(version)) = (places.next(), attributes.version) {
            *place = Some(found(
                self.versions.place(&version, hasher, budget, || version),
            ));
        }
        let values = (0..).zip(attributes.coded).zip(&mut self.coded);
        let together = values.filter(|((index, _), _)| !PER_FLOW.contains(index));
        for (place, ((_, value), table)) in places.zip(together) {
            *place = value.map(|value| found(table.place(&value, hasher, budget, || value)));
        }
        self.held.push(batch);
    }

    /// Counts what is held.
    pub(crate) fn settle(&mut self) {
        for batch in self.held.drain(..) {
            let mut places = batch.places.iter();
            if let Some(Some(place)) = places.next() {
                self.versions.at_mut(index(*place)).add(batch.pair);
            }
            let tables = (0..).zip(&mut self.coded);
            let together = tables.filter(|(index, _)| !PER_FLOW.contains(index));
            for (place, (_, table)) in places.zip(together) {
                if let Some(place) = place {
                    table.at_mut(index(*place)).add(batch.pair);
                }
            }
        }
    }

    /// Versions, as far as they were settled.
    pub(crate) fn versions(&self) -> &Counts<u16, Pair> {
        &self.versions
    }

    /// Values by [`CODED`], as far as they were settled.
    pub(crate) fn coded(&self) -> &[Counts<u128, Pair>; CODED.len()] {
        &self.coded
    }
}

fn found(position: Option<usize>) -> Place {
    position
        .and_then(|position| u32::try_from(position).ok())
        .unwrap_or(OTHER)
}

fn index(place: Place) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::HELD;
    use super::Tables;
    use crate::base::Side;
    use crate::compare::attributes::Attributes;
    use crate::compare::attributes::CODED;
    use crate::compare::attributes::Offers;
    use crate::compare::attributes::PER_FLOW;
    use crate::compare::counts::Budget;
    use crate::compare::tally::Counted;
    use crate::compare::values::CERTIFICATE;
    use crate::compare::values::NETWORK;
    use crate::facts::ClientOffer;
    use crate::facts::sample::Flow;
    use crate::pattern::Diagnosis;
    use crate::pattern::testing::judged;
    use std::sync::Arc;

    /// A completed handshake, or one that failed, of a client that offers this suite.
    fn flow(suite: u16, failed: bool) -> Diagnosis {
        let mut facts = if failed {
            Flow::hello_sent().alert(Side::Server, 2, 40).facts()
        } else {
            Flow::answered().finished().facts()
        };
        let hello = facts.client_hello.as_mut().unwrap();
        hello.offer = Arc::new(ClientOffer {
            cipher_suites: vec![suite],
            ..(*hello.offer).clone()
        });
        judged(facts)
    }

    /// Failed and completed handshakes by suite, in order of first sight.
    fn suites(flows: &[(u16, bool)], values: usize) -> (Vec<(u32, u32)>, (u32, u32)) {
        let mut tables = Tables::default();
        let mut budget = Budget {
            left: 10_000,
            per_table: values,
        };
        let hasher = foldhash::fast::RandomState::default();
        for (suite, failed) in flows {
            let diagnosis = flow(*suite, *failed);
            let attributes = Attributes::of(&diagnosis, &mut Offers::default());
            let counted = Counted {
                failed: *failed,
                own: true,
            };
            tables.add(&attributes, counted, &hasher, &mut budget);
        }
        tables.settle();
        let at = CODED.iter().position(|name| *name == "suites").unwrap();
        let table = &tables.coded()[at];
        let pairs = table.iter().map(|(_, pair)| (pair.failed, pair.completed));
        (pairs.collect(), (table.other.failed, table.other.completed))
    }

    #[test]
    fn what_differs_from_flow_to_flow_is_counted_at_once() {
        assert_eq!(PER_FLOW.map(|at| CODED[at]), [NETWORK, CERTIFICATE]);
    }

    #[test]
    fn what_was_counted_together_is_counted_by_value() {
        let flows = [(1, false), (2, true), (1, true), (1, false), (2, false)];
        assert_eq!(suites(&flows, 99).0, [(1, 2), (1, 1)]);
    }

    #[test]
    fn more_different_ones_than_are_held_are_all_counted() {
        let count = u16::try_from(HELD * 3).unwrap();
        let flows: Vec<(u16, bool)> = (0..2 * count).map(|n| (n % count, false)).collect();
        let (pairs, other) = suites(&flows, 99);
        assert_eq!(pairs, vec![(0, 2); HELD * 3]);
        assert_eq!(other, (0, 0));
    }

    #[test]
    fn values_without_room_are_counted_as_others() {
        let flows = [(1, false), (2, false), (3, false), (3, true)];
        assert_eq!(suites(&flows, 2), (vec![(0, 1), (0, 1)], (1, 1)));
    }
}
