//! `tlscap analyze`: files in, a report out.

use super::args::Analyze;
use super::args::Color;
use super::args::Format;
use super::args::Which;
use super::complain;
use super::exit;
#[cfg(feature = "live")]
use super::live;
use super::policy;
#[cfg(feature = "live")]
use super::privileges;
use super::roots;
use super::show::Table;
use super::signals;
use std::fs;
use std::fs::File;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tlscap::analyze::Options;
use tlscap::capture::FileReader;
use tlscap::capture::Input;
use tlscap::capture::Merged;
use tlscap::flow::Limits;
use tlscap::incident::Report;
use tlscap::pattern;
use tlscap::report::Sink;
use tlscap::report::json::Json;
use tlscap::report::layout;
use tlscap::report::ndjson::Ndjson;
use tlscap::report::screen::ScreenOptions;
use tlscap::select::Selection;
use tlscap::session;
use tlscap::session::Memory;
use tlscap::session::Progress;
use tlscap::session::Settings;
use tlscap::session::Show;
use tlscap::texts;

/// Inputs smaller than this are done before a progress bar would be read.
const WORTH_A_BAR: u64 = 64 << 20;

/// Runs the command; returns the exit status.
pub(super) fn run(args: &Analyze) -> u8 {
    let files: Vec<PathBuf> = args.files.iter().chain(&args.read).cloned().collect();
    let settings = match usable(args, &files).and_then(|()| whole_settings(args)) {
        Ok(settings) => settings,
        Err(error) => {
            complain(&error);
            return exit::USAGE;
        }
    };
    // Before anything is waited for: whoever asks early must not end it.
    let asked = match signals::status_on_request() {
        Ok(asked) => asked,
        Err(error) => {
            complain(&format!("cannot listen to signals: {error}"));
            return exit::FAILED;
        }
    };
    if !args.live.interfaces.is_empty() {
        return live(args, settings, &asked);
    }
    let mut status = exit::DONE;
    let mut readers = Vec::new();
    for file in &files {
        match FileReader::open(file) {
            Ok(reader) => readers.push(reader),
            Err(error) => {
                complain(&error.to_string());
                status = exit::FAILED;
            }
        }
    }
    if readers.is_empty() {
        return status;
    }
    let mut source = Merged::new(readers);
    let result = output(args)
        .map_err(session::Error::Output)
        .and_then(|out| report(args, &mut source, out, &files, &settings, &asked));
    ended(args, result, status)
}

/// What the run comes to: the exit status.
fn ended(args: &Analyze, result: Result<Report, session::Error>, status: u8) -> u8 {
    match result {
        Ok(report) => {
            if !args.quiet {
                remarks(&report);
            }
            let lost = report.run.problems.iter();
            let lost = lost
                .filter(|problem| problem.code == "interface-lost")
                .count();
            if lost > 0 {
                exit::FAILED
            } else if status == exit::DONE && matched(args, &report) {
                exit::MATCHED
            } else {
                status
            }
        }
        Err(session::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => status,
        Err(error) => {
            complain(&error.to_string());
            exit::FAILED
        }
    }
}

/// From interfaces: everything is opened, then all rights are given up, and only then the first packet is looked at.
#[cfg(feature = "live")]
fn live(args: &Analyze, mut settings: Settings, asked: &Arc<AtomicBool>) -> u8 {
    // The kernel filters, and one thread does all: with two, a handshake would be told some thousand packets late.
    settings.filtered = settings.filter.take().is_some();
    settings.threads = 1;
    let opened = privileges::identity(&args.live.user)
        .and_then(|identity| {
            let source = live::open(&args.live, args.filter.as_deref());
            Ok((identity, source.map_err(|error| error.to_string())?))
        })
        .and_then(|(identity, source)| {
            let out = output(args).map_err(|error| session::Error::Output(error).to_string())?;
            // The zone's file is read here, while files can still be opened.
            let _ = jiff::tz::TimeZone::system();
            privileges::give_up(identity, &[])?;
            Ok((source, out))
        });
    match opened {
        Ok((mut source, out)) => {
            if !args.quiet && io::stderr().is_terminal() {
                complain(&format!(
                    "listening on {}; Ctrl-C ends and reports",
                    args.live.interfaces.join(", ")
                ));
            }
            let result = report(args, &mut source, out, &[], &settings, asked);
            ended(args, result, exit::DONE)
        }
        Err(error) => {
            complain(&error);
            exit::FAILED
        }
    }
}

#[cfg(not(feature = "live"))]
fn live(_: &Analyze, _: Settings, _: &Arc<AtomicBool>) -> u8 {
    complain(
        "--iface: this tlscap was built without libpcap; build it with the feature \"live\" (the default)",
    );
    exit::USAGE
}

/// Refuses what does not fit together.
fn usable(args: &Analyze, files: &[PathBuf]) -> Result<(), String> {
    match (files.is_empty(), args.live.interfaces.is_empty()) {
        (true, true) => {
            return Err(
                "no input: give capture files, - for standard input, or --iface NAME (tlscap analyze --help)"
                    .to_owned(),
            );
        }
        (false, false) => {
            return Err("files and --iface: give one or the other".to_owned());
        }
        _ => {}
    }
    if let Some(expression) = args
        .fail_on
        .as_deref()
        .filter(|expression| !is_known(expression))
    {
        return Err(format!(
            "--fail-on {expression:?}: not an outcome and not a pattern"
        ));
    }
    if let Some(output) = &args.output
        && files.iter().any(|file| is_same(file, output))
    {
        return Err(format!(
            "-o {}: this is an input, and the report would overwrite it",
            output.display()
        ));
    }
    Ok(())
}

/// The settings with what has to be read for them.
fn whole_settings(args: &Analyze) -> Result<Settings, String> {
    Ok(Settings {
        policies: policy::resolve(&args.policy)?,
        roots: Arc::new(roots::resolve(args.ca_file.as_deref())?),
        ..settings(args)
    })
}

/// Where the report goes.
fn output(args: &Analyze) -> io::Result<Box<dyn Write>> {
    Ok(match &args.output {
        Some(path) => Box::new(io::BufWriter::new(File::create(path)?)),
        None => Box::new(io::BufWriter::with_capacity(64 << 10, io::stdout().lock())),
    })
}

/// Whether both names lead to one regular file, through links too.
pub(super) fn is_same(input: &Path, output: &Path) -> bool {
    let input = if input == Path::new("-") {
        Path::new("/dev/stdin")
    } else {
        input
    };
    match (fs::metadata(input), fs::metadata(output)) {
        (Ok(a), Ok(b)) => a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

fn is_known(expression: &str) -> bool {
    matches!(
        expression,
        "completed" | "failed" | "unknown" | "unfinished" | "abandoned" | "no-attempt"
    ) || pattern::pattern(expression).is_some()
}

/// Whether `--fail-on` or `--exit-code` matched.
fn matched(args: &Analyze, report: &Report) -> bool {
    let expression = args
        .fail_on
        .as_deref()
        .or(args.exit_code.then_some("failed"));
    expression.is_some_and(|wanted| {
        let count = report
            .outcomes
            .get(wanted)
            .or_else(|| report.patterns.get(wanted));
        count.is_some_and(|count| *count > 0)
    })
}

/// What went wrong inside an input belongs on standard error too: who redirects the report still sees it.
fn remarks(report: &Report) {
    for problem in &report.run.problems {
        if matches!(
            problem.code,
            "cut-short" | "damaged-file" | "unreadable" | "unknown-interface" | "interface-lost"
        ) {
            complain(&problem.text);
        }
    }
}

fn report<I: Input + Send>(
    args: &Analyze,
    source: &mut I,
    mut out: Box<dyn Write>,
    files: &[PathBuf],
    settings: &Settings,
    asked: &Arc<AtomicBool>,
) -> Result<Report, session::Error> {
    let to_terminal = args.output.is_none() && io::stdout().is_terminal();
    let options = ScreenOptions {
        width: width(to_terminal),
        color: color(args.color, to_terminal),
        tz: jiff::tz::TimeZone::system(),
        incident: args.incident,
        command_line_files: files
            .iter()
            .map(|file| file.to_string_lossy().into_owned())
            .collect(),
    };
    let bar = bar(args, source, to_terminal);
    let deadline = args.duration.map(|duration| Instant::now() + duration);
    let stopped = signals::stop_on_interrupt()?;
    signals::stop_on_hangup(&stopped)?;
    let asked = Arc::clone(asked);
    let mut watch = |progress: &Progress| {
        bar.set_position(progress.consumed);
        if asked.swap(false, Ordering::Relaxed) {
            complain(&status(progress));
        }
        !stopped.load(Ordering::Relaxed) && deadline.is_none_or(|end| Instant::now() < end)
    };
    let result = match args.format {
        Format::Ndjson => session::run(
            source,
            settings,
            &mut Ndjson::new(&mut out, texts::language().code()),
            &mut watch,
        ),
        Format::Json => session::run(
            source,
            settings,
            &mut Json::new(&mut out, texts::language().code()),
            &mut watch,
        ),
        Format::Table => {
            let mut table = Table::new(&mut out, options, args);
            session::run(source, settings, &mut table as &mut dyn Sink, &mut watch)
        }
    };
    bar.finish_and_clear();
    let report = result?;
    out.flush()?;
    Ok(report)
}

/// How far it is, for whoever sends SIGUSR1.
fn status(progress: &Progress) -> String {
    let packets = layout::counted(progress.packets, "packet");
    let flows = layout::counted(u64::try_from(progress.flows).unwrap_or(u64::MAX), "flow");
    let dropped = layout::count(progress.dropped);
    format!("{packets}, {dropped} dropped; {flows} followed")
}

fn settings(args: &Analyze) -> Settings {
    let limits = Limits {
        flows: usize::try_from(args.max_flows).unwrap_or(usize::MAX),
        ..Limits::default()
    };
    let answer_timeout = u64::try_from(args.answer_timeout.as_nanos()).unwrap_or(u64::MAX);
    let listed = match (args.format, args.show) {
        (_, Some(Which::Failed)) => Show::Failed,
        (_, Some(Which::All)) => Show::All,
        (_, Some(Which::None)) => Show::None,
        (Format::Table, None)
            if args.stream.is_empty() && args.outcome.is_empty() && args.pattern.is_empty() =>
        {
            Show::None
        }
        (Format::Table, None) => Show::All,
        (_, None) if args.outcome.is_empty() && args.stream.is_empty() => Show::Failed,
        (_, None) => Show::All,
    };
    Settings {
        options: Options {
            limits,
            answer_timeout,
            ports: args.port.clone(),
            endless: false,
        },
        filter: args.filter.clone(),
        filtered: false,
        packets: args.packets,
        selection: Selection {
            sni: args.sni.clone(),
            server: args.server,
            client: args.client,
            outcomes: args.outcome.clone(),
            patterns: args.pattern.clone(),
            streams: args.stream.clone(),
        },
        show: listed,
        roots: Arc::default(),
        policies: Vec::new(),
        threads: usize::from(args.threads),
        memory: args
            .max_memory
            .and_then(|_| Memory::open().ok())
            .map(Arc::new),
        max_memory: args.max_memory,
    }
}

/// Columns of the terminal; 80 where the output is none.
pub(super) fn width(to_terminal: bool) -> usize {
    let columns = to_terminal
        .then(terminal_size::terminal_size)
        .flatten()
        .map(|(width, _)| usize::from(width.0));
    columns.unwrap_or(80)
}

fn color(wanted: Color, to_terminal: bool) -> bool {
    match wanted {
        Color::Always => true,
        Color::Never => false,
        // anstream knows NO_COLOR, CLICOLOR_FORCE and TERM=dumb.
        Color::Auto => {
            to_terminal
                && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
        }
    }
}

/// A progress bar on standard error, for large inputs on a terminal.
fn bar(args: &Analyze, source: &impl Input, to_terminal: bool) -> indicatif::ProgressBar {
    let size: Option<u64> = source.sources().iter().map(|info| info.size).sum();
    let streams = args.format == Format::Ndjson && to_terminal;
    match size {
        Some(size)
            if size >= WORTH_A_BAR && !args.quiet && !streams && io::stderr().is_terminal() =>
        {
            let bar = indicatif::ProgressBar::new(size);
            if let Ok(style) = indicatif::ProgressStyle::with_template(
                "{bar:40} {bytes} of {total_bytes}, {eta} left",
            ) {
                bar.set_style(style);
            }
            bar
        }
        _ => indicatif::ProgressBar::hidden(),
    }
}
