//! Interfaces and network namespaces of one test, removed when it ends.

use std::process::Command;
use std::process::Stdio;

/// Runs a program; whether it succeeded.
pub(crate) fn run(words: &[&str]) -> bool {
    let status = Command::new(words[0])
        .args(&words[1..])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Why live capture cannot be tested here, if it cannot.
pub(crate) fn missing(programs: &[&str]) -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let root = status
        .lines()
        .any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"));
    if !root {
        return Some("it takes root".to_owned());
    }
    for program in ["ip"].iter().chain(programs) {
        if !run(&["sh", "-c", &format!("command -v {program}")]) {
            return Some(format!("{program} is not installed"));
        }
    }
    let name = format!("tcx{}", std::process::id() % 100_000);
    if !run(&[
        "ip",
        "link",
        "add",
        &name,
        "type",
        "veth",
        "peer",
        "name",
        &format!("{name}p"),
    ]) {
        return Some("no interface can be made (ip link add)".to_owned());
    }
    run(&["ip", "link", "del", &name]);
    None
}

/// Ends a test that cannot be run here, and says why.
#[macro_export]
macro_rules! or_skip {
    ($($program:expr),*) => {
        if let Some(why) = $crate::net::missing(&[$($program),*]) {
            eprintln!("skipped: {why}");
            return;
        }
    };
}

/// Two interfaces that are the two ends of one cable, in this namespace, without addresses.
pub(crate) struct Cable {
    pub(crate) from: String,
    pub(crate) to: String,
}

impl Cable {
    pub(crate) fn new(tag: &str) -> Self {
        let id = std::process::id() % 100_000;
        let (from, to) = (format!("t{tag}{id}a"), format!("t{tag}{id}b"));
        assert!(run(&[
            "ip", "link", "add", &from, "mtu", "65535", "type", "veth", "peer", "name", &to, "mtu",
            "65535"
        ]));
        for name in [&from, &to] {
            // The system must not talk on its own: the packets are those of the test.
            run(&[
                "sysctl",
                "-qw",
                &format!("net.ipv6.conf.{name}.disable_ipv6=1"),
            ]);
            assert!(run(&["ip", "link", "set", name, "arp", "off", "up"]));
        }
        Self { from, to }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        run(&["ip", "link", "del", &self.from]);
    }
}

/// Two namespaces, `client` at 10.99.0.1 and `server` at 10.99.0.2.
pub(crate) struct Pair {
    pub(crate) client: String,
    pub(crate) server: String,
}

impl Pair {
    pub(crate) fn new(tag: &str) -> Self {
        let id = std::process::id() % 100_000;
        let pair = Self {
            client: format!("tlscap-{tag}{id}-c"),
            server: format!("tlscap-{tag}{id}-s"),
        };
        for name in [&pair.client, &pair.server] {
            assert!(run(&["ip", "netns", "add", name]));
        }
        assert!(run(&[
            "ip",
            "link",
            "add",
            "eth0",
            "netns",
            &pair.client,
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            &pair.server,
        ]));
        for (name, address) in [
            (&pair.client, "10.99.0.1/24"),
            (&pair.server, "10.99.0.2/24"),
        ] {
            assert!(run(&[
                "ip", "-n", name, "addr", "add", address, "dev", "eth0"
            ]));
            for link in ["eth0", "lo"] {
                assert!(run(&["ip", "-n", name, "link", "set", link, "up"]));
            }
        }
        pair
    }

    /// A command that runs in the client's namespace.
    pub(crate) fn on_client(&self, words: &[&str]) -> Command {
        within(&self.client, words)
    }

    /// A command that runs in the server's namespace.
    pub(crate) fn on_server(&self, words: &[&str]) -> Command {
        within(&self.server, words)
    }
}

fn within(namespace: &str, words: &[&str]) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace]).args(words);
    command
}

impl Drop for Pair {
    fn drop(&mut self) {
        for name in [&self.client, &self.server] {
            run(&["ip", "netns", "del", name]);
        }
    }
}
