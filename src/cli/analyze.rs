//! `tlscap analyze`: files in, a report out.

use super::args::Analyze;
use super::args::Color;
use super::args::Format;
use super::args::Which;
use super::complain;
use super::exit;
use super::policy;
use super::roots;
use super::show::Table;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::flag;
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
use std::thread;
use std::time::Duration;
use tlscap::analyze::Options;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::flow::Limits;
use tlscap::incident::Report;
use tlscap::pattern;
use tlscap::report::Sink;
use tlscap::report::json::Json;
use tlscap::report::ndjson::Ndjson;
use tlscap::report::screen::ScreenOptions;
use tlscap::select::Selection;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::session::Show;
use tlscap::texts;

/// Inputs smaller than this are done before a progress bar would be read.
const WORTH_A_BAR: u64 = 64 << 20;

/// Runs the command; returns the exit status.
pub(super) fn run(args: &Analyze) -> u8 {
    let files: Vec<PathBuf> = args.files.iter().chain(&args.read).cloned().collect();
    if files.is_empty() {
        complain("no input: give capture files, or - for standard input (tlscap analyze --help)");
        return exit::USAGE;
    }
    if let Some(expression) = args
        .fail_on
        .as_deref()
        .filter(|expression| !is_known(expression))
    {
        complain(&format!(
            "--fail-on {expression:?}: not an outcome and not a pattern"
        ));
        return exit::USAGE;
    }
    if let Some(output) = &args.output
        && files.iter().any(|file| is_same(file, output))
    {
        complain(&format!(
            "-o {}: this is an input, and the report would overwrite it",
            output.display()
        ));
        return exit::USAGE;
    }
    let policies = match policy::resolve(&args.policy) {
        Ok(policies) => policies,
        Err(error) => {
            complain(&error);
            return exit::USAGE;
        }
    };
    let roots = match roots::resolve(args.ca_file.as_deref()) {
        Ok(roots) => roots,
        Err(error) => {
            complain(&error);
            return exit::USAGE;
        }
    };
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
    let settings = Settings {
        policies,
        roots: Arc::new(roots),
        ..settings(args)
    };
    match report(args, Merged::new(readers), &files, &settings) {
        Ok(report) => {
            if !args.quiet {
                remarks(&report);
            }
            if status == exit::DONE && matched(args, &report) {
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

/// Whether both names lead to one regular file, through links too.
fn is_same(input: &Path, output: &Path) -> bool {
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
            "cut-short" | "damaged-file" | "unreadable" | "unknown-interface"
        ) {
            complain(&problem.text);
        }
    }
}

fn report(
    args: &Analyze,
    mut source: Merged,
    files: &[PathBuf],
    settings: &Settings,
) -> Result<Report, session::Error> {
    let to_terminal = args.output.is_none() && io::stdout().is_terminal();
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(io::BufWriter::new(File::create(path)?)),
        None => Box::new(io::BufWriter::with_capacity(64 << 10, io::stdout().lock())),
    };
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
    let bar = bar(args, &source, to_terminal);
    let stopped = stop_on_interrupt()?;
    let mut watch = |bytes| {
        bar.set_position(bytes);
        !stopped.load(Ordering::Relaxed)
    };
    let result = match args.format {
        Format::Ndjson => session::run(
            &mut source,
            settings,
            &mut Ndjson::new(&mut out, texts::language().code()),
            &mut watch,
        ),
        Format::Json => session::run(
            &mut source,
            settings,
            &mut Json::new(&mut out, texts::language().code()),
            &mut watch,
        ),
        Format::Table => {
            let mut table = Table::new(&mut out, options, args);
            session::run(
                &mut source,
                settings,
                &mut table as &mut dyn Sink,
                &mut watch,
            )
        }
    };
    bar.finish_and_clear();
    let report = result?;
    out.flush()?;
    Ok(report)
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
        },
        filter: args.filter.clone(),
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

/// Ctrl-C (and a polite kill) ends the reading, and the report of what was read is still printed; one more, half a second later
/// or after that, ends at once. (Wrappers such as timeout(1) send theirs twice.)
fn stop_on_interrupt() -> io::Result<Arc<AtomicBool>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let impatient = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, Arc::clone(&impatient))?;
        flag::register(signal, Arc::clone(&stopped))?;
    }
    let seen = Arc::clone(&stopped);
    thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(200));
        }
        thread::sleep(Duration::from_millis(500));
        impatient.store(true, Ordering::Relaxed);
    });
    Ok(stopped)
}

/// A progress bar on standard error, for large inputs on a terminal.
fn bar(args: &Analyze, source: &Merged, to_terminal: bool) -> indicatif::ProgressBar {
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
