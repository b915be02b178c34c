//! `tlscap man`: the manual page, from the same definitions as the help, so that it cannot fall behind it.

use super::complain;
use super::exit;
use super::print;
use clap::Command;
use clap_mangen::Man;
use std::io;
use std::io::Write;

/// What stands behind the options of all commands, in the language of man pages.
const CLOSING: &str = include_str!("man_closing.roff");

/// Prints tlscap(1), all commands and their options in one page: `man tlscap` and a search find any of them.
pub(super) fn run(command: Command) -> u8 {
    let mut page = Vec::new();
    match write_page(command, &mut page) {
        Ok(()) => print(&page),
        Err(error) => {
            complain(&format!("cannot write the page: {error}"));
            exit::FAILED
        }
    }
}

fn write_page(mut command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    // Fills in `--help` and the full names of the commands.
    command.build();
    let version = command.get_version().unwrap_or_default().to_owned();
    // The package leaves an empty date out, and what follows would move to its place.
    writeln!(
        page,
        ".TH TLSCAP 1 \"\" \"tlscap {}\" \"User Commands\"",
        escaped(&version)
    )?;
    let head = Man::new(command.clone());
    head.render_name_section(page)?;
    writeln!(page, ".SH SYNOPSIS\n.nf")?;
    for shown in shown(&mut command) {
        writeln!(page, "{}", escaped(&usage(shown)))?;
    }
    writeln!(page, ".fi")?;
    head.render_description_section(page)?;
    head.render_options_section(page)?;
    for shown in shown(&mut command) {
        write_command(shown, page)?;
    }
    page.write_all(CLOSING.as_bytes())
}

/// The commands that the help lists.
fn shown(command: &mut Command) -> impl Iterator<Item = &mut Command> {
    command
        .get_subcommands_mut()
        .filter(|command| !command.is_hide_set())
}

/// One command: a section with what would be the sections of a page of its own below it.
fn write_command(command: &mut Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or_default().to_uppercase();
    writeln!(page, ".SH \"{}\"", escaped(&name))?;
    writeln!(page, "{}\n.PP", escaped(&usage(command)))?;
    let notes = command.get_after_help().is_some() || command.get_after_long_help().is_some();
    let man = Man::new(command.clone());
    let mut below = Vec::new();
    man.render_description_section(&mut below)?;
    man.render_options_section(&mut below)?;
    if notes {
        man.render_extra_section(&mut below)?;
    }
    for line in String::from_utf8_lossy(&below).lines() {
        match line.strip_prefix(".SH ") {
            Some("DESCRIPTION") => {}
            Some("EXTRA") => writeln!(page, ".SS NOTES")?,
            Some(title) => writeln!(page, ".SS {title}")?,
            None => writeln!(page, "{line}")?,
        }
    }
    Ok(())
}

/// `tlscap analyze [OPTIONS] [FILE]...`
fn usage(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    usage.trim_start_matches("Usage: ").to_owned()
}

/// Text as it is: a backslash begins a command, and a bare hyphen may be set as another character that no shell knows.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

#[cfg(test)]
mod tests {
    use super::super::args::Args;
    use super::*;
    use clap::CommandFactory;

    fn page() -> String {
        let mut page = Vec::new();
        write_page(Args::command(), &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn each_option_that_the_help_lists_is_on_the_page() {
        let page = page();
        let mut command = Args::command();
        command.build();
        let mut seen = 0;
        for below in shown(&mut command) {
            let heading = format!(
                ".SH \"{}\"\n",
                escaped(&below.get_bin_name().unwrap().to_uppercase())
            );
            let (_, section) = page.split_once(&heading).expect(&heading);
            let section = section.split("\n.SH ").next().unwrap();
            for option in below.get_arguments().filter(|option| !option.is_hide_set()) {
                let Some(long) = option.get_long() else {
                    continue;
                };
                let name = format!("\\-\\-{}\\f", long.replace('-', "\\-"));
                assert!(section.contains(&name), "{heading} lacks --{long}");
                seen += 1;
            }
        }
        assert!(seen > 20, "only {seen} options were looked for");
    }

    #[test]
    fn what_is_hidden_in_the_help_is_hidden_on_the_page() {
        assert!(!page().contains("Accepted and without effect"));
    }

    #[test]
    fn sections_of_commands_stand_below_their_command() {
        let page = page();
        let once = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"SEE ALSO\""];
        for title in once {
            let heading = format!(".SH {title}");
            let count = page.lines().filter(|line| *line == heading).count();
            assert_eq!(count, 1, "{heading}");
        }
        assert!(!page.contains("EXTRA"));
    }
}
