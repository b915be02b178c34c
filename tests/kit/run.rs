//! The analysis, as the program does it, over captures in memory.

use std::io;
use std::io::Cursor;

use tlscap::capture::Error;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::report::Sink;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::session::Show;

/// Keeps what it is given.
#[derive(Default)]
struct Kept(Vec<Diagnosis>);

impl Sink for Kept {
    fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
        Ok(())
    }

    fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        self.0.push(diagnosis.clone());
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> io::Result<()> {
        Ok(())
    }
}

/// Every handshake of these inputs, merged by time, and the report.
///
/// # Errors
/// Where an input is no capture.
pub(crate) fn analyse(inputs: &[&[u8]]) -> Result<(Vec<Diagnosis>, Report), Error> {
    let readers = (0..).zip(inputs).map(|(index, bytes): (usize, _)| {
        FileReader::from_reader(
            format!("input {index}"),
            Box::new(Cursor::new(bytes.to_vec())),
            Some(bytes.len() as u64),
        )
    });
    let mut merged = Merged::new(readers.collect::<Result<Vec<_>, _>>()?);
    let settings = Settings {
        show: Show::All,
        ..Settings::default()
    };
    let mut kept = Kept::default();
    let report = session::run(&mut merged, &settings, &mut kept, &mut |_| true)
        .expect("a run over memory ends well");
    Ok((kept.0, report))
}
