//! One explanation, for people and as JSON.
//!
//! For people: a title, and sections with indented text; directives and commands stand alone, never wrapped. As JSON: the same
//! in one object whose keys are all there, lists empty where nothing is known.

use super::layout;
use crate::explain::Explanation;
use crate::explain::Mention;
use crate::tables::Remedy;
use serde::Serialize;
use std::io;

/// Columns before the text of a section.
const INDENT: &str = "  ";
/// Columns before a directive or command.
const CONFIG: &str = "      ";
/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 100;

/// The explanation for people, at most `width` columns wide, commands excepted; ends without a line break.
#[must_use]
pub fn render(page: &Explanation, width: usize) -> String {
    let mut text = Text {
        width: width.min(WIDEST),
        lines: Vec::new(),
    };
    let title = if page.title == page.id {
        format!("{} ({})", page.title, page.kind.name())
    } else {
        format!("{} ({}): {}", page.id, page.kind.name(), page.title)
    };
    text.wrapped(&title, "", INDENT);
    text.section("What it is", &page.what);
    text.section("On the wire", &page.wire);
    text.mentions("Seen as", &page.patterns);
    text.mentions("Possible causes, the likeliest first", &page.causes);
    text.section("How to tell them apart", &page.apart);
    text.section("What would decide it", &page.settle);
    text.remedies(page);
    text.section("Messages that go with it", &page.messages);
    text.section("Sources", &page.sources);
    text.further(page);
    text.lines.join("\n")
}

struct Text {
    width: usize,
    lines: Vec<String>,
}

impl Text {
    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        self.lines
            .extend(layout::wrap(text, self.width, first, rest));
    }

    fn heading(&mut self, heading: &str) {
        self.lines.push(String::new());
        self.lines.push(heading.to_owned());
    }

    /// Paragraphs below a heading; nothing where there are none.
    fn section(&mut self, heading: &str, paragraphs: &[String]) {
        if paragraphs.is_empty() {
            return;
        }
        self.heading(heading);
        let several = paragraphs.len() > 1;
        for paragraph in paragraphs {
            if several {
                self.wrapped(paragraph, "  - ", "    ");
            } else {
                self.wrapped(paragraph, INDENT, INDENT);
            }
        }
    }

    fn mentions(&mut self, heading: &str, mentions: &[Mention]) {
        if mentions.is_empty() {
            return;
        }
        self.heading(heading);
        let widest = mentions
            .iter()
            .map(|mention| layout::width(mention.id))
            .max();
        // Half of the line at most, so that the titles have room.
        let column = widest.unwrap_or_default().min(self.width / 2) + 2;
        let rest = " ".repeat(INDENT.len() + column);
        for mention in mentions {
            let first = format!("{INDENT}{}", layout::pad_right(mention.id, column));
            self.wrapped(mention.title, &first, &rest);
        }
    }

    fn remedies(&mut self, page: &Explanation) {
        let remedies = &page.remedies;
        if remedies.is_empty() {
            return;
        }
        // A message has a likely cause, and its remedies are for that one only.
        match page.causes.first() {
            Some(cause) => self.heading(&format!("What to do if it is {}", cause.id)),
            None => self.heading("What to do"),
        }
        for remedy in remedies {
            let who = actor(remedy);
            self.wrapped(&format!("{who}: {}", remedy.text), "  - ", "    ");
            for line in remedy.config_lines() {
                self.lines.push(format!("{CONFIG}{line}"));
            }
        }
        if remedies.iter().any(|remedy| has_placeholder(remedy)) {
            self.wrapped("Words in braces stand for your own values.", INDENT, INDENT);
        }
    }

    fn further(&mut self, page: &Explanation) {
        let first = page.causes.first().map(|cause| cause.id.to_owned());
        let mut words: Vec<String> = first.into_iter().chain(page.also.iter().cloned()).collect();
        words.extend(page.patterns.first().map(|pattern| pattern.id.to_owned()));
        if words.is_empty() {
            return;
        }
        self.heading("See also");
        for word in words {
            self.lines.push(format!("{INDENT}tlscap explain {word}"));
        }
    }
}

/// `Client, nginx`; `Server` where it is for every product.
fn actor(remedy: &Remedy) -> String {
    let who = match remedy.who {
        "client" => "Client",
        "server" => "Server",
        _ => "Network",
    };
    match remedy.product {
        "any" => who.to_owned(),
        product => format!("{who}, {product}"),
    }
}

/// Whether a word stands in braces, such as `{name}`; blocks of code have a blank or a line break behind the brace.
fn has_placeholder(remedy: &Remedy) -> bool {
    [remedy.text, remedy.config].iter().any(|text| {
        text.split('{')
            .skip(1)
            .any(|part| part.starts_with(|c: char| c.is_ascii_lowercase()))
    })
}

/// The explanation as one JSON object and a line break.
///
/// # Errors
/// None that depends on the explanation; what the serializer answers.
pub fn json(page: &Explanation) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(&Record::from(page))?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[derive(Serialize)]
struct Record<'a> {
    r#type: &'static str,
    schema_version: u8,
    kind: &'static str,
    id: &'a str,
    title: &'a str,
    what: &'a [String],
    wire: &'a [String],
    patterns: Vec<MentionRecord>,
    causes: Vec<MentionRecord>,
    apart: &'a [String],
    settle: &'a [String],
    remedy: Vec<RemedyRecord>,
    messages: &'a [String],
    sources: &'a [String],
    also: &'a [String],
}

#[derive(Serialize)]
struct MentionRecord {
    id: &'static str,
    title: &'static str,
}

#[derive(Serialize)]
struct RemedyRecord {
    who: &'static str,
    product: Option<&'static str>,
    text: &'static str,
    config: Option<String>,
    source: &'static str,
    checked: Option<&'static str>,
}

impl<'a> From<&'a Explanation> for Record<'a> {
    fn from(page: &'a Explanation) -> Self {
        Self {
            r#type: "explanation",
            schema_version: 1,
            kind: page.kind.name(),
            id: &page.id,
            title: &page.title,
            what: &page.what,
            wire: &page.wire,
            patterns: page.patterns.iter().map(MentionRecord::from).collect(),
            causes: page.causes.iter().map(MentionRecord::from).collect(),
            apart: &page.apart,
            settle: &page.settle,
            remedy: page
                .remedies
                .iter()
                .map(|row| RemedyRecord::from(*row))
                .collect(),
            messages: &page.messages,
            sources: &page.sources,
            also: &page.also,
        }
    }
}

impl From<&Mention> for MentionRecord {
    fn from(mention: &Mention) -> Self {
        Self {
            id: mention.id,
            title: mention.title,
        }
    }
}

impl From<&Remedy> for RemedyRecord {
    fn from(remedy: &Remedy) -> Self {
        let lines: Vec<&str> = remedy.config_lines().collect();
        Self {
            who: remedy.who,
            product: (remedy.product != "any").then_some(remedy.product),
            text: remedy.text,
            config: (!lines.is_empty()).then(|| lines.join("\n")),
            source: remedy.source,
            checked: remedy.date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain;
    use crate::pattern::PATTERNS;
    use crate::tables;

    /// Every page with a name, and one of a message.
    fn pages() -> Vec<Explanation> {
        let patterns = PATTERNS.iter().map(|pattern| pattern.id);
        let causes = tables::causes().iter().map(|cause| cause.code);
        let alerts = tables::alerts().map(|alert| alert.name);
        let suites = tables::cipher_suites().map(|suite| suite.name);
        let names = patterns.chain(causes).chain(alerts).chain(suites);
        let mut pages: Vec<Explanation> =
            names.map(|name| explain::lookup(name).unwrap()).collect();
        for row in tables::error_texts().iter().step_by(10) {
            pages.push(explain::lookup(row.message).unwrap());
        }
        pages
    }

    #[test]
    fn nothing_is_wider_than_the_page_and_no_line_ends_in_a_blank() {
        for page in pages() {
            for width in [80, 100, 200] {
                let text = render(&page, width);
                for line in text.lines() {
                    let is_command = line.starts_with(CONFIG) && width == 80;
                    let limit = if is_command { 82 } else { width.min(WIDEST) };
                    assert!(layout::width(line) <= limit, "{}: {line}", page.id);
                    assert_eq!(line, line.trim_end(), "{}", page.id);
                }
            }
        }
    }

    #[test]
    fn odd_widths_do_no_harm() {
        let page = explain::lookup("sni-missing").unwrap();
        for width in [0, 1, 7, 20, usize::MAX] {
            assert!(!render(&page, width).is_empty());
        }
    }

    #[test]
    fn a_directive_keeps_its_lines_and_its_own_spelling() {
        let text = render(&explain::lookup("sni-missing").unwrap(), 80);
        assert!(text.contains("  - Client, nginx: "));
        assert!(text.contains("\n      proxy_ssl_server_name on;\n      proxy_ssl_name {name};\n"));
        assert!(text.contains("Words in braces"));
    }

    #[test]
    fn json_says_the_same_and_every_key_is_there() {
        for page in pages() {
            let bytes = json(&page).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["id"], page.id);
            assert_eq!(value["kind"], page.kind.name());
            assert_eq!(value.as_object().unwrap().len(), 15);
        }
    }
}
