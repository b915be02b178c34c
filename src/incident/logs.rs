//! What usual programs print when they meet a pattern. Each text was reproduced with the program named.

use super::key::Key;

/// What clients and servers print, most specific first.
pub(super) fn logs(key: &Key) -> Vec<String> {
    let text = match (key.pattern, key.code()) {
        ("non-tls-answer", _) => {
            "Clients print this as \"wrong version number\" (nginx, OpenSSL 1.1+) or \"unknown protocol\" (OpenSSL 1.0), \"first record does not look like a TLS handshake\" (Go). All mean: first bytes not TLS."
        }
        ("reset-after-client-hello", _) => {
            "\"Recv failure: Connection reset by peer\" (curl 35), \"write:errno=104\" (openssl s_client), \"read: connection reset by peer\" (Go), \"Connection reset\" (Java)."
        }
        ("close-after-client-hello", _) => {
            "\"unexpected eof while reading\" (OpenSSL 3), \"SSL_ERROR_SYSCALL\" (curl 35), \"EOF\" (Go), \"Remote host terminated the handshake\" (Java)."
        }
        ("closed-before-client-hello", _) => {
            "\"Send failure: Connection reset by peer\" (curl 35)."
        }
        ("no-answer-to-client-hello", _) => "\"The handshake operation timed out\" (Python).",
        ("syn-refused", _) => "\"Failed to connect\" (curl 7), \"Connection refused\" (OpenSSL).",
        ("non-tls-request", _) if key.word("protocol") == Some("http") => {
            "\"client sent plain HTTP request to HTTPS port\" (nginx), \"AH01996: SSL handshake failed: HTTP spoken on HTTPS port\" (Apache), \"Empty reply from server\" (curl 52)."
        }
        ("alert-without-server-hello", Some(code)) => match alert(code) {
            Some(text) => text,
            None => return Vec::new(),
        },
        ("client-alert-after-server-hello", Some(45)) => {
            "\"certificate has expired\" (curl 60, OpenSSL, Python)."
        }
        ("client-alert-after-server-hello", Some(48)) => {
            "\"unable to get local issuer certificate\" or \"self-signed certificate\" (OpenSSL, curl 60, Python)."
        }
        _ => return Vec::new(),
    };
    vec![text.to_owned()]
}

fn alert(code: u8) -> Option<&'static str> {
    Some(match code {
        40 => {
            "\"sslv3 alert handshake failure\" (OpenSSL), \"remote error: tls: handshake failure\" (Go), \"Received fatal alert: handshake_failure\" (Java)."
        }
        49 => "\"tlsv1 alert access denied\" (OpenSSL).",
        50 => "\"tlsv1 alert decode error\" (OpenSSL).",
        70 => {
            "\"tlsv1 alert protocol version\" (OpenSSL), \"remote error: tls: protocol version not supported\" (Go), \"Received fatal alert: protocol_version\" (Java)."
        }
        71 => "\"tlsv1 alert insufficient security\" (OpenSSL).",
        80 => {
            "\"tlsv1 alert internal error\" (OpenSSL), \"remote error: tls: internal error\" (Go), \"Received fatal alert: internal_error\" (Java)."
        }
        86 => {
            "\"tlsv1 alert inappropriate fallback\" (OpenSSL), \"Received fatal alert: inappropriate_fallback\" (Java)."
        }
        112 => {
            "\"tlsv1 unrecognized name\" (OpenSSL), \"remote error: tls: unrecognized name\" (Go), \"Received fatal alert: unrecognized_name\" (Java)."
        }
        120 => {
            "\"tlsv1 alert no application protocol\" (OpenSSL), \"remote error: tls: no application protocol\" (Go), \"Received fatal alert: no_application_protocol\" (Java)."
        }
        _ => return None,
    })
}
