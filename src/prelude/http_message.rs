//! What lines of HTTP messages say (RFC 9112): requests, status lines, and how a body ends.

/// A request's first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestLine<'a> {
    pub(super) method: &'a [u8],
    pub(super) target: &'a [u8],
}

impl RequestLine<'_> {
    /// Whether the target is a whole URL, as it is sent to proxies (RFC 9112 section 3.2.2).
    pub(super) fn is_for_a_proxy(&self) -> bool {
        self.target.windows(3).take(16).any(|part| part == b"://")
    }
}

/// The parts of `GET / HTTP/1.1`.
pub(super) fn request_line(line: &[u8]) -> Option<RequestLine<'_>> {
    let mut words = line.split(|&byte| byte == b' ');
    let method = words.next()?;
    let target = words.next()?;
    words
        .next()?
        .starts_with(b"HTTP/")
        .then_some(RequestLine { method, target })
}

/// What a status says (RFC 9110 section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Interim,
    Granted,
    Refused,
}

impl Kind {
    pub(super) fn of(status: u32) -> Self {
        match status {
            100..=199 => Self::Interim,
            200..=299 => Self::Granted,
            _ => Self::Refused,
        }
    }
}

/// How a body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Body {
    #[default]
    Unsaid,
    Length(u64),
    Chunked,
}

/// The status of `HTTP/1.1 200 reason`; the reason may be missing.
pub(super) fn status(line: &[u8]) -> Option<u32> {
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

/// Name and value of a field line, in lower case.
fn field(line: &[u8]) -> Option<(String, String)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let plain = |bytes| String::from_utf8_lossy(bytes).trim().to_ascii_lowercase();
    Some((plain(name), plain(value.get(1..)?)))
}

/// How the body ends after one more field line. Chunks overrule a length (RFC 9112 section 6.3).
pub(super) fn body(line: &[u8], known: Body) -> Body {
    let Some((name, value)) = field(line) else {
        return known;
    };
    if name == "transfer-encoding" && value.ends_with("chunked") {
        Body::Chunked
    } else if name == "content-length" && known != Body::Chunked {
        value.parse().map_or(known, Body::Length)
    } else {
        known
    }
}

/// Whether a field line is `Upgrade` with TLS among its protocols (RFC 2817 section 3).
pub(super) fn upgrades_to_tls(line: &[u8]) -> bool {
    field(line).is_some_and(|(name, value)| {
        name == "upgrade"
            && value
                .split(',')
                .any(|protocol| protocol.trim().starts_with("tls/"))
    })
}

/// The size in `1a;extension`.
pub(super) fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|&byte| byte == b';').next()?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::Body;
    use super::body;
    use super::request_line;
    use super::status;
    use super::upgrades_to_tls;

    #[test]
    fn a_request_line_has_three_words() {
        let line = request_line(b"GET http://a.example/ HTTP/1.1").unwrap();
        assert!(line.is_for_a_proxy());
        assert!(
            !request_line(b"OPTIONS * HTTP/1.1")
                .unwrap()
                .is_for_a_proxy()
        );
        for line in [&b"GET"[..], b"GET /", b"GET / now", b""] {
            assert_eq!(request_line(line), None);
        }
    }

    #[test]
    fn tls_is_one_of_the_protocols_of_upgrade() {
        assert!(upgrades_to_tls(b"Upgrade: h2c, TLS/1.0"));
        assert!(upgrades_to_tls(b"UPGRADE:tls/1.2"));
        assert!(!upgrades_to_tls(b"Upgrade: websocket"));
        assert!(!upgrades_to_tls(b"Upgrade-Insecure-Requests: TLS/1.0"));
    }

    #[test]
    fn chunks_overrule_a_length() {
        let known = body(b"Content-Length: 12", Body::Unsaid);
        assert_eq!(known, Body::Length(12));
        assert_eq!(
            body(b"Transfer-Encoding: gzip, chunked", known),
            Body::Chunked
        );
        assert_eq!(body(b"content-length: 12", Body::Chunked), Body::Chunked);
        assert_eq!(body(b"content-length: x", Body::Unsaid), Body::Unsaid);
        assert_eq!(status(b"HTTP/1.0 200"), Some(200));
        assert_eq!(status(b"HTTP/1.0 20"), None);
    }
}
