//! Counters for Prometheus, in its text format.

use super::monitor::Status;
use crate::facts::HandshakeFacts;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::pattern::PATTERNS;
use prometheus::Encoder;
use prometheus::Error;
use prometheus::Gauge;
use prometheus::Histogram;
use prometheus::HistogramOpts;
use prometheus::IntCounter;
use prometheus::IntCounterVec;
use prometheus::IntGauge;
use prometheus::Opts;
use prometheus::Registry;
use prometheus::TextEncoder;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Upper bounds of the histograms, seconds.
const BUCKETS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// The label of names beyond those that are counted apart.
const OTHER: &str = "other";
/// The label of hellos without a name.
const NONE: &str = "none";
/// Longest name that becomes a label, bytes as shown (RFC 1035 section 2.3.4 has 255; more is no name).
const LONGEST: usize = 255;

/// All metrics. What a monitor counts goes in; [`Metrics::text`] gives what Prometheus reads, from any thread.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    handshakes: IntCounterVec,
    failures: IntCounterVec,
    by_sni: Option<IntCounterVec>,
    /// Names that have a label of their own, and how many may.
    names: (BTreeSet<String>, usize),
    causes: IntCounterVec,
    incidents: IntGauge,
    handshake_time: Histogram,
    connect_time: Histogram,
    packets: IntCounter,
    bytes: IntCounter,
    dropped: IntCounterVec,
    skipped: IntCounterVec,
    not_tls: IntCounter,
    flows: IntGauge,
    evicted: IntCounter,
    memory: IntGauge,
    last_packet: Gauge,
}

impl Metrics {
    /// All counters at zero, those of every outcome and pattern too. `start` is the time of the program's start, seconds since 1970.
    /// `names`: how many SNIs get a label of their own; 0: there is no such metric.
    ///
    /// # Errors
    /// Never with the names that stand here.
    pub fn new(start: f64, names: usize) -> Result<Self, Error> {
        let make = Make(Registry::new());
        make.constants(start)?;
        let by_sni = (names > 0)
            .then(|| {
                make.counters(
                    "tlscap_failures_by_sni_total",
                    "Failed handshakes by the name in the ClientHello and pattern; names beyond the cap are other.",
                    &["sni", "pattern"],
                )
            })
            .transpose()?;
        let metrics = Self {
            by_sni,
            names: (BTreeSet::new(), names),
            handshakes: make.counters(
                "tlscap_handshakes_total",
                "TLS handshakes judged, by outcome.",
                &["outcome"],
            )?,
            failures: make.counters(
                "tlscap_failures_total",
                "Failed TLS handshakes, by pattern.",
                &["pattern"],
            )?,
            causes: make.counters(
                "tlscap_causes_total",
                "Best cause of failed handshakes, as far as the flow itself shows it.",
                &["cause", "confidence"],
            )?,
            incidents: make.gauge(
                "tlscap_incidents_open",
                "Incidents with failures in this interval or the one before.",
            )?,
            handshake_time: make.times(
                "tlscap_handshake_duration_seconds",
                "From the SYN to the end of the TLS handshake, of completed ones.",
            )?,
            connect_time: make.times(
                "tlscap_connect_duration_seconds",
                "From the SYN to the end of the TCP handshake.",
            )?,
            packets: make.counter("tlscap_packets_total", "Packets read.")?,
            bytes: make.counter("tlscap_bytes_total", "Bytes on the wire of packets read.")?,
            dropped: make.counters(
                "tlscap_packets_dropped_total",
                "Packets lost before they could be read, by whom.",
                &["by"],
            )?,
            skipped: make.counters(
                "tlscap_packets_skipped_total",
                "Packets that were not understood, by reason.",
                &["reason"],
            )?,
            not_tls: make.counter(
                "tlscap_not_tls_flows_total",
                "TCP flows of other protocols.",
            )?,
            flows: make.gauge("tlscap_flows", "Flows followed now.")?,
            evicted: make.counter(
                "tlscap_flows_evicted_total",
                "Flows let go because a bound was met.",
            )?,
            memory: make.gauge(
                "tlscap_memory_bytes",
                "Memory of the program, without the kernel's capture buffers.",
            )?,
            last_packet: make.real(
                "tlscap_last_packet_timestamp_seconds",
                "Time of the latest packet, seconds since 1970.",
            )?,
            registry: make.0,
        };
        metrics.begin();
        Ok(metrics)
    }

    /// A counter that begins with its first event hides that event from a rate.
    fn begin(&self) {
        for outcome in Outcome::ALL {
            self.handshakes.with_label_values(&[outcome.name()]);
        }
        for pattern in PATTERNS {
            self.failures.with_label_values(&[pattern.id]);
        }
        for by in ["kernel", "interface"] {
            self.dropped.with_label_values(&[by]);
        }
    }

    /// Counts a handshake.
    pub fn handshake(&mut self, diagnosis: &Diagnosis) {
        let verdict = &diagnosis.verdict;
        self.handshakes
            .with_label_values(&[verdict.outcome.name()])
            .inc();
        self.times(&diagnosis.facts);
        let Some(finding) = &verdict.finding else {
            return;
        };
        self.failures.with_label_values(&[finding.pattern]).inc();
        if let Some(claim) = diagnosis.causes.first() {
            self.causes
                .with_label_values(&[claim.code, claim.confidence.name()])
                .inc();
        }
        self.count_name(diagnosis, finding.pattern);
    }

    fn times(&self, facts: &HandshakeFacts) {
        let Some(syn) = facts.tcp.syn else { return };
        if let Some(established) = facts.tcp.established {
            self.connect_time
                .observe(seconds(established.at.since(syn.at)));
        }
        if let Some(completed) = &facts.completed {
            self.handshake_time
                .observe(seconds(completed.mark.at.since(syn.at)));
        }
    }

    fn count_name(&mut self, diagnosis: &Diagnosis, pattern: &str) {
        let Some(by_sni) = &self.by_sni else { return };
        let hello = diagnosis.facts.client_hello.as_ref();
        let Some(hello) = hello else { return };
        let name = hello
            .sni
            .as_ref()
            .map_or_else(|| NONE.to_owned(), |name| name.to_string().to_lowercase());
        let (known, most) = &mut self.names;
        let label = if name == NONE || known.contains(&name) {
            name
        } else if known.len() < *most && name.len() <= LONGEST {
            known.insert(name.clone());
            name
        } else {
            OTHER.to_owned()
        };
        by_sni.with_label_values(&[label.as_str(), pattern]).inc();
    }

    /// Takes over what a monitor counted since the start.
    pub fn status(&self, status: &Status) {
        let run = &status.run;
        catch_up(&self.packets, run.packets);
        catch_up(&self.bytes, run.bytes);
        catch_up(&self.not_tls, run.not_tls);
        catch_up(&self.evicted, run.evicted);
        for (by, count) in [
            ("kernel", run.dropped_kernel),
            ("interface", run.dropped_interface),
        ] {
            catch_up(&self.dropped.with_label_values(&[by]), count);
        }
        self.skips(&run.skipped);
        self.flows.set(signed(status.flows));
        self.incidents.set(signed(status.failing));
        if let Some(memory) = status.memory {
            self.memory.set(signed(memory));
        }
        if let Some(last) = run.last {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a time of day needs no nanoseconds"
            )]
            self.last_packet.set(last.0 as f64 / 1e9);
        }
    }

    fn skips(&self, skipped: &BTreeMap<String, u64>) {
        for (reason, count) in skipped {
            catch_up(&self.skipped.with_label_values(&[reason.as_str()]), *count);
        }
    }

    /// Everything in the text format, version 0.0.4.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        text
    }
}

/// Makes metrics and registers them.
struct Make(Registry);

impl Make {
    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, Error> {
        let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(counters.clone()))?;
        Ok(counters)
    }

    fn counter(&self, name: &str, help: &str) -> Result<IntCounter, Error> {
        let counter = IntCounter::new(name, help)?;
        self.0.register(Box::new(counter.clone()))?;
        Ok(counter)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, Error> {
        let gauge = IntGauge::new(name, help)?;
        self.0.register(Box::new(gauge.clone()))?;
        Ok(gauge)
    }

    fn real(&self, name: &str, help: &str) -> Result<Gauge, Error> {
        let gauge = Gauge::new(name, help)?;
        self.0.register(Box::new(gauge.clone()))?;
        Ok(gauge)
    }

    fn times(&self, name: &str, help: &str) -> Result<Histogram, Error> {
        let options = HistogramOpts::new(name, help).buckets(BUCKETS.to_vec());
        let histogram = Histogram::with_opts(options)?;
        self.0.register(Box::new(histogram.clone()))?;
        Ok(histogram)
    }

    /// What never changes while the program runs.
    fn constants(&self, start: f64) -> Result<(), Error> {
        let help = "When the program started, seconds since 1970.";
        self.real("tlscap_start_time_seconds", help)?.set(start);
        let info = Opts::new("tlscap_build_info", "The program's version; always 1.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let info = IntGauge::with_opts(info)?;
        info.set(1);
        self.0.register(Box::new(info))
    }
}

fn catch_up(counter: &IntCounter, now: u64) {
    counter.inc_by(now.saturating_sub(counter.get()));
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "durations of hours are exact to the microsecond"
)]
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::Metrics;
    use crate::base::Side;
    use crate::facts::WireText;
    use crate::facts::sample::Flow;
    use crate::pattern::Diagnosis;
    use crate::pattern::Outcome;
    use crate::pattern::testing::judged;

    fn failed(name: &[u8]) -> Diagnosis {
        let mut facts = Flow::hello_sent().alert(Side::Server, 2, 40).facts();
        facts.client_hello.as_mut().unwrap().sni = Some(WireText::new(name));
        judged(facts)
    }

    fn text(metrics: &Metrics) -> String {
        String::from_utf8(metrics.text()).unwrap()
    }

    #[test]
    fn every_outcome_and_pattern_begins_at_zero() {
        let text = text(&Metrics::new(1.5, 0).unwrap());
        for outcome in Outcome::ALL {
            let line = format!(
                "tlscap_handshakes_total{{outcome=\"{}\"}} 0\n",
                outcome.name()
            );
            assert!(text.contains(&line), "{line}");
        }
        assert!(text.contains("tlscap_failures_total{pattern=\"syn-refused\"} 0\n"));
        assert!(text.contains("tlscap_start_time_seconds 1.5\n"));
        assert!(!text.contains("by_sni"));
    }

    #[test]
    fn names_beyond_the_cap_are_counted_together_and_case_tells_none_apart() {
        let mut metrics = Metrics::new(0.0, 2).unwrap();
        for name in [
            b"a.example".as_slice(),
            b"A.example",
            b"b.example",
            b"c.example",
            b"d.example",
        ] {
            metrics.handshake(&failed(name));
        }
        let text = text(&metrics);
        let count = |name: &str| {
            let line = format!(
                "tlscap_failures_by_sni_total{{pattern=\"alert-without-server-hello\",sni=\"{name}\"}} "
            );
            text.lines()
                .find_map(|found| found.strip_prefix(&line))
                .map(ToOwned::to_owned)
        };
        assert_eq!(count("a.example").as_deref(), Some("2"));
        assert_eq!(count("b.example").as_deref(), Some("1"));
        assert_eq!(count("other").as_deref(), Some("2"));
        assert_eq!(count("c.example"), None);
    }

    #[test]
    fn a_name_that_means_harm_stays_inside_its_label() {
        let mut metrics = Metrics::new(0.0, 2).unwrap();
        metrics.handshake(&failed(b"x\"} 1\nevil 7\n"));
        assert!(!text(&metrics).lines().any(|line| line.starts_with("evil")));
    }
}
