//! Counters for Prometheus, in its text format.

use super::monitor::Status;
use crate::facts::HandshakeFacts;
use crate::pattern::Diagnosis;
use prometheus::Encoder;
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
    /// All counters at zero. `start` is the time of the program's start, seconds since 1970. `names`: how many SNIs get a label of
    /// their own; 0: there is no such metric.
    ///
    /// # Errors
    /// Never with the names that stand here.
    pub fn new(start: f64, names: usize) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let vec = |name: &str, help: &str, labels: &[&str]| {
            let vec = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(vec.clone()))?;
            Ok::<_, prometheus::Error>(vec)
        };
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let time = |name: &str, help: &str| {
            let options = HistogramOpts::new(name, help).buckets(BUCKETS.to_vec());
            let histogram = Histogram::with_opts(options)?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let real = |name: &str, help: &str| {
            let gauge = Gauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        real(
            "tlscap_start_time_seconds",
            "When the program started, seconds since 1970.",
        )?
        .set(start);
        let info = Opts::new("tlscap_build_info", "The program's version; always 1.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let info = IntGauge::with_opts(info)?;
        info.set(1);
        registry.register(Box::new(info))?;
        let by_sni = (names > 0)
            .then(|| {
                vec(
                    "tlscap_failures_by_sni_total",
                    "Failed handshakes by the name in the ClientHello and pattern; names beyond the cap are other.",
                    &["sni", "pattern"],
                )
            })
            .transpose()?;
        Ok(Self {
            by_sni,
            names: (BTreeSet::new(), names),
            handshakes: vec(
                "tlscap_handshakes_total",
                "TLS handshakes judged, by outcome.",
                &["outcome"],
            )?,
            failures: vec(
                "tlscap_failures_total",
                "Failed TLS handshakes, by pattern.",
                &["pattern"],
            )?,
            causes: vec(
                "tlscap_causes_total",
                "Best cause of failed handshakes, as far as the flow itself shows it.",
                &["cause", "confidence"],
            )?,
            incidents: gauge(
                "tlscap_incidents_open",
                "Incidents with failures in this interval or the one before.",
            )?,
            handshake_time: time(
                "tlscap_handshake_duration_seconds",
                "From the SYN to the end of the TLS handshake, of completed ones.",
            )?,
            connect_time: time(
                "tlscap_connect_duration_seconds",
                "From the SYN to the end of the TCP handshake.",
            )?,
            packets: counter("tlscap_packets_total", "Packets read.")?,
            bytes: counter("tlscap_bytes_total", "Bytes on the wire of packets read.")?,
            dropped: vec(
                "tlscap_packets_dropped_total",
                "Packets lost before they could be read, by whom.",
                &["by"],
            )?,
            skipped: vec(
                "tlscap_packets_skipped_total",
                "Packets that were not understood, by reason.",
                &["reason"],
            )?,
            not_tls: counter(
                "tlscap_not_tls_flows_total",
                "TCP flows of other protocols.",
            )?,
            flows: gauge("tlscap_flows", "Flows followed now.")?,
            evicted: counter(
                "tlscap_flows_evicted_total",
                "Flows let go because a bound was met.",
            )?,
            memory: gauge(
                "tlscap_memory_bytes",
                "Memory of the program, without the kernel's capture buffers.",
            )?,
            last_packet: real(
                "tlscap_last_packet_timestamp_seconds",
                "Time of the latest packet, seconds since 1970.",
            )?,
            registry,
        })
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
