//! From frames to diagnoses and answers of the DNS, in the order in which they are told.

use super::Error;
use super::Settings;
use super::sources;
use crate::analyze::Analyzer;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::capture::Filter;
use crate::capture::Merged;
use crate::capture::Source;
use crate::facts::CaptureProblem;
use crate::facts::DnsAddress;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::NameSource;
use crate::facts::RunFacts;
use crate::facts::WireText;
use crate::pattern::Diagnosis;
use crate::texts::text;
use std::net::IpAddr;

/// Frames between two looks whether to go on.
const LOOK: u64 = 4096;

/// Who takes what was read.
pub(super) trait Receive {
    /// Takes a diagnosis; gives its facts back where they are of no use any more.
    fn diagnosis(&mut self, diagnosis: Diagnosis) -> Option<Box<HandshakeFacts>>;
    /// Takes an answer of the DNS.
    fn answer(&mut self, answer: Box<DnsFacts>);
    /// Is told how many bytes of input were taken, now and then. Whether to go on.
    fn go_on(&mut self, consumed: u64) -> bool;
}

/// Reads `source` to its end, or until `receiver` wants no more, and gives the facts of the run.
pub(super) fn read(
    source: &mut Merged,
    settings: &Settings,
    receiver: &mut impl Receive,
) -> Result<RunFacts, Error> {
    let mut analyzer = Analyzer::new(settings.options.clone());
    let mut filter: Option<Filter> = None;
    let (mut seen, mut taken) = (0_u64, 0_u64);
    loop {
        seen += 1;
        // Names stand before the first packet, if not behind the last.
        if seen == 2 {
            names(source, receiver);
        }
        if seen.is_multiple_of(LOOK) {
            names(source, receiver);
            if !receiver.go_on(source.bytes_consumed()) {
                break;
            }
        }
        let Some(frame) = source.next()? else { break };
        if let Some(expression) = &settings.filter {
            // Which link types a pcapng has is known only once its packets are read.
            if filter.is_none() {
                filter = Some(Filter::compile(expression, frame.link_type)?);
            }
            let Some(filter) = &mut filter else { continue };
            if !filter.matches(frame.link_type, frame.data, frame.wire_length) {
                continue;
            }
        }
        analyzer.frame(&frame, &mut |diagnosis| receiver.diagnosis(diagnosis));
        if let Some(answer) = analyzer.take_answer() {
            receiver.answer(answer);
        }
        taken += 1;
        if settings.packets.is_some_and(|limit| taken >= limit) {
            break;
        }
    }
    names(source, receiver);
    let mut facts = analyzer.finish(&mut |diagnosis| receiver.diagnosis(diagnosis));
    facts.selected = settings.filter.is_some() || settings.selection.narrows();
    facts.sources = sources(source);
    facts.problems.splice(0..0, problems(source));
    facts
        .problems
        .extend(filter.iter().flat_map(unusable).collect::<Vec<_>>());
    Ok(facts)
}

/// Tells the names that inputs hold beside packets.
fn names(source: &mut Merged, receiver: &mut impl Receive) {
    for (source, named) in source.take_names() {
        let number = named.after;
        receiver.answer(Box::new(DnsFacts {
            frame: FrameRef { source, number },
            at: Timestamp(0),
            client: IpAddr::from([0, 0, 0, 0]),
            name: WireText::new(&named.name),
            addresses: vec![DnsAddress {
                ip: named.ip,
                canonical: None,
            }],
            from: NameSource::Nrb,
        }));
    }
}

/// What is wrong with the inputs.
fn problems(source: &Merged) -> Vec<CaptureProblem> {
    let problems = source.problems().map(|problem| CaptureProblem {
        code: problem.code,
        packets: 0,
        frames: vec![FrameRef {
            source: problem.source,
            number: problem.frame,
        }],
        text: problem.text.clone(),
        advice: String::new(),
    });
    problems.collect()
}

/// Link types on which the filter cannot be used.
fn unusable(filter: &Filter) -> Vec<CaptureProblem> {
    let unusable = filter
        .unusable()
        .map(|(link_type, message)| CaptureProblem {
            code: "filter-unusable",
            packets: 0,
            frames: Vec::new(),
            text: text!("session.filter-unusable", link_type, message),
            advice: String::new(),
        });
    unusable.collect()
}
