//! Several inputs as one timeline.

use crate::base::Timestamp;
use crate::capture::Error;
use crate::capture::FileReader;
use crate::capture::Frame;
use crate::capture::NamedAddress;
use crate::capture::Problem;
use crate::capture::Source;
use crate::capture::SourceInfo;

/// Several inputs merged by time; each keeps its own frame numbers. Of frames with the same time the one of the earlier input
/// comes first. An input whose own times run backwards keeps its order.
pub struct Merged {
    readers: Vec<FileReader>,
    /// Time of the next frame of each reader, `None` where it is at its end. Unused for one reader.
    heads: Vec<Option<Timestamp>>,
    /// The reader that gave the last frame; its head is not known yet.
    current: usize,
    /// The best head of all others: while the current reader is before it, no other needs to be looked at.
    rival: Option<(Timestamp, usize)>,
}

impl Merged {
    /// Merges `readers`, numbered as they stand; at most 65,536.
    #[must_use]
    pub fn new(readers: Vec<FileReader>) -> Self {
        let readers: Vec<FileReader> = (0..=u16::MAX)
            .zip(readers)
            .map(|(index, reader)| reader.with_source(index))
            .collect();
        let mut merged = Self {
            heads: Vec::new(),
            current: 0,
            rival: None,
            readers,
        };
        if merged.readers.len() > 1 {
            merged.heads = merged.readers.iter_mut().map(FileReader::peek).collect();
            merged.elect();
        }
        merged
    }

    /// What is known of each input so far.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceInfo> {
        self.readers.iter().map(FileReader::info).collect()
    }

    /// Bytes taken so far of all inputs as stored, for a progress bar.
    #[must_use]
    pub fn bytes_consumed(&self) -> u64 {
        self.readers.iter().map(FileReader::bytes_consumed).sum()
    }

    /// Names of addresses that inputs hold beside packets and that were not taken yet, with the input's index.
    pub fn take_names(&mut self) -> Vec<(u16, NamedAddress)> {
        let mut taken = Vec::new();
        for (source, reader) in (0..=u16::MAX).zip(&mut self.readers) {
            let names = reader.take_names();
            taken.extend(names.into_iter().map(|name| (source, name)));
        }
        taken
    }

    /// What was found wrong so far, input by input; complete once [`Source::next`] gave `None`.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.readers.iter().flat_map(FileReader::problems)
    }

    /// Chooses the reader with the earliest head, and the best of the others.
    fn elect(&mut self) {
        let mut order = (None, None);
        for (index, head) in self.heads.iter().enumerate() {
            let Some(head) = head.map(|at| (at, index)) else {
                continue;
            };
            order = match order {
                (Some(first), _) if head < first => (Some(head), Some(first)),
                (Some(first), Some(second)) if head < second => (Some(first), Some(head)),
                (Some(first), None) => (Some(first), Some(head)),
                (None, _) => (Some(head), None),
                unchanged => unchanged,
            };
        }
        let (first, rival) = order;
        self.current = first.map_or(self.current, |(_, index)| index);
        self.rival = rival;
    }

    /// Makes `current` the reader whose frame is next. Only called with two readers or more.
    fn choose(&mut self) {
        let Some(reader) = self.readers.get_mut(self.current) else {
            return;
        };
        let head = reader.peek();
        match (head, self.rival) {
            (Some(_), None) => return,
            (Some(at), Some(rival)) if (at, self.current) < rival => return,
            (None, _) => reader.close(),
            _ => {}
        }
        if let Some(slot) = self.heads.get_mut(self.current) {
            *slot = head;
        }
        self.elect();
    }
}

impl Source for Merged {
    #[inline]
    fn next(&mut self) -> Result<Option<Frame<'_>>, Error> {
        if self.readers.len() > 1 {
            self.choose();
        }
        Ok(self
            .readers
            .get_mut(self.current)
            .and_then(FileReader::next_frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample;

    /// A reader of packets at these seconds; each holds its second as data.
    fn at(seconds: &[u32]) -> FileReader {
        let records = seconds
            .iter()
            .map(|second| sample::record(false, *second, 0, &second.to_le_bytes()));
        let header = sample::pcap_header(false, 0xa1b2_c3d4, 65_535, 1);
        sample::reader(&[header, records.collect::<Vec<_>>().concat()].concat()).unwrap()
    }

    fn order(readers: Vec<FileReader>) -> Vec<(u16, u64, u64)> {
        let mut merged = Merged::new(readers);
        let mut seen = Vec::new();
        while let Some(frame) = merged.next().unwrap() {
            assert_eq!(
                i64::from(u32::from_le_bytes(frame.data.try_into().unwrap())) * 1_000_000_000,
                frame.at.0
            );
            seen.push((
                frame.frame.source(),
                frame.frame.number(),
                u64::try_from(frame.at.0).unwrap() / 1_000_000_000,
            ));
        }
        assert!(merged.next().unwrap().is_none());
        seen
    }

    #[test]
    fn frames_come_in_order_of_time_then_of_input() {
        assert_eq!(
            order(vec![
                at(&[10, 20, 20, 40]),
                at(&[]),
                at(&[5, 20, 30, 30]),
                at(&[20])
            ]),
            [
                (2, 1, 5),
                (0, 1, 10),
                (0, 2, 20),
                (0, 3, 20),
                (2, 2, 20),
                (3, 1, 20),
                (2, 3, 30),
                (2, 4, 30),
                (0, 4, 40)
            ]
        );
    }

    #[test]
    fn rotated_files_given_in_any_order_follow_each_other() {
        assert_eq!(
            order(vec![at(&[30, 31]), at(&[10, 11]), at(&[20, 21])]),
            [
                (1, 1, 10),
                (1, 2, 11),
                (2, 1, 20),
                (2, 2, 21),
                (0, 1, 30),
                (0, 2, 31)
            ]
        );
    }

    #[test]
    fn an_input_whose_clock_steps_back_keeps_its_own_order() {
        assert_eq!(
            order(vec![at(&[10, 5, 12]), at(&[11])]),
            [(0, 1, 10), (0, 2, 5), (1, 1, 11), (0, 3, 12)]
        );
        assert_eq!(order(vec![at(&[10, 5])]), [(0, 1, 10), (0, 2, 5)]);
        assert_eq!(order(vec![]), []);
    }

    #[test]
    fn any_merge_keeps_every_frame_and_each_inputs_order() {
        let mut seed = 3;
        for _ in 0..200 {
            let inputs: Vec<Vec<u32>> = (0..sample::random(&mut seed) % 5)
                .map(|_| {
                    let mut times: Vec<u32> = (0..sample::random(&mut seed) % 9)
                        .map(|_| 1000 + sample::random(&mut seed) as u32 % 20)
                        .collect();
                    times.sort_unstable();
                    times
                })
                .collect();
            let mut expected: Vec<(u64, u16, u64)> = Vec::new();
            for (source, times) in (0..).zip(&inputs) {
                expected.extend(
                    (1..)
                        .zip(times)
                        .map(|(number, time)| (u64::from(*time), source, number)),
                );
            }
            expected.sort_unstable();
            let seen = order(inputs.iter().map(|times| at(times)).collect());
            assert_eq!(
                seen.iter()
                    .map(|(source, number, time)| (*time, *source, *number))
                    .collect::<Vec<_>>(),
                expected
            );
        }
    }
}
