//! The whole way on the left, from frames to diagnoses.

mod losses;
mod missing;
mod oddities;

use super::Options;
use super::sample::Talk;
use crate::base::SECOND;
use crate::base::Side;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::track::sample::client_hello;
use crate::track::sample::server_hello;

/// So many clients that sent a hello nobody acknowledged, and one flow that comes so many seconds later.
fn waiting(clients: u16, seconds: u64) -> Talk {
    let hello = |port| {
        Talk::connected(port)
            .push(Side::Client, 16, &client_hello())
            .wait(seconds * SECOND)
    };
    let all = (2..=clients).fold(hello(1), |talk, port| talk.beside(hello(port)));
    all.then(Talk::completed(9999))
}

fn pauses(talk: &Talk) -> usize {
    let (_, run) = talk.analysed(&Options::default());
    let pauses = run.problems.iter();
    pauses
        .filter(|problem| problem.code == "capture-pause")
        .count()
}

#[test]
fn three_flows_that_miss_retransmissions_make_a_pause_and_two_do_not() {
    assert_eq!(pauses(&waiting(3, 60)), 1);
    assert_eq!(pauses(&waiting(2, 60)), 0);
    assert_eq!(pauses(&waiting(3, 1)), 0);
}

#[test]
fn no_flow_fails_for_its_silence_in_a_pause() {
    let (all, _) = waiting(3, 60).analysed(&Options::default());
    assert_eq!(all.len(), 4);
    let failed = |diagnosis: &Diagnosis| diagnosis.verdict.outcome == Outcome::Failed;
    assert!(!all.iter().any(failed));
}

#[test]
fn more_than_five_minutes_without_a_packet_are_a_splice() {
    assert_eq!(pauses(&waiting(1, 310)), 1);
    assert_eq!(pauses(&waiting(1, 290)), 0);
    let (all, _) = waiting(1, 310).analysed(&Options::default());
    let first = all.iter().find(|d| d.facts.stream == 0).unwrap();
    assert_eq!(first.verdict.outcome, Outcome::Unfinished);
}

#[test]
fn a_step_back_of_the_clock_takes_no_time_back() {
    let talk = Talk::connected(1).then(Talk::completed(2));
    let mut back = talk.clone();
    for packet in &mut back.packets[3..] {
        packet.at.0 -= 3600 * 1_000_000_000;
    }
    let outcomes = |talk: &Talk| {
        let (all, _) = talk.analysed(&Options::default());
        let mut outcomes: Vec<_> = all
            .iter()
            .map(|d| (d.facts.stream, d.verdict.outcome))
            .collect();
        outcomes.sort_unstable();
        outcomes
    };
    assert_eq!(outcomes(&talk), outcomes(&back));
}

#[test]
fn an_alert_captured_behind_the_close_that_acknowledges_it_came_first() {
    let talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0303, 0xc02f))
        .send(Side::Client, &[21, 3, 3, 0, 2, 2, 48])
        .fin(Side::Server);
    let pattern = |talk: &Talk| {
        let (all, _) = talk.analysed(&Options::default());
        all[0].verdict.finding.as_ref().unwrap().pattern
    };
    assert_eq!(pattern(&talk), "client-alert-after-server-hello");
    let mut swapped = talk;
    let last = swapped.packets.len() - 1;
    swapped.packets.swap(last - 1, last);
    assert_eq!(pattern(&swapped), "client-alert-after-server-hello");
    // A close that had not got the alert came before it.
    let crossing = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0303, 0xc02f))
        .fin(Side::Server)
        .send(Side::Client, &[21, 3, 3, 0, 2, 2, 48]);
    assert_eq!(pattern(&crossing), "close-after-server-hello");
}

#[test]
fn each_flow_is_given_once_with_its_counts() {
    let talk = Talk::completed(1).then(Talk::completed(2));
    let (all, run) = talk.analysed(&Options::default());
    assert_eq!(all.len(), 2);
    assert_eq!(run.packets, u64::try_from(talk.packets.len()).unwrap());
    assert_eq!((run.packets, run.not_tls), (run.tcp_packets, 0));
}
