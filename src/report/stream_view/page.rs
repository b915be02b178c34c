//! A page of labels and text, wrapped to a width.

use crate::report::layout;
use crate::report::record::FramesRecord;

/// Columns of a label, as on the first screen.
const LABEL: usize = 12;

/// Lines being put together.
pub(super) struct Page {
    /// Columns of a line.
    pub(super) width: usize,
    lines: Vec<String>,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            lines: Vec::new(),
        }
    }

    /// A label and its text; nothing where the text is empty.
    pub(super) fn field(&mut self, label: &str, text: &str) {
        self.labelled(LABEL, label, text);
    }

    /// Text below that of the last label.
    pub(super) fn more(&mut self, text: &str) {
        self.field("", text);
    }

    /// A label that belongs to a heading.
    pub(super) fn sub(&mut self, label: &str, text: &str) {
        self.labelled(LABEL + 2, &format!("  {label}"), text);
    }

    /// A label and sentences below each other, each with a dash where there are several.
    pub(super) fn items(&mut self, label: &str, sentences: impl Iterator<Item = String>) {
        self.several(LABEL, label, sentences);
    }

    /// The same below a heading.
    pub(super) fn sub_items(&mut self, label: &str, sentences: impl Iterator<Item = String>) {
        self.several(LABEL + 2, &format!("  {label}"), sentences);
    }

    fn labelled(&mut self, columns: usize, label: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut first = layout::pad_right(label, columns);
        if layout::width(label) >= columns {
            first.push_str("  ");
        }
        self.lines
            .extend(layout::wrap(text, self.width, &first, &" ".repeat(columns)));
    }

    fn several(&mut self, columns: usize, label: &str, sentences: impl Iterator<Item = String>) {
        let sentences: Vec<_> = sentences.filter(|sentence| !sentence.is_empty()).collect();
        if let [only] = &sentences[..] {
            self.labelled(columns, label, only);
            return;
        }
        let mut label = label;
        for sentence in sentences {
            let first = format!("{}- ", layout::pad_right(label, columns));
            self.lines.extend(layout::wrap(
                &sentence,
                self.width,
                &first,
                &" ".repeat(columns + 2),
            ));
            label = "";
        }
    }

    /// A heading with a blank line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.lines.extend(layout::wrap(text, self.width, "", "  "));
    }

    /// Lines that are laid out already, indented by two.
    pub(super) fn lines(&mut self, lines: Vec<String>) {
        self.lines.extend(
            lines
                .into_iter()
                .map(|line| format!("  {line}").trim_end().to_owned()),
        );
    }

    /// A command or filter: neither wrapped nor indented, so that it can be copied.
    pub(super) fn alone(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    pub(super) fn blank(&mut self) {
        self.lines.push(String::new());
    }

    pub(super) fn finish(self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

/// Frames behind a sentence: `   frames 97, 94`; `1:12` is frame 12 of the second input.
pub(super) fn in_frames(seen: &FramesRecord) -> String {
    let own = seen.frames.iter().map(|frame| (seen.source, *frame));
    let others = seen
        .continued
        .iter()
        .flat_map(|more| more.frames.iter().map(|frame| (more.source, *frame)));
    let frames: Vec<_> = own
        .chain(others)
        .map(|(source, frame)| frame_number(source, frame))
        .collect();
    match &frames[..] {
        [] => String::new(),
        [only] => format!(", frame {only}"),
        several => format!(", frames {}", several.join(", ")),
    }
}

/// A frame number as `FrameRef` shows it.
pub(super) fn frame_number(source: u16, number: u64) -> String {
    crate::base::FrameRef::new(source, number).to_string()
}
