//! What TCP allows and few do: verdicts stay, and what is odd is told.

use super::super::Options;
use super::super::sample::Talk;
use crate::base::Side;
use crate::decode::flags;
use crate::facts::anomalies;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::track::sample::client_hello;
use crate::track::sample::sealed;
use crate::track::sample::server_hello;

fn flows(talk: &Talk) -> Vec<Diagnosis> {
    talk.analysed(&Options::default()).0
}

/// Outcome and reason of the only flow, and what is odd about it.
fn told(talk: &Talk) -> (Outcome, Option<&'static str>, Vec<&'static str>) {
    let all = flows(talk);
    assert_eq!(all.len(), 1);
    let odd = all[0].facts.anomalies.iter().map(|anomaly| anomaly.what);
    (all[0].verdict.outcome, all[0].verdict.reason, odd.collect())
}

/// A whole handshake of TLS 1.3 and data behind it, for whoever is connected.
fn handshake(talk: Talk) -> Talk {
    talk.send(Side::Server, &server_hello(0x0304, 0x1301))
        .send(Side::Server, &sealed(23, 900))
        .send(Side::Client, &sealed(23, 53))
        .send(Side::Server, &sealed(23, 300))
        .close(Side::Client)
}

#[test]
fn a_hello_in_the_syn_is_a_hello() {
    let opened = Talk::new(1)
        .push(Side::Client, flags::SYN, &client_hello())
        .syn_ack()
        .bare(Side::Client);
    let odd = vec![anomalies::SYN_DATA];
    assert_eq!(told(&handshake(opened)), (Outcome::Completed, None, odd));
}

#[test]
fn a_hello_in_the_syn_that_the_server_did_not_take_comes_again() {
    let hello = client_hello();
    let mut talk = Talk::new(1)
        .push(Side::Client, flags::SYN, &hello)
        .syn_ack()
        .bare(Side::Client);
    let length = u32::try_from(hello.len()).unwrap();
    // The SYN-ACK acknowledges the SYN alone, and the client sends its hello once more.
    talk.packets[1].ack -= length;
    let mut again = talk.packets[2].clone();
    again.seq -= length;
    again.payload = hello;
    again.at = again.at.plus(1_000_000);
    talk.packets[2].seq -= length;
    talk.packets.push(again);
    let (outcome, _, odd) = told(&handshake(talk.wait(2_000_000)));
    assert_eq!(
        (outcome, odd),
        (Outcome::Completed, vec![anomalies::SYN_DATA])
    );
}

#[test]
fn both_sides_may_open_at_once_and_the_hello_tells_the_client() {
    let opened = Talk::new(1)
        .syn()
        .push(Side::Server, flags::SYN, &[])
        .again(|packet| packet.flags |= flags::ACK)
        .bare(Side::Client)
        .send(Side::Client, &client_hello());
    let (outcome, _, odd) = told(&handshake(opened));
    assert_eq!(outcome, Outcome::Completed);
    assert_eq!(odd, [anomalies::SIMULTANEOUS_OPEN]);
}

#[test]
fn urgent_data_and_a_closed_window_are_told_once_a_side() {
    let mut talk = handshake(Talk::connected(1).send(Side::Client, &client_hello()));
    for packet in &mut talk.packets[3..6] {
        packet.flags |= flags::URG;
        packet.window = 0;
    }
    let (outcome, _, mut odd) = told(&talk);
    odd.sort_unstable();
    let (urgent, full) = (anomalies::URGENT, anomalies::ZERO_WINDOW);
    assert_eq!(outcome, Outcome::Completed);
    assert_eq!(odd, [full, full, urgent, urgent]);
}

#[test]
fn a_window_probe_changes_nothing() {
    let mut talk = Talk::connected(1).send(Side::Client, &client_hello());
    talk.packets[4].window = 0;
    // The next byte, again and again, beyond what the server takes.
    let probe = talk.clone().push(Side::Client, flags::ACK, &[0x17]);
    let probe = probe.packets.last().unwrap().clone();
    let mut talk = handshake(talk);
    for late in 1..4_u64 {
        let mut again = probe.clone();
        again.seq = again.seq.wrapping_sub(1);
        again.payload = vec![*client_hello().last().unwrap()];
        again.at = again.at.plus(late);
        talk.packets.insert(5, again);
    }
    let (outcome, _, odd) = told(&talk);
    assert_eq!(
        (outcome, odd),
        (Outcome::Completed, vec![anomalies::ZERO_WINDOW])
    );
}

/// The MPTCP option of this subtype, with what follows it.
fn mptcp(subtype: u8) -> Vec<u8> {
    let mut option = vec![30, 12, subtype << 4, 0];
    option.extend([1, 2, 3, 4, 5, 6, 7, 8]);
    option
}

#[test]
fn the_first_connection_of_mptcp_is_judged_as_any() {
    let mut talk = handshake(Talk::connected(1).send(Side::Client, &client_hello()));
    for packet in &mut talk.packets[..2] {
        packet.options = mptcp(0);
    }
    let odd = vec![anomalies::MPTCP, anomalies::MPTCP];
    assert_eq!(told(&talk), (Outcome::Completed, None, odd));
}

#[test]
fn a_subflow_of_mptcp_is_never_a_failure() {
    let part = |payload: &[u8]| {
        let mut talk = Talk::connected(1)
            .send(Side::Client, payload)
            .reset(Side::Server);
        for packet in &mut talk.packets[..2] {
            packet.options = mptcp(1);
        }
        flows(&talk)
    };
    assert!(part(b"the middle of something").is_empty());
    let tls = part(&client_hello());
    assert_eq!(tls[0].verdict.outcome, Outcome::Unknown);
    assert_eq!(tls[0].verdict.reason, Some("mptcp-subflow"));
}
