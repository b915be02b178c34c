//! As typed: the options and their help.

use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use std::path::PathBuf;
use std::time::Duration;
use tlscap::select::Ends;

/// Says which TLS handshakes of a capture failed, what the wire shows, and what to do.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read captures and print a report: which handshakes failed, what the wire shows
    Analyze(Box<Analyze>),
    /// Listen until stopped: a line for each failed handshake as it happens, incidents at intervals, metrics
    Monitor(Box<Monitor>),
    /// Explain a pattern, a cause, an alert, a cipher suite, or an error message from a log; needs no capture
    Explain(Explain),
    /// List the interfaces to capture on, with link type, state and addresses
    Interfaces {
        /// How the list is written
        #[arg(long, value_enum, default_value_t = PageFormat::Table)]
        format: PageFormat,
    },
    /// Print the manual page: tlscap man | man -l -
    Man,
    /// Print a completion script for a shell
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
}

/// `tlscap analyze`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 done; 1 --fail-on or --exit-code matched; 2 wrong usage, an input that cannot be read."
)]
pub(crate) struct Analyze {
    /// Captures: pcap or pcapng, plain, gzip or zstd; `-` is standard input. Several are one timeline, merged by time
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The same as FILE
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    pub(crate) read: Vec<PathBuf>,

    /// Read only packets that match this BPF expression (as in tcpdump; mind `vlan and ...` for tagged packets)
    #[arg(short, long, value_name = "BPF")]
    pub(crate) filter: Option<String>,

    /// Capture from interfaces
    #[command(flatten)]
    pub(crate) live: LiveArgs,

    /// With --iface: stop after so long, and report
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "interfaces")]
    pub(crate) duration: Option<Duration>,

    /// Stop after N packets
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) packets: Option<u64>,

    /// Write the report to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Which handshakes are listed one by one (with --format table: behind the first screen, only if given)
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(crate) show: Option<Which>,

    /// Show incident N in full
    #[arg(long, value_name = "N")]
    pub(crate) incident: Option<u32>,

    /// Show these TCP streams in full, numbered as Wireshark's tcp.stream
    #[arg(long, value_name = "N[,M]", value_delimiter = ',')]
    pub(crate) stream: Vec<u32>,

    /// Only flows with this name in the ClientHello; `*` and `?` match, `-` means without one
    #[arg(long, value_name = "GLOB")]
    pub(crate) sni: Option<String>,

    /// Only flows to this server
    #[arg(long, value_name = "IP[/LEN][:PORT]")]
    pub(crate) server: Option<Ends>,

    /// Only flows from this client
    #[arg(long, value_name = "IP[/LEN]")]
    pub(crate) client: Option<Ends>,

    /// List only handshakes with this pattern
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', value_parser = patterns())]
    pub(crate) pattern: Vec<String>,

    /// List only handshakes with this outcome
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',',
          value_parser = ["completed", "failed", "unknown", "unfinished", "abandoned", "no-attempt"])]
    pub(crate) outcome: Vec<String>,

    /// Certificates (PEM) that the clients trust beside the public roots
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Judge clients by this server policy too: a name (`tlscap explain policies` lists them), or a file with policies
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Vec<String>,

    /// An extra port on which TLS is meant, whatever is spoken there
    #[arg(long, value_name = "N")]
    pub(crate) port: Vec<u16>,

    /// How long an answer may take before silence counts as a failure: 500ms, 10s, 2m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) answer_timeout: Duration,

    /// Follow at most N flows at once; beyond it the longest idle one is let go, and that is said
    #[arg(long, value_name = "N", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_flows: u32,

    /// Let flows go, the longest idle first, where the program holds more memory than this: 256M, 1G
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub(crate) max_memory: Option<u64>,

    /// Work on N threads: with 2, one follows flows, one reads and compares; more are not used. The output is the same. One is
    /// the default: two end up to a third sooner, and cost a quarter more processor time and memory
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: u16,

    /// End with status 1 if a handshake matches: failed, unknown, any other outcome, or a pattern
    #[arg(long, value_name = "EXPR")]
    pub(crate) fail_on: Option<String>,

    /// The same as --fail-on failed
    #[arg(long)]
    pub(crate) exit_code: bool,

    /// Colour: auto looks at the terminal and NO_COLOR
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,

    /// No progress and no remarks on standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Accepted and without effect: there is nothing more to say
    #[arg(short, long, hide = true)]
    pub(crate) verbose: bool,

    /// Accepted and without effect: names are never looked up
    #[arg(short, hide = true)]
    pub(crate) n: bool,
}

/// `tlscap monitor`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Signals: SIGINT and SIGTERM end it, with what is counted so far; SIGHUP opens -o FILE again (log rotation); SIGUSR1 prints the status on standard error.\n\nExit status: 0 done; 2 wrong usage, no permission, an interface or an input that is lost."
)]
pub(crate) struct Monitor {
    /// Read a capture instead of an interface, through the same code; may be given more than once
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    pub(crate) read: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) live: LiveArgs,

    /// Take only packets that match this BPF expression instead of the default (TCP, ICMP, DNS, with tags and in tunnels)
    #[arg(short, long, value_name = "BPF")]
    pub(crate) filter: Option<String>,

    /// Stop after N packets
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) packets: Option<u64>,

    /// Stop after so long
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) duration: Option<Duration>,

    /// Add to FILE instead of writing to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// How it is written
    #[arg(long, value_enum, default_value_t = MonitorFormat::Table)]
    pub(crate) format: MonitorFormat,

    /// Which handshakes are written: failed ones, or all
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Which::Failed)]
    pub(crate) show: Which,

    /// Tell incidents with news so often
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = interval)]
    pub(crate) interval: Duration,

    /// Compare failed handshakes with what completed within so long
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = interval)]
    pub(crate) window: Duration,

    /// Serve metrics for Prometheus here, at /metrics: 127.0.0.1:9464
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<std::net::SocketAddr>,

    /// Count failures by SNI too, for the first N names; others are counted together
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) metrics_sni: usize,

    /// Only flows with this name in the ClientHello; `*` and `?` match, `-` means without one
    #[arg(long, value_name = "GLOB")]
    pub(crate) sni: Option<String>,

    /// Only flows to this server
    #[arg(long, value_name = "IP[/LEN][:PORT]")]
    pub(crate) server: Option<Ends>,

    /// Only flows from this client
    #[arg(long, value_name = "IP[/LEN]")]
    pub(crate) client: Option<Ends>,

    /// Certificates (PEM) that the clients trust beside the public roots
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// An extra port on which TLS is meant, whatever is spoken there
    #[arg(long, value_name = "N")]
    pub(crate) port: Vec<u16>,

    /// How long an answer may take before silence counts as a failure: 500ms, 10s, 2m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) answer_timeout: Duration,

    /// Follow at most N flows at once; beyond it the longest idle one is let go, and that is said
    #[arg(long, value_name = "N", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_flows: u32,

    /// Let flows go, the longest idle first, where the program holds more memory than this: 256M, 1G
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub(crate) max_memory: Option<u64>,

    /// No remarks on standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Accepted and without effect: names are never looked up
    #[arg(short, hide = true)]
    pub(crate) n: bool,
}

/// Output formats of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MonitorFormat {
    /// Lines for people
    Table,
    /// One object a line
    Ndjson,
}

/// Options of a live capture.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Live capture")]
pub(crate) struct LiveArgs {
    /// Capture from this interface instead of a file; may be given more than once; `any` is all
    #[arg(
        short,
        long = "iface",
        visible_alias = "interface",
        value_name = "NAME",
        id = "interfaces"
    )]
    pub(crate) interfaces: Vec<String>,

    /// Take packets for other machines too (a mirror port)
    #[arg(long)]
    pub(crate) promiscuous: bool,

    /// Bytes kept of each packet; 0 is all. Certificates cannot be read from packets that were cut
    #[arg(short, long = "snaplen", value_name = "LEN", default_value_t = 0)]
    pub(crate) snap_length: u32,

    /// Size of the kernel's buffer for each interface: 64M, 1G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = ring)]
    pub(crate) buffer: u64,

    /// Who to be once the interfaces are open, if started as root
    #[arg(long, value_name = "NAME", default_value = "nobody")]
    pub(crate) user: String,

    /// Accepted and without effect: promiscuous is off unless asked for
    #[arg(short, hide = true)]
    pub(crate) p: bool,
}

/// `tlscap explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tlscap explain sni-missing\n  tlscap explain alert 40\n  tlscap explain ECDHE-RSA-AES128-SHA\n  tlscap explain 'SSL routines::wrong version number'\n  tail -n 1 error.log | tlscap explain -\n\nExit status: 0 explained; 2 nothing is known by these words, or wrong usage."
)]
pub(crate) struct Explain {
    /// A name or number, or a line of a log as it is; `-` alone reads it from standard input
    #[arg(value_name = "WORDS", required = true, allow_negative_numbers = true)]
    pub(crate) words: Vec<String>,

    /// How the explanation is written
    #[arg(long, value_enum, default_value_t = PageFormat::Table)]
    pub(crate) format: PageFormat,
}

/// Output formats of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// Text for people
    Table,
    /// One object
    Json,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One screen for people
    Table,
    /// One document
    Json,
    /// One object a line, as they come
    Ndjson,
}

/// Which handshakes are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Failed ones
    Failed,
    /// Every one
    All,
    /// None
    None,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn patterns() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(
        tlscap::pattern::PATTERNS.iter().map(|pattern| pattern.id),
    )
}

/// `500ms`, `10s`, `2m`, `1h`, or seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len()),
    );
    let scale = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{text:?} is no time: a number with ms, s, m or h")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("{text:?} is no time: a number with ms, s, m or h"))?;
    Duration::try_from_secs_f64(number * scale).map_err(|_| format!("{text:?} is too long"))
}

/// `65536`, `64k`, `64M`, `2G`: powers of 1024.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let scale: u64 = match unit.trim_end_matches("iB").trim_end_matches('B') {
        "" => 1,
        "k" | "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return Err(format!("{text:?} is no size: a number with k, M or G")),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("{text:?} is no size: a number with k, M or G"))?;
    number
        .checked_mul(scale)
        .filter(|size| *size > 0)
        .ok_or_else(|| format!("{text:?} is no size that can be had"))
}

/// A size of the kernel's buffer: libpcap counts it in 31 bits.
fn ring(text: &str) -> Result<u64, String> {
    match size(text)? {
        size if size < 1 << 31 => Ok(size),
        _ => Err("the kernel's buffer is smaller than 2G".to_owned()),
    }
}

/// A bound of memory that can be held.
fn memory(text: &str) -> Result<u64, String> {
    match size(text)? {
        size if size >= 32 << 20 => Ok(size),
        _ => Err("32M is the least in which flows can be followed".to_owned()),
    }
}

/// A time between two lines.
fn interval(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        time if time >= Duration::from_millis(100) => Ok(time),
        _ => Err("100ms is the least".to_owned()),
    }
}
