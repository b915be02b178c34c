//! The command line: what was typed, what it means, and where the results go.

mod analyze;
mod args;
mod exit;
mod explain;
mod interfaces;
#[cfg(feature = "live")]
mod live;
mod man;
mod metrics;
mod monitor;
mod output;
mod policy;
#[cfg(feature = "live")]
mod privileges;
mod roots;
mod show;
mod signals;
mod watch;

use args::Args;
use args::Command;
use clap::CommandFactory;
use clap::Parser;
use std::io;
use std::io::Write;
use std::process::ExitCode;

/// Runs the command that was typed.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are results, anything else is a usage error (status 2).
            let status = if error.use_stderr() {
                exit::USAGE
            } else {
                exit::DONE
            };
            let _ = error.print();
            return ExitCode::from(status);
        }
    };
    let status = match args.command {
        Command::Analyze(analyze) => analyze::run(&analyze),
        Command::Monitor(monitor) => monitor::run(&monitor),
        Command::Explain(explain) => explain::run(&explain),
        Command::Interfaces { format } => interfaces::run(format),
        Command::Man => man::run(Args::command()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "tlscap", &mut script);
            print(&script)
        }
    };
    ExitCode::from(status)
}

/// Writes to standard output; a closed pipe ends quietly.
fn print(bytes: &[u8]) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => exit::DONE,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::DONE,
        Err(error) => {
            complain(&format!("cannot write the output: {error}"));
            exit::FAILED
        }
    }
}

/// One line on standard error.
fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "tlscap: {text}");
}
