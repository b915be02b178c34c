//! One incident in full.

use super::Context;
use super::contrast;
use super::fit::Block;
use super::fit::INDENT;
use super::lines::Line;
use super::lines::Mark;
use crate::base::Timestamp;
use crate::compare::Limits;
use crate::incident::Change;
use crate::incident::Incident;
use crate::incident::Proof;
use crate::incident::Sentence;
use crate::report::layout;
use crate::texts;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::text;

/// Column where the frames of a sentence stand, if it leaves room.
const FRAMES: usize = 62;
/// Sentences of Why that outlast the rest where lines are few.
const FIRST_SENTENCES: usize = 2;
/// Streams named for Wireshark.
const STREAMS: usize = 3;

/// The block of an incident.
pub(super) fn block(context: &Context<'_>, incident: &Incident) -> Block {
    let mut block = Block::default();
    let width = context.width;
    block.push(
        0,
        Line::wrapped(
            &incident.title,
            width,
            &format!("#{}  ", incident.id),
            "    ",
        ),
    );
    block.push(0, pattern_and_causes(incident, width));
    block.push(
        0,
        Line::wrapped(&ends(context, incident), width, "    ", "    "),
    );
    let table = contrast::table(context, incident);
    if !table.is_empty() {
        let mut lines = vec![Line::empty()];
        lines.extend(table);
        block.push(3, lines);
    }
    if !incident.alike.is_empty() {
        let alike: Vec<&str> = incident
            .alike
            .iter()
            .map(|name| texts::attribute(name))
            .collect();
        let alike = text!("screen.alike", alike = texts::joined(&alike));
        block.push(6, Line::wrapped(&alike, width, "    ", "    "));
    }
    block.push(0, vec![Line::empty()]);
    why(context, incident, &mut block);
    for (label, rank, texts) in [
        (text!("screen.logs"), 8, &incident.logs),
        (text!("screen.not"), 7, &incident.not),
    ] {
        for text in texts {
            block.labelled(label, rank, indented(text, width));
        }
    }
    for act in &incident.act {
        let mut lines = indented(&act.sentence(), width);
        let indent = " ".repeat(INDENT + 2);
        lines.extend(
            act.config
                .iter()
                .map(|line| Line::command(format!("{indent}{line}"))),
        );
        block.labelled(text!("screen.do"), 1, lines);
    }
    if !incident.policies.is_empty() {
        let mut lines = indented(text!("screen.policy-hypothesis"), width);
        lines.extend(
            incident
                .policies
                .iter()
                .flat_map(|line| indented(line, width)),
        );
        block.labelled(text!("screen.policy"), 4, lines);
    }
    decide(incident, width, &mut block);
    see(context, incident, &mut block);
    block
}

fn indented(text: &str, width: usize) -> Vec<Line> {
    let indent = " ".repeat(INDENT);
    Line::wrapped(text, width, &indent, &indent)
}

/// Who spoke to whom, when, and whether it was over.
fn ends(context: &Context<'_>, incident: &Incident) -> String {
    let clients = match incident.clients.top.as_slice() {
        [(Some(ip), _)] if incident.clients.count == 1 => ip.to_string(),
        _ => {
            let most = u64::try_from(Limits::default().values).unwrap_or(u64::MAX);
            let clients = counted!("noun.client", incident.clients.count.min(most));
            if incident.clients.count > most {
                text!("screen.over", clients)
            } else {
                clients
            }
        }
    };
    let server = match (incident.server.ip.is_unspecified(), incident.server.port) {
        (false, _) => incident.server.to_string(),
        (true, 0) => text!("words.several-servers").to_owned(),
        (true, port) => text!("words.several-servers-port", port),
    };
    let (first, last) = (time(context, incident.first), time(context, incident.last));
    let when = if first == last {
        text!("screen.at", first)
    } else {
        text!("screen.from-to", first, last)
    };
    match (incident.over, incident.failed) {
        (true, _) => text!("screen.ends-over", clients, server, when),
        (false, 0 | 1) => text!("screen.ends", clients, server, when),
        (false, _) => text!("screen.ends-not-over", clients, server, when),
    }
}

/// A time of day, with its date where the capture spans several.
pub(super) fn time(context: &Context<'_>, at: Timestamp) -> String {
    let zone = &context.options.tz;
    let date = |at: Timestamp| {
        layout::local(at, zone)
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let run = &context.report.run;
    let spans = run
        .first
        .zip(run.last)
        .is_some_and(|(first, last)| date(first) != date(last));
    let time = layout::local_time(at, zone);
    if spans {
        format!("{} {time}", date(at))
    } else {
        time
    }
}

fn why(context: &Context<'_>, incident: &Incident, block: &mut Block) {
    let change = incident.change.as_ref().map(|change| Sentence {
        text: changed(context, change),
        frames: change.frames.clone(),
    });
    let many = incident.why.len() + usize::from(change.is_some()) > 1;
    for (index, sentence) in incident.why.iter().chain(&change).enumerate() {
        let rank = if index < FIRST_SENTENCES { 0 } else { 5 };
        block.labelled(
            text!("screen.why"),
            rank,
            sentence_lines(sentence, many, context.width),
        );
    }
}

/// Since when it fails, or until when it did.
fn changed(context: &Context<'_>, change: &Change) -> String {
    let at = time(context, change.at);
    let completed = grouped(change.completed);
    let like = change.like;
    if change.began {
        text!("screen.fails-since", at, completed, like)
    } else {
        text!("screen.failed-until", at, completed, like)
    }
}

/// A sentence that ends in its frames.
fn sentence_lines(sentence: &Sentence, bullet: bool, width: usize) -> Vec<Line> {
    let (first, rest) = if bullet {
        ("           - ", "             ")
    } else {
        ("           ", "           ")
    };
    let mut lines = layout::wrap(&sentence.text, width, first, rest);
    let frames: Vec<String> = sentence.frames.iter().map(ToString::to_string).collect();
    if let (false, Some(last)) = (frames.is_empty(), lines.last_mut()) {
        let frames = if let [frame] = frames.as_slice() {
            text!("screen.frame", frame)
        } else {
            text!("screen.frames", frames = texts::joined(&frames))
        };
        let (have, need) = (layout::width(last), layout::width(&frames));
        let column = FRAMES.min(width.saturating_sub(need));
        if have + 2 <= column {
            *last = format!("{}{frames}", layout::pad_right(last, column));
        } else if have + 2 + need <= width {
            *last = format!("{last}  {frames}");
        } else {
            lines.push(format!("{}{frames}", " ".repeat(column)));
        }
    }
    lines.into_iter().map(Line::plain).collect()
}

/// The pattern, and behind it or below it the causes: `sni-blocked (high), middlebox-reset (high)`.
fn pattern_and_causes(incident: &Incident, width: usize) -> Vec<Line> {
    let pattern = format!("    {}", incident.pattern);
    let causes = incident.shown_causes();
    let whole = format!("{pattern}    {causes}");
    let fits = whole.chars().count() <= width;
    let line = |text: &str| {
        Line::plain(text.trim_end().to_owned()).marked(incident.pattern, Mark::Pattern)
    };
    if fits {
        return vec![line(&whole)];
    }
    let mut lines = vec![line(&pattern)];
    lines.extend(Line::wrapped(&causes, width, "    ", "    "));
    lines
}

/// `Prove` where the cause is certain, `Settle` where it is open; commands stand alone below.
fn decide(incident: &Incident, width: usize, block: &mut Block) {
    let label = if incident.known_cause().is_some() {
        text!("screen.prove")
    } else {
        text!("screen.settle")
    };
    for text in &incident.settle {
        block.labelled(label, 1, indented(text, width));
    }
    // Commands that belong together stay together.
    let mut lines: Vec<Line> = Vec::new();
    for Proof { text, command } in &incident.prove {
        if !text.is_empty() {
            lines.extend(indented(&text!("screen.before-command", text), width));
        }
        lines.push(Line::command(format!("    {command}")));
    }
    block.labelled(label, 2, lines);
}

fn see(context: &Context<'_>, incident: &Incident, block: &mut Block) {
    let indent = " ".repeat(INDENT);
    let streams: Vec<String> = incident
        .examples
        .iter()
        .filter_map(|example| example.stream)
        .take(STREAMS)
        .map(|stream| stream.to_string())
        .collect();
    let Some(first) = streams.first() else {
        if let Some(command) = context
            .command()
            .filter(|_| context.options.incident.is_none())
        {
            let line = Line::command(format!("{indent}{command} --incident {}", incident.id));
            block.labelled(text!("screen.see"), 4, vec![line]);
        }
        return;
    };
    let filter = match streams.as_slice() {
        [one] => format!("tcp.stream eq {one}"),
        many => format!("tcp.stream in {{{}}}", many.join(", ")),
    };
    let wireshark = Line::plain(format!("{indent}Wireshark: {filter}"));
    let command = context.command();
    let lines = command
        .map(|command| Line::command(format!("{indent}{command} --stream {first}")))
        .into_iter()
        .chain([wireshark])
        .collect();
    block.labelled(text!("screen.see"), 4, lines);
}
