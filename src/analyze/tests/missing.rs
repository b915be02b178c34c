//! Packets that are not in the capture make no failure.

use super::super::Options;
use super::super::sample::Talk;
use crate::base::SECOND;
use crate::base::Side;
use crate::pattern::Outcome;
use crate::track::sample::client_hello;
use crate::track::sample::sealed;
use crate::track::sample::server_hello;

#[test]
fn a_reset_that_acknowledges_bytes_refuses_no_syn() {
    let refused = Talk::new(1).syn().reset(Side::Server);
    let mut late = refused.clone();
    late.packets[1].ack += 600;
    let outcome = |talk: &Talk| {
        let (all, _) = talk.analysed(&Options::default());
        let first = all.iter().find(|one| one.facts.stream == 0).unwrap();
        (first.verdict.outcome, first.verdict.reason.is_some())
    };
    assert_eq!(outcome(&refused), (Outcome::Failed, false));
    assert_eq!(outcome(&late), (Outcome::Unknown, true));
    // An acknowledgment of the client's shows that it was answered.
    let answered = Talk::new(1)
        .syn()
        .wait(20 * SECOND)
        .bare(Side::Client)
        .wait(40 * SECOND);
    let answered = answered.then(Talk::completed(9));
    assert_eq!(outcome(&answered).0, Outcome::Unknown);
}

#[test]
fn a_capture_that_begins_behind_a_request_to_a_proxy_is_no_failure() {
    let mut talk = Talk::tunnelled("shop.example:443")
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0304, 0x1301))
        .send(Side::Server, &sealed(23, 900))
        .send(Side::Client, &sealed(23, 53))
        .close(Side::Client);
    talk.packets.drain(..5);
    let (all, _) = talk.analysed(&Options::default());
    assert_eq!(all[0].verdict.reason, Some("began-before-capture"));
}

#[test]
fn a_question_for_tls_that_is_missing_is_no_failure() {
    let mut talk = Talk::to(1, 25)
        .connect()
        .send(Side::Server, b"220 mail.example ESMTP\r\n")
        .send(Side::Client, b"EHLO client.example\r\n")
        .send(Side::Server, b"250-mail.example\r\n250 STARTTLS\r\n")
        .send(Side::Client, b"STARTTLS\r\n")
        .send(Side::Server, b"220 go ahead\r\n")
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0304, 0x1301))
        .send(Side::Server, &sealed(23, 900))
        .send(Side::Client, &sealed(23, 53))
        .send(Side::Server, &sealed(23, 300))
        .close(Side::Server);
    let judged = |talk: &Talk| talk.analysed(&Options::default()).0[0].verdict.outcome;
    assert_eq!(judged(&talk), Outcome::Completed);
    talk.packets.remove(9);
    assert_eq!(judged(&talk), Outcome::Unknown);
}

#[test]
fn a_tunnel_to_a_port_without_tls_that_is_closed_is_not_reported() {
    let through = |port: &str| {
        let talk = Talk::tunnelled(&format!("mail.example:{port}"))
            .send(Side::Server, b"421 too busy\r\n")
            .close(Side::Server);
        talk.analysed(&Options::default()).0.len()
    };
    assert_eq!((through("25"), through("443")), (0, 1));
}

#[test]
fn an_answer_to_a_request_that_is_missing_is_no_failure() {
    let mut talk = Talk::tunnelled("shop.example:443")
        .wait(SECOND)
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0303, 0xc02f))
        .close(Side::Client);
    talk.packets.remove(3);
    let (all, _) = talk.analysed(&Options::default());
    assert_eq!(all[0].verdict.outcome, Outcome::Unknown);
    assert_eq!(all[0].verdict.reason, Some("missing-bytes"));
}

#[test]
fn a_close_behind_bytes_that_are_missing_is_no_failure() {
    let mut talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0303, 0xc02f))
        .send(Side::Client, &[20, 3, 3, 0, 1, 1])
        .reset(Side::Client);
    let outcome = |talk: &Talk| {
        let (all, _) = talk.analysed(&Options::default());
        (all[0].verdict.outcome, all[0].verdict.reason)
    };
    assert_eq!(outcome(&talk).0, Outcome::Failed);
    talk.packets.remove(5);
    assert_eq!(outcome(&talk), (Outcome::Unknown, Some("missing-bytes")));
}

#[test]
fn a_server_that_had_got_the_clients_fin_closed_second() {
    let mut talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0304, 0x1301))
        .send(Side::Server, &sealed(23, 900))
        .send(Side::Client, &sealed(23, 53))
        .fin(Side::Client)
        .fin(Side::Server);
    let outcome = |talk: &Talk| talk.analysed(&Options::default()).0[0].verdict.outcome;
    assert_eq!(outcome(&talk), Outcome::Completed);
    talk.packets.remove(talk.packets.len() - 2);
    assert_eq!(outcome(&talk), Outcome::Completed);
}

#[test]
fn a_close_stands_where_its_bytes_do_behind_a_prelude_too() {
    let talk = Talk::tunnelled("shop.example:443")
        .send(Side::Client, &client_hello())
        .send(Side::Server, &server_hello(0x0304, 0x1301))
        .send(Side::Server, &sealed(23, 900))
        .send(Side::Client, &sealed(23, 53))
        .fin(Side::Server);
    let (all, _) = talk.analysed(&Options::default());
    assert_eq!(
        all[0].facts.tcp.fins[0].offset,
        all[0].facts.tcp.bytes.server
    );
    let finding = all[0].verdict.finding.as_ref().unwrap();
    assert_eq!(finding.pattern, "failed-after-handshake");
}

#[test]
fn who_goes_on_after_the_syn_was_not_refused() {
    let mut talk = Talk::connected(1)
        .send(Side::Client, &client_hello())
        .reset(Side::Server);
    talk.packets.remove(1);
    let (all, _) = talk.analysed(&Options::default());
    let finding = all[0].verdict.finding.as_ref();
    assert_ne!(finding.map(|finding| finding.pattern), Some("syn-refused"));
    let refused = Talk::new(1).syn().reset(Side::Server);
    let (all, _) = refused.analysed(&Options::default());
    let finding = all[0].verdict.finding.as_ref().unwrap();
    assert_eq!(finding.pattern, "syn-refused");
}
