//! HTTP CONNECT through a proxy (RFC 9110 section 9.3.6, RFC 9112).
//!
//! ```text
//! C→S CONNECT shop.example:443 HTTP/1.1 ... blank line
//! S→C HTTP/1.1 200 Connection established ... blank line      TLS follows
//! S→C HTTP/1.1 407 ... and a body                             refused; the client may ask again on the same connection
//! ```
//!
//! The body of a refusal is passed over by its Content-Length or chunks (RFC 9112 section 6.3). Where neither is given it
//! ends, at the latest, where the client asks again: proxies exist that send none and keep the connection.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::begins;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "http_connect",
    recognise,
    begin: || Box::new(HttpConnect::default()),
};

const METHOD: &[u8] = b"CONNECT ";

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    begins(client, METHOD).min(answers(server, b"HTTP/"))
}

#[derive(Debug, Default)]
struct HttpConnect {
    awaiting: Awaiting,
    /// The target of the request being read.
    target: WireText,
    /// The positive answer whose header is being read.
    granted: Option<Answer>,
    /// How the body of the answer being read ends.
    body: Body,
}

/// What is read next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Awaiting {
    #[default]
    Request,
    RequestHeader,
    StatusLine,
    Header(Kind),
    ChunkSize,
    /// The line end behind a chunk.
    ChunkEnd,
    Trailer,
}

/// What a status says (RFC 9110 section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Interim,
    Granted,
    Refused,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Body {
    #[default]
    Unsaid,
    Length(u64),
    Chunked,
}

impl Talk for HttpConnect {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        loop {
            let step = match self.awaiting {
                Awaiting::Request => self.request(wire),
                Awaiting::RequestHeader => self.request_header(wire),
                Awaiting::StatusLine => self.status_line(wire),
                Awaiting::Header(kind) => self.header(wire, kind),
                Awaiting::ChunkSize | Awaiting::ChunkEnd | Awaiting::Trailer => self.chunked(wire),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }
}

/// Each reads one line; `None`: go on.
impl HttpConnect {
    fn request(&mut self, wire: &mut Wire) -> Option<Step> {
        if wire.is_refused() && self.body == Body::Unsaid {
            wire.server.clear();
        }
        if begins(wire.client.bytes(), METHOD) == Recognised::No {
            return Some(Step::NotThis);
        }
        let Some((line, _)) = wire.client.line() else {
            return Some(Step::More);
        };
        let mut words = line.split(|&byte| byte == b' ').skip(1);
        self.target = text_of(words.next().unwrap_or(&[]));
        if !words
            .next()
            .is_some_and(|version| version.starts_with(b"HTTP/"))
        {
            return Some(Step::NotThis);
        }
        self.awaiting = Awaiting::RequestHeader;
        None
    }

    fn request_header(&mut self, wire: &mut Wire) -> Option<Step> {
        let Some((line, mark)) = wire.client.line() else {
            return Some(Step::More);
        };
        if line.is_empty() {
            wire.ask(
                PreludeProtocol::HttpConnect,
                mark,
                Some(self.target.clone()),
            );
            self.awaiting = Awaiting::StatusLine;
        }
        None
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
        let Some(status) = status(line) else {
            return Some(Step::NotThis);
        };
        let answer = Answer {
            mark,
            status: Some(status),
            text: text_of(line),
        };
        self.body = Body::Unsaid;
        self.granted = None;
        let (kind, step) = match status {
            100..=199 => (Kind::Interim, None),
            200..=299 => {
                self.granted = Some(answer);
                (Kind::Granted, None)
            }
            // Told at once: a proxy may close without ending its header.
            _ => (Kind::Refused, Some(wire.refuse(answer))),
        };
        self.awaiting = Awaiting::Header(kind);
        step
    }

    fn header(&mut self, wire: &mut Wire, kind: Kind) -> Option<Step> {
        let Some((line, _)) = wire.server.line() else {
            return Some(Step::More);
        };
        if !line.is_empty() {
            self.body = body(line, self.body);
            return None;
        }
        self.awaiting = match (kind, self.body) {
            (Kind::Interim, _) => Awaiting::StatusLine,
            // "Any 2xx response switches to tunnel mode immediately after the response header section", whatever length
            // the header gives (RFC 9110 section 9.3.6).
            (Kind::Granted, _) => return self.granted.take().map(|answer| wire.accept(answer)),
            (Kind::Refused, Body::Chunked) => Awaiting::ChunkSize,
            (Kind::Refused, Body::Length(length)) => {
                wire.server.skip(length);
                Awaiting::Request
            }
            (Kind::Refused, Body::Unsaid) => Awaiting::Request,
        };
        None
    }

    fn chunked(&mut self, wire: &mut Wire) -> Option<Step> {
        let Some((line, _)) = wire.server.line() else {
            return Some(Step::More);
        };
        let empty = line.is_empty();
        self.awaiting = match self.awaiting {
            Awaiting::ChunkSize => match chunk_size(line) {
                Some(0) => Awaiting::Trailer,
                Some(size) => {
                    wire.server.skip(size);
                    Awaiting::ChunkEnd
                }
                None => return Some(Step::NotThis),
            },
            Awaiting::Trailer if empty => Awaiting::Request,
            Awaiting::Trailer => Awaiting::Trailer,
            _ => Awaiting::ChunkSize,
        };
        None
    }
}

/// The status of `HTTP/1.1 200 reason`; the reason may be missing.
fn status(line: &[u8]) -> Option<u32> {
    let mut words = line
        .split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty());
    words
        .next()
        .filter(|version| version.starts_with(b"HTTP/"))?;
    let code = words
        .next()
        .filter(|code| code.len() == 3 && code.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(code).ok()?.parse().ok()
}

/// How the body ends after one more field line. Chunks overrule a length (RFC 9112 section 6.3).
fn body(line: &[u8], known: Body) -> Body {
    let Some(colon) = line.iter().position(|&byte| byte == b':') else {
        return known;
    };
    let (name, value) = line.split_at_checked(colon).unwrap_or((line, &[]));
    let value = String::from_utf8_lossy(value.get(1..).unwrap_or(&[]))
        .trim()
        .to_ascii_lowercase();
    if name.eq_ignore_ascii_case(b"transfer-encoding") && value.ends_with("chunked") {
        Body::Chunked
    } else if name.eq_ignore_ascii_case(b"content-length") && known != Body::Chunked {
        value.parse().map_or(known, Body::Length)
    } else {
        known
    }
}

/// The size in `1a;extension`.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|&byte| byte == b';').next()?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?.trim(), 16).ok()
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
        Script::new().client(b"GET / HTTP/1.1\r\n\r\n").not_this();
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
