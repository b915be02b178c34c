//! What holds for every report: 40 lines, the terminal's columns (commands aside), no raw control characters.

use super::sample::end;
use super::sample::failed;
use super::sample::flow;
use super::sample::options;
use super::sample::report_within;
use super::sample::reset;
use super::sample::run;
use crate::base::Endpoint;
use crate::compare::Limits;
use crate::facts::CaptureProblem;
use crate::facts::Directions;
use crate::facts::WireText;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::pattern::Value;
use crate::report::layout::width;
use crate::report::screen::Context;
use crate::report::screen::body;
use crate::report::screen::head::head;
use crate::report::screen::one;
use crate::report::screen::render;

/// A small seeded generator (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    fn bytes(&mut self) -> Vec<u8> {
        let choices: [&[u8]; 8] = [
            "例え.テスト.例え.テスト.例え.テスト.例え.テスト.例え.テスト.例え.テスト.例え.テスト.test".as_bytes(),
            b"\x1b[2J\x1b]0;owned\x07.example",
            "a\u{202e}moc.knab\u{200b}\u{feff}".as_bytes(),
            b"$(reboot)'`\"\\ *.example",
            b"--connect",
            b"\xff\xfe\0\r\nHandshakes  1: none failed",
            b"api.shop.example",
            b"",
        ];
        match self.below(3) {
            0 => (0..self.below(400))
                .map(|_| u8::try_from(self.below(256)).unwrap())
                .collect(),
            1 => vec![b'x'; usize::try_from(self.below(300)).unwrap()],
            _ => choices[usize::try_from(self.below(8)).unwrap()].to_vec(),
        }
    }

    fn server(&mut self, servers: u64) -> Endpoint {
        let n = self.below(servers);
        let port = [443, 25, 65_535][usize::try_from(n % 3).unwrap()];
        if n.is_multiple_of(2) {
            end(
                &format!(
                    "2001:db8:ffff:ffff:ffff:ffff:{:x}:{:x}",
                    0xf000 + n % 0xfff,
                    n
                ),
                port,
            )
        } else {
            end(&format!("198.51.{}.{}", n / 250 % 250, n % 250), port)
        }
    }

    fn diagnosis(&mut self, servers: u64, stream: u32) -> Diagnosis {
        let sni = self.bytes();
        let sni = (self.below(4) > 0).then_some(sni.as_slice());
        let client = format!("2001:db8::ffff:{:x}", self.below(5_000));
        let second = self.below(200_000);
        let server = self.server(servers);
        let mut one = flow(&client, server, second, sni, stream);
        let hello = one.facts.client_hello.as_mut().unwrap();
        hello.versions = vec![u16::try_from(0x0300 + self.below(5)).unwrap()];
        hello.alpn = vec![WireText::new(&self.bytes())];
        one.facts.stream_exact = self.below(5) > 0;
        let text = self.bytes();
        let detail = vec![
            (
                "code",
                Value::Number(i64::try_from(self.below(130)).unwrap()),
            ),
            ("level", Value::Word("fatal")),
            ("encrypted", Value::Bool(self.below(2) == 0)),
            (
                "protocol",
                Value::Word(
                    ["http", "other", "smtp", "http-connect"]
                        [usize::try_from(self.below(4)).unwrap()],
                ),
            ),
            (
                "status",
                Value::Number(i64::try_from(self.below(600)).unwrap()),
            ),
            ("text", Value::Text(WireText::new(&text))),
            ("silence_ms", Value::Duration(self.below(1 << 30) << 8)),
        ];
        let patterns = [
            "tunnel-refused",
            "syn-refused",
            "syn-unanswered",
            "non-tls-request",
            "closed-before-client-hello",
            "non-tls-answer",
            "alert-without-server-hello",
            "client-alert-before-server-hello",
            "incomplete-client-hello",
            "client-hello-not-delivered",
            "close-after-client-hello",
            "no-answer-to-client-hello",
            "client-alert-after-server-hello",
            "server-alert-after-server-hello",
            "stalled-after-server-hello",
            "reset-after-server-hello",
            "close-after-server-hello",
            "failed-after-handshake",
            "a-pattern-of-tomorrow",
        ];
        match self.below(24) {
            n if n < 19 => failed(one, patterns[usize::try_from(n).unwrap()], detail),
            19 | 20 => reset(
                one,
                u8::try_from(self.below(3) * 30 + 40).unwrap(),
                self.below(1 << 36),
            ),
            21 => {
                one.verdict.outcome = Outcome::Abandoned;
                one
            }
            _ => one,
        }
    }

    fn report(&mut self) -> Report {
        let flows = [1, 2, 5, 40, 900][usize::try_from(self.below(5)).unwrap()];
        let servers = [1, 2, 500][usize::try_from(self.below(3)).unwrap()];
        let diagnoses: Vec<Diagnosis> = (0..flows)
            .map(|stream| self.diagnosis(servers, stream))
            .collect();
        let name = String::from_utf8_lossy(&self.bytes()).into_owned();
        let mut run = run(
            &name,
            self.below(1 << 40),
            self.below(1 << 40),
            self.below(1 << 20),
        );
        run.directions = [
            Directions::Both,
            Directions::ClientOnly,
            Directions::ServerOnly,
        ][usize::try_from(self.below(9) / 4).unwrap()];
        run.missing_bytes = self.below(3) * self.below(200_000);
        run.quic = self.below(3);
        for _ in 0..self.below(12) {
            run.problems.push(CaptureProblem {
                code: "clock-step",
                packets: 1,
                frames: Vec::new(),
                text: "the clock of the capture stepped back by more than a second, and again, and once more".to_owned(),
                advice: String::new(),
            });
        }
        let limits = Limits {
            incidents: [3, 4_096][usize::try_from(self.below(2)).unwrap()],
            values: 16,
            ..Limits::default()
        };
        let mut report = report_within(run, &diagnoses, &limits);
        report.outcomes.insert("unknown", self.below(1 << 20));
        report.reasons.extend([
            ("missing-bytes", 7),
            ("began-before-capture", 1_000),
            ("cut-by-snap-length", 4),
            ("tlcp", 1),
        ]);
        report.unused = self.below(1000);
        report
    }
}

#[test]
fn forty_lines_and_the_terminal_s_columns_hold_for_every_report() {
    let mut random = Random(0x5eed);
    for round in 0..400 {
        let report = random.report();
        let mut options = options(&report);
        options.width = [80, 80, 100, 200][round % 4];
        let context = Context {
            report: &report,
            options: &options,
            width: options.width,
        };
        let mut page = head(&context);
        page.extend(body(&context, 40 - page.len()));
        assert!(
            page.len() <= 40,
            "{} lines in round {round}:\n{}",
            page.len(),
            render(&report, &options)
        );
        for id in [1, 2, 4_000_000] {
            page.extend(one(&context, id));
        }
        for line in &page {
            assert!(
                line.command || width(&line.text) <= options.width,
                "round {round}: {:?}",
                line.text
            );
            let shown = WireText::from(line.text.replace('\\', "/").as_str()).to_string();
            assert_eq!(
                shown,
                line.text.replace('\\', "/"),
                "raw characters in round {round}"
            );
            assert!(
                line.text == line.text.trim_end(),
                "blanks at the end: {:?}",
                line.text
            );
        }
        assert!(
            !render(&report, &options).contains('\x1b'),
            "colour was not asked for"
        );
    }
}

#[test]
fn incidents_partition_the_failed_flows_and_their_contrast_adds_up() {
    let mut random = Random(77);
    for round in 0..200 {
        let report = random.report();
        let failed = report.outcomes.get("failed").copied().unwrap_or(0);
        let sum: u64 = report
            .incidents
            .iter()
            .map(|incident| incident.failed)
            .sum();
        assert_eq!(sum + report.alone, failed, "round {round}");
        for (index, incident) in report.incidents.iter().enumerate() {
            assert_eq!(usize::try_from(incident.id).unwrap(), index + 1);
            assert!(incident.first <= incident.last);
            assert!(incident.attempts >= incident.failed);
            for row in &incident.contrast {
                assert_eq!(
                    row.failed + row.failed_otherwise,
                    incident.failed,
                    "round {round}: {row:?}"
                );
            }
        }
    }
}

#[test]
fn the_same_flows_give_the_same_screen() {
    let texts: Vec<String> = (0..2)
        .map(|_| {
            let mut random = Random(4711);
            let report = random.report();
            render(&report, &options(&report))
        })
        .collect();
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn colour_adds_nothing_but_itself() {
    let mut random = Random(11);
    for _ in 0..50 {
        let report = random.report();
        let mut options = options(&report);
        let plain = render(&report, &options);
        options.color = true;
        let coloured = render(&report, &options);
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}
