//! A cause: its row of the table, and its remedies.

use super::Explanation;
use super::Kind;
use super::Mention;
use crate::tables;
use crate::tables::Cause;
use crate::tables::ErrorText;

/// How many messages are listed.
const MESSAGES: usize = 8;

/// The page of the cause of that code.
pub(super) fn page(code: &str) -> Option<Explanation> {
    let cause = tables::cause(code)?;
    let mut page = Explanation::new(Kind::Cause, cause.code, cause.title);
    page.what.push(cause.what.to_owned());
    page.wire.push(cause.wire.to_owned());
    page.patterns = cause
        .patterns()
        .filter_map(super::pattern::mention)
        .collect();
    page.apart.push(cause.apart.to_owned());
    page.settle.push(cause.settle.to_owned());
    page.remedies = tables::remedies(cause.code).collect();
    page.messages = tables::error_texts()
        .iter()
        .filter(|text| text.cause == Some(cause.code))
        .take(MESSAGES)
        .map(printed)
        .collect();
    page.sources = sources(cause.source);
    page.also = beside(cause.code);
    Some(page)
}

/// How others mention a cause.
pub(super) fn mention(cause: &Cause) -> Mention {
    Mention {
        id: cause.code,
        title: cause.title,
    }
}

/// A message with who prints it.
pub(super) fn printed(text: &ErrorText) -> String {
    if text.product == "any" || text.message.starts_with(text.product) {
        return text.message.to_owned();
    }
    format!("{}: {}", text.product, text.message)
}

/// The parts of a list of sources.
pub(super) fn sources(list: &str) -> Vec<String> {
    list.split("; ").map(str::to_owned).collect()
}

/// The alert that is spelled like the cause, since who types one may mean the other.
fn beside(code: &str) -> Vec<String> {
    tables::alert_by_name(&code.replace('-', "_"))
        .map(|alert| alert.name.to_owned())
        .into_iter()
        .collect()
}
