//! What is counted, compared and passed on of the diagnoses of a run.

use super::Error;
use super::Settings;
use super::Show;
use crate::facts::RunFacts;
use crate::incident;
use crate::incident::Incidents;
use crate::incident::Report;
use crate::incident::Tally;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::report::Sink;
use crate::report::id;
use std::io;
use std::mem;

/// Bytes of failed handshakes held until the comparison is done; beyond it they are given uncompared.
const HELD: usize = 24 << 20;

/// Sums up diagnoses, passes on those to be shown, and holds the failed ones until the comparison is done.
pub(super) struct Collector<'a> {
    settings: &'a Settings,
    sink: &'a mut dyn Sink,
    tally: Tally,
    incidents: Incidents,
    report: Report,
    held: Vec<Diagnosis>,
    held_bytes: usize,
    pub(super) error: Option<io::Error>,
    /// Stream numbers are not Wireshark's: several inputs, or a filter.
    renumbered: bool,
}

impl<'a> Collector<'a> {
    pub(super) fn new(settings: &'a Settings, inputs: usize, sink: &'a mut dyn Sink) -> Self {
        let limits = incident::Limits::default();
        Self {
            settings,
            sink,
            tally: Tally::new(&limits),
            incidents: Incidents::new(&limits),
            report: Report::default(),
            held: Vec::new(),
            held_bytes: 0,
            error: None,
            renumbered: settings.filter.is_some() || inputs > 1,
        }
    }

    pub(super) fn take(&mut self, mut diagnosis: Diagnosis) {
        if !self.settings.selection.wants_flow(&diagnosis) {
            return;
        }
        if self.renumbered {
            diagnosis.facts.stream_exact = false;
        }
        self.count(&diagnosis);
        self.tally.add(&diagnosis);
        self.incidents.add(&diagnosis, &self.tally, || {
            id::handshake_id(&diagnosis.facts)
        });
        let failed = diagnosis.verdict.outcome == Outcome::Failed;
        let wanted = match self.settings.show {
            Show::All => true,
            Show::Failed => failed,
            Show::None => false,
        };
        if !wanted || !self.settings.selection.wants_record(&diagnosis) {
            return;
        }
        let size = if failed { weight(&diagnosis) } else { 0 };
        let room = self.held.len() < self.settings.options.limits.failures
            && self.held_bytes.saturating_add(size) <= HELD;
        if failed && room {
            self.held_bytes = self.held_bytes.saturating_add(size);
            diagnosis.facts.timeline.shrink_to_fit();
            self.held.push(diagnosis);
        } else {
            self.give(&diagnosis);
        }
    }

    fn give(&mut self, diagnosis: &Diagnosis) {
        if self.error.is_none() {
            self.error = self.sink.handshake(diagnosis).err();
        }
    }

    fn count(&mut self, diagnosis: &Diagnosis) {
        let verdict = &diagnosis.verdict;
        *self
            .report
            .outcomes
            .entry(verdict.outcome.name())
            .or_default() += 1;
        self.report.unused += u64::from(verdict.unused);
        if let Some(finding) = &verdict.finding {
            *self.report.patterns.entry(finding.pattern).or_default() += 1;
        }
        if let Some(reason) = verdict.reason {
            *self.report.reasons.entry(reason).or_default() += 1;
        }
    }

    pub(super) fn finish(mut self, mut facts: RunFacts) -> Result<Report, Error> {
        let built = mem::replace(
            &mut self.incidents,
            Incidents::new(&incident::Limits::default()),
        )
        .finish(&self.tally);
        let mut held = mem::take(&mut self.held);
        built.assign(&mut held);
        for diagnosis in held {
            self.give(&diagnosis);
        }
        if let Some(error) = self.error {
            return Err(Error::Output(error));
        }
        facts.problems.extend(built.problems);
        self.report.run = facts;
        self.report.incidents = built.incidents;
        self.report.alone = built.alone;
        self.sink.finish(&self.report)?;
        Ok(self.report)
    }
}

/// About how many bytes a diagnosis takes.
fn weight(diagnosis: &Diagnosis) -> usize {
    let facts = &diagnosis.facts;
    let hello = facts.client_hello.as_ref().map_or(0, |hello| {
        512 + 2
            * (hello.cipher_suites.len()
                + hello.extensions.len()
                + hello.groups.len()
                + hello.signature_algorithms.len())
    });
    2048 + 56 * facts.timeline.len() + hello + 1024 * facts.certificates.len()
}

#[cfg(test)]
mod tests {
    use super::Collector;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::facts::RunFacts;
    use crate::facts::sample::Flow;
    use crate::incident::Report;
    use crate::pattern::Diagnosis;
    use crate::pattern::Outcome;
    use crate::pattern::View;
    use crate::pattern::judge;
    use crate::report::Sink;
    use crate::session::Settings;
    use crate::session::Show;
    use std::io;

    /// Keeps what it is given: stream number, whether compared, and whether the number is exact.
    #[derive(Default)]
    struct Kept(Vec<(u32, bool, bool)>);

    impl Sink for Kept {
        fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
            Ok(())
        }

        fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
            let facts = &diagnosis.facts;
            self.0.push((
                facts.stream,
                diagnosis.incident.is_some(),
                facts.stream_exact,
            ));
            Ok(())
        }

        fn finish(&mut self, _: &Report) -> io::Result<()> {
            Ok(())
        }
    }

    fn diagnosis(stream: u32, flow: Flow) -> Diagnosis {
        let mut facts = flow.facts();
        facts.stream = stream;
        let verdict = judge(&View::new(&facts, 10 * SECOND, &[]));
        let compared = verdict.outcome != Outcome::Failed;
        Diagnosis {
            facts,
            verdict,
            incident: None,
            compared,
        }
    }

    fn failed(stream: u32) -> Diagnosis {
        diagnosis(stream, Flow::hello_sent().alert(Side::Server, 2, 40))
    }

    fn completed(stream: u32) -> Diagnosis {
        diagnosis(stream, Flow::answered().finished())
    }

    /// What the sink is given of these, and the report.
    fn collect(settings: &Settings, all: Vec<Diagnosis>) -> (Vec<(u32, bool, bool)>, Report) {
        let mut kept = Kept::default();
        let mut collector = Collector::new(settings, 1, &mut kept);
        for diagnosis in all {
            collector.take(diagnosis);
        }
        let report = collector.finish(RunFacts::default());
        (kept.0, report.unwrap())
    }

    #[test]
    fn failures_are_held_until_the_comparison_and_counted() {
        let all = vec![failed(0), completed(1), failed(2)];
        let settings = Settings {
            show: Show::All,
            ..Settings::default()
        };
        let (given, report) = collect(&settings, all);
        let streams: Vec<u32> = given.iter().map(|given| given.0).collect();
        assert_eq!(streams, [1, 0, 2]);
        assert_eq!(report.outcomes["failed"], 2);
        assert_eq!(report.patterns["alert-without-server-hello"], 2);
    }

    #[test]
    fn failures_beyond_the_bound_are_given_at_once_and_uncompared() {
        let mut settings = Settings::default();
        settings.options.limits.failures = 1;
        let (given, report) = collect(&settings, vec![failed(0), failed(1), failed(2)]);
        let streams: Vec<u32> = given.iter().map(|given| given.0).collect();
        assert_eq!(streams, [1, 2, 0]);
        assert!(!given[0].1 && !given[1].1);
        assert_eq!(report.outcomes["failed"], 3);
    }

    #[test]
    fn what_is_shown_changes_no_count() {
        for (show, given) in [(Show::Failed, 1), (Show::All, 2), (Show::None, 0)] {
            let settings = Settings {
                show,
                ..Settings::default()
            };
            let (kept, report) = collect(&settings, vec![failed(0), completed(1)]);
            assert_eq!(kept.len(), given);
            assert_eq!(report.outcomes.values().sum::<u64>(), 2);
        }
    }

    #[test]
    fn a_flow_that_is_not_selected_counts_nowhere_and_a_record_only_there() {
        let mut settings = Settings::default();
        settings.selection.sni = Some("other.example".to_owned());
        let (given, report) = collect(&settings, vec![failed(0)]);
        assert!(given.is_empty() && report.outcomes.is_empty());
        let mut settings = Settings::default();
        settings.selection.streams = vec![7];
        let (given, report) = collect(&settings, vec![failed(0), failed(7)]);
        assert_eq!((given.len(), given[0].0), (1, 7));
        assert_eq!(report.outcomes["failed"], 2);
    }

    #[test]
    fn behind_a_filter_no_stream_number_is_wiresharks() {
        let settings = Settings {
            filter: Some("tcp".to_owned()),
            ..Settings::default()
        };
        assert!(!collect(&settings, vec![failed(0)]).0[0].2);
        assert!(collect(&Settings::default(), vec![failed(0)]).0[0].2);
    }
}
