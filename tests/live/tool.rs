//! The program under test, running.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// The binary that was built for the tests.
pub(crate) const TLSCAP: &str = env!("CARGO_BIN_EXE_tlscap");

/// A run of the program; killed if the test ends first.
pub(crate) struct Running {
    child: Option<Child>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self {
            child: Some(child.unwrap()),
        }
    }

    /// Starts it on `interface`, and waits until it captures.
    pub(crate) fn on(interface: &str, words: &[&str]) -> Self {
        let mut command = Command::new(TLSCAP);
        command.args(words).args(["-i", interface]);
        let running = Self::start(command);
        running.await_capture();
        running
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Waits until it has given up its capabilities: everything is open by then.
    pub(crate) fn await_capture(&self) {
        let path = format!("/proc/{}/status", self.pid());
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            let status = fs::read_to_string(&path).unwrap_or_default();
            if status.contains("Name:\ttlscap")
                && status.contains("NoNewPrivs:\t1")
                && status.contains("CapEff:\t0000000000000000")
            {
                thread::sleep(Duration::from_millis(100));
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("it never came to capture");
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Sends SIGTERM, and waits for the end: what it printed, and how long that took.
    pub(crate) fn stop(mut self) -> (Output, Duration) {
        self.signal("TERM");
        let began = Instant::now();
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        (output, began.elapsed())
    }

    /// Waits for its end.
    pub(crate) fn output(mut self) -> Output {
        self.child.take().unwrap().wait_with_output().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let mut rest = String::new();
            if let Some(errors) = &mut child.stderr {
                let _ = errors.read_to_string(&mut rest);
            }
            eprintln!("{rest}");
            let _ = child.wait();
        }
    }
}

/// The objects of NDJSON with this type.
pub(crate) fn lines(output: &[u8], kind: &str) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(output);
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["type"] == kind)
        .collect()
}

/// Outcome and pattern of each flow, by its ends and how manieth it is there.
pub(crate) fn verdicts(output: &[u8]) -> BTreeMap<String, String> {
    let mut all = lines(output, "handshake");
    all.sort_by_key(|line| line["start"].as_str().unwrap().to_owned());
    let mut verdicts = BTreeMap::new();
    for line in all {
        let ends = format!(
            "{}:{} > {}:{}",
            line["client"]["ip"],
            line["client"]["port"],
            line["server"]["ip"],
            line["server"]["port"]
        );
        let verdict = format!("{} {}", line["outcome"], line["pattern"]);
        let again = (0..)
            .find(|n| !verdicts.contains_key(&format!("{ends} {n}")))
            .unwrap();
        verdicts.insert(format!("{ends} {again}"), verdict);
    }
    verdicts
}
