//! Live capture on interfaces of its own, with real programs and with captures that are played again. Needs root; elsewhere each
//! test says why it is skipped. One after another: they measure a machine that others use too.
#![cfg(feature = "live")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests may stop, and say why they are skipped"
)]

mod net;
mod play;
mod programs;
mod service;
mod tool;

use net::Cable;
use play::flood;
use play::replay;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::thread;
use std::time::Duration;
use tool::Running;
use tool::TLSCAP;
use tool::lines;
use tool::verdicts;

/// One test at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Cases of every kind that last half a minute at most, and whose verdicts do not hang on where the capture ends.
const PLAYED: [&str; 18] = [
    "certificate_expired_tls12",
    "closed_by_name_rules",
    "forged_alert",
    "healthy_loss",
    "healthy_mix",
    "healthy_reordered",
    "http_on_tls_port",
    "mtls_missing_tls13",
    "path_mtu_black_hole",
    "reset_by_sni_middlebox",
    "silent_server",
    "smtp_starttls",
    "socks_dante",
    "story1_egress_proxy_no_sni",
    "story2_proxy_without_sni_fin",
    "story4_load_balancer_policy",
    "syn_unanswered",
    "vlan_tagged",
];

fn capture_of(case: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/cases")
        .join(case);
    let mut files = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("capture.pcap")
        })
        .unwrap()
}

/// What the file says, and what its replay on an interface says.
fn both(index: usize, case: &str) -> Result<(), String> {
    let cable = Cable::new(&format!("p{index}"));
    let file = capture_of(case);
    let words = ["analyze", "--format", "ndjson", "--show", "all"];
    let read = Command::new(TLSCAP)
        .args(words)
        .arg(&file)
        .output()
        .unwrap();
    let live = Running::on(&cable.to, &words);
    replay(&file, &cable.from);
    let (output, _) = live.stop();
    let (expected, seen) = (verdicts(&read.stdout), verdicts(&output.stdout));
    if expected == seen && !expected.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{case}: by file {expected:#?}\nby replay {seen:#?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    ))
}

#[test]
fn a_capture_by_file_and_by_replay_has_the_same_verdicts() {
    or_skip!();
    let _alone = alone();
    let players: Vec<_> = PLAYED
        .into_iter()
        .enumerate()
        .map(|(index, case)| thread::spawn(move || both(index, case)))
        .collect();
    let faults: Vec<String> = players
        .into_iter()
        .filter_map(|player| player.join().unwrap().err())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn two_interfaces_are_one_timeline() {
    or_skip!();
    let _alone = alone();
    let cable = Cable::new("two");
    let file = capture_of("healthy_mix");
    let words = ["analyze", "--format", "ndjson", "--show", "all"];
    let read = Command::new(TLSCAP)
        .args(words)
        .arg(&file)
        .output()
        .unwrap();
    let live = Running::on(
        &cable.to,
        &[words.as_slice(), &["-i", &cable.from]].concat(),
    );
    replay(&file, &cable.from);
    let (output, _) = live.stop();
    assert_eq!(verdicts(&read.stdout), verdicts(&output.stdout));
    let summary = &lines(&output.stdout, "summary")[0];
    assert!(summary["copies"].as_u64().unwrap() > 100, "{summary}");
}

#[test]
fn an_idle_interface_ends_in_time_with_a_report() {
    or_skip!();
    let _alone = alone();
    let cable = Cable::new("idle");
    let live = Running::on(&cable.to, &["analyze", "--duration", "700ms"]);
    let output = live.output();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("no packets"), "{text}");
}

#[test]
fn an_end_amid_a_flood_is_quick_and_complete() {
    or_skip!();
    let _alone = alone();
    let cable = Cable::new("end");
    let live = Running::on(&cable.to, &["analyze", "--format", "ndjson"]);
    let from = cable.from.clone();
    let flooding = thread::spawn(move || flood(&from, 600_000));
    thread::sleep(Duration::from_millis(1500));
    let (output, took) = live.stop();
    flooding.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let summary = lines(&output.stdout, "summary");
    assert!(
        summary[0]["packets"].as_u64().unwrap() > 1000,
        "{}",
        summary[0]
    );
    // Without optimisation it follows some ten times slower.
    let limit = if cfg!(debug_assertions) { 4 } else { 1 };
    assert!(took < Duration::from_secs(limit), "{took:?}");
}

#[test]
fn two_million_half_open_flows_stay_within_the_bound() {
    or_skip!();
    let _alone = alone();
    let cable = Cable::new("mem");
    let live = Running::on(
        &cable.to,
        &["monitor", "--format", "ndjson", "--interval", "5s"],
    );
    flood(&cable.from, 2_000_000);
    thread::sleep(Duration::from_secs(1));
    let status = fs::read_to_string(format!("/proc/{}/status", live.pid())).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    let (output, _) = live.stop();
    let summary = &lines(&output.stdout, "summary")[0];
    let (packets, dropped) = (
        summary["packets"].as_u64().unwrap(),
        summary["dropped"]["kernel"].as_u64().unwrap(),
    );
    eprintln!(
        "peak {peak} kB, of it 64 MiB the kernel's buffer; {packets} packets, {dropped} dropped"
    );
    assert!(peak < 160 * 1024, "{peak} kB");
    // Each packet was read or is counted as lost.
    assert_eq!(packets + dropped, 2_000_000, "{summary}");
    assert!(
        summary["evicted"].as_u64().unwrap() > packets / 2,
        "{summary}"
    );
    assert_eq!(summary["outcomes"]["failed"], 0, "{summary}");
}

#[test]
fn what_leaves_and_comes_back_through_the_loopback_is_not_counted_as_lost() {
    or_skip!("python3");
    let _alone = alone();
    // Not the machine's own loopback, on which others talk.
    let pair = net::Pair::new("lo");
    for interface in ["lo", "any"] {
        let live = Running::start(
            pair.on_server(&[TLSCAP, "analyze", "-i", interface, "--format", "ndjson"]),
        );
        live.await_capture();
        let script = "import socket\nfor n in range(20):\n s=socket.socket()\n s.connect_ex(('127.0.0.1',9))";
        assert!(
            pair.on_server(&["python3", "-c", script])
                .status()
                .unwrap()
                .success()
        );
        thread::sleep(Duration::from_millis(300));
        let (output, _) = live.stop();
        let summary = &lines(&output.stdout, "summary")[0];
        assert!(
            summary["packets"].as_u64().unwrap() >= 40,
            "{interface}: {summary}"
        );
        assert_eq!(summary["dropped"]["kernel"], 0, "{interface}: {summary}");
    }
}
