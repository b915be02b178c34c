//! What the first bytes of a side are: TLS, something near it, or another protocol, told by its first line.

use super::proxy_v2;
use crate::base::Side;
use crate::facts::Payload;
use crate::facts::WireText;

/// Longest first line kept, in bytes.
const LINE_MAX: usize = 200;
/// Bytes kept where there is no line.
const BINARY_MAX: usize = 64;
/// Longest TLS record that counts as TLS bytes: 2^14 and the 2048 that RFC 5246 section 6.2.3 allows for expansion.
const RECORD_MAX: u16 = 18_432;

/// Whether the stream that begins with `start` is TLS bytes (see [`Payload::is_tls`]): a record header with type 20 to
/// 24, version 3.0 to 3.4 or TLCP's 1.1, and a length of 1 to 18432; or an SSLv2 hello. `None`: too few bytes to say.
#[must_use]
pub fn is_tls(start: &[u8]) -> Option<bool> {
    match tls(start) {
        Shape::Is(_) => Some(true),
        Shape::IsNot => Some(false),
        Shape::MayBe => None,
    }
}

/// As [`classify`], but `None` while more bytes could change the answer: while it may still be TLS, and while the first line,
/// or the first 64 bytes of binary data, are not whole. At most 200 bytes are ever needed.
#[must_use]
pub fn classify_partial(start: &[u8], from: Side) -> Option<Payload> {
    match tls(start) {
        Shape::Is(payload) => Some(payload),
        Shape::MayBe => None,
        Shape::IsNot => is_whole(start).then(|| other(start, from)),
    }
}

/// What `start`, the first bytes that `from` sent, is, decided with what is there.
#[must_use]
pub fn classify(start: &[u8], from: Side) -> Payload {
    match tls(start) {
        Shape::Is(payload) => payload,
        // The start of a hello that was cut: nothing else begins so.
        Shape::MayBe if start.len() >= 3 && matches!(start.first(), Some(20..=24)) => {
            match start.get(1) {
                Some(1) => Payload::Tlcp,
                _ => Payload::Tls,
            }
        }
        Shape::MayBe if start.len() >= 5 => Payload::Sslv2,
        Shape::MayBe | Shape::IsNot => other(start, from),
    }
}

/// Whether no TLS (of any kind told here) begins with these bytes. Of none at all nothing is known.
#[must_use]
pub fn cannot_be_tls(start: &[u8]) -> bool {
    matches!(tls(start), Shape::IsNot)
}

/// How far bytes have the shape of TLS.
enum Shape {
    Is(Payload),
    MayBe,
    IsNot,
}

fn tls(start: &[u8]) -> Shape {
    match *start {
        [] => Shape::MayBe,
        [20..=24, ref rest @ ..] => match *rest {
            [3, 0..=4, high, low, ..] if is_record_length(high, low) => Shape::Is(Payload::Tls),
            [1, 1, high, low, ..] if is_record_length(high, low) => Shape::Is(Payload::Tlcp),
            [] | [3 | 1] | [3, 0..=4] | [1, 1] => Shape::MayBe,
            [3, 0..=4, high] | [1, 1, high] if high <= 0x48 => Shape::MayBe,
            _ => Shape::IsNot,
        },
        [0x80..=0xff, ..] => sslv2(start),
        _ => Shape::IsNot,
    }
}

fn is_record_length(high: u8, low: u8) -> bool {
    (1..=RECORD_MAX).contains(&u16::from_be_bytes([high, low]))
}

/// An SSLv2 hello: a two-byte header with its high bit set, CLIENT-HELLO (1) or SERVER-HELLO (4), a version, and three
/// lengths that add up to the record's (RFC 6101 appendix E, RFC 5246 appendix E.2).
fn sslv2(start: &[u8]) -> Shape {
    let field = |at: usize| {
        start
            .get(at..)?
            .first_chunk::<2>()
            .map(|two| u16::from_be_bytes(*two))
    };
    let (Some(header), Some(&kind)) = (field(0), start.get(2)) else {
        return Shape::MayBe;
    };
    let (version_at, fixed) = match kind {
        1 => (3, 9_u32),
        4 => (5, 11),
        _ => return Shape::IsNot,
    };
    let Some(version) = field(version_at) else {
        return Shape::MayBe;
    };
    if !matches!(version, 0x0002 | 0x0300..=0x0304) {
        return Shape::IsNot;
    }
    let at = version_at.saturating_add(2);
    let (Some(a), Some(b), Some(c)) = (
        field(at),
        field(at.saturating_add(2)),
        field(at.saturating_add(4)),
    ) else {
        return Shape::MayBe;
    };
    let sum = [a, b, c]
        .into_iter()
        .fold(fixed, |sum, length| sum.saturating_add(u32::from(length)));
    // In a client's hello the first length is that of the ciphers, of three bytes each.
    let ciphers = kind == 4 || (a > 0 && a % 3 == 0);
    if ciphers && sum == u32::from(header & 0x7fff) {
        Shape::Is(Payload::Sslv2)
    } else {
        Shape::IsNot
    }
}

/// Whether the text of `start` will not change with more bytes.
fn is_whole(start: &[u8]) -> bool {
    start.len() >= LINE_MAX
        || start.contains(&b'\n')
        || (start.len() >= BINARY_MAX && !is_text(start))
}

fn other(start: &[u8], from: Side) -> Payload {
    let text = text(start);
    let (protocol, status) = protocol(start, text, from);
    Payload::Other {
        protocol,
        status,
        text: WireText::new(text),
    }
}

/// The first line without its end, or the first bytes where it is not text.
fn text(start: &[u8]) -> &[u8] {
    let start = start.get(..LINE_MAX).unwrap_or(start);
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or(start);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if is_text(line) && !line.is_empty() {
        line
    } else {
        start.get(..BINARY_MAX).unwrap_or(start)
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .take(LINE_MAX)
        .all(|&byte| byte >= b' ' || matches!(byte, b'\t' | b'\r' | b'\n'))
}

/// Name and status of a protocol that is not TLS.
fn protocol(start: &[u8], line: &[u8], from: Side) -> (&'static str, Option<u32>) {
    if start.starts_with(proxy_v2::SIGNATURE) {
        return ("proxy-v2", None);
    }
    let by_start: &[(&[u8], &'static str)] = match from {
        Side::Client => CLIENT_STARTS,
        Side::Server => SERVER_STARTS,
    };
    if let Some((_, name)) = BOTH_STARTS
        .iter()
        .chain(by_start)
        .find(|(with, _)| start.starts_with(with))
    {
        return (name, http_status(line));
    }
    match (from, start) {
        (Side::Client, [5, count @ 1..=0xff, methods @ ..])
            if methods.len() == usize::from(*count) =>
        {
            ("socks", None)
        }
        (Side::Client, [4, 1 | 2, ..]) if start.len() >= 9 => ("socks", None),
        (Side::Server, [5, 0..=2 | 0xff]) => ("socks", None),
        (Side::Server, [_, 0 | 1, 0, 0, 0x0a | 0xff, ..]) => ("mysql", None),
        (Side::Server, [b'E', 0, 0, _, _, b'S', ..]) => ("postgres", None),
        (_, [3, 0, 0 | 1, _, _, 0xd0 | 0xe0, ..]) => ("rdp", None),
        (_, [0xff, 0xfb..=0xfe, ..]) => ("telnet", None),
        (Side::Client, _) if is_http_request(line) => ("http", None),
        (Side::Server, _) => match reply_code(line) {
            Some(code) => (reply_protocol(code, line), Some(code)),
            None => ("other", None),
        },
        _ => ("other", None),
    }
}

const BOTH_STARTS: &[(&[u8], &str)] = &[(b"SSH-", "ssh"), (b"RFB ", "vnc"), (b"HTTP/", "http")];
const CLIENT_STARTS: &[(&[u8], &str)] =
    &[(b"PRI * HTTP/2", "http2-preface"), (b"PROXY ", "proxy-v1")];
const SERVER_STARTS: &[(&[u8], &str)] = &[
    (b"+OK", "pop3"),
    (b"* OK", "imap"),
    (b"* PREAUTH", "imap"),
    (b"* BYE", "imap"),
    (b"+PONG", "redis"),
    (b"-ERR", "redis"),
    (b"-NOAUTH", "redis"),
];

/// The status of `HTTP/1.1 400 reason`.
fn http_status(line: &[u8]) -> Option<u32> {
    let rest = line.strip_prefix(b"HTTP/")?;
    let code = rest
        .split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty())
        .nth(1)?;
    digits(code)
}

/// A method in capitals, a target, and a version; the version may be cut off.
fn is_http_request(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    let method = words.next().unwrap_or(&[]);
    let target = words.next().unwrap_or(&[]);
    let known: &[&[u8]] = &[
        b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH",
    ];
    let capitals = (3..=20).contains(&method.len())
        && method
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || *byte == b'-');
    let version = words
        .next()
        .is_some_and(|version| version.starts_with(b"HTTP/"));
    (known.contains(&method) && !target.is_empty()) || (capitals && version)
}

/// The code of a reply of the form `220 text` or `220-text` (RFC 5321 section 4.2).
fn reply_code(line: &[u8]) -> Option<u32> {
    let (code, rest) = line.split_at_checked(3)?;
    matches!(rest.first(), None | Some(b' ' | b'-')).then_some(())?;
    digits(code).filter(|code| (100..=599).contains(code))
}

/// A banner is named only after what it says itself.
fn reply_protocol(code: u32, line: &[u8]) -> &'static str {
    let says = |word: &[u8]| {
        line.windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word))
    };
    match code {
        _ if says(b"SMTP") => "smtp",
        _ if says(b"FTP") => "ftp",
        _ if says(b"NNTP") => "nntp",
        220 => "text-220",
        _ => "text-reply",
    }
}

fn digits(code: &[u8]) -> Option<u32> {
    let three = code.len() == 3 && code.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(code)
        .ok()
        .filter(|_| three)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::classify;
    use super::classify_partial;
    use super::is_tls;
    use crate::base::Side;
    use crate::facts::Payload;

    fn name(start: &[u8], from: Side) -> (&'static str, Option<u32>) {
        match classify(start, from) {
            Payload::Tls => ("tls", None),
            Payload::Sslv2 => ("sslv2", None),
            Payload::Tlcp => ("tlcp", None),
            Payload::Other {
                protocol, status, ..
            } => (protocol, status),
        }
    }

    const SSLV2: &[u8] = b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10\x00\x00\x2f";
    const SSLV2_SERVER: &[u8] = b"\x80\x1e\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x10\x07\x00\xc0";

    #[test]
    fn tls_is_told_by_type_version_and_length() {
        assert_eq!(name(b"\x16\x03\x01\x02\x00", Side::Client), ("tls", None));
        assert_eq!(
            name(b"\x15\x03\x04\x00\x02\x02\x28", Side::Server),
            ("tls", None)
        );
        assert_eq!(name(b"\x16\x01\x01\x00\x50", Side::Client), ("tlcp", None));
        assert_eq!(is_tls(b"\x16\x03\x01\x00\x00"), Some(false));
        assert_eq!(is_tls(b"\x16\x03\x01\x48\x00"), Some(true));
        assert_eq!(is_tls(b"\x16\x03\x01\x48\x01"), Some(false));
        assert_eq!(is_tls(b"\x16\x03\x05\x00\x50"), Some(false));
        assert_eq!(is_tls(b"\x19\x03\x03\x00\x50"), Some(false));
    }

    #[test]
    fn sslv2_is_told_by_lengths_that_add_up() {
        assert_eq!(name(SSLV2, Side::Client), ("sslv2", None));
        assert_eq!(name(SSLV2_SERVER, Side::Server), ("sslv2", None));
        let mut wrong = SSLV2.to_vec();
        wrong[1] = 0x2f;
        assert_eq!(name(&wrong, Side::Client), ("other", None));
    }

    #[test]
    fn more_is_awaited_while_it_may_be_tls_or_the_line_goes_on() {
        for whole in [
            &b"\x16\x03\x01\x02\x00"[..],
            b"\x16\x01\x01\x00\x50",
            &SSLV2[..11],
            &SSLV2_SERVER[..13],
            b"220 mail ESMTP\n",
        ] {
            for length in 0..whole.len() {
                assert_eq!(
                    classify_partial(&whole[..length], Side::Server),
                    None,
                    "{length} of {whole:x?}"
                );
            }
            assert_eq!(
                classify_partial(whole, Side::Server),
                Some(classify(whole, Side::Server))
            );
        }
        assert!(classify_partial(&[b'a'; 200], Side::Client).is_some());
        assert!(classify_partial(&[0; 64], Side::Client).is_some());
    }

    #[test]
    fn a_cut_hello_is_still_one() {
        assert_eq!(classify(b"\x16\x03\x01", Side::Client), Payload::Tls);
        assert_eq!(classify(&SSLV2[..7], Side::Client), Payload::Sslv2);
        assert_eq!(name(b"\x16", Side::Client), ("other", None));
    }

    #[test]
    fn other_protocols_of_a_server_are_told_by_what_they_say() {
        let server = |bytes: &[u8]| name(bytes, Side::Server);
        assert_eq!(server(b"HTTP/1.1 400 Bad Request\r\n"), ("http", Some(400)));
        assert_eq!(server(b"HTTP/1.0 302\r\n"), ("http", Some(302)));
        assert_eq!(server(b"220 mail.example ESMTP\r\n"), ("smtp", Some(220)));
        assert_eq!(server(b"220 (vsFTPd 3.0.5)\r\n"), ("ftp", Some(220)));
        assert_eq!(server(b"220 mail.example\r\n"), ("text-220", Some(220)));
        assert_eq!(server(b"554 go away\r\n"), ("text-reply", Some(554)));
        assert_eq!(server(b"+OK\r\n"), ("pop3", None));
        assert_eq!(server(b"* OK ready\r\n"), ("imap", None));
        assert_eq!(server(b"SSH-2.0-x\r\n"), ("ssh", None));
        assert_eq!(server(b"\x4a\0\0\0\x0a8.0.28\0"), ("mysql", None));
        assert_eq!(server(b"-ERR unknown command\r\n"), ("redis", None));
        assert_eq!(server(b"\x05\xff"), ("socks", None));
        assert_eq!(server(b"\xff\xfd\x18"), ("telnet", None));
        assert_eq!(server(b"\x03\0\0\x0b\x06\xd0\0\0\x12\x34\0"), ("rdp", None));
        assert_eq!(server(b"E\0\0\0\x26SFATAL\0"), ("postgres", None));
        assert_eq!(server(b"hello\n"), ("other", None));
    }

    #[test]
    fn other_protocols_of_a_client_are_told_by_what_they_say() {
        let client = |bytes: &[u8]| name(bytes, Side::Client);
        assert_eq!(client(b"GET / HTTP/1.1\r\n"), ("http", None));
        assert_eq!(client(b"PROPFIND /x HTTP/1.1\r\n"), ("http", None));
        assert_eq!(client(b"GETTING on"), ("other", None));
        assert_eq!(
            client(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            ("http2-preface", None)
        );
        assert_eq!(
            client(b"PROXY TCP4 192.0.2.7 198.51.100.4 1 2\r\n"),
            ("proxy-v1", None)
        );
        assert_eq!(client(b"\r\n\r\n\0\r\nQUIT\n\x21"), ("proxy-v2", None));
        assert_eq!(client(b"\x05\x01\x00"), ("socks", None));
    }

    #[test]
    fn the_text_is_the_first_line_or_the_first_bytes() {
        let text = |start: &[u8]| match classify(start, Side::Server) {
            Payload::Other { text, .. } => text.bytes().to_vec(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            text(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n"),
            b"HTTP/1.1 400 Bad Request"
        );
        assert_eq!(text(&[0; 100]).len(), 64);
        assert_eq!(text(&[b'a'; 300]).len(), 200);
    }
}
