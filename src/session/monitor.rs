//! A run that may never end: failures are told as they come, incidents at intervals, from a window that moves with time.
//!
//! ```text
//! diagnosis ──▶ line at once (number of its incident, how manieth)
//!          └──▶ two windows, of which one begins when the other is half full ──▶ every interval: incidents with news
//! ```

use super::Error;
use super::Progress;
use super::Settings;
use super::Watch;
use super::reading;
use super::reading::NEVER;
use super::reading::Receive;
use super::sources;
use super::tickets::Tickets;
use crate::analyze::Analyzer;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::capture::Input;
use crate::cause;
use crate::cause::Context;
use crate::cause::Scene;
use crate::compare::Limits;
use crate::compare::Noises;
use crate::compare::attributes::Attributes;
use crate::compare::attributes::Offers;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::incident::Incidents;
use crate::incident::Known;
use crate::incident::Report;
use crate::names::Names;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::pattern::Verdict;
use crate::report::id;
use crate::report::monitor::Counts;
use crate::report::monitor::News;
use crate::report::monitor::Status;
use crate::report::monitor::Watcher;
use std::io;

/// Bounds of each of the two windows: half of what one report over everything has.
const LIMITS: Limits = Limits {
    servers: 4_096,
    values: 256,
    values_total: 40_960,
    incidents: 1_024,
    specimens: 3 << 20,
};

/// A step back of the clock by more than this is one.
const STEP: u64 = 2 * SECOND;

/// What can be chosen of a monitor.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Incidents are told so often, ns.
    pub interval: u64,
    /// Failed flows are compared with what completed in so long a time, at most; half of it at least. ns.
    pub window: u64,
}

/// Reads `source` until it ends or `watch` says so, and tells `watcher` what happens.
///
/// # Errors
/// As [`super::run`].
pub fn monitor<I: Input + Send>(
    source: &mut I,
    settings: &Settings,
    pace: Pace,
    watcher: &mut dyn Watcher,
    watch: Watch<'_>,
) -> Result<Report, Error> {
    let start = RunFacts {
        sources: sources(source),
        ..RunFacts::default()
    };
    watcher.begin(&start)?;
    let mut monitor = Monitor::new(settings, pace, watcher, watch);
    let facts = reading::read(source, settings, &mut monitor)?;
    monitor.finish(facts)
}

/// Sums over a part of the run.
struct Window {
    incidents: Incidents,
    since: Timestamp,
}

impl Window {
    fn new(since: Timestamp) -> Self {
        let limits = LIMITS;
        Self {
            incidents: Incidents::new(&limits),
            since,
        }
    }
}

struct Monitor<'a> {
    settings: &'a Settings,
    pace: Pace,
    watcher: &'a mut dyn Watcher,
    watch: Watch<'a>,
    offers: Offers,
    names: Names,
    noises: Noises,
    /// The older one first.
    windows: [Option<Window>; 2],
    tickets: Tickets,
    /// Since the start, and since the last interval began.
    all: Report,
    lately: Counts,
    /// What the run had come to when the interval began.
    began: (Timestamp, RunFacts),
    due: Timestamp,
    error: Option<io::Error>,
}

impl<'a> Monitor<'a> {
    fn new(
        settings: &'a Settings,
        pace: Pace,
        watcher: &'a mut dyn Watcher,
        watch: Watch<'a>,
    ) -> Self {
        Self {
            settings,
            pace,
            watcher,
            watch,
            offers: Offers::default(),
            names: Names::default(),
            noises: Noises::default(),
            windows: [None, None],
            tickets: Tickets::default(),
            all: Report::default(),
            lately: Counts::default(),
            began: (NEVER, RunFacts::default()),
            due: Timestamp(i64::MIN),
            error: None,
        }
    }

    fn count(&mut self, verdict: &Verdict) {
        self.all.count(verdict);
        let lately = &mut self.lately;
        *lately.outcomes.entry(verdict.outcome.name()).or_default() += 1;
        if let Some(finding) = &verdict.finding {
            *lately.patterns.entry(finding.pattern).or_default() += 1;
        }
    }

    fn compare(&mut self, diagnosis: &Diagnosis) {
        let attributes = Attributes::of(diagnosis, &mut self.offers);
        for window in self.windows.iter_mut().flatten() {
            window.incidents.add(diagnosis, &attributes, || {
                id::handshake_id(&diagnosis.facts)
            });
        }
    }

    /// What the flow itself shows of why it failed: the comparison comes later.
    fn explain(&self, diagnosis: &mut Diagnosis) {
        self.names.tell(&mut diagnosis.facts);
        let context = Context::default();
        let causes =
            Scene::new(diagnosis, &context, &self.settings.roots).map(|scene| cause::judge(&scene));
        diagnosis.causes = causes.unwrap_or_default();
    }

    fn told(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    /// Windows begin with the first packet, and one is forgotten when it is full.
    fn move_windows(&mut self, now: Timestamp) {
        let half = self.pace.window / 2;
        match &self.windows {
            [None, _] => self.windows = [Some(Window::new(now)), None],
            [Some(older), None] if now.since(older.since) >= half => {
                self.windows[1] = Some(Window::new(now));
            }
            [Some(older), Some(_)] if now.since(older.since) >= self.pace.window => {
                self.windows.swap(0, 1);
                self.windows[1] = Some(Window::new(now));
            }
            _ => {}
        }
    }

    /// Tells the incidents with news, and what was counted.
    fn interval(&mut self, run: RunFacts, flows: usize, now: Timestamp) {
        let began = self.began.0.min(now);
        let length = now.since(began);
        let news = self.tickets.turn();
        let known = Known {
            names: &self.names,
            roots: &self.settings.roots,
            policies: &self.settings.policies,
        };
        let window = self.windows.iter_mut().flatten().next();
        // Of an interval without news nothing is built.
        let built = window
            .filter(|_| !news.is_empty())
            .map(|window| window.incidents.finish(&known, false));
        for (ticket, seen) in &news {
            let incident = built.as_ref().and_then(|built| built.incident(ticket));
            let incident = incident.cloned().map(|incident| crate::incident::Incident {
                id: seen.number,
                ..incident
            });
            let told = self.watcher.incident(&News {
                at: now,
                number: seen.number,
                pattern: ticket.pattern(),
                server: ticket.server(),
                name: seen.name(),
                incident: incident.as_ref(),
                length,
                failed: seen.lately,
                attempts: seen.lately_attempts,
                failed_since: seen.failed,
                attempts_since: seen.attempts,
                first: seen.first,
                last: seen.last,
            });
            self.told(told);
        }
        let status = self.status(&run, flows, now, length);
        let told = self.watcher.interval(&status);
        self.told(told);
        self.lately = Counts::default();
        self.began = (now, run);
    }

    fn status(&self, run: &RunFacts, flows: usize, now: Timestamp, length: u64) -> Status {
        let before = &self.began.1;
        let since = |now: u64, before: u64| now.saturating_sub(before);
        Status {
            at: now,
            length,
            counts: self.lately.clone(),
            packets: since(run.packets, before.packets),
            bytes: since(run.bytes, before.bytes),
            dropped_kernel: since(run.dropped_kernel, before.dropped_kernel),
            dropped_interface: since(run.dropped_interface, before.dropped_interface),
            evicted: since(run.evicted, before.evicted),
            flows: u64::try_from(flows).unwrap_or(u64::MAX),
            failing: self.tickets.failing(),
            memory: self.settings.resident(),
            run: run.clone(),
        }
    }

    fn finish(mut self, facts: RunFacts) -> Result<Report, Error> {
        // Flows judged at the end are told as the others were.
        if self.began.0 != NEVER {
            let now = facts.last.unwrap_or(self.began.0).max(self.began.0);
            let quiet = self.lately == Counts::default() && facts.packets == self.began.1.packets;
            if !quiet {
                self.interval(facts.clone(), 0, now);
            }
        }
        if let Some(error) = self.error {
            return Err(Error::Output(error));
        }
        self.all.noise = self.noises.counts();
        self.all.run = facts;
        self.watcher.finish(&self.all)?;
        Ok(self.all)
    }

    /// The next full interval by the clock on the wall: lines of different monitors stand side by side.
    fn after(&self, now: Timestamp) -> Timestamp {
        let interval = i64::try_from(self.pace.interval.max(1)).unwrap_or(i64::MAX);
        let begun = now.0.div_euclid(interval).saturating_mul(interval);
        Timestamp(begun.saturating_add(interval))
    }
}

impl Receive for Monitor<'_> {
    fn diagnosis(&mut self, mut diagnosis: Diagnosis) -> Option<Box<HandshakeFacts>> {
        self.names.handshake(&diagnosis.facts);
        if !self.settings.selection.wants_flow(&diagnosis) {
            return Some(diagnosis.facts);
        }
        self.count(&diagnosis.verdict);
        self.noises.add(&diagnosis);
        self.compare(&diagnosis);
        let place = self.tickets.add(&diagnosis);
        if diagnosis.verdict.outcome == Outcome::Failed {
            self.explain(&mut diagnosis);
        }
        diagnosis.facts.stream_exact = false;
        diagnosis.incident = place.map(|place| place.number);
        let told = self.watcher.handshake(&diagnosis, place);
        self.told(told);
        Some(diagnosis.facts)
    }

    fn answer(&mut self, answer: Box<DnsFacts>) {
        self.names.answer(&answer);
    }

    fn go_on(&mut self, progress: &Progress) -> bool {
        self.error.is_none() && (self.watch)(progress)
    }

    fn due(&self) -> Timestamp {
        self.due
    }

    fn look(&mut self, analyzer: &mut Analyzer, now: Timestamp) {
        // A clock that was set back must not make it silent until it has caught up.
        let set_back = self.began.0 != NEVER && self.began.0.since(now) > STEP;
        if set_back {
            let back = self.began.0 - now;
            for window in self.windows.iter_mut().flatten() {
                window.since = Timestamp(window.since.0.saturating_sub(back));
            }
        }
        if self.began.0 == NEVER || set_back {
            self.began.0 = now;
            self.due = self.after(now);
        }
        self.move_windows(now);
        if now >= self.due {
            self.interval(analyzer.so_far(), analyzer.live(), now);
            self.due = self.after(now);
        } else {
            let run = analyzer.so_far();
            let length = now.since(self.began.0);
            let status = self.status(&run, analyzer.live(), now, length);
            let told = self.watcher.tick(&status);
            self.told(told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Monitor;
    use super::Pace;
    use crate::analyze::Analyzer;
    use crate::analyze::Options;
    use crate::base::SECOND;
    use crate::base::Timestamp;
    use crate::facts::RunFacts;
    use crate::incident::Report;
    use crate::pattern::Diagnosis;
    use crate::report::monitor::News;
    use crate::report::monitor::Place;
    use crate::report::monitor::Status;
    use crate::report::monitor::Watcher;
    use crate::session::Settings;
    use crate::session::reading::Receive;
    use std::io;

    struct Deaf;

    impl Watcher for Deaf {
        fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
            Ok(())
        }

        fn handshake(&mut self, _: &Diagnosis, _: Option<Place>) -> io::Result<()> {
            Ok(())
        }

        fn incident(&mut self, _: &News<'_>) -> io::Result<()> {
            Ok(())
        }

        fn interval(&mut self, _: &Status) -> io::Result<()> {
            Ok(())
        }

        fn finish(&mut self, _: &Report) -> io::Result<()> {
            Ok(())
        }
    }

    /// The seconds at which the windows begin after looks at these.
    fn windows(seconds: &[u64]) -> Vec<i64> {
        let settings = Settings::default();
        let pace = Pace {
            interval: 10 * SECOND,
            window: 600 * SECOND,
        };
        let (mut deaf, mut watch) = (Deaf, |_: &_| true);
        let mut monitor = Monitor::new(&settings, pace, &mut deaf, &mut watch);
        let mut analyzer = Analyzer::new(Options::default());
        for second in seconds {
            monitor.look(&mut analyzer, Timestamp(0).plus(second * SECOND));
        }
        let windows = monitor.windows.iter().flatten();
        windows
            .map(|window| window.since.0 / 1_000_000_000)
            .collect()
    }

    #[test]
    fn a_window_begins_behind_half_of_the_other_and_the_older_one_is_forgotten() {
        assert_eq!(windows(&[9_000, 9_299]), [9_000]);
        assert_eq!(windows(&[9_000, 9_300, 9_599]), [9_000, 9_300]);
        assert_eq!(windows(&[9_000, 9_300, 9_600]), [9_300, 9_600]);
    }

    #[test]
    fn a_clock_that_is_set_back_takes_the_windows_with_it() {
        let before = [9_000, 9_300, 9_500];
        assert_eq!(windows(&[&before[..], &[1_500]].concat()), [1_000, 1_300]);
        let on = [&before[..], &[1_500, 1_600]].concat();
        assert_eq!(windows(&on), [1_300, 1_600]);
    }
}
