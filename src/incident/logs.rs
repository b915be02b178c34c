//! What usual programs print when they meet a pattern. Each text was reproduced with the program named.

use super::key::Key;
use crate::texts::text;

/// What clients and servers print, most specific first.
pub(super) fn logs(key: &Key) -> Vec<String> {
    let text = match (key.pattern, key.code()) {
        ("non-tls-answer", _) => {
            text!("logs.non-tls-answer")
        }
        ("reset-after-client-hello", _) => {
            text!("logs.reset-after-client-hello")
        }
        ("close-after-client-hello", _) => {
            text!("logs.close-after-client-hello")
        }
        ("closed-before-client-hello", _) => {
            text!("logs.closed-before-client-hello")
        }
        ("no-answer-to-client-hello", _) => text!("logs.no-answer"),
        ("syn-refused", _) => text!("logs.syn-refused"),
        ("non-tls-request", _) if key.word("protocol") == Some("http") => {
            text!("logs.non-tls-request")
        }
        ("alert-without-server-hello", Some(code)) => match alert(code) {
            Some(text) => text,
            None => return Vec::new(),
        },
        ("client-alert-after-server-hello", Some(45)) => {
            text!("logs.alert-45")
        }
        ("client-alert-after-server-hello", Some(48)) => {
            text!("logs.alert-48")
        }
        _ => return Vec::new(),
    };
    vec![text.to_owned()]
}

fn alert(code: u8) -> Option<&'static str> {
    Some(match code {
        40 => {
            text!("logs.alert-40")
        }
        49 => text!("logs.alert-49"),
        50 => text!("logs.alert-50"),
        70 => {
            text!("logs.alert-70")
        }
        71 => text!("logs.alert-71"),
        80 => {
            text!("logs.alert-80")
        }
        86 => {
            text!("logs.alert-86")
        }
        112 => {
            text!("logs.alert-112")
        }
        120 => {
            text!("logs.alert-120")
        }
        _ => return None,
    })
}
