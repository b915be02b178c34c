//! A flow of testdata made into a template: its packets, and which bytes of them are new in every copy.

use super::template::Expected;
use super::template::Patch;
use super::template::Step;
use super::template::Template;
use super::template::What;
use super::template::cut;
use etherparse::NetSlice;
use etherparse::SlicedPacket;
use etherparse::TransportSlice;
use serde_json::Value;
use std::fs;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::capture::Source;

/// Which flows are replayed, and how often.
const SOURCES: &str = include_str!("../sources.tsv");
/// The random of a HelloRetryRequest begins so (RFC 8446 section 4.1.3); it is no random and stays.
const HELLO_RETRY: [u8; 4] = [0xcf, 0x21, 0xad, 0x74];
/// The most payload behind an IPv6 header and TCP timestamps, in a frame of 1,500 bytes.
const FITS_V6: usize = 1428;
/// Bytes of each side in which hellos are looked for.
const HELLOS: usize = 6_000;

/// All templates of `sources.tsv`.
pub(super) fn load(cases: &Path) -> Vec<Template> {
    SOURCES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [kind, case, flow, weight] = columns[..] else {
                panic!("sources.tsv: four columns are needed: {line}");
            };
            let template = read(kind, &cases.join(case), flow.parse().unwrap());
            Template {
                weight: weight.parse().unwrap(),
                ..template.unwrap_or_else(|error| panic!("{case}: {error}"))
            }
        })
        .collect()
}

fn read(kind: &str, case: &Path, flow: usize) -> Result<Template, Box<dyn std::error::Error>> {
    let truth: Value = serde_json::from_slice(&fs::read(case.join("truth.json"))?)?;
    let truth = &truth["flows"][flow];
    let text = |key: &str| truth[key].as_str().map(str::to_owned);
    let ends: [SocketAddr; 2] = [
        text("client").ok_or("no client")?.parse()?,
        text("server").ok_or("no server")?.parse()?,
    ];
    let packets = packets(&case.join("capture.pcap"), ends)?;
    let (steps, synchronized) = steps(&packets);
    let expected = Expected {
        outcome: text("outcome").ok_or("no outcome")?,
        pattern: text("pattern"),
    };
    Ok(Template {
        kind: format!("tls:{kind}"),
        carries_bulk: expected.outcome == "completed",
        expected,
        weight: 0,
        udp: false,
        port: ends[1].port(),
        patches: patches(&steps, text("sni").as_deref()),
        steps_v6: cut(&steps, FITS_V6),
        steps,
        synchronized,
    })
}

/// The packets of one connection, as they are numbered in the capture.
fn packets(file: &Path, ends: [SocketAddr; 2]) -> Result<Vec<Step>, Box<dyn std::error::Error>> {
    let mut merged = Merged::new(vec![FileReader::open(file)?]);
    let mut out = Vec::new();
    while let Some(frame) = merged.next()? {
        let Ok(packet) = SlicedPacket::from_ethernet(frame.data) else {
            continue;
        };
        let Some(TransportSlice::Tcp(tcp)) = packet.transport else {
            continue;
        };
        let (from, to, ttl, ip_id) = match packet.net {
            Some(NetSlice::Ipv4(ip)) => {
                let header = ip.header();
                let (from, to) = (header.source_addr(), header.destination_addr());
                (
                    IpAddr::V4(from),
                    IpAddr::V4(to),
                    header.ttl(),
                    header.identification(),
                )
            }
            Some(NetSlice::Ipv6(ip)) => {
                let header = ip.header();
                let (from, to) = (header.source_addr(), header.destination_addr());
                (IpAddr::V6(from), IpAddr::V6(to), header.hop_limit(), 0)
            }
            _ => continue,
        };
        let pair = [
            SocketAddr::new(from, tcp.source_port()),
            SocketAddr::new(to, tcp.destination_port()),
        ];
        let side = if pair == ends {
            0
        } else if pair == [ends[1], ends[0]] {
            1
        } else {
            continue;
        };
        out.push(Step {
            at: u64::try_from(frame.at.0)? / 1000,
            side,
            flags: tcp.header_slice()[13],
            seq: tcp.sequence_number(),
            ack: tcp.acknowledgment_number(),
            window: tcp.window_size(),
            ttl,
            ip_id,
            timestamps: timestamps(tcp.options())?,
            options: tcp.options().to_vec(),
            payload: tcp.payload().to_vec(),
        });
    }
    if out.is_empty() {
        return Err("the flow is not in the capture".into());
    }
    Ok(out)
}

/// Where the timestamps are. Selective acknowledgements hold sequence numbers, which are not rewritten.
fn timestamps(options: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut at = 0;
    while let Some(kind) = options.get(at) {
        match kind {
            0 => break,
            1 => at += 1,
            5 => return Err("selective acknowledgements cannot be replayed"),
            8 => return Ok(Some(at)),
            _ => at += usize::from(*options.get(at + 1).unwrap_or(&2)).max(2),
        }
    }
    Ok(None)
}

/// Numbers made to count from the start of each side, time from the first packet; and which sides sent a SYN.
fn steps(packets: &[Step]) -> (Vec<Step>, [bool; 2]) {
    const SYN: u8 = 0x02;
    const ACK: u8 = 0x10;
    let syn = |side| {
        packets
            .iter()
            .find(|packet| packet.side == side && packet.flags & SYN != 0)
    };
    let synchronized = [syn(0).is_some(), syn(1).is_some()];
    let initial = [0, 1].map(|side| syn(side).map_or(0, |packet| packet.seq));
    let begin = packets.first().map_or(0, |packet| packet.at);
    let steps = packets.iter().map(|packet| {
        let mut step = packet.clone();
        step.at -= begin;
        step.seq = step.seq.wrapping_sub(initial[step.side]);
        if step.flags & ACK != 0 {
            step.ack = step.ack.wrapping_sub(initial[1 - step.side]);
        }
        step
    });
    (steps.collect(), synchronized)
}

/// What is new in every copy. Bytes are looked for in the stream of a side, since a hello may be cut anywhere.
fn patches(steps: &[Step], name: Option<&str>) -> Vec<Patch> {
    let streams = [stream(steps, 0), stream(steps, 1)];
    let mut out = Vec::new();
    let mut replace = |bytes: &[u8], sides: &[usize], what| {
        for side in sides {
            let found = places(&streams[*side], bytes);
            out.extend(found.map(|offset| Patch {
                side: *side,
                offset,
                length: bytes.len(),
                what,
            }));
        }
    };
    let mut client_session = None;
    if let Some(hello) = hello(&streams[0], 1).next() {
        replace(hello.random, &[0], What::ClientRandom);
        client_session = hello.session;
        if let Some(session) = hello.session {
            replace(session, &[0, 1], What::ClientSession);
        }
    }
    for hello in hello(&streams[1], 2) {
        if hello.random.starts_with(&HELLO_RETRY) {
            continue;
        }
        // The last eight bytes may say that a version was lowered.
        replace(&hello.random[..24], &[1], What::ServerRandom);
        if let Some(session) = hello.session.filter(|_| hello.session != client_session) {
            replace(session, &[1], What::ServerSession);
        }
    }
    if let Some(name) = name {
        for offset in places(&streams[0], name.as_bytes()) {
            out.push(Patch {
                side: 0,
                offset,
                length: name.find('.').unwrap_or(name.len()),
                what: What::Name,
            });
        }
    }
    out
}

/// The first bytes of a side in order; a hole is zero.
fn stream(steps: &[Step], side: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for step in steps.iter().filter(|step| step.side == side) {
        let from = step.seq.wrapping_sub(1) as usize;
        let to = from.saturating_add(step.payload.len());
        if step.payload.is_empty() || to > HELLOS {
            continue;
        }
        out.resize(out.len().max(to), 0);
        out[from..to].copy_from_slice(&step.payload);
    }
    out
}

fn places<'a>(stream: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = stream.windows(wanted.len()).enumerate();
    windows.filter_map(move |(at, window)| (window == wanted).then_some(at))
}

struct Hello<'a> {
    random: &'a [u8],
    session: Option<&'a [u8]>,
}

/// The hellos that begin a record: 1 those of clients, 2 those of servers.
fn hello(stream: &[u8], kind: u8) -> impl Iterator<Item = Hello<'_>> {
    (0..stream.len()).filter_map(move |at| {
        let bytes = stream.get(at..at + 44)?;
        let is_hello = bytes[..2] == [0x16, 3] && bytes[5] == kind && bytes[6] == 0;
        if !is_hello || bytes[9] != 3 || !(1..=3).contains(&bytes[10]) {
            return None;
        }
        let session = stream.get(at + 44..at + 76).filter(|_| bytes[43] == 32);
        Some(Hello {
            random: &stream[at + 11..at + 43],
            session,
        })
    })
}
