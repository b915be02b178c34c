//! docs/formats.md names every prelude, with captures that show it.

use super::PRELUDES;

/// First and last column of each row of the section's tables.
fn rows() -> Vec<(String, String)> {
    let page = include_str!("../../docs/formats.md");
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with("Preludes\n"))
        .unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let name = cells[0].trim_matches('`').to_owned();
        (name, cells[cells.len() - 1].to_owned())
    })
    .collect()
}

#[test]
fn the_page_names_every_prelude_once_in_the_order_of_the_registry() {
    let named: Vec<String> = rows().into_iter().map(|(name, _)| name).collect();
    let registered: Vec<&str> = PRELUDES.iter().map(|prelude| prelude.id).collect();
    assert_eq!(named, registered);
}

#[test]
fn each_prelude_has_captures_in_which_it_is_spoken() {
    for (name, captures) in rows() {
        let folders: Vec<&str> = captures
            .split("(../")
            .skip(1)
            .filter_map(|link| link.split("/README.md)").next())
            .collect();
        assert!(!folders.is_empty(), "{name}: no capture");
        for folder in folders {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            assert!(folder.join("truth.json").exists(), "{name}: {folder:?}");
        }
    }
}
