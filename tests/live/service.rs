//! What a service must do: give up its rights, rotate its output, be asked, be measured.

use crate::alone;
use crate::net::Cable;
use crate::net::run;
use crate::or_skip;
use crate::play;
use crate::play::replay;
use crate::tool::Running;
use crate::tool::TLSCAP;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// The number of `nobody`.
const NOBODY: u32 = 65_534;

/// A folder that anybody may enter, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(tag: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tlscap-{tag}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn nothing_is_left_of_its_rights_on_any_thread() {
    or_skip!();
    let _alone = alone();
    let cable = Cable::new("priv");
    let live = Running::on(&cable.to, &["monitor", "--metrics", "127.0.0.1:0"]);
    thread::sleep(Duration::from_millis(200));
    let mut threads = 0;
    for task in fs::read_dir(format!("/proc/{}/task", live.pid())).unwrap() {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap()
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            field("Uid:"),
            [
                NOBODY.to_string(),
                NOBODY.to_string(),
                NOBODY.to_string(),
                NOBODY.to_string()
            ]
        );
        assert_eq!(field("Groups:"), [NOBODY.to_string()]);
        for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
            assert_eq!(field(set), ["0000000000000000"], "{set}");
        }
        assert_eq!(field("NoNewPrivs:"), ["1"]);
        threads += 1;
    }
    assert!(threads > 2, "{threads}");
    let (output, _) = live.stop();
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn without_permission_it_says_how_to_get_it() {
    or_skip!();
    let _alone = alone();
    // Anybody may run this copy; the one that was built may be out of reach.
    let folder = Folder::new("unprivileged");
    let program = folder.0.join("tlscap");
    fs::copy(TLSCAP, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for command in ["analyze", "monitor"] {
        let output = Command::new(&program)
            .args([command, "-i", "lo"])
            .current_dir("/")
            .uid(NOBODY)
            .gid(NOBODY)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains(&format!("sudo setcap cap_net_raw=ep {}", program.display())),
            "{said}"
        );
    }
    let output = Command::new(TLSCAP)
        .args(["analyze", "-i", "nosuch0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("there is no interface \"nosuch0\"; there are: "),
        "{said}"
    );
}

/// Waits until a file holds more than so many bytes.
fn grows(file: &Path, beyond: u64) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        if fs::metadata(file).is_ok_and(|data| data.len() > beyond) {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    false
}

#[test]
fn a_rotated_output_is_opened_again_and_a_question_is_answered() {
    or_skip!();
    let _alone = alone();
    let cable = Cable::new("hup");
    let folder = Folder::new("rotated");
    assert!(run(&["chown", "nobody", &folder.0.display().to_string()]));
    let (file, old) = (folder.0.join("tlscap.log"), folder.0.join("tlscap.log.1"));
    let live = Running::on(
        &cable.to,
        &[
            "monitor",
            "--interval",
            "300ms",
            "-o",
            &file.display().to_string(),
        ],
    );
    let packets = play::sender(&cable.from);
    let talking = thread::spawn(move || {
        let mut out = packets;
        for number in 0..60 {
            out.sendpacket(play::syn(number)).unwrap();
            thread::sleep(Duration::from_millis(50));
        }
    });
    assert!(grows(&file, 0));
    fs::rename(&file, &old).unwrap();
    live.signal("HUP");
    assert!(grows(&file, 0), "nothing is written to the new file");
    live.signal("USR1");
    talking.join().unwrap();
    let (output, _) = live.stop();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("flows held"), "{said}");
    let last = fs::read_to_string(&file).unwrap();
    assert!(last.contains("-- in all, "), "{last}");
}

/// What is served at `path`.
fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metrics_are_served_and_promtool_finds_no_fault() {
    or_skip!();
    let _alone = alone();
    let cable = Cable::new("prom");
    let port = 20_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    let address = format!("127.0.0.1:{port}");
    let live = Running::on(
        &cable.to,
        &[
            "monitor",
            "--interval",
            "1s",
            "--metrics",
            &address,
            "--metrics-sni",
            "10",
        ],
    );
    let file = crate::capture_of("reset_by_sni_middlebox");
    replay(&file, &cable.from);
    // A flow that was reset is waited for ten seconds more: the RST may have been ignored.
    let failed = || {
        let answer = get(port, "/metrics");
        answer.contains("tlscap_failures_by_sni_total{")
    };
    let began = Instant::now();
    while !failed() && began.elapsed() < Duration::from_secs(25) {
        thread::sleep(Duration::from_millis(300));
    }
    let answer = get(port, "/metrics");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("text/plain; version=0.0.4"),
        "{head}"
    );
    for name in [
        "tlscap_handshakes_total{outcome=\"failed\"}",
        "tlscap_failures_by_sni_total{",
        "tlscap_packets_dropped_total{by=\"kernel\"} 0",
        "tlscap_connect_duration_seconds_bucket{le=\"0.005\"}",
        "tlscap_memory_bytes ",
        "tlscap_build_info{version=",
    ] {
        assert!(body.contains(name), "{name} is not in\n{body}");
    }
    assert!(get(port, "/nothing").starts_with("HTTP/1.1 404"));
    if run(&["sh", "-c", "command -v promtool"]) {
        let mut check = Command::new("promtool");
        let mut check = check
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        check
            .stdin
            .take()
            .unwrap()
            .write_all(body.as_bytes())
            .unwrap();
        assert!(check.wait().unwrap().success());
    } else {
        eprintln!("promtool is not installed: not asked");
    }
    let (output, _) = live.stop();
    assert_eq!(output.status.code(), Some(0));
}
