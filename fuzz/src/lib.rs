//! What the targets do, as plain functions: a found input can be tried again in any test.

use std::io;
use std::io::Cursor;

use tlscap::base::Mark;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::report::Sink;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::session::Show;
use tlscap::tls::certificate;
use tlscap::tls::hello;
use tlscap::tls::key_exchange;
use tlscap::tls::record::Reader;
use tlscap::tls::record::Unit;

/// Takes everything and writes nothing.
struct Silent;

impl Sink for Silent {
    fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
        Ok(())
    }

    fn handshake(&mut self, _: &Diagnosis) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes are a capture file. Every failed flow must have a pattern, and outcomes must sum to the records.
///
/// # Panics
/// Where they do not, which is what is looked for.
pub fn whole(bytes: &[u8]) {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let Ok(reader) = FileReader::from_reader("fuzz".to_owned(), input, None) else {
        return;
    };
    let settings = Settings {
        show: Show::All,
        ..Settings::default()
    };
    let mut merged = Merged::new(vec![reader]);
    let report = session::run(&mut merged, &settings, &mut Silent, &mut |_| true)
        .expect("damage in a file is no error");
    assert!(!report.reasons.contains_key("no-pattern"));
    let failed = report.outcomes.get("failed").copied().unwrap_or(0);
    assert_eq!(report.patterns.values().sum::<u64>(), failed);
}

/// The first byte says how the rest, a TLS stream, is cut into segments. Its messages are parsed whole and again cut in half.
/// However it is cut, the same messages must be found.
///
/// # Panics
/// Where they are not, which is what is looked for.
pub fn tls(bytes: &[u8]) {
    let Some((cut, stream)) = bytes.split_first() else {
        return;
    };
    let whole = messages(stream, stream.len());
    let pieces = messages(stream, usize::from(*cut));
    assert_eq!(whole, pieces, "the cut changes what is read");
    for (kind, body) in whole {
        parse(kind, &body);
        parse(kind, &body[..body.len() / 2]);
    }
    parse(1, stream);
    parse(2, stream);
    parse(11, stream);
}

/// The handshake messages in clear: type and body.
fn messages(stream: &[u8], cut: usize) -> Vec<(u8, Vec<u8>)> {
    let mut reader = Reader::default();
    let mut found = Vec::new();
    for piece in stream.chunks(cut.max(1)) {
        reader.push(piece, Mark::default(), 0, |unit| {
            if let Unit::Message(message) = unit {
                found.push((message.kind, message.body.to_vec()));
            }
        });
    }
    found
}

fn parse(kind: u8, body: &[u8]) {
    match kind {
        1 => {
            let _ = hello::client_hello(body, body.len());
            let _ = hello::client_hello(body, body.len().saturating_mul(2));
            let _ = hello::client_session_id(body);
            let _ = hello::sslv2_client_hello(body);
        }
        2 => {
            let _ = hello::server_hello(body, body.len(), None);
            let _ = hello::server_hello(body, body.len().saturating_mul(2), Some(&[1]));
        }
        11 => {
            let _ = certificate::certificate_chain(body, body.len());
            let _ = certificate::certificate_count(body);
        }
        12 => {
            let _ = key_exchange::server_key_exchange(body, 0xc02f);
            let _ = key_exchange::server_key_exchange(body, 0x009e);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// The seeds of `whole`.
    #[test]
    fn every_capture_of_testdata_passes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/cases");
        for entry in fs::read_dir(folder).unwrap() {
            for file in ["capture.pcap", "capture.pcapng"] {
                if let Ok(bytes) = fs::read(entry.as_ref().unwrap().path().join(file)) {
                    super::whole(&bytes);
                    // TLS records stand in it, in clear.
                    for start in (0..bytes.len()).step_by(97) {
                        super::tls(&bytes[start..bytes.len().min(start + 3000)]);
                    }
                }
            }
        }
    }
}
