//! Flows that are no TLS: plain HTTP, DNS and other datagrams.

use super::template::Expected;
use super::template::Step;
use super::template::Template;
use super::template::cut;

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const PSH_ACK: u8 = 0x18;
const FIN_ACK: u8 = 0x11;

/// All of them; the weights are of ten thousand.
pub(super) fn templates() -> Vec<Template> {
    vec![
        flow("http_small", 2500, 80, http(1, 900)),
        flow("http", 2000, 80, http(3, 7_000)),
        flow("http_large", 500, 8080, http(1, 150_000)),
        datagrams("dns", 3500, 53, dns()),
        datagrams("other_udp", 1500, 5004, media()),
    ]
}

fn flow(kind: &str, weight: u64, port: u16, steps: Vec<Step>) -> Template {
    template(kind, "not-tls", weight, port, steps)
}

fn datagrams(kind: &str, weight: u64, port: u16, steps: Vec<Step>) -> Template {
    let mut template = template(kind, "none", weight, port, steps);
    template.udp = true;
    template
}

fn template(kind: &str, outcome: &str, weight: u64, port: u16, steps: Vec<Step>) -> Template {
    Template {
        kind: format!("other:{kind}"),
        expected: Expected {
            outcome: outcome.to_owned(),
            pattern: None,
        },
        weight,
        udp: false,
        port,
        steps_v6: cut(&steps, 1428),
        steps,
        patches: Vec::new(),
        synchronized: [true, true],
        carries_bulk: false,
    }
}

/// A conversation in the making.
#[derive(Default)]
struct Talk {
    steps: Vec<Step>,
    at: u64,
    next: [u32; 2],
}

impl Talk {
    fn send(&mut self, side: usize, after: u64, flags: u8, payload: Vec<u8>) {
        self.at += after;
        let mut options = vec![1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        if flags & SYN != 0 {
            options.splice(0..0, [2, 4, 5, 0xb4]);
        }
        let taken = payload.len() as u32 + u32::from(flags & (SYN | 1) != 0);
        self.steps.push(Step {
            at: self.at,
            side,
            flags,
            seq: self.next[side],
            ack: if flags & ACK != 0 {
                self.next[1 - side]
            } else {
                0
            },
            window: 502,
            ttl: if side == 0 { 64 } else { 57 },
            ip_id: self.steps.len() as u16,
            timestamps: Some(options.len() - 10),
            options,
            payload,
        });
        self.next[side] = self.next[side].wrapping_add(taken);
    }
}

/// `requests` over one connection, each answered with `size` bytes.
fn http(requests: usize, size: usize) -> Vec<Step> {
    let mut talk = Talk::default();
    talk.send(0, 0, SYN, Vec::new());
    talk.send(1, 9_000, SYN | ACK, Vec::new());
    talk.send(0, 60, ACK, Vec::new());
    for number in 0..requests {
        let request = format!(
            "GET /item/{number} HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\nUser-Agent: curl/7.88.1\r\n\r\n"
        );
        talk.send(0, 300, PSH_ACK, request.into_bytes());
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: {size}\r\n\r\n")
                .into_bytes();
        answer.extend((0..size).map(|index| b' ' + (index * 7 % 90) as u8));
        let mut wait = 9_500;
        for (index, piece) in answer.chunks(1448).enumerate() {
            talk.send(1, wait, ACK, piece.to_vec());
            wait = 12;
            if index % 2 == 1 {
                talk.send(0, 4, ACK, Vec::new());
            }
        }
    }
    talk.send(0, 2_000, FIN_ACK, Vec::new());
    talk.send(1, 9_000, FIN_ACK, Vec::new());
    talk.send(0, 60, ACK, Vec::new());
    talk.steps
}

fn dns() -> Vec<Step> {
    let question = b"\x03www\x07example\x03com\0\0\x01\0\x01";
    let mut talk = Talk::default();
    let ask = [&b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0"[..], question].concat();
    talk.send(0, 0, 0, ask);
    let answer = [
        &b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0"[..],
        question,
        &b"\xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\xcb\0\x71\x09"[..],
    ];
    talk.send(1, 2_500, 0, answer.concat());
    talk.steps
}

fn media() -> Vec<Step> {
    let mut talk = Talk::default();
    for number in 0..6_usize {
        let payload = (0..172).map(|index| (index * 31 + number) as u8).collect();
        talk.send(number % 2, 20_000, 0, payload);
    }
    talk.steps
}
