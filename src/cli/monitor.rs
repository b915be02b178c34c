//! `tlscap monitor`: runs until stopped, tells failures as they come.

use super::analyze::is_same;
use super::args::Monitor;
use super::args::MonitorFormat;
use super::args::Which;
use super::complain;
use super::exit;
#[cfg(feature = "live")]
use super::live;
use super::metrics;
use super::output::Rotated;
#[cfg(feature = "live")]
use super::privileges;
use super::roots;
use super::signals;
use super::watch::Watching;
use std::io;
#[cfg(feature = "live")]
use std::io::IsTerminal;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;
use tlscap::analyze::Options;
use tlscap::capture::FileReader;
use tlscap::capture::Input;
use tlscap::capture::Merged;
use tlscap::flow::Limits;
use tlscap::report::metrics::Metrics;
use tlscap::report::monitor::Events;
use tlscap::report::monitor::Lines;
use tlscap::report::monitor::Show;
use tlscap::report::monitor::Watcher;
use tlscap::select::Selection;
use tlscap::session;
use tlscap::session::Memory;
use tlscap::session::Pace;
use tlscap::session::Settings;
use tlscap::texts;

/// A flow that is quiet for so long is judged, if the answer time-out is not of the same order.
const SILENCE: Duration = Duration::from_secs(120);

/// A flow that both sides closed is told after so long: a packet may have been captured late.
const CLOSED: Duration = Duration::from_secs(1);
/// One that was reset, or refused with an alert, is told after so long: the RST may prove to be ignored.
const RESET: Duration = Duration::from_secs(3);

/// Runs the command; returns the exit status.
pub(super) fn run(args: &Monitor) -> u8 {
    let result = match (args.read.is_empty(), args.live.interfaces.is_empty()) {
        (true, true) => Err("no input: give --iface NAME, or --read FILE".to_owned()),
        (false, false) => Err("--read and --iface: give one or the other".to_owned()),
        (false, true) => from_files(args),
        (true, false) => from_interfaces(args),
    };
    match result {
        Ok(status) => status,
        Err(error) => {
            complain(&error);
            exit::FAILED
        }
    }
}

/// What is opened before the rights to do so are given up.
struct Opened {
    settings: Settings,
    out: Out,
    listener: Option<TcpListener>,
    tz: jiff::tz::TimeZone,
    asked: Arc<AtomicBool>,
}

enum Out {
    Stdout,
    File(Rotated),
}

fn open(args: &Monitor) -> Result<Opened, String> {
    // Before anything is waited for: whoever asks early must not end it.
    let asked = signals::status_on_request().map_err(|error| error.to_string())?;
    let reopen = signals::reopen_on_hangup().map_err(|error| error.to_string())?;
    let out = match &args.output {
        Some(path) => Out::File(Rotated::open(path, reopen)?),
        None => Out::Stdout,
    };
    Ok(Opened {
        settings: settings(args)?,
        out,
        listener: args.metrics.map(metrics::listen).transpose()?,
        tz: jiff::tz::TimeZone::system(),
        asked,
    })
}

fn from_files(args: &Monitor) -> Result<u8, String> {
    if let Some(output) = &args.output
        && args.read.iter().any(|file| is_same(file, output))
    {
        return Err(format!(
            "-o {}: this is an input, and the lines would be added to it",
            output.display()
        ));
    }
    let opened = open(args)?;
    let readers = args.read.iter().map(|file| FileReader::open(file));
    let readers: Vec<FileReader> = readers
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let mut source = Merged::new(readers);
    watch(args, opened, &mut source)
}

#[cfg(feature = "live")]
fn from_interfaces(args: &Monitor) -> Result<u8, String> {
    let identity = privileges::identity(&args.live.user)?;
    let mut opened = open(args)?;
    let source = live::open(&args.live, args.filter.as_deref());
    let mut source = source.map_err(|error| error.to_string())?;
    // The kernel filters.
    opened.settings.filtered = opened.settings.filter.take().is_some();
    let folders: Vec<_> = match &opened.out {
        Out::File(file) => {
            // Without root there is nothing to give away, and the file is its own already.
            let _ = file.belong_to(identity.uid.as_raw(), identity.gid.as_raw());
            vec![file.folder()]
        }
        Out::Stdout => Vec::new(),
    };
    privileges::give_up(identity, &folders)?;
    if !args.quiet && io::stderr().is_terminal() {
        complain(&format!(
            "listening on {}; Ctrl-C ends",
            args.live.interfaces.join(", ")
        ));
    }
    watch(args, opened, &mut source)
}

#[cfg(not(feature = "live"))]
fn from_interfaces(_: &Monitor) -> Result<u8, String> {
    Err(
        "--iface: this tlscap was built without libpcap; build it with the feature \"live\" (the default)"
            .to_owned(),
    )
}

/// Everything is open: reads until it ends or somebody ends it.
fn watch<I: Input + Send>(args: &Monitor, opened: Opened, source: &mut I) -> Result<u8, String> {
    let metrics = match opened.listener {
        Some(listener) => {
            let metrics =
                Metrics::new(now(), args.metrics_sni).map_err(|error| error.to_string())?;
            metrics::serve(&listener, &metrics)?;
            Some(metrics)
        }
        None => None,
    };
    let out: Box<dyn Write> = match opened.out {
        Out::Stdout => Box::new(io::stdout()),
        Out::File(file) => Box::new(file),
    };
    let show = match args.show {
        Which::All => Show::All,
        Which::Failed => Show::Failed,
        Which::None => Show::None,
    };
    let printer: Box<dyn Watcher> = match args.format {
        MonitorFormat::Table => Box::new(Lines::new(out, opened.tz, show)),
        MonitorFormat::Ndjson => Box::new(Events::new(out, texts::language().code(), show)),
    };
    let stopped = signals::stop_on_interrupt().map_err(|error| error.to_string())?;
    let mut watching = Watching::new(printer, metrics, opened.asked);
    let pace = Pace {
        interval: nanoseconds(args.interval),
        window: nanoseconds(args.window),
    };
    let mut go_on = until(&stopped, args.duration);
    let result = session::monitor(source, &opened.settings, pace, &mut watching, &mut go_on);
    Ok(ended(args, result))
}

/// Whether to go on: nobody stopped it, and time is left.
fn until(
    stopped: &Arc<AtomicBool>,
    duration: Option<Duration>,
) -> impl FnMut(&session::Progress) -> bool {
    let stopped = Arc::clone(stopped);
    let deadline = duration.map(|duration| Instant::now() + duration);
    move |_| !stopped.load(Ordering::Relaxed) && deadline.is_none_or(|end| Instant::now() < end)
}

fn ended(args: &Monitor, result: Result<tlscap::incident::Report, session::Error>) -> u8 {
    match result {
        Ok(report) => {
            let mut status = exit::DONE;
            for problem in &report.run.problems {
                if problem.code == "interface-lost" {
                    status = exit::FAILED;
                }
                let input = ["cut-short", "damaged-file", "unreadable", "interface-lost"];
                if input.contains(&problem.code) && !args.quiet {
                    complain(&problem.text);
                }
            }
            status
        }
        Err(session::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            exit::DONE
        }
        Err(error) => {
            complain(&error.to_string());
            exit::FAILED
        }
    }
}

fn settings(args: &Monitor) -> Result<Settings, String> {
    Ok(Settings {
        options: Options {
            limits: Limits {
                flows: usize::try_from(args.max_flows).unwrap_or(usize::MAX),
                // Nobody waits ten minutes to hear of a server that fell silent.
                idle: nanoseconds(SILENCE.max(args.answer_timeout * 3)),
                unanswered: nanoseconds(args.answer_timeout),
                linger: nanoseconds(CLOSED),
                reset_linger: nanoseconds(RESET),
                ..Limits::default()
            },
            answer_timeout: nanoseconds(args.answer_timeout),
            ports: args.port.clone(),
            endless: true,
        },
        filter: args.filter.clone(),
        packets: args.packets,
        selection: Selection {
            sni: args.sni.clone(),
            server: args.server,
            client: args.client,
            ..Selection::default()
        },
        roots: Arc::new(roots::resolve(args.ca_file.as_deref())?),
        memory: Memory::open().ok().map(Arc::new),
        max_memory: args.max_memory,
        ..Settings::default()
    })
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
