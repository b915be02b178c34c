//! HTTP CONNECT through a proxy (RFC 9110 section 9.3.6, RFC 9112), and HTTP that turns to TLS (RFC 2817).
//!
//! ```text
//! C→S CONNECT shop.example:443 HTTP/1.1 ... blank line
//! S→C HTTP/1.1 200 Connection established ... blank line      TLS follows
//! S→C HTTP/1.1 407 ... and a body                             refused; the client may ask again on the same connection
//! ```
//!
//! Other requests may come before it on the same connection. The body of an answer is passed over by its Content-Length or
//! chunks (RFC 9112 section 6.3). Where neither is given it ends, at the latest, where the client asks again: proxies exist
//! that send none and keep the connection. For `Upgrade` see `http_upgrade.rs`.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::begins;
use super::http_message;
use super::http_message::Body;
use super::http_message::Kind;
use super::lines;
use super::wire::Answer;
use super::wire::Input;
use super::wire::Wire;
use super::wire::text_of;
use crate::base::Mark;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "http_connect",
    recognise,
    begin: || Box::new(Http::default()),
};

/// Methods that are read. What begins otherwise is not HTTP, or need not be followed.
pub(super) const METHODS: &[&str] = &[
    "CONNECT", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE",
];
const CONNECT: &[u8] = b"CONNECT ";

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    begins(client, CONNECT).min(answers(server, b"HTTP/"))
}

/// Reads requests and their answers in turn.
#[derive(Debug, Default)]
pub(super) struct Http {
    awaiting: Awaiting,
    request: Request,
    /// The positive answer whose header is being read.
    granted: Option<Answer>,
    /// How the body of the message being read ends.
    body: Body,
    /// A final answer was read, of which `body` tells the end.
    answered: bool,
}

/// The request being read or answered.
#[derive(Debug, Default)]
struct Request {
    target: WireText,
    what: What,
    /// It offers to turn to TLS.
    upgrade: bool,
    /// Its answer has no body (RFC 9112 section 6.3).
    head: bool,
    mark: Mark,
}

/// What a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum What {
    Connect,
    /// `OPTIONS`: with an upgrade it asks for nothing else (RFC 2817 section 3.2).
    Options,
    /// Of a proxy's client, who may ask for a tunnel later on the same connection.
    ToProxy,
    #[default]
    Other,
}

/// What is read next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Awaiting {
    #[default]
    Request,
    RequestHeader,
    RequestBody(Chunk),
    StatusLine,
    Header(Kind, u32),
    Body(Chunk),
}

/// What is read next of a body in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    Size,
    /// The line end behind a chunk.
    End,
    Trailer,
}

impl Talk for Http {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        loop {
            let step = match self.awaiting {
                Awaiting::Request => self.request(wire),
                Awaiting::RequestHeader => self.request_header(wire),
                Awaiting::RequestBody(_) => self.chunked(&mut wire.client),
                Awaiting::StatusLine => self.status_line(wire),
                Awaiting::Header(kind, status) => self.header(wire, kind, status),
                Awaiting::Body(_) => self.chunked(&mut wire.server),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }
}

/// Each reads one line; `None`: go on.
impl Http {
    fn request(&mut self, wire: &mut Wire) -> Option<Step> {
        if self.answered && self.body == Body::Unsaid {
            wire.server.clear();
        }
        if lines::begins_word(wire.client.bytes(), METHODS) == Recognised::No {
            return Some(Step::NotThis);
        }
        let Some((line, mark)) = wire.client.line() else {
            return Some(Step::More);
        };
        let Some(line) = http_message::request_line(line) else {
            return Some(Step::NotThis);
        };
        let what = match line.method {
            b"CONNECT" => What::Connect,
            b"OPTIONS" => What::Options,
            _ if line.is_for_a_proxy() => What::ToProxy,
            _ => What::Other,
        };
        self.request = Request {
            target: text_of(line.target),
            what,
            upgrade: false,
            head: line.method == b"HEAD",
            mark,
        };
        self.body = Body::Unsaid;
        self.answered = false;
        self.awaiting = Awaiting::RequestHeader;
        None
    }

    fn request_header(&mut self, wire: &mut Wire) -> Option<Step> {
        let Some((line, mark)) = wire.client.line() else {
            return Some(Step::More);
        };
        if !line.is_empty() {
            self.request.upgrade |= http_message::upgrades_to_tls(line);
            self.body = http_message::body(line, self.body);
            return None;
        }
        self.request.mark = mark;
        self.awaiting = Awaiting::StatusLine;
        match (self.request.what, self.body) {
            // Whatever follows is the tunnel's (RFC 9110 section 9.3.6).
            (What::Connect, _) => {
                let target = self.request.target.clone();
                wire.ask(PreludeProtocol::HttpConnect, mark, Some(target));
            }
            (_, Body::Chunked) => self.awaiting = Awaiting::RequestBody(Chunk::Size),
            (_, Body::Length(length)) => wire.client.skip(length),
            (_, Body::Unsaid) => {}
        }
        if self.must_upgrade() {
            wire.ask(PreludeProtocol::HttpUpgrade, mark, None);
        }
        None
    }

    /// Nothing but TLS was asked for.
    fn must_upgrade(&self) -> bool {
        self.request.what == What::Options && self.request.upgrade
    }

    fn status_line(&mut self, wire: &mut Wire) -> Option<Step> {
        let start = wire.server.bytes();
        // An empty line too many behind a body is forgiven.
        if begins(start, b"HTTP/") == Recognised::No
            && !matches!(start.first(), Some(b'\r' | b'\n'))
        {
            return Some(Step::NotThis);
        }
        let Some((line, mark)) = wire.server.line() else {
            return Some(Step::More);
        };
        if line.is_empty() {
            return None;
        }
        let Some(status) = http_message::status(line) else {
            return Some(Step::NotThis);
        };
        let answer = Answer {
            mark,
            status: Some(status),
            text: text_of(line),
        };
        self.body = Body::Unsaid;
        self.granted = None;
        let kind = Kind::of(status);
        self.awaiting = Awaiting::Header(kind, status);
        match (self.request.what, kind) {
            (What::Connect, Kind::Granted) => self.granted = Some(answer),
            // Told at once: a proxy may close without ending its header.
            (What::Connect, Kind::Refused) => return Some(wire.refuse(answer)),
            (_, Kind::Interim) if status == 101 && self.request.upgrade => {
                self.granted = Some(answer);
            }
            (_, Kind::Granted | Kind::Refused) if self.must_upgrade() => {
                return Some(wire.refuse(answer));
            }
            _ => {}
        }
        None
    }

    fn header(&mut self, wire: &mut Wire, kind: Kind, status: u32) -> Option<Step> {
        let Some((line, _)) = wire.server.line() else {
            return Some(Step::More);
        };
        if !line.is_empty() {
            self.body = http_message::body(line, self.body);
            return None;
        }
        if let Some(answer) = self.granted.take() {
            // "Any 2xx response switches to tunnel mode immediately after the response header section", whatever length
            // the header gives (RFC 9110 section 9.3.6). So does 101.
            if self.request.what != What::Connect && !self.must_upgrade() {
                wire.ask(PreludeProtocol::HttpUpgrade, self.request.mark, None);
            }
            return Some(wire.accept(answer));
        }
        if kind == Kind::Interim {
            self.awaiting = Awaiting::StatusLine;
            // 101 to something that is no TLS.
            return (status == 101).then_some(Step::NotThis);
        }
        self.answered = true;
        self.awaiting = Awaiting::Request;
        if self.request.head || matches!(status, 204 | 304) {
            self.body = Body::Length(0);
        }
        match self.body {
            Body::Chunked => self.awaiting = Awaiting::Body(Chunk::Size),
            Body::Length(length) => wire.server.skip(length),
            Body::Unsaid => {}
        }
        // 426: the server goes on in TLS only (RFC 2817 section 4.2). Else nobody asks for TLS behind a plain exchange.
        let goes_on = self.request.what != What::Other || status == 426 || self.request.upgrade;
        (!goes_on).then_some(Step::NotThis)
    }

    /// One line of a body in chunks, of the request or the answer.
    fn chunked(&mut self, input: &mut Input) -> Option<Step> {
        let (Awaiting::RequestBody(chunk) | Awaiting::Body(chunk)) = self.awaiting else {
            return Some(Step::NotThis);
        };
        let Some((line, _)) = input.line() else {
            return Some(Step::More);
        };
        let empty = line.is_empty();
        let next = match chunk {
            Chunk::Size => match http_message::chunk_size(line) {
                Some(0) => Some(Chunk::Trailer),
                Some(size) => {
                    input.skip(size);
                    Some(Chunk::End)
                }
                None => return Some(Step::NotThis),
            },
            Chunk::Trailer => (!empty).then_some(Chunk::Trailer),
            Chunk::End => Some(Chunk::Size),
        };
        self.awaiting = match (self.awaiting, next) {
            (Awaiting::RequestBody(_), Some(next)) => Awaiting::RequestBody(next),
            (Awaiting::RequestBody(_), None) => Awaiting::StatusLine,
            (_, Some(next)) => Awaiting::Body(next),
            (_, None) => Awaiting::Request,
        };
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::PreludeState;
    use crate::prelude::Step;
    use crate::prelude::sample::Script;

    const ASK: &[u8] = b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n";
    const HELLO: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

    #[test]
    fn accepted_when_the_proxy_says_200() {
        let facts = Script::new()
            .client(ASK)
            .server(b"HTTP/1.1 200 Connection established\r\nVia: p\r\n\r\n")
            .tls_behind_all();
        assert_eq!(facts.target.unwrap().bytes(), b"shop.example:443");
        assert_eq!(
            (facts.state, facts.status),
            (PreludeState::Accepted, Some(200))
        );
        assert_eq!(facts.text.bytes(), b"HTTP/1.1 200 Connection established");
    }

    #[test]
    fn accepted_without_a_reason_without_carriage_returns_and_behind_interim_answers() {
        Script::new()
            .client(ASK)
            .server(b"HTTP/1.0 200\n\n")
            .tls_behind_all();
        Script::new()
            .client(ASK)
            .server(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
            .tls_behind_all();
    }

    #[test]
    fn a_hello_sent_with_the_request_is_not_part_of_the_prelude() {
        let sent = [ASK, HELLO].concat();
        let answer = b"HTTP/1.1 200 OK\r\n\r\n";
        let step = Script::new()
            .client(&sent)
            .server(answer)
            .agrees_however_cut();
        assert_eq!(
            step,
            Step::TlsAt {
                client: ASK.len() as u64,
                server: answer.len() as u64
            }
        );
    }

    #[test]
    fn a_first_flight_too_long_to_hold_does_not_hide_the_answer() {
        let mut watcher = crate::prelude::Watcher::default();
        let mark = crate::base::Mark::default();
        let side = crate::base::Side::Client;
        watcher.push(side, ASK, mark);
        assert_eq!(watcher.push(side, &vec![0x17; 100_000], mark), Step::More);
        let step = watcher.push(side.peer(), b"HTTP/1.1 200 OK\r\n\r\n", mark);
        assert_eq!(
            step,
            Step::TlsAt {
                client: ASK.len() as u64,
                server: 19
            }
        );
    }

    #[test]
    fn refused_at_the_status_line() {
        let facts = Script::new()
            .client(ASK)
            .server(b"HTTP/1.1 403 Forbidden\r\n")
            .refused();
        assert_eq!(
            (facts.status, facts.text.bytes()),
            (Some(403), &b"HTTP/1.1 403 Forbidden"[..])
        );
        Script::new()
            .client(ASK)
            .server(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            .client(HELLO)
            .refused();
    }

    #[test]
    fn accepted_when_credentials_follow_a_407_with_a_body_of_given_length() {
        let body = b"HTTP/1.1 407 Auth\r\ncontent-length: 24\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody\n";
        let facts = Script::new()
            .client(ASK)
            .server(body)
            .client(ASK)
            .server(b"HTTP/1.1 200 OK\r\n\r\n")
            .tls_behind_all();
        assert_eq!((facts.asked.order, facts.status), (2, Some(200)));
    }

    #[test]
    fn accepted_when_credentials_follow_a_407_in_chunks() {
        let body = b"HTTP/1.1 407 Auth\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nHTTP/\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n";
        Script::new()
            .client(ASK)
            .server(body)
            .client(ASK)
            .server(b"HTTP/1.1 200 OK\r\n\r\n")
            .tls_behind_all();
    }

    #[test]
    fn accepted_when_credentials_follow_a_407_of_unsaid_length() {
        let body = b"HTTP/1.1 407 Auth\r\n\r\n<html>denied</html>\n";
        Script::new()
            .client(ASK)
            .server(body)
            .client(ASK)
            .server(b"HTTP/1.1 200 OK\r\n\r\n")
            .tls_behind_all();
    }

    #[test]
    fn accepted_behind_plain_requests_to_the_proxy_on_the_same_connection() {
        let page = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nHTTP/1.1 403 No\r\n\r\n";
        let plain = Script::new()
            .client(b"GET http://a.example/ HTTP/1.1\r\n\r\n")
            .server(page)
            .client(b"POST http://a.example/ HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
            .server(b"HTTP/1.1 204 No Content\r\n\r\n")
            .client(b"HEAD http://a.example/ HTTP/1.1\r\n\r\n")
            .server(b"HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n");
        assert_eq!(plain.undecided(), None);
        let asked = plain.client(ASK);
        assert_eq!(asked.undecided().unwrap().asked.order, 6);
        asked
            .clone()
            .server(b"HTTP/1.1 200 OK\r\n\r\n")
            .tls_behind_all();
        let facts = asked
            .server(b"HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n")
            .client(ASK)
            .server(b"HTTP/1.1 200 OK\r\n\r\n")
            .tls_behind_all();
        assert_eq!((facts.asked.order, facts.status), (8, Some(200)));
    }

    #[test]
    fn silent_where_a_proxy_is_asked_for_pages_only() {
        let script = Script::new()
            .client(b"GET http://a.example/ HTTP/1.1\r\n\r\n")
            .server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(script.undecided(), None);
        script.client(b"\x16\x03\x01\x02\x00\x01").not_this();
    }

    #[test]
    fn the_last_of_several_refusals_is_told_and_stands_while_a_repetition_is_unanswered() {
        let first = Script::new()
            .client(ASK)
            .server(b"HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n")
            .client(ASK);
        assert_eq!(first.refused().status, Some(407));
        let last = first.server(b"HTTP/1.1 503 Down\r\n\r\n").refused();
        assert_eq!((last.status, last.asked.order), (Some(503), 2));
    }

    #[test]
    fn undecided_while_nothing_is_answered() {
        assert_eq!(Script::new().client(&ASK[..40]).undecided(), None);
        let facts = Script::new().client(ASK).undecided().unwrap();
        assert_eq!((facts.state, facts.answered), (PreludeState::Asked, None));
    }

    #[test]
    fn silent_for_other_methods_and_other_answers() {
        Script::new()
            .client(b"GETTING / HTTP/1.1\r\n\r\n")
            .not_this();
        Script::new().client(b"CONNECT now\r\n").not_this();
        Script::new()
            .client(ASK)
            .server(b"\x15\x03\x01\x00\x02\x02\x0a")
            .not_this();
        Script::new()
            .client(ASK)
            .server(b"SSH-2.0-x\r\n")
            .not_this();
    }
}
