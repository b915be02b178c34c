//! docs/formats.md names every format and compression, with files that are in it.

use super::COMPRESSIONS;
use super::FORMATS;
use super::sniff::OTHERS;

/// First and last column of each row of the section's table whose head begins so.
fn rows(table: &str) -> Vec<(String, String)> {
    let page = include_str!("../../docs/formats.md");
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with("Files\n"))
        .unwrap();
    let lines = section.lines();
    lines
        .skip_while(|line| !line.starts_with(&format!("| {table} |")))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let name = cells[0].trim_matches('`').to_owned();
            (name, cells[cells.len() - 1].to_owned())
        })
        .collect()
}

fn names(table: &str) -> Vec<String> {
    rows(table).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn the_page_names_every_format_and_compression_and_what_is_not_read() {
    let formats = FORMATS.iter().map(|format| format.name);
    let formats: Vec<&str> = ["pcap", "pcapng"].into_iter().chain(formats).collect();
    assert_eq!(names("format"), formats);
    let compressions: Vec<&str> = COMPRESSIONS.iter().map(|kind| kind.name).collect();
    assert_eq!(names("compression"), compressions);
    let others: Vec<&str> = OTHERS.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(names("not read"), others);
}

#[test]
fn each_format_and_compression_has_files_that_are_told_as_such() {
    for table in ["format", "compression"] {
        for (name, files) in rows(table) {
            let links = files.split("(../").skip(1);
            let paths: Vec<&str> = links.filter_map(|link| link.split(')').next()).collect();
            assert!(!paths.is_empty(), "{name}: no file");
            for path in paths {
                let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
                let info = super::FileReader::open(&path).unwrap().info();
                let told = [Some(info.format), info.compression];
                assert!(told.contains(&Some(name.as_str())), "{path:?}: {told:?}");
            }
        }
    }
}

#[test]
fn marks_of_formats_and_compressions_exclude_each_other() {
    let formats = FORMATS.iter().flat_map(|format| format.magics);
    let kinds = COMPRESSIONS.iter().flat_map(|kind| kind.magics);
    let marks: Vec<&[u8]> = formats.chain(kinds).copied().collect();
    for (index, mark) in marks.iter().enumerate() {
        for other in &marks[index + 1..] {
            assert!(!mark.starts_with(other) && !other.starts_with(mark));
        }
    }
}
