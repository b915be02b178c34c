//! Real curl and openssl, seen live.

use crate::alone;
use crate::net::Pair;
use crate::or_skip;
use crate::tool::Running;
use crate::tool::TLSCAP;
use crate::tool::lines;
use std::process::Child;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// A program that runs until the test ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn certificate(folder: &std::path::Path) {
    let made = std::process::Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out",
            "cert.pem",
        ])
        .args(["-days", "3", "-subj", "/CN=shop.example"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
}

#[test]
fn failures_of_real_programs_are_told_as_they_happen() {
    or_skip!("curl", "openssl");
    let _alone = alone();
    let pair = Pair::new("real");
    let folder = std::env::temp_dir().join(format!("tlscap-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    certificate(&folder);
    let mut server = pair.on_server(&[
        "openssl", "s_server", "-accept", "443", "-cert", "cert.pem", "-key", "key.pem", "-tls1_2",
        "-www", "-quiet",
    ]);
    let server = server
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let server = Server(server.spawn().unwrap());
    let live = Running::start(pair.on_server(&[
        TLSCAP,
        "monitor",
        "-i",
        "eth0",
        "--format",
        "ndjson",
        "--show",
        "all",
        "--interval",
        "1s",
    ]));
    live.await_capture();
    let curl = |words: &[&str]| {
        let mut command = pair.on_client(
            &[
                ["curl", "-s", "-m", "3", "-o", "/dev/null"].as_slice(),
                words,
            ]
            .concat(),
        );
        let _ = command.stderr(Stdio::null()).status();
        thread::sleep(Duration::from_millis(100));
    };
    curl(&["-k", "https://10.99.0.2/"]);
    curl(&["https://10.99.0.2/"]);
    curl(&["-k", "--tlsv1.3", "https://10.99.0.2/"]);
    curl(&["http://10.99.0.2:443/"]);
    drop(server);
    thread::sleep(Duration::from_millis(200));
    curl(&["-k", "https://10.99.0.2/"]);
    thread::sleep(Duration::from_millis(1500));
    let (output, _) = live.stop();
    std::fs::remove_dir_all(&folder).unwrap();
    let mut handshakes = lines(&output.stdout, "handshake");
    handshakes.sort_by_key(|line| line["start"].as_str().unwrap().to_owned());
    let said: Vec<String> = handshakes
        .iter()
        .map(|line| {
            line["pattern"]
                .as_str()
                .or(line["outcome"].as_str())
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected = [
        "completed",
        "client-alert-after-server-hello",
        "alert-without-server-hello",
        "non-tls-request",
        "syn-refused",
    ];
    assert_eq!(said, expected);
    assert!(!lines(&output.stdout, "incident").is_empty());
    assert!(!lines(&output.stdout, "interval").is_empty());
    assert_eq!(lines(&output.stdout, "summary")[0]["outcomes"]["failed"], 4);
}
