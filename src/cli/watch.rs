//! Who is told what a monitor sees: the output, the metrics, systemd, and whoever asks.

use super::complain;
use sd_notify::NotifyState;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::report::metrics::Metrics;
use tlscap::report::monitor::News;
use tlscap::report::monitor::Place;
use tlscap::report::monitor::Status;
use tlscap::report::monitor::Watcher;
use tlscap::report::monitor::status_line;

/// Metrics are brought up to date so often between intervals.
const REFRESH: Duration = Duration::from_secs(1);

/// Tells everybody.
pub(super) struct Watching {
    printer: Box<dyn Watcher>,
    metrics: Option<Metrics>,
    /// Somebody wants to know how it goes.
    asked: Arc<AtomicBool>,
    refreshed: Option<Instant>,
    /// systemd wants a sign so often.
    watchdog: Option<Duration>,
    signed: Option<Instant>,
}

impl Watching {
    pub(super) fn new(
        printer: Box<dyn Watcher>,
        metrics: Option<Metrics>,
        asked: Arc<AtomicBool>,
    ) -> Self {
        Self {
            printer,
            metrics,
            asked,
            refreshed: None,
            // Half of what systemd allows, as sd_watchdog_enabled(3) advises.
            watchdog: sd_notify::watchdog_enabled().map(|allowed| allowed / 2),
            signed: None,
        }
    }

    fn sign_of_life(&mut self) {
        let Some(every) = self.watchdog else { return };
        if self.signed.is_none_or(|last| last.elapsed() >= every) {
            self.signed = Some(Instant::now());
            notify(&[NotifyState::Watchdog]);
        }
    }
}

/// Whoever started the program may not want to know.
fn notify(state: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(state);
}

impl Watcher for Watching {
    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        notify(&[NotifyState::Ready]);
        self.printer.begin(run)
    }

    fn handshake(&mut self, diagnosis: &Diagnosis, place: Option<Place>) -> io::Result<()> {
        if let Some(metrics) = &mut self.metrics {
            metrics.handshake(diagnosis);
        }
        self.printer.handshake(diagnosis, place)
    }

    fn incident(&mut self, news: &News<'_>) -> io::Result<()> {
        self.printer.incident(news)
    }

    fn interval(&mut self, status: &Status) -> io::Result<()> {
        if let Some(metrics) = &self.metrics {
            metrics.status(status);
        }
        notify(&[NotifyState::Status(&status_line(status))]);
        self.printer.interval(status)
    }

    fn tick(&mut self, status: &Status) -> io::Result<()> {
        self.sign_of_life();
        if self.asked.swap(false, Ordering::Relaxed) {
            complain(&status_line(status));
        }
        let stale = self.refreshed.is_none_or(|last| last.elapsed() >= REFRESH);
        if let Some(metrics) = self.metrics.as_ref().filter(|_| stale) {
            metrics.status(status);
            self.refreshed = Some(Instant::now());
        }
        self.printer.tick(status)
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        notify(&[NotifyState::Stopping]);
        self.printer.finish(report)
    }
}
