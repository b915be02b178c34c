//! The command line.

use crate::refuse;

const USAGE: &str = "\
rustls-peer client HOST PORT [--connect ADDRESS] [--sni NAME|none] [--ca FILE] [--insecure] [--cert FILE]
        [--min 1.2|1.3] [--max V] [--suites A,B] [--groups A,B] [--alpn a,b] [--get] [--quiet] [--times N] [--resume]
rustls-peer server ADDRESS PORT --cert FILE [--client-ca FILE] [--min V] [--max V] [--suites A,B] [--groups A,B]
        [--alpn a,b] [--names a,b]
Suites have their IANA names. Groups: x25519mlkem768, x25519, secp256r1, secp384r1 and what else rustls has.
There are no system roots: without --ca no server is trusted.";

#[derive(Default)]
pub struct Options {
    pub mode: String,
    /// Name to verify of a client, address of a server.
    pub host: String,
    pub port: u16,
    pub connect: Option<String>,
    pub sni: Option<String>,
    pub ca: Option<String>,
    pub client_ca: Option<String>,
    pub cert: Option<String>,
    pub min: Option<String>,
    pub max: Option<String>,
    pub suites: Vec<String>,
    pub groups: Vec<String>,
    pub alpn: Vec<Vec<u8>>,
    pub names: Vec<String>,
    pub insecure: bool,
    pub quiet: bool,
    pub resume: bool,
    pub times: usize,
}

impl Options {
    pub fn from_arguments(arguments: Vec<String>) -> Self {
        let mut rest = arguments.into_iter();
        let mut next = || rest.next().unwrap_or_else(|| refuse(USAGE));
        let (mode, host, port) = (
            next(),
            next(),
            next().parse().unwrap_or_else(|_| refuse(USAGE)),
        );
        if mode != "client" && mode != "server" {
            refuse(USAGE);
        }
        let mut options = Options {
            mode,
            host,
            port,
            times: 1,
            ..Options::default()
        };
        while let Some(option) = rest.next() {
            options.set(&option, &mut rest);
        }
        options
    }

    fn set(&mut self, option: &str, rest: &mut impl Iterator<Item = String>) {
        let client = self.mode == "client";
        let mut value = || rest.next().unwrap_or_else(|| refuse(USAGE));
        match option {
            "--connect" if client => self.connect = Some(value()),
            "--sni" if client => self.sni = Some(value()),
            "--ca" if client => self.ca = Some(value()),
            "--insecure" if client => self.insecure = true,
            "--get" if client => self.quiet = false,
            "--quiet" if client => self.quiet = true,
            "--resume" if client => self.resume = true,
            "--times" if client => self.times = value().parse().unwrap_or_else(|_| refuse(USAGE)),
            "--client-ca" if !client => self.client_ca = Some(value()),
            "--names" if !client => self.names = list(&value()),
            "--cert" => self.cert = Some(value()),
            "--min" => self.min = Some(value()),
            "--max" => self.max = Some(value()),
            "--suites" => self.suites = list(&value()),
            "--groups" => self.groups = list(&value()),
            "--alpn" => self.alpn = list(&value()).into_iter().map(String::into_bytes).collect(),
            _ => refuse(USAGE),
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}
