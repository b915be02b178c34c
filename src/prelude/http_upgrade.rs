//! HTTP that turns to TLS in its middle (RFC 2817), as printers (IPP) and old web servers do.
//!
//! ```text
//! C→S OPTIONS * HTTP/1.1, Upgrade: TLS/1.0, Connection: Upgrade       it asks for nothing else: any final answer refuses
//! C→S GET / HTTP/1.1, Upgrade: TLS/1.0, Connection: Upgrade           an offer, which the server may pass over
//! S→C HTTP/1.1 101 Switching Protocols, Upgrade: TLS/1.0, HTTP/1.1    TLS follows
//! S→C HTTP/1.1 426 Upgrade Required                                   the client may ask then
//! ```
//!
//! Requests and answers are read as those to a proxy are: `http_connect.rs`. An exchange without any of these is plain HTTP.

use super::Prelude;
use super::Recognised;
use super::answers;
use super::http_connect;
use super::http_connect::Http;
use super::lines;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "http_upgrade",
    recognise,
    begin: || Box::new(Http::default()),
};

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    lines::begins_word(client, http_connect::METHODS).min(answers(server, b"HTTP/"))
}

#[cfg(test)]
mod tests {
    use crate::facts::PreludeProtocol;
    use crate::facts::PreludeState;
    use crate::prelude::Step;
    use crate::prelude::sample::Script;

    const OPTIONS: &[u8] =
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n";
    const GET: &[u8] = b"GET / HTTP/1.1\r\nUpgrade: TLS/1.2,TLS/1.0\r\nConnection: Upgrade\r\n\r\n";
    const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n";

    #[test]
    fn accepted_with_101_whether_asked_or_offered() {
        for request in [OPTIONS, GET] {
            let facts = Script::new()
                .client(request)
                .server(SWITCHING)
                .tls_behind_all();
            assert_eq!(facts.protocol, PreludeProtocol::HttpUpgrade);
            assert_eq!(
                (facts.state, facts.status, facts.asked.order),
                (PreludeState::Accepted, Some(101), 0)
            );
        }
    }

    #[test]
    fn accepted_after_426() {
        let facts = Script::new()
            .client(b"POST /ipp HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
            .server(
                b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.0\r\nContent-Length: 2\r\n\r\nno",
            )
            .client(OPTIONS)
            .server(SWITCHING)
            .tls_behind_all();
        assert_eq!(facts.asked.order, 2);
    }

    #[test]
    fn refused_where_nothing_else_was_asked_for() {
        let asked = Script::new().client(OPTIONS);
        assert_eq!(asked.undecided().unwrap().state, PreludeState::Asked);
        for answer in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..],
            b"HTTP/1.1 501 Not Implemented\r\n\r\n",
        ] {
            assert_eq!(
                asked.clone().server(answer).refused().state,
                PreludeState::Refused
            );
        }
    }

    #[test]
    fn an_offer_that_is_passed_over_is_no_refusal() {
        let script = Script::new()
            .client(GET)
            .server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(script.undecided(), None);
        script
            .client(b"GET /2 HTTP/1.1\r\n\r\n")
            .server(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            .not_this();
    }

    #[test]
    fn silent_for_plain_http_and_other_upgrades() {
        Script::new()
            .client(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .server(b"HTTP/1.1 200 OK\r\n\r\n")
            .not_this();
        Script::new()
            .client(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
            .server(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
            .not_this();
        Script::new()
            .client(b"GET / HTTP/1.1\r\n\r\n")
            .server(b"\x15\x03\x01\x00\x02\x02\x0a")
            .not_this();
    }

    #[test]
    fn a_hello_sent_with_the_request_is_not_part_of_the_prelude() {
        let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
        let sent = [OPTIONS, hello].concat();
        let step = Script::new()
            .client(&sent)
            .server(SWITCHING)
            .agrees_however_cut();
        assert_eq!(
            step,
            Step::TlsAt {
                client: OPTIONS.len() as u64,
                server: SWITCHING.len() as u64
            }
        );
    }
}
