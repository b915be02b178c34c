//! Every row is read, whole, and names only what exists.

use super::*;
use crate::pattern;
use crate::tables;
use std::collections::BTreeSet;

/// The codes of the definitions, section 2.4.
const CODES: &str = "sni-missing sni-unknown sni-blocked middlebox-reset middlebox-drop port-blocked block-page \
    no-shared-version no-shared-cipher no-shared-group no-shared-signature-algorithm no-shared-alpn \
    certificate-type-mismatch version-intolerance large-client-hello fallback-scsv client-policy renegotiation-refused \
    certificate-expired certificate-not-yet-valid certificate-name-mismatch certificate-chain-incomplete \
    certificate-self-signed certificate-untrusted certificate-revoked certificate-status-missing \
    certificate-unacceptable client-pinning clock-skew server-certificate-missing client-certificate-missing \
    client-certificate-rejected plaintext-on-tls-port tls-on-plaintext-port proxy-protocol-mismatch \
    starttls-unavailable proxy-refused path-mtu-black-hole path-loss server-unresponsive connection-limit \
    handshake-timeout server-internal-error psk-or-key-mismatch corrupted-or-tampered client-aborted health-check \
    scanner undetermined";

/// Values that the capture gives, and such that only the reader knows.
const PLACEHOLDERS: &str = "name address port version suite group \
    file folder key keystore alias hash appid arn certificate policy host list protocol user interface size socket";

#[test]
fn every_cause_of_the_definitions_is_explained_and_no_other() {
    let explained: Vec<&str> = causes().iter().map(|cause| cause.code).collect();
    let defined: Vec<&str> = CODES.split_whitespace().collect();
    assert_eq!(explained, defined);
}

#[test]
fn no_row_is_lost_in_reading() {
    for (file, text, read) in [
        ("causes", CAUSES_FILE, causes().len()),
        ("remedies", REMEDIES_FILE, REMEDIES.len()),
        ("alert_causes", ALERT_USES_FILE, ALERT_USES.len()),
        ("errors", ERROR_TEXTS_FILE, error_texts().len()),
    ] {
        assert_eq!(rows(text).count(), read, "{file}");
        assert!(text.starts_with("# "), "{file}: says where it is from");
        for columns in rows(text) {
            assert!(
                columns.iter().all(|cell| *cell == cell.trim()),
                "{file}: {columns:?}"
            );
        }
    }
}

#[test]
fn causes_are_whole_and_name_patterns_that_exist() {
    for cause in causes() {
        let texts = [
            cause.title,
            cause.what,
            cause.wire,
            cause.apart,
            cause.settle,
            cause.source,
        ];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", cause.code);
        assert!(!cause.title.ends_with('.'), "{}", cause.code);
        for id in cause.patterns() {
            assert!(pattern::pattern(id).is_some(), "{}: {id}", cause.code);
        }
    }
}

#[test]
fn every_pattern_has_a_cause_that_fits_it() {
    for pattern in pattern::PATTERNS {
        assert!(
            causes()
                .iter()
                .any(|cause| cause.patterns().any(|id| id == pattern.id)),
            "{}",
            pattern.id
        );
    }
}

#[test]
fn every_cause_has_a_remedy_that_names_who_acts() {
    for cause in causes() {
        assert!(remedies(cause.code).count() > 0, "{}", cause.code);
        for (place, remedy) in remedies(cause.code).enumerate() {
            assert!(
                ["client", "server", "network"].contains(&remedy.who),
                "{remedy:?}"
            );
            assert_eq!(usize::from(remedy.order), place + 1, "{remedy:?}");
        }
    }
}

#[test]
fn remedies_are_one_sentence_with_a_source_for_a_cause_that_exists() {
    for remedy in REMEDIES.iter() {
        assert!(cause(remedy.cause).is_some(), "{remedy:?}");
        assert!(remedy.text.ends_with('.'), "{remedy:?}");
        assert!(!remedy.text.contains(". "), "one sentence: {remedy:?}");
        assert!(!remedy.source.is_empty(), "{remedy:?}");
        assert!(
            remedy
                .date
                .is_none_or(|date| date.len() == "2026-11-21".len()),
            "{remedy:?}"
        );
    }
}

#[test]
fn commands_and_directives_fit_a_terminal_behind_their_indent() {
    for remedy in REMEDIES.iter() {
        assert!(
            remedy.config_lines().all(|line| line.len() <= 76),
            "{remedy:?}"
        );
    }
}

#[test]
fn placeholders_are_of_the_known_ones() {
    let known: BTreeSet<&str> = PLACEHOLDERS.split_whitespace().collect();
    for remedy in REMEDIES.iter() {
        for text in [remedy.text, remedy.config] {
            for part in text.split('{').skip(1) {
                let word = part.split_once('}').map_or("", |(word, _)| word);
                let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
                assert!(!is_word || known.contains(word), "{word}: {remedy:?}");
            }
        }
    }
}

#[test]
fn alert_uses_name_alerts_and_causes_that_exist() {
    for row in ALERT_USES.iter() {
        assert!(tables::alert(row.code).is_some(), "{row:?}");
        assert!(row.causes().all(|code| cause(code).is_some()), "{row:?}");
        assert!(
            ["client", "server", "either"].contains(&row.from),
            "{row:?}"
        );
        assert!(["before", "after", "any"].contains(&row.when), "{row:?}");
    }
}

#[test]
fn error_texts_name_patterns_and_causes_that_exist() {
    for text in error_texts() {
        if let Some(id) = text.pattern {
            assert!(pattern::pattern(id).is_some(), "{text:?}");
        }
        if let Some(code) = text.cause {
            assert!(cause(code).is_some(), "{text:?}");
        }
        assert!(text.forms().all(|form| !form.is_empty()), "{text:?}");
    }
}

#[test]
fn no_error_text_stands_twice_for_one_product() {
    let mut seen = BTreeSet::new();
    for text in error_texts() {
        assert!(seen.insert((text.product, text.message)), "{text:?}");
    }
}
