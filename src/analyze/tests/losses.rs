//! What the kernel dropped from a live capture, and time on an idle line.

use super::super::Analyzer;
use super::super::Options;
use super::super::sample::Talk;
use crate::base::SECOND;
use crate::base::Side;
use crate::capture::Drops;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::track::sample::client_hello;
use crate::track::sample::server_hello;

/// Outcome and reason of each flow where the kernel dropped packets after so many were read, and then `seconds` passed.
fn with_drops(talk: &Talk, read: u64, seconds: u64) -> Vec<(Outcome, Option<&'static str>)> {
    let mut analyzer = Analyzer::new(Options::default());
    let mut all = Vec::new();
    let mut take = |diagnosis: Diagnosis| {
        all.push((diagnosis.verdict.outcome, diagnosis.verdict.reason));
        None
    };
    for (number, packet) in (1..).zip(&talk.packets) {
        analyzer.frame(&packet.frame(number, &packet.bytes()), &mut take);
        let kernel = u64::from(number > read);
        analyzer.dropped(Drops {
            kernel,
            interface: 0,
            at: None,
        });
    }
    let end = analyzer.now().unwrap().plus(seconds * SECOND);
    for second in 1..=seconds {
        let at = analyzer.now().unwrap().plus(SECOND);
        assert!(at <= end, "{second}");
        analyzer.idle(at, &mut take);
    }
    let run = analyzer.finish(&mut take);
    assert!(run.dropped_kernel <= 1);
    all
}

#[test]
fn silence_while_the_kernel_dropped_packets_is_no_failure() {
    let talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .bare(Side::Server)
        .wait(SECOND)
        .bare(Side::Client);
    let lost = (Outcome::Unknown, Some("capture-lost-packets"));
    assert_eq!(with_drops(&talk, 4, 20), [lost]);
    assert_eq!(with_drops(&talk, 99, 20)[0].0, Outcome::Failed);
}

#[test]
fn what_ended_behind_packets_that_the_kernel_dropped_is_no_failure() {
    let mut talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0303, 0xc02f))
        .reset(Side::Server);
    // The ServerHello and what acknowledged it are lost.
    talk.packets.drain(5..7);
    assert_eq!(with_drops(&talk, 4, 20)[0].0, Outcome::Unknown);
    let idle = Talk::new(1).syn().syn_ack();
    assert_eq!(with_drops(&idle, 99, 200)[0].0, Outcome::NoAttempt);
    assert_eq!(with_drops(&idle, 1, 200)[0].0, Outcome::Unknown);
}

#[test]
fn an_alert_is_a_failure_whatever_the_kernel_dropped() {
    let talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .send(Side::Server, &[21, 3, 3, 0, 2, 2, 40])
        .close(Side::Server);
    assert_eq!(with_drops(&talk, 2, 20)[0].0, Outcome::Failed);
}

#[test]
fn time_passes_on_an_idle_line() {
    let talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .bare(Side::Server);
    assert_eq!(with_drops(&talk, 99, 2)[0].0, Outcome::Unfinished);
    assert_eq!(with_drops(&talk, 99, 12)[0].0, Outcome::Failed);
}

#[test]
fn what_is_lost_while_older_packets_wait_to_be_read_lies_behind_them() {
    let talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .bare(Side::Server);
    // Counted when the hello was read, ten seconds after it was captured.
    let outcome = |behind: u64| {
        let mut analyzer = Analyzer::new(Options::default());
        let mut outcome = None;
        let mut take = |diagnosis: Diagnosis| {
            outcome = Some(diagnosis.verdict.outcome);
            None
        };
        for (number, packet) in (1..).zip(&talk.packets) {
            analyzer.frame(&packet.frame(number, &packet.bytes()), &mut take);
        }
        let last = analyzer.now().unwrap();
        for (kernel, at) in [(0, behind - 1), (1, behind)] {
            analyzer.dropped(Drops {
                kernel,
                interface: 0,
                at: Some(last.plus(at * SECOND)),
            });
        }
        for second in 1..=14 {
            analyzer.idle(last.plus(second * SECOND), &mut take);
        }
        let _ = analyzer.finish(&mut take);
        outcome
    };
    assert_eq!(outcome(5), Some(Outcome::Unknown));
    assert_eq!(outcome(60), Some(Outcome::Failed));
}
