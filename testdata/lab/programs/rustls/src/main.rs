//! A small TLS client and server on rustls with aws-lc-rs, for the lab. It prints what rustls says, word for word.

mod accept;
mod connect;
mod options;

use std::io;
use std::process::exit;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{
    CommonState, HandshakeKind, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
};

use options::Options;

/// Longer than the 10 s after which a silent peer counts as silent.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    let options = Options::from_arguments(std::env::args().skip(1).collect());
    if options.mode == "server" {
        accept::serve(&options);
    } else if !connect::run(&options) {
        exit(1);
    }
}

/// The default provider, with the suites and groups of the command line in its order.
fn provider(options: &Options) -> Arc<CryptoProvider> {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    if !options.suites.is_empty() {
        let all = provider.cipher_suites.clone();
        provider.cipher_suites = options
            .suites
            .iter()
            .map(|name| {
                let found = all.iter().find(|suite| iana_name(suite.suite()) == *name);
                *found.unwrap_or_else(|| refuse(&format!("rustls has no suite {name}")))
            })
            .collect();
    }
    if !options.groups.is_empty() {
        let all = rustls::crypto::aws_lc_rs::ALL_KX_GROUPS;
        provider.kx_groups = options
            .groups
            .iter()
            .map(|name| {
                let found = all
                    .iter()
                    .find(|group| format!("{:?}", group.name()).eq_ignore_ascii_case(name));
                *found.unwrap_or_else(|| {
                    refuse(&format!(
                        "rustls with aws-lc-rs has no group {name}; it has {all:?}"
                    ))
                })
            })
            .collect();
    }
    Arc::new(provider)
}

/// The versions from `--min` to `--max`.
fn versions(options: &Options) -> Vec<&'static SupportedProtocolVersion> {
    let has = |text: &Option<String>, default: &str| match text.as_deref().unwrap_or(default) {
        "1.2" => 2,
        "1.3" => 3,
        other => refuse(&format!("rustls has no TLS {other}: 1.2 and 1.3 only")),
    };
    let (lowest, highest) = (has(&options.min, "1.2"), has(&options.max, "1.3"));
    let both = [(3, &rustls::version::TLS13), (2, &rustls::version::TLS12)];
    both.into_iter()
        .filter(|(number, _)| (lowest..=highest).contains(number))
        .map(|(_, version)| version)
        .collect()
}

/// Key and chain from one PEM file.
fn identity(file: &str) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let key = PrivateKeyDer::from_pem_file(file)
        .unwrap_or_else(|error| refuse(&format!("{file}: {error}")));
    (certificates(file), key)
}

fn roots(file: &str) -> RootCertStore {
    let mut store = RootCertStore::empty();
    for certificate in certificates(file) {
        store
            .add(certificate)
            .unwrap_or_else(|error| refuse(&format!("{file}: {error}")));
    }
    store
}

fn certificates(file: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .unwrap_or_else(|error| refuse(&format!("{file}: {error}")))
}

/// What was agreed: version, suite, ALPN, whether it was a resumption.
fn describe(state: &CommonState) -> String {
    let version = match state.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    };
    let mut text = version;
    if let Some(suite) = state.negotiated_cipher_suite() {
        text += " ";
        text += &iana_name(suite.suite());
    }
    if let Some(protocol) = state.alpn_protocol() {
        text += " alpn=";
        text += &String::from_utf8_lossy(protocol);
    }
    if state.handshake_kind() == Some(HandshakeKind::Resumed) {
        text += " resumed";
    }
    text
}

/// rustls writes TLS13_AES_128_GCM_SHA256 for what IANA calls TLS_AES_128_GCM_SHA256.
fn iana_name(suite: rustls::CipherSuite) -> String {
    format!("{suite:?}").replace("TLS13_", "TLS_")
}

fn report(result: &io::Result<String>) {
    match result {
        Ok(text) => println!("ok {text}"),
        Err(error) => println!("{error}"),
    }
}

fn refuse(text: &str) -> ! {
    eprintln!("{text}");
    exit(2)
}
