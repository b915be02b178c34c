//! The captures of testdata/cases.

use std::fs;
use std::path::Path;

use tlscap::capture::FileReader;
use tlscap::capture::Source;

use super::packet::Packet;
use super::parse;

/// One capture.
pub(crate) struct Case {
    /// Name of its folder.
    pub(crate) name: String,
    /// The file as it is.
    pub(crate) bytes: Vec<u8>,
}

impl Case {
    pub(crate) fn packets(&self) -> Vec<Packet> {
        packets(&self.bytes)
    }
}

/// All of them, by name.
pub(crate) fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut cases: Vec<Case> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let file = ["capture.pcap", "capture.pcapng"]
                .into_iter()
                .map(|name| path.join(name))
                .find(|file| file.exists())?;
            Some(Case {
                name: path.file_name().unwrap().to_string_lossy().into_owned(),
                bytes: fs::read(file).unwrap(),
            })
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
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
