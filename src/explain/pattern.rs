//! A pattern: what its help says, and the causes that fit it.

use super::Explanation;
use super::Kind;
use super::Mention;
use crate::pattern::Pattern;
use crate::tables;
use crate::tables::Cause;

/// The page of the pattern of that id.
pub(super) fn page(id: &str) -> Option<Explanation> {
    let pattern = crate::pattern::pattern(id)?;
    let help = &pattern.help;
    let causes = causes(pattern);
    let mut page = Explanation::new(Kind::Pattern, pattern.id, help.title);
    page.what.push(help.explain.to_owned());
    // What the likeliest ones look like: the others have it on their own pages.
    let usual = causes.iter().filter(|cause| {
        cause.patterns().next() == Some(pattern.id) && cause.code != "undetermined"
    });
    page.apart
        .extend(usual.map(|cause| format!("{}: {}", cause.code, cause.wire)));
    page.settle
        .extend(help.settle.iter().map(|text| (*text).to_owned()));
    page.messages
        .extend(help.logs.iter().map(|text| (*text).to_owned()));
    page.sources
        .extend(help.sources.iter().map(|text| (*text).to_owned()));
    page.causes = causes.into_iter().map(super::cause::mention).collect();
    Some(page)
}

/// The causes that fit a pattern: those first of which it is the most usual sign.
pub(super) fn causes(pattern: &Pattern) -> Vec<&'static Cause> {
    let mut ranked: Vec<(usize, &'static Cause)> = tables::causes()
        .iter()
        .filter_map(|cause| {
            let rank = cause.patterns().position(|id| id == pattern.id)?;
            Some((rank, cause))
        })
        .collect();
    // Stable: the order of the table decides among equals. That nothing is known comes last.
    ranked.sort_by_key(|(rank, cause)| (cause.code == "undetermined", *rank));
    ranked.into_iter().map(|(_, cause)| cause).collect()
}

/// How others mention a pattern.
pub(super) fn mention(id: &str) -> Option<Mention> {
    let pattern = crate::pattern::pattern(id)?;
    Some(Mention {
        id: pattern.id,
        title: pattern.help.title,
    })
}
