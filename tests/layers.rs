//! Who may import whom, and which module may name which package (`docs/architecture.md`). Code for tests is exempt.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// Each module of the library, from left to right, and the modules it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("tables", &[]),
    ("texts", &[]),
    ("facts", &["tables", "base"]),
    ("capture", &["base"]),
    ("decode", &["capture", "tables", "base"]),
    ("dns", &["facts", "base"]),
    ("flow", &["decode", "facts", "base"]),
    ("prelude", &["facts", "tables", "base"]),
    ("tls", &["facts", "tables", "base"]),
    (
        "track",
        &["facts", "flow", "prelude", "tls", "tables", "base"],
    ),
    ("pattern", &["facts", "tables", "texts", "base"]),
    (
        "analyze",
        &[
            "capture", "decode", "dns", "flow", "prelude", "tls", "track", "facts", "pattern",
            "tables", "texts", "base",
        ],
    ),
    ("names", &["facts", "base"]),
    ("certificate", &["facts", "texts", "base"]),
    ("compare", &["pattern", "facts", "tables", "texts", "base"]),
    (
        "cause",
        &[
            "compare",
            "certificate",
            "pattern",
            "facts",
            "tables",
            "texts",
            "base",
        ],
    ),
    (
        "incident",
        &[
            "cause",
            "certificate",
            "compare",
            "names",
            "pattern",
            "policy",
            "facts",
            "tables",
            "texts",
            "base",
        ],
    ),
    ("policy", &["facts", "tables", "base"]),
    ("explain", &["pattern", "policy", "tables"]),
    (
        "report",
        &[
            "compare", "explain", "incident", "pattern", "facts", "tables", "texts", "base",
        ],
    ),
    ("select", &["pattern", "facts", "base"]),
    (
        "session",
        &[
            "analyze",
            "base",
            "capture",
            "cause",
            "certificate",
            "compare",
            "decode",
            "dns",
            "explain",
            "facts",
            "flow",
            "incident",
            "names",
            "pattern",
            "policy",
            "prelude",
            "report",
            "select",
            "tables",
            "texts",
            "tls",
            "track",
        ],
    ),
];

/// Each package of `[dependencies]` and the places below `src` that may name it; empty: anywhere in the library.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("anstream", &["cli"]),
    ("anstyle", &["report", "cli"]),
    ("caps", &["cli/privileges.rs"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("comfy_table", &["report"]),
    ("domain", &["dns"]),
    ("etherparse", &["decode"]),
    ("flate2", &["capture"]),
    ("foldhash", &[]),
    ("hashbrown", &[]),
    ("indicatif", &["cli"]),
    ("lz4_flex", &["capture"]),
    ("jiff", &["report", "certificate", "cli"]),
    ("landlock", &["cli/privileges.rs"]),
    ("md5", &["facts"]),
    ("nix", &["capture/live.rs", "cli"]),
    ("pcap", &["capture", "cli/interfaces/list.rs"]),
    ("prometheus", &["report/metrics.rs"]),
    ("ring", &["facts", "report"]),
    ("schemars", &["report"]),
    ("sd_notify", &["cli"]),
    ("serde", &["policy", "report", "cli/interfaces/screen.rs"]),
    (
        "serde_json",
        &["policy", "report", "cli/interfaces/screen.rs"],
    ),
    ("signal_hook", &["cli"]),
    ("terminal_size", &["cli"]),
    ("thiserror", &["capture", "session"]),
    ("tls_parser", &["tls/body.rs"]),
    ("unicode_width", &["policy", "report"]),
    ("webpki_roots", &["tls/certificate/roots.rs"]),
    ("x509_parser", &["tls"]),
    ("zstd", &["capture"]),
];

#[test]
fn modules_import_only_what_lies_before_them() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut offences = Vec::new();
    let mut modules = BTreeSet::new();
    for file in product_files() {
        let Some(module) = file.module().filter(|module| module != "cli") else {
            continue;
        };
        let Some(imports) = allowed.get(module.as_str()) else {
            offences.push(format!(
                "{}: module {module} has no line in MAY_IMPORT",
                file.name
            ));
            continue;
        };
        modules.insert(module.clone());
        for (line, named) in file.paths("crate") {
            if named != module && !imports.contains(&named.as_str()) {
                offences.push(format!("{}:{line}: {module} imports {named}", file.name));
            }
        }
        for line in file.supers_to_the_root() {
            offences.push(format!(
                "{}:{line}: `super` leaves {module}; write `crate::`",
                file.name
            ));
        }
    }
    report(&offences);
    for (module, _) in MAY_IMPORT {
        assert!(modules.contains(*module), "no module {module} in src");
    }
}

#[test]
fn each_import_names_its_module_on_a_line_of_its_own() {
    let mut offences = Vec::new();
    for file in product_files() {
        for (number, line) in file.lines() {
            let Some(path) = line.trim().strip_prefix("use ") else {
                continue;
            };
            if path.starts_with("crate::{") || path.starts_with("tlscap::{") {
                offences.push(format!("{}:{number}: a list of modules", file.name));
            }
            if path.ends_with("::*;") {
                offences.push(format!("{}:{number}: everything of a module", file.name));
            }
        }
    }
    report(&offences);
}

#[test]
fn packages_are_named_only_where_they_belong() {
    let mut offences = Vec::new();
    let files = product_files();
    for package in dependencies() {
        let Some((_, places)) = MAY_NAME.iter().find(|(name, _)| *name == package) else {
            offences.push(format!("Cargo.toml: {package} has no line in MAY_NAME"));
            continue;
        };
        for file in &files {
            let inside = if places.is_empty() {
                file.module().as_deref() != Some("cli")
            } else {
                places.iter().any(|place| file.is_in(place))
            };
            if inside {
                continue;
            }
            for line in file.lines_naming(&package) {
                offences.push(format!("{}:{line}: names {package}", file.name));
            }
        }
    }
    report(&offences);
}

#[test]
fn the_page_on_architecture_says_the_same() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = std::fs::read_to_string(path).unwrap();
    for (module, imports) in MAY_IMPORT {
        let said = match imports.len() {
            0 => "nothing".to_owned(),
            all if all + 1 == MAY_IMPORT.len() => "all".to_owned(),
            _ => format!("`{}`", imports.join("`, `")),
        };
        let row = format!("| `{module}` | {said} |\n");
        assert!(page.contains(&row), "docs/architecture.md lacks {row}");
    }
}

#[test]
fn the_reader_of_sources_sees_through_comments_texts_and_test_code() {
    let file = Source::new(
        "pattern/x.rs",
        concat!(
            "// use crate::a::A;\n",
            "use crate::b::B; /* crate::c::C */\n",
            "const T: &str = \"crate::d \\\" crate::e\"; const C: char = '\"';\n",
            "fn f<'a>(x: &'a str) -> crate::f::F { r#\"crate::g\"# }\n",
            "#[cfg(test)]\nuse crate::h::H;\n",
            "#[cfg(all(test, feature = \"live\"))]\nmod tests {\n    use crate::i::I;\n    fn g() {}\n}\n",
            "use super::y; use super::super::z; mod_pcap::x(); pcap::x();\n",
        ),
    );
    let seen: Vec<(usize, String)> = file.paths("crate");
    assert_eq!(seen, [(2, "b".to_owned()), (4, "f".to_owned())]);
    assert_eq!(file.supers_to_the_root(), [12]);
    assert_eq!(file.lines_naming("pcap"), [12]);
}

fn report(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

/// A file below `src`, with comments, texts and test code blanked out.
struct Source {
    /// Path below `src`, with `/`.
    name: String,
    code: String,
}

impl Source {
    fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            code: without_tests(&without_texts(text)),
        }
    }

    /// The module of the library (or `cli`) that the file belongs to; none for the two roots.
    fn module(&self) -> Option<String> {
        let first = self.name.split('/').next().unwrap();
        let module = first.strip_suffix(".rs").unwrap_or(first);
        (module != "lib" && module != "main").then(|| module.to_owned())
    }

    fn is_in(&self, place: &str) -> bool {
        self.name == place || self.module().as_deref() == Some(place)
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
    }

    /// The names that follow `root::`, with their lines.
    fn paths(&self, root: &str) -> Vec<(usize, String)> {
        let root = format!("{root}::");
        let mut found = Vec::new();
        for (number, line) in self.lines() {
            for at in words(line, &root) {
                let name: String = line[at + root.len()..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                found.push((number, name));
            }
        }
        found
    }

    /// Lines where so many `super::` stand in a row that they reach the root of the crate.
    fn supers_to_the_root(&self) -> Vec<usize> {
        let parts = self.name.split('/').count();
        let is_head = self.name.ends_with("/mod.rs");
        let depth = if is_head { parts - 1 } else { parts };
        let chain = "super::".repeat(depth);
        let reaches = |line: &str| !words(line, &chain).is_empty();
        self.lines()
            .filter(|(_, line)| reaches(line))
            .map(|(number, _)| number)
            .collect()
    }

    fn lines_naming(&self, package: &str) -> Vec<usize> {
        let path = format!("{package}::");
        let whole = format!("use {package};");
        self.lines()
            .filter(|(_, line)| !words(line, &path).is_empty() || line.contains(&whole))
            .map(|(number, _)| number)
            .collect()
    }
}

/// Where `word` begins in `line` and is no part of a longer name or path.
fn words(line: &str, word: &str) -> Vec<usize> {
    line.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| {
            let before = line[..*at].trim_end_matches("r#").chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                && !line[..*at].ends_with("crate::")
                && !line[..*at].ends_with("self::")
        })
        .collect()
}

/// `text` with comments, strings and characters blanked, lines kept.
fn without_texts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => quoted(rest, '"'),
            'r' if out
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_alphanumeric() && c != '_') =>
            {
                raw(rest)
            }
            '\'' if is_character(rest) => quoted(rest, '\''),
            _ => 0,
        };
        let (blank, after) = rest.split_at(length);
        out.extend(blank.chars().filter(|c| *c == '\n'));
        rest = after;
        if length == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Length of the literal that `rest` begins with, both quotes included.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

/// Length of the raw string that `rest` begins with, or 0.
fn raw(rest: &str) -> usize {
    let hashes = rest[1..].chars().take_while(|c| *c == '#').count();
    let body = 1 + hashes;
    if !rest[body..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    rest[body + 1..]
        .find(&end)
        .map_or(rest.len(), |at| body + 1 + at + end.len())
}

/// Whether the quote begins a character and no lifetime.
fn is_character(rest: &str) -> bool {
    let mut next = rest.chars().skip(1);
    match next.next() {
        Some('\\') => true,
        Some(_) => next.next() == Some('\''),
        None => false,
    }
}

/// `code` with the items under `#[cfg(test)]` or `#[cfg(all(test, ..))]` blanked, lines kept.
fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let is_test = from.starts_with("#[cfg(test)]") || from.starts_with("#[cfg(all(test,");
        let length = if is_test { item(from) } else { "#[cfg(".len() };
        let (cut, after) = from.split_at(length);
        if is_test {
            out.extend(cut.chars().filter(|c| *c == '\n'));
        } else {
            out.push_str(cut);
        }
        rest = after;
    }
    out + rest
}

/// Length of an item with its attributes: to the `;` or the closing brace at its own level.
fn item(from: &str) -> usize {
    let mut braces = 0_usize;
    for (at, c) in from.char_indices() {
        match c {
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return at + 1;
                }
            }
            ';' if braces == 0 => return at + 1,
            _ => {}
        }
    }
    from.len()
}

/// Every file below `src` that is part of the product: not declared with `#[cfg(test)] mod name;`.
fn product_files() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&src, &mut paths);
    paths.sort();
    let mut texts = Vec::new();
    let mut for_tests = Vec::new();
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        for module in test_modules(&text) {
            let stem = path.file_stem().unwrap().to_string_lossy();
            let folder = match stem.as_ref() {
                "mod" | "lib" | "main" => path.parent().unwrap().to_path_buf(),
                _ => path.with_extension(""),
            };
            for_tests.push(folder.join(module));
        }
        texts.push(text);
    }
    let is_test = |path: &Path| {
        for_tests
            .iter()
            .any(|module| path.starts_with(module) || path.with_extension("") == *module)
    };
    let mut files = Vec::new();
    for (path, text) in paths.iter().zip(&texts) {
        if !is_test(path) {
            let name = path.strip_prefix(&src).unwrap().to_string_lossy();
            files.push(Source::new(&name.replace('\\', "/"), text));
        }
    }
    assert!(!files.is_empty());
    files
}

/// The names of modules in files of their own that exist in tests only.
fn test_modules(text: &str) -> Vec<String> {
    let code = without_texts(text);
    let mut names = Vec::new();
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let item = &code[at..at + item(&code[at..])];
        let name = item
            .strip_suffix(';')
            .and_then(|item| item.rsplit_once("mod "))
            .map(|(_, name)| name.trim());
        names.extend(name.map(str::to_owned));
    }
    names
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The packages of `[dependencies]`, as they are named in code.
fn dependencies() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" ="))
        .map(|(name, _)| match name.trim() {
            // The library of this package has another name.
            "md-5" => "md5".to_owned(),
            name => name.replace('-', "_"),
        })
        .collect()
}
