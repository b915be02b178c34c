//! `tlscap explain`: words in, what is known about them out.

use super::analyze::width;
use super::args::Explain;
use super::args::PageFormat;
use super::complain;
use super::exit;
use super::print;
use std::io;
use std::io::IsTerminal;
use std::io::Read;
use tlscap::explain;
use tlscap::explain::Unknown;
use tlscap::report::escape;
use tlscap::report::explanation;
use tlscap::report::layout;

/// Columns of unknown words that are repeated to who typed them.
const SHOWN: usize = 60;

/// Runs the command; returns the exit status.
pub(super) fn run(args: &Explain) -> u8 {
    let words = match words(&args.words) {
        Ok(words) => words,
        Err(error) => {
            complain(&format!("cannot read standard input: {error}"));
            return exit::FAILED;
        }
    };
    let page = match explain::lookup(&words) {
        Ok(page) => page,
        Err(unknown) => {
            complain(&sorry(&words, &unknown));
            return exit::USAGE;
        }
    };
    match args.format {
        PageFormat::Table => {
            let text = explanation::render(&page, width(io::stdout().is_terminal()));
            print(format!("{text}\n").as_bytes())
        }
        PageFormat::Json => match explanation::json(&page) {
            Ok(bytes) => print(&bytes),
            Err(error) => {
                complain(&error.to_string());
                exit::FAILED
            }
        },
    }
}

/// What was typed, or what stands on standard input; no more of it than is looked at.
fn words(typed: &[String]) -> io::Result<String> {
    if !matches!(typed, [only] if only == "-") {
        return Ok(typed.join(" "));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(explain::LONGEST).unwrap_or(u64::MAX);
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn sorry(words: &str, unknown: &Unknown) -> String {
    let one_line: Vec<&str> = words.split_whitespace().collect();
    let shown = layout::shorten(&escape::clean(&one_line.join(" ")), SHOWN);
    let mut lines = vec![format!("nothing is known about '{shown}'")];
    if unknown.near.is_empty() {
        lines.push("give a pattern, a cause, an alert, a cipher suite, or an error message (tlscap explain --help)".to_owned());
    } else {
        lines.push("near it:".to_owned());
        lines.extend(unknown.near.iter().map(|name| format!("  {name}")));
    }
    lines.join("\n")
}
