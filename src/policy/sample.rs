//! ClientHellos of real programs, for tests: `hellos.tsv`.

use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use std::sync::Arc;

const FILE: &str = include_str!("hellos.tsv");

/// The hello of that name.
pub(super) fn hello(name: &str) -> ClientHelloFacts {
    let (_, hello) = all().into_iter().find(|(known, _)| *known == name).unwrap();
    hello
}

/// Every hello with its name.
pub(super) fn all() -> Vec<(&'static str, ClientHelloFacts)> {
    FILE.lines()
        .skip(2)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let &[
                name,
                _,
                _,
                legacy,
                versions,
                suites,
                groups,
                schemes,
                extensions,
            ] = columns.as_slice()
            else {
                panic!("{line}");
            };
            let hello = ClientHelloFacts {
                complete: true,
                readable: true,
                offer: Arc::new(ClientOffer {
                    legacy_version: codes(legacy)[0],
                    versions: codes(versions),
                    cipher_suites: codes(suites),
                    groups: codes(groups),
                    signature_algorithms: codes(schemes),
                    extensions: codes(extensions),
                    ..ClientOffer::default()
                }),
                ..ClientHelloFacts::default()
            };
            (name, hello)
        })
        .collect()
}

fn codes(column: &str) -> Vec<u16> {
    column
        .split(' ')
        .filter(|code| *code != "-")
        .map(|code| u16::from_str_radix(code, 16).unwrap())
        .collect()
}
