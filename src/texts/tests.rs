//! The file, its uses in `src`, and what a translation must have.

use super::Language;
use super::Plural;
use super::check;
use super::english;
use super::joined;
use super::listed;
use crate::facts::WireText;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

/// The heading and the key of each line of the file; the heading is the comment above.
fn headed() -> Vec<(&'static str, &'static str)> {
    let mut heading = "";
    let mut keys = Vec::new();
    for line in english().lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            heading = comment;
        } else if let Some((key, _)) = line.split_once('\t') {
            keys.push((heading, key));
        }
    }
    keys
}

/// The keys that each file below `src` uses, by its path from the root of the project; tests at the end of a file do not count.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src")];
    let mut uses = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && !path.ends_with("texts/tests.rs")
            {
                let name = path.strip_prefix(root).unwrap().to_string_lossy();
                let source = std::fs::read_to_string(&path).unwrap();
                let product = source.split("\n#[cfg(test)]").next().unwrap_or_default();
                let used = keys_in(product);
                uses.insert(name.replace('\\', "/"), used);
            }
        }
    }
    uses
}

/// The first argument of each `text!`, `counted!` and `is_text!`, comments aside.
fn keys_in(source: &str) -> BTreeSet<String> {
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let keys = code.split("text!(").chain(code.split("counted!("));
    keys.filter_map(|behind| {
        let key = behind.trim_start().strip_prefix('"')?;
        Some(key.split_once('"')?.0.to_owned())
    })
    .collect()
}

#[test]
fn each_key_is_used_and_each_used_key_is_there() {
    let used: BTreeSet<String> = uses().into_values().flatten().collect();
    let there: BTreeSet<String> = headed().iter().map(|(_, key)| (*key).to_owned()).collect();
    let unused: Vec<&String> = there.difference(&used).collect();
    assert!(unused.is_empty(), "in en.tsv, used nowhere: {unused:?}");
    let unknown: Vec<&String> = used.difference(&there).collect();
    assert!(unknown.is_empty(), "used, not in en.tsv: {unknown:?}");
    let sample = "say(text!(\n    \"a.b\",\n)); // text!(\"c\")\ncounted!(\"d\", 1)";
    assert_eq!(
        keys_in(sample).len(),
        3,
        "the reader of sources is blind to some uses"
    );
}

#[test]
fn each_key_stands_once_below_the_file_that_uses_it() {
    let uses = uses();
    let mut seen = BTreeSet::new();
    for (heading, key) in headed() {
        assert!(seen.insert(key), "{key} stands there twice");
        let users: Vec<&String> = uses
            .iter()
            .filter(|(_, keys)| keys.contains(key))
            .map(|(file, _)| file)
            .collect();
        match users.as_slice() {
            [file] => assert_eq!(heading, *file, "{key} stands below another file"),
            _ => assert_eq!(heading, "several files", "{key}: {users:?}"),
        }
    }
}

#[test]
fn english_is_fit_to_be_read() {
    let language = Language::read("en", english(), Plural::OneAndOther).unwrap();
    assert_eq!(language.code(), "en");
    assert_eq!(super::language().code(), "en", "unless another is chosen");
}

#[test]
#[should_panic(expected = "no such key")]
fn an_unknown_key_does_not_compile() {
    check::text("sni-missing.no-such-thing", &[]);
}

#[test]
#[should_panic(expected = "has no value here")]
fn a_placeholder_without_a_value_does_not_compile() {
    check::text("no-shared-version.offers", &[]);
}

#[test]
#[should_panic(expected = "has no placeholder")]
fn a_value_without_a_placeholder_does_not_compile() {
    check::text("no-shared-version.offers", &["version", "suite"]);
}

#[test]
#[should_panic(expected = "use counted!")]
fn a_text_with_forms_needs_its_number() {
    check::text("noun.client", &["n"]);
}

#[test]
#[should_panic(expected = "use text!")]
fn a_text_without_forms_takes_no_number() {
    check::counted("no-shared-version.offers", &["version"]);
}

#[test]
fn values_are_put_in_once_and_stay_escaped() {
    let hostile = WireText::from("{version}\u{1b}[31m");
    let said = text!("no-shared-version.offers", version = hostile);
    assert_eq!(said, format!("the hello offers {hostile} at most"));
    assert!(said.contains("{version}") && !said.contains('\u{1b}'));
}

#[test]
fn numbers_choose_the_form() {
    assert_eq!(counted!("noun.client", 1), "1 client");
    assert_eq!(counted!("noun.client", 0), "0 clients");
    assert_eq!(counted!("noun.client", 12_345), "12,345 clients");
    assert_eq!(Plural::Same.form(1), Plural::Same.form(2));
}

#[test]
fn lists_read_as_people_write_them() {
    assert_eq!(listed::<&str>(&[]), "");
    assert_eq!(listed(&["a"]), "a");
    assert_eq!(listed(&["a", "b"]), "a and b");
    assert_eq!(listed(&["a", "b", "c", "d"]), "a, b, c and d");
    assert_eq!(joined(&["a", "b", "c"]), "a, b, c");
}

#[test]
fn a_sentence_is_known_again() {
    let said = text!(
        "pattern.alert",
        from = "client",
        alert = "x",
        code = 1,
        level = "fatal"
    );
    assert!(is_text!("pattern.alert", &said));
    assert!(!is_text!("pattern.alert", "the client sends a SYN"));
    for n in [1, 2] {
        let said = counted!("chain.other-certificates", n);
        assert!(is_text!("chain.other-certificates", &said));
        assert!(!is_text!(
            "chain.other-certificates",
            &format!("{said}, it says")
        ));
    }
}

#[test]
fn a_translation_has_the_same_keys_placeholders_and_its_own_forms() {
    let faults = |file: &str, plural| Language::read("xx", file, plural).unwrap_err();
    let english = english();
    let alike = |wanted: &str, faults: Vec<String>| {
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(wanted), "{faults:?}");
    };
    let two = Plural::OneAndOther;
    alike(
        "missing",
        faults(&english.replace("side.client\tclient\n", ""), two),
    );
    alike(
        "no such key",
        faults(&format!("{english}side.nobody\tx\n"), two),
    );
    alike("twice", faults(&format!("{english}side.client\tx\n"), two));
    let other = english.replace("the hello offers {version} at most", "{versions}");
    alike("placeholders", faults(&other, two));
    let dropped = english.replace("the hello offers {version} at most", "the hello");
    alike("placeholders", faults(&dropped, two));
    let one = english.replace("{n} client | {n} clients", "{n} client");
    alike("forms", faults(&one, two));
    let blank = english.replace("side.client\tclient\n", "side.client\tclient \n");
    alike("blank", faults(&blank, two));
    assert!(
        faults(english, Plural::Same).len() > 10,
        "Chinese has one form"
    );
}
