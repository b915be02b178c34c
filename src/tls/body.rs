//! The only place that names the package `tls_parser`: the fixed fields of whole, well-formed hellos.
//!
//! That package keeps nothing of a message that is cut, drops what lies behind a fault without saying so, and knows few
//! extensions. So it is asked only for what it cannot get wrong, its answer counts only where it used every byte, and all else
//! is read by `hello` and [`super::extension`] themselves. Where both can answer, tests hold them equal.

use tls_parser::parse_tls_handshake_client_hello;
use tls_parser::parse_tls_handshake_server_hello;

/// The part of a ClientHello before its extensions (RFC 8446 section 4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClientHelloFields<'a> {
    /// `legacy_version`.
    pub(super) legacy_version: u16,
    /// `legacy_session_id`.
    pub(super) session_id: &'a [u8],
    /// `cipher_suites`.
    pub(super) cipher_suites: Vec<u16>,
    /// The extension list without its length. `None`: the message ends before it.
    pub(super) extensions: Option<&'a [u8]>,
}

/// The part of a ServerHello before its extensions (RFC 5246 section 7.4.1.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerHelloFields<'a> {
    /// `server_version`.
    pub(super) legacy_version: u16,
    /// `random`; empty where it was cut.
    pub(super) random: &'a [u8],
    /// `session_id`.
    pub(super) session_id: &'a [u8],
    /// `cipher_suite`.
    pub(super) cipher_suite: u16,
    /// The extension list without its length. `None`: the message ends before it.
    pub(super) extensions: Option<&'a [u8]>,
}

/// The fields of a whole ClientHello. `None` where it breaks the standard in any way that this package knows.
pub(super) fn client_hello(body: &[u8]) -> Option<ClientHelloFields<'_>> {
    let (rest, hello) = parse_tls_handshake_client_hello(body).ok()?;
    rest.is_empty().then(|| ClientHelloFields {
        legacy_version: hello.version.0,
        session_id: hello.session_id.unwrap_or_default(),
        cipher_suites: hello.ciphers.iter().map(|suite| suite.0).collect(),
        extensions: hello.ext,
    })
}

/// The fields of a whole ServerHello up to TLS 1.3; `None` where it breaks the standard, or its `legacy_version` is none of
/// SSL 3.0 to TLS 1.2 (drafts of TLS 1.3 had their own).
pub(super) fn server_hello(body: &[u8]) -> Option<ServerHelloFields<'_>> {
    let (rest, hello) = parse_tls_handshake_server_hello(body).ok()?;
    rest.is_empty().then(|| ServerHelloFields {
        legacy_version: hello.version.0,
        random: hello.random,
        session_id: hello.session_id.unwrap_or_default(),
        cipher_suite: hello.cipher.0,
        extensions: hello.ext,
    })
}

/// Size of the prime and named group as this package reads them, to compare with.
#[cfg(test)]
pub(super) fn key_exchange(body: &[u8]) -> (Option<usize>, Option<u16>) {
    use tls_parser::ECParametersContent;
    let prime = tls_parser::parse_dh_params(body)
        .ok()
        .map(|(_, params)| params.dh_p.len());
    let group = tls_parser::parse_ecdh_params(body)
        .ok()
        .and_then(|(_, params)| match params.curve_params.params_content {
            ECParametersContent::NamedGroup(group) => Some(group.0),
            ECParametersContent::ExplicitPrime(_) => None,
        });
    (prime, group)
}

#[cfg(test)]
mod tests {
    use super::client_hello;

    #[test]
    fn silent_when_a_byte_is_left_over() {
        let mut body = vec![3, 3];
        body.extend([0; 32]);
        body.extend([0, 0, 2, 0x13, 1, 1, 0, 0, 0]);
        assert!(client_hello(&body).is_some());
        body.push(0);
        assert_eq!(client_hello(&body), None);
    }
}
