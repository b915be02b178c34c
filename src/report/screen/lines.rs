//! One line of the screen.

use crate::report::layout;
use anstyle::AnsiColor;
use anstyle::Style;

/// A line, and what of it may be coloured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    /// A command: never wrapped or cut.
    pub(super) command: bool,
    /// The word that may be coloured; colour never says anything that the word does not.
    mark: Option<(String, Mark)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Failed,
    Pattern,
}

impl Line {
    pub(super) fn empty() -> Self {
        Self::plain(String::new())
    }

    pub(super) fn plain(text: String) -> Self {
        Self {
            text,
            command: false,
            mark: None,
        }
    }

    pub(super) fn command(text: String) -> Self {
        Self {
            text,
            command: true,
            mark: None,
        }
    }

    /// `text` over as many lines as it needs.
    pub(super) fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> Vec<Self> {
        layout::wrap(text, width, first, rest)
            .into_iter()
            .map(Self::plain)
            .collect()
    }

    /// Lets the first `word` in it be coloured.
    pub(super) fn marked(mut self, word: &str, mark: Mark) -> Self {
        self.mark = Some((word.to_owned(), mark));
        self
    }

    /// The text to print.
    pub(super) fn shown(&self, color: bool) -> String {
        let Some((word, mark)) = self.mark.as_ref().filter(|_| color) else {
            return self.text.clone();
        };
        let style = match mark {
            Mark::Failed => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Mark::Pattern => Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
        };
        self.text
            .replacen(word.as_str(), &format!("{style}{word}{style:#}"), 1)
    }
}
