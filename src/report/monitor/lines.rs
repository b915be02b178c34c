//! One line each, not wrapped: to be read as it passes, or searched later.

use super::News;
use super::Place;
use super::Show;
use super::Status;
use super::Watcher;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::RunFacts;
use crate::facts::WireText;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::pattern::Value;
use crate::report::layout;
use crate::tables;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::text;
use jiff::tz::TimeZone;
use std::io;
use std::io::Write;

/// Writes lines for people.
pub struct Lines<W> {
    out: W,
    tz: TimeZone,
    show: Show,
    /// End of the latest interval.
    latest: Timestamp,
}

impl<W: Write> Lines<W> {
    /// Writes to `out`, times as in `tz`. `show`: which handshakes are told.
    pub fn new(out: W, tz: TimeZone, show: Show) -> Self {
        Self {
            out,
            tz,
            show,
            latest: Timestamp(i64::MIN),
        }
    }

    fn line(&mut self, at: Timestamp, text: &str) -> io::Result<()> {
        let line = format!("{} {text}\n", layout::local_time_millis(at, &self.tz));
        // In one piece: whoever reads the pipe never meets half of one.
        self.out.write_all(line.as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Watcher for Lines<W> {
    fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
        Ok(())
    }

    fn handshake(&mut self, diagnosis: &Diagnosis, place: Option<Place>) -> io::Result<()> {
        if !self.show.wants(diagnosis.verdict.outcome) {
            return Ok(());
        }
        let facts = &diagnosis.facts;
        let name = facts.client_hello.as_ref().map(|hello| {
            hello
                .sni
                .as_ref()
                .map_or_else(|| text!("monitor.no-sni").to_owned(), shown)
        });
        let mut line = format!("{} {} > {}", word(diagnosis), facts.client, facts.server);
        for part in [name, ended(diagnosis)].into_iter().flatten() {
            line.push(' ');
            line.push_str(&part);
        }
        if let Some(place) = place {
            let nth = text!(
                "monitor.nth",
                number = place.number,
                nth = ordinal(place.nth)
            );
            line.push(' ');
            line.push_str(&nth);
        }
        self.line(facts.last.at, &line)
    }

    fn incident(&mut self, news: &News<'_>) -> io::Result<()> {
        let text = incident(news, &self.tz);
        self.line(news.at, &text)
    }

    fn interval(&mut self, status: &Status) -> io::Result<()> {
        self.latest = status.at;
        let text = status_line(status);
        self.line(status.at, &text)
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        let run = &report.run;
        let (Some(first), Some(last)) = (run.first, run.last) else {
            return self.out.flush();
        };
        let span = layout::duration(last.since(first));
        let counts = outcomes(&report.outcomes);
        let text = text!(
            "monitor.all",
            span,
            counts,
            packets = counted!("noun.packet", run.packets)
        );
        self.line(last.max(self.latest), &text)
    }
}

/// A name as one word: no blank in it, and no longer than a name may be (RFC 1035 section 2.3.4).
fn shown(name: &WireText) -> String {
    let text = name.to_string().replace(' ', "\\x20");
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    layout::shorten(&text, 255)
}

/// Pattern of a failed handshake, outcome of another.
fn word(diagnosis: &Diagnosis) -> String {
    let verdict = &diagnosis.verdict;
    match (&verdict.finding, verdict.reason) {
        (Some(finding), _) => finding.pattern.to_owned(),
        (None, Some(reason)) => format!("{} ({reason})", verdict.outcome.name()),
        (None, None) => verdict.outcome.name().to_owned(),
    }
}

/// `#1 sni-blocked high api.shop.example 203.0.113.20:443: 41 of 42 failed in 60 s, 217 of 222 since 03:02:09`
fn incident(news: &News<'_>, tz: &TimeZone) -> String {
    let best = news.incident.and_then(|incident| incident.causes.first());
    let why = best
        .filter(|claim| claim.code != "undetermined")
        .map_or_else(
            || news.pattern.to_owned(),
            |claim| format!("{} {}", claim.code, claim.confidence.name()),
        );
    let name = news
        .name
        .map(|name| format!("{} ", shown(name)))
        .unwrap_or_default();
    let what = format!("#{} {why} {name}{}", news.number, news.server);
    let lately = text!(
        "monitor.failed-in",
        failed = grouped(news.failed),
        attempts = grouped(news.attempts),
        time = layout::duration(news.length)
    );
    let since = if news.failed == 0 {
        let last = layout::local_time(news.last, tz);
        text!("monitor.none-since", last)
    } else {
        text!(
            "monitor.since",
            failed = grouped(news.failed_since),
            attempts = grouped(news.attempts_since),
            first = layout::local_time(news.first, tz)
        )
    };
    text!("monitor.incident", what, lately, since)
}

/// `-- 60 s: 1,204 completed, 43 failed, 2 unknown; 88,102 packets, 0 dropped; 312 flows held, 21 MB`
#[must_use]
pub fn status_line(status: &Status) -> String {
    let dropped = status
        .dropped_kernel
        .saturating_add(status.dropped_interface);
    let mut held = vec![counted!("monitor.flows-held", status.flows)];
    held.extend(status.memory.map(layout::size));
    if status.evicted > 0 {
        held.push(counted!("monitor.evicted", status.evicted));
    }
    text!(
        "monitor.interval",
        time = layout::duration(status.length),
        counts = outcomes(&status.counts.outcomes),
        packets = counted!("noun.packet", status.packets),
        dropped = grouped(dropped),
        held = held.join(", ")
    )
}

/// Completed and failed always, others where there are any.
fn outcomes(counts: &std::collections::BTreeMap<&'static str, u64>) -> String {
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let always = [
        text!("monitor.completed", n = grouped(count("completed"))),
        text!("monitor.failed", n = grouped(count("failed"))),
    ];
    let rest = [
        (
            "unknown",
            text!("monitor.unknown", n = grouped(count("unknown"))),
        ),
        (
            "unfinished",
            text!("monitor.unfinished", n = grouped(count("unfinished"))),
        ),
        (
            "abandoned",
            text!("monitor.abandoned", n = grouped(count("abandoned"))),
        ),
        (
            "no-attempt",
            text!("monitor.no-attempt", n = grouped(count("no-attempt"))),
        ),
    ];
    let rest = rest
        .into_iter()
        .filter(|(name, _)| count(name) > 0)
        .map(|(_, text)| text);
    always
        .into_iter()
        .chain(rest)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What ended it, in a few words.
fn ended(diagnosis: &Diagnosis) -> Option<String> {
    let ended = diagnosis.verdict.ended?;
    let detail = |key: &str| {
        let finding = diagnosis.verdict.finding.as_ref()?;
        finding
            .detail
            .iter()
            .find_map(|(name, value)| (*name == key).then_some(value))
    };
    let time = |key: &str| match detail(key) {
        Some(Value::Duration(time)) => Some(layout::duration(*time)),
        _ => None,
    };
    let quote = match detail("text") {
        Some(Value::Text(text)) => Some(format!("\"{text}\"")),
        _ => None,
    };
    let text = match ended.how {
        "rst" => reset(diagnosis, time("delay_ms")),
        "fin" => with_time(text!("monitor.fin"), time("delay_ms")),
        "alert" => alert(diagnosis)?,
        "silence" => with_silence(time("silence_ms")),
        how => how.to_owned(),
    };
    Some(match quote {
        Some(quote) => format!("{quote}, {text}"),
        None => text,
    })
}

fn with_time(what: &str, time: Option<String>) -> String {
    match time {
        Some(time) => text!("monitor.after", what, time),
        None => what.to_owned(),
    }
}

fn with_silence(time: Option<String>) -> String {
    match time {
        Some(time) => text!("monitor.silence", time),
        None => text!("monitor.silent").to_owned(),
    }
}

/// `RST after 3 ms, TTL 118 (server 49)`
fn reset(diagnosis: &Diagnosis, time: Option<String>) -> String {
    let facts = &diagnosis.facts;
    let text = with_time(text!("monitor.rst"), time);
    let frame = diagnosis.verdict.ended.and_then(|ended| ended.mark);
    let Some(reset) = facts
        .tcp
        .resets
        .iter()
        .find(|reset| frame.is_some_and(|mark| mark.frame == reset.mark.frame))
    else {
        return text;
    };
    let others = facts.tcp.ttl.of(reset.from);
    let mut other = others.iter().filter(|ttl| **ttl != reset.ttl);
    match (reset.ttl_as_others, other.next()) {
        (Some(false), Some(other)) => {
            let side = match reset.from {
                Side::Client => text!("monitor.client"),
                Side::Server => text!("monitor.server"),
            };
            text!("monitor.ttl-other", text, ttl = reset.ttl, side, other)
        }
        _ => text!("monitor.ttl", text, ttl = reset.ttl),
    }
}

fn alert(diagnosis: &Diagnosis) -> Option<String> {
    let ended = diagnosis.verdict.ended?;
    let mark = ended.mark?;
    let alert = diagnosis
        .facts
        .alerts
        .iter()
        .find(|alert| alert.mark.frame == mark.frame)?;
    let side = match ended.from? {
        Side::Client => text!("monitor.client"),
        Side::Server => text!("monitor.server"),
    };
    Some(match alert.code {
        Some(code) => {
            let name = tables::alert_name(code);
            text!("monitor.alert", side, name, code)
        }
        None => text!("monitor.alert-encrypted", side),
    })
}

/// `1st`, `2nd`, `3rd`, `177th`.
fn ordinal(number: u64) -> String {
    let text = grouped(number);
    match (number % 10, number % 100) {
        (_, 11..=13) => text!("monitor.ordinal-th", text),
        (1, _) => text!("monitor.ordinal-st", text),
        (2, _) => text!("monitor.ordinal-nd", text),
        (3, _) => text!("monitor.ordinal-rd", text),
        _ => text!("monitor.ordinal-th", text),
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use super::ordinal;
    use super::status_line;
    use crate::base::Endpoint;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::base::Timestamp;
    use crate::facts::RunFacts;
    use crate::facts::WireText;
    use crate::facts::sample::Flow;
    use crate::pattern::testing::judged;
    use crate::report::monitor::Counts;
    use crate::report::monitor::News;
    use crate::report::monitor::Place;
    use crate::report::monitor::Show;
    use crate::report::monitor::Status;
    use crate::report::monitor::Watcher;
    use jiff::tz::TimeZone;

    fn line(show: Show, flow: Flow) -> String {
        let mut facts = flow.facts();
        facts.client_hello.as_mut().unwrap().sni = Some(WireText::new(b"a\x1b[31m.example"));
        let diagnosis = judged(facts);
        let mut out = Vec::new();
        let place = Some(Place {
            number: 3,
            nth: 1_002,
        });
        Lines::new(&mut out, TimeZone::UTC, show)
            .handshake(&diagnosis, place)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_failure_is_one_line_and_text_from_the_wire_is_escaped() {
        let text = line(Show::Failed, Flow::hello_sent().alert(Side::Server, 2, 40));
        assert!(text.contains(" alert-without-server-hello "), "{text}");
        assert!(
            text.ends_with(
                " a\\x1b[31m.example server alert handshake_failure (40) [#3, 1,002nd]\n"
            ),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn what_did_not_fail_is_told_only_on_request() {
        assert_eq!(line(Show::Failed, Flow::answered().finished()), "");
        assert!(line(Show::All, Flow::answered().finished()).contains(" completed "));
    }

    fn news(failed: u64) -> String {
        let mut out = Vec::new();
        let name = WireText::from("api.shop.example");
        Lines::new(&mut out, TimeZone::UTC, Show::Failed)
            .incident(&News {
                at: Timestamp(60_000_000_000),
                number: 1,
                pattern: "reset-after-client-hello",
                server: Endpoint {
                    ip: [203, 0, 113, 20].into(),
                    port: 443,
                },
                name: Some(&name),
                incident: None,
                length: 60 * SECOND,
                failed,
                attempts: 42,
                failed_since: 217,
                attempts_since: 1222,
                first: Timestamp(3_000_000_000),
                last: Timestamp(59_000_000_000),
            })
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn news_of_an_incident_and_its_end() {
        assert_eq!(
            news(41),
            "00:01:00.000 #1 reset-after-client-hello api.shop.example 203.0.113.20:443: 41 of 42 failed in 1 min, 217 of 1,222 since 00:00:03\n"
        );
        assert_eq!(
            news(0),
            "00:01:00.000 #1 reset-after-client-hello api.shop.example 203.0.113.20:443: 0 of 42 failed in 1 min, none since 00:00:59\n"
        );
    }

    #[test]
    fn the_state_has_what_was_dropped_and_let_go() {
        let mut counts = Counts::default();
        counts.outcomes.insert("completed", 1_204);
        counts.outcomes.insert("unknown", 2);
        let status = Status {
            at: Timestamp(0),
            length: 5 * SECOND,
            counts,
            packets: 88_102,
            bytes: 0,
            dropped_kernel: 3,
            dropped_interface: 4,
            evicted: 1,
            flows: 312,
            failing: 0,
            memory: Some(21_000_000),
            run: RunFacts::default(),
        };
        assert_eq!(
            status_line(&status),
            "-- 5 s: 1,204 completed, 0 failed, 2 unknown; 88,102 packets, 7 dropped; 312 flows held, 21 MB, 1 flow let go"
        );
    }

    #[test]
    fn ordinals_of_eleven_to_thirteen_are_their_own() {
        let all = [1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111, 1_013];
        let words = all.map(ordinal);
        assert_eq!(
            words,
            [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "103rd",
                "111th", "1,013th"
            ]
        );
    }
}
