//! The captures of testdata/cases.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value as Json;

use tlscap::capture::FileReader;
use tlscap::capture::Source;

use super::packet::Packet;
use super::parse;
use super::write;

/// Of a capture of thousands of connections the laws take this many packets: enough for some hundred of its connections.
const CROWD: usize = 6000;

/// One capture of a case and its truth.
pub(crate) struct Recorded {
    /// Name of its folder; behind a slash the vantage point, if it is not the main one of the case.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) capture: PathBuf,
    pub(crate) truth: Json,
}

/// Every capture of a folder of cases, by name: `capture.*` beside `truth.json`, `VANTAGE.*` beside `VANTAGE.truth.json`.
pub(crate) fn recorded(folder: &Path) -> Vec<Recorded> {
    let mut all = Vec::new();
    for case in fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        for file in fs::read_dir(&case).unwrap() {
            let file = file.unwrap().path();
            let Some(vantage) = file
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .strip_suffix("truth.json")
            else {
                continue;
            };
            let vantage = vantage.trim_end_matches('.');
            let text = fs::read_to_string(&file).unwrap();
            all.push(Recorded {
                name: if vantage.is_empty() {
                    name.clone()
                } else {
                    format!("{name}/{vantage}")
                },
                capture: capture(
                    &case,
                    if vantage.is_empty() {
                        "capture"
                    } else {
                        vantage
                    },
                ),
                folder: case.clone(),
                truth: serde_json::from_str(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", file.display())),
            });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn capture(case: &Path, stem: &str) -> PathBuf {
    ["pcap", "pcapng", "pcap.zst", "pcapng.zst"]
        .into_iter()
        .map(|ending| case.join(format!("{stem}.{ending}")))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("{}: no capture {stem}.pcap[ng][.zst]", case.display()))
}

/// The folder of the cases: of the project, or what TLSCAP_CASES names (a fresh recording).
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("TLSCAP_CASES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases"),
        PathBuf::from,
    )
}

/// One capture.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The file as it is; of a crowd its first packets.
    pub(crate) bytes: Vec<u8>,
}

impl Case {
    pub(crate) fn packets(&self) -> Vec<Packet> {
        packets(&self.bytes)
    }
}

/// All of them, by name.
pub(crate) fn all() -> Vec<Case> {
    let cases: Vec<Case> = recorded(&folder())
        .into_iter()
        .map(|case| {
            let mut bytes = fs::read(&case.capture).unwrap();
            if case.truth.get("crowd").is_some() {
                let mut first = packets(&bytes);
                first.truncate(CROWD);
                bytes = write::pcap(&first);
            }
            Case {
                name: case.name,
                bytes,
            }
        })
        .collect();
    assert!(cases.len() >= 12, "the captures are missing");
    cases
}

/// The one of that name.
pub(crate) fn named(name: &str) -> Case {
    all().into_iter().find(|case| case.name == name).unwrap()
}

/// The packets of a capture in memory, which must be whole.
pub(crate) fn packets(bytes: &[u8]) -> Vec<Packet> {
    let mut reader = FileReader::from_reader(
        "case".to_owned(),
        Box::new(std::io::Cursor::new(bytes.to_vec())),
        None,
    )
    .unwrap();
    let mut packets = Vec::new();
    while let Some(frame) = reader.next().unwrap() {
        assert_eq!(frame.data.len() as u32, frame.wire_length, "a cut frame");
        packets.push(parse::packet(frame.link_type, frame.at.0, frame.data));
    }
    packets
}
