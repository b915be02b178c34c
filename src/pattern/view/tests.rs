//! What counts as an alert, which event decides, and how long it was quiet.

use super::Decisive;
use super::View;
use crate::base::SECOND;
use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::facts::sample::Flow;

const CLOSE_NOTIFY: u8 = 0;
const USER_CANCELED: u8 = 90;
const NO_RENEGOTIATION: u8 = 100;
const UNRECOGNIZED_NAME: u8 = 112;

fn view(facts: &HandshakeFacts) -> View<'_> {
    View::new(facts, 10 * SECOND, &[])
}

/// How many alerts A a flow has.
fn alerts(flow: Flow) -> usize {
    let facts = flow.facts();
    view(&facts).alerts().count()
}

/// What decides a flow, and whose it is.
fn decisive(flow: Flow) -> Option<(&'static str, Side)> {
    let facts = flow.facts();
    view(&facts).decisive().map(|event| {
        let what = match event {
            Decisive::Alert(_) => "alert",
            Decisive::Fin(_) => "fin",
            Decisive::Reset(_) => "rst",
        };
        (what, event.from())
    })
}

#[test]
fn a_fatal_alert_counts_and_a_warning_only_before_a_close() {
    let warned = || Flow::hello_sent().alert(Side::Server, 1, UNRECOGNIZED_NAME);
    assert_eq!(alerts(Flow::hello_sent().alert(Side::Server, 2, 40)), 1);
    assert_eq!(alerts(warned()), 0);
    assert_eq!(alerts(warned().fin(Side::Client)), 1);
    assert_eq!(alerts(warned().reset(Side::Server)), 1);
    assert_eq!(alerts(warned().server_hello()), 0);
}

#[test]
fn a_warning_that_a_handshake_message_follows_ended_nothing() {
    let mut facts = Flow::hello_sent()
        .alert(Side::Server, 1, UNRECOGNIZED_NAME)
        .server_hello()
        .fin(Side::Server)
        .facts();
    facts.alerts[0].followed = true;
    assert_eq!(view(&facts).alerts().count(), 0);
}

#[test]
fn close_notify_counts_from_the_server_before_its_hello_only() {
    let closes = |flow: Flow, side| alerts(flow.alert(side, 1, CLOSE_NOTIFY).fin(side));
    assert_eq!(closes(Flow::hello_sent(), Side::Server), 1);
    assert_eq!(closes(Flow::hello_sent(), Side::Client), 0);
    assert_eq!(closes(Flow::answered(), Side::Server), 0);
    let open = Flow::hello_sent().alert(Side::Server, 1, CLOSE_NOTIFY);
    assert_eq!(alerts(open), 0);
}

#[test]
fn user_canceled_after_silence_belongs_to_the_silence() {
    let cancels = |silence| {
        Flow::answered()
            .wait(silence)
            .alert(Side::Client, 1, USER_CANCELED)
            .fin(Side::Client)
    };
    assert_eq!(alerts(cancels(10)), 1);
    assert_eq!(alerts(cancels(2000)), 0);
    assert_eq!(decisive(cancels(2000)), Some(("fin", Side::Client)));
}

#[test]
fn no_renegotiation_never_counts() {
    for level in [1, 2] {
        let flow = Flow::answered().alert(Side::Server, level, NO_RENEGOTIATION);
        assert_eq!(alerts(flow.fin(Side::Server)), 0);
    }
}

#[test]
fn an_encrypted_alert_counts_as_the_last_of_its_side_before_completion() {
    let sealed = || Flow::answered().encrypted_alert(Side::Server);
    assert_eq!(alerts(sealed()), 1);
    assert_eq!(alerts(sealed().application(Side::Server)), 0);
    assert_eq!(alerts(sealed().application(Side::Client)), 1);
    let done = Flow::answered().finished().encrypted_alert(Side::Server);
    assert_eq!(alerts(done), 0);
}

#[test]
fn an_alert_beats_its_own_sides_close_and_everything_later() {
    let hello = Flow::hello_sent;
    let alert = Some(("alert", Side::Server));
    let before = hello().fin(Side::Server).alert(Side::Server, 2, 40);
    assert_eq!(decisive(before), alert);
    let after = hello().alert(Side::Server, 2, 40).fin(Side::Client);
    assert_eq!(decisive(after), alert);
    let own = hello().reset(Side::Server).alert(Side::Server, 2, 40);
    assert_eq!(decisive(own), alert);
}

#[test]
fn the_other_sides_earlier_close_beats_an_alert() {
    let hello = Flow::hello_sent;
    let fin = hello().fin(Side::Server).alert(Side::Client, 2, 48);
    assert_eq!(decisive(fin), Some(("fin", Side::Server)));
    let reset = hello().reset(Side::Server).alert(Side::Client, 2, 48);
    assert_eq!(decisive(reset), Some(("rst", Side::Server)));
    let both = hello().fin(Side::Client).fin(Side::Server);
    let both = both.alert(Side::Client, 2, 48);
    assert_eq!(decisive(both), Some(("fin", Side::Client)));
}

#[test]
fn of_two_alerts_the_first_decides_and_of_two_closes_too() {
    let hello = Flow::hello_sent;
    let alerts = hello().alert(Side::Server, 2, 40).alert(Side::Client, 2, 0);
    assert_eq!(decisive(alerts), Some(("alert", Side::Server)));
    let closes = hello().reset(Side::Server).fin(Side::Client);
    assert_eq!(decisive(closes), Some(("rst", Side::Server)));
    assert_eq!(decisive(hello()), None);
}

#[test]
fn an_ignored_reset_decides_nothing() {
    let ignored = Flow::hello_sent().reset_with(Side::Server, |reset| reset.ignored = true);
    assert_eq!(decisive(ignored), None);
}

#[test]
fn no_time_passes_in_a_pause() {
    let facts = Flow::hello_sent().wait(20_000).fin(Side::Client).facts();
    let (from, to) = (facts.first.at, facts.last.at);
    let paused = |a: u64, b: u64| [(from.plus(a * SECOND), from.plus(b * SECOND))];
    let between = |pauses: &[_]| View::new(&facts, 10 * SECOND, pauses).between(from, to);
    let whole = between(&[]);
    assert_eq!(between(&paused(2, 5)), whole - 3 * SECOND);
    assert_eq!(between(&paused(30, 50)), whole);
    assert_eq!(between(&paused(0, 50)), 0);
    let pauses = [paused(1, 2)[0], paused(3, 4)[0]];
    assert_eq!(between(&pauses), whole - 2 * SECOND);
}

#[test]
fn the_silence_before_a_parting_alert_is_the_silence_before_the_close() {
    let leaves = |code| {
        let facts = Flow::answered()
            .wait(5000)
            .alert(Side::Client, 1, code)
            .wait(100)
            .fin(Side::Client)
            .facts();
        let view = view(&facts);
        view.silence_at(&view.first_close_of(Side::Client).unwrap())
    };
    assert!(leaves(CLOSE_NOTIFY) >= 5 * SECOND);
    assert!(leaves(USER_CANCELED) >= 5 * SECOND);
    assert!(leaves(UNRECOGNIZED_NAME) < SECOND);
}

#[test]
fn the_clients_silence_does_not_end_with_what_the_server_sends() {
    let facts = Flow::hello_sent()
        .wait(3000)
        .hello_retry()
        .fin(Side::Client)
        .facts();
    let view = view(&facts);
    let close = view.decisive().unwrap();
    assert!(view.client_silence_at(&close) >= 3 * SECOND);
    assert!(view.silence_at(&close) < SECOND);
}

#[test]
fn the_timeout_grows_with_the_largest_retransmission_timeout() {
    let mut facts = Flow::hello_sent().facts();
    assert_eq!(view(&facts).answer_timeout, 10 * SECOND);
    facts.tcp.largest_rto = 8 * SECOND;
    facts.tcp.rtt = Some(2 * SECOND);
    let view = view(&facts);
    assert_eq!(
        (view.answer_timeout, view.patience),
        (24 * SECOND, 6 * SECOND)
    );
}
