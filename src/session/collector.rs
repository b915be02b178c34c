//! What is counted, compared and passed on of the diagnoses of a run.

use super::Error;
use super::Settings;
use super::Show;
use crate::compare::Limits;
use crate::compare::Noises;
use crate::compare::attributes::Attributes;
use crate::compare::attributes::Offers;
use crate::facts::CaptureProblem;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::facts::SourceFacts;
use crate::incident::Incidents;
use crate::incident::Known;
use crate::incident::Report;
use crate::names::Names;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::report::Sink;
use crate::report::id;
use crate::texts::counted;
use crate::texts::text;
use std::io;
use std::mem;

/// Bytes of failed handshakes held until the comparison is done; beyond it they are given uncompared.
const HELD: usize = 24 << 20;

/// Sums up diagnoses, passes on those to be shown, and holds the failed ones until the comparison is done.
pub(super) struct Collector<'a> {
    settings: &'a Settings,
    sink: &'a mut dyn Sink,
    offers: Offers,
    noises: Noises,
    names: Names,
    incidents: Incidents,
    report: Report,
    held: Vec<Diagnosis>,
    held_bytes: usize,
    pub(super) error: Option<io::Error>,
    /// Stream numbers are not Wireshark's: several inputs, a filter, or no file at all.
    renumbered: bool,
}

impl<'a> Collector<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        inputs: &[SourceFacts],
        sink: &'a mut dyn Sink,
    ) -> Self {
        let limits = Limits::default();
        Self {
            settings,
            sink,
            offers: Offers::default(),
            noises: Noises::default(),
            names: Names::default(),
            incidents: Incidents::new(&limits),
            report: Report::default(),
            held: Vec::new(),
            held_bytes: 0,
            error: None,
            renumbered: settings.filter.is_some()
                || inputs.len() > 1
                || inputs.iter().any(|input| input.format == "live"),
        }
    }

    /// Takes an answer of the DNS.
    pub(super) fn answer(&mut self, answer: Box<DnsFacts>) {
        self.names.answer(&answer);
    }

    /// Takes a diagnosis; gives its facts back where they are of no use any more.
    pub(super) fn diagnosis(&mut self, mut diagnosis: Diagnosis) -> Option<Box<HandshakeFacts>> {
        // A flow that is not selected can still name the server of one that is.
        self.names.handshake(&diagnosis.facts);
        if !self.settings.selection.wants_flow(&diagnosis) {
            return Some(diagnosis.facts);
        }
        if self.renumbered {
            diagnosis.facts.stream_exact = false;
        }
        let failed = diagnosis.verdict.outcome == Outcome::Failed;
        self.report.count(&diagnosis.verdict);
        self.noises.add(&diagnosis);
        self.compare(&diagnosis);
        let wanted = match self.settings.show {
            Show::All => true,
            Show::Failed => failed,
            Show::None => false,
        };
        if !wanted || !self.settings.selection.wants_record(&diagnosis) {
            return Some(diagnosis.facts);
        }
        self.names.tell(&mut diagnosis.facts);
        let size = if failed { diagnosis.weight() } else { 0 };
        let room = self.held.len() < self.settings.options.limits.failures
            && self.held_bytes.saturating_add(size) <= HELD;
        if failed && room {
            self.held_bytes = self.held_bytes.saturating_add(size);
            diagnosis.facts.shrink();
            self.held.push(diagnosis);
            return None;
        }
        self.give(&diagnosis);
        Some(diagnosis.facts)
    }

    /// What is compared of a handshake is worked out once, for the sums over its server and for its incident.
    fn compare(&mut self, diagnosis: &Diagnosis) {
        let attributes = Attributes::of(diagnosis, &mut self.offers);
        self.incidents.add(diagnosis, &attributes, || {
            id::handshake_id(&diagnosis.facts)
        });
    }

    fn give(&mut self, diagnosis: &Diagnosis) {
        if self.error.is_none() {
            self.error = self.sink.handshake(diagnosis).err();
        }
    }

    pub(super) fn finish(mut self, mut facts: RunFacts) -> Result<Report, Error> {
        let mut held = mem::take(&mut self.held);
        let known = Known {
            names: &self.names,
            roots: &self.settings.roots,
            policies: &self.settings.policies,
        };
        let built = self.incidents.finish(&known, !held.is_empty());
        for diagnosis in &mut held {
            self.names.tell(&mut diagnosis.facts);
        }
        built.assign(&mut held, &self.settings.roots);
        for diagnosis in held {
            self.give(&diagnosis);
        }
        if let Some(error) = self.error {
            return Err(Error::Output(error));
        }
        facts.problems.extend(built.problems);
        facts.problems.extend(names_let_go(&self.names));
        self.report.noise = self.noises.counts();
        self.report.run = facts;
        self.report.incidents = built.incidents;
        self.report.alone = built.alone;
        self.sink.finish(&self.report)?;
        Ok(self.report)
    }
}

/// That names are not whole, where a bound was met.
fn names_let_go(names: &Names) -> Option<CaptureProblem> {
    let count = names.let_go();
    (count > 0).then(|| CaptureProblem {
        code: "limit-names",
        packets: 0,
        frames: Vec::new(),
        text: counted!("limit.names", count),
        advice: text!("limit.do-select").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::Collector;
    use crate::base::Side;
    use crate::facts::RunFacts;
    use crate::facts::SourceFacts;
    use crate::facts::sample::Flow;
    use crate::incident::Report;
    use crate::pattern::Diagnosis;
    use crate::pattern::testing::judged;
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
        judged(facts)
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
        let mut collector = Collector::new(settings, &[SourceFacts::default()], &mut kept);
        for diagnosis in all {
            collector.diagnosis(diagnosis);
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
