//! Sends packets onto an interface at a steady rate, to measure live capture. Linux, as root; through AF_PACKET, 32 packets a call.
//!
//! ```text
//! cargo bench --bench send -- replay veth0 400000 10 /tmp/handshakes.pcap   # packets a second, seconds; 0: as fast as it goes
//! cargo bench --bench send -- once veth0 20000 /tmp/a.pcap                  # the file once, as it is
//! cargo bench --bench send -- flood veth0 0 2000000                         # so many SYNs, each of another client
//! ```
//!
//! A replay begins again with other addresses when the file is at its end (the second byte of both IPv4 addresses, or of the host
//! parts of IPv6, differs), so that each round is made of new connections. Prints what it sent, at which rate, and its own
//! processor time.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool that writes to its terminal and may stop on a broken input"
)]

use nix::errno::Errno;
use nix::sys::socket::MsgFlags;
use nix::sys::socket::MultiHeaders;
use nix::sys::socket::SockaddrStorage;
use nix::sys::socket::sendmmsg;
use pcap::Active;
use pcap::Capture;
use std::fs;
use std::io::IoSlice;
use std::os::fd::AsRawFd;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;
use tlscap::capture::FileReader;
use tlscap::capture::Source;

const USAGE: &str =
    "send replay IFACE PPS SECONDS FILE | send once IFACE PPS FILE | send flood IFACE PPS COUNT";
/// Packets of one call.
const BURST: usize = 32;

fn main() -> ExitCode {
    // Cargo adds --bench.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["replay", interface, pps, seconds, file] => {
            let end = Duration::from_secs(seconds.parse().unwrap());
            let packets = read(file);
            let mut sender = Sender::new(interface, pps.parse().unwrap());
            let mut round = 0_u8;
            'all: loop {
                for packet in &packets {
                    if sender.waiting == 0 && sender.began.elapsed() >= end {
                        break 'all;
                    }
                    sender.send(packet, round);
                }
                round = round.wrapping_add(1);
            }
            sender.report();
        }
        ["once", interface, pps, file] => {
            let packets = read(file);
            let mut sender = Sender::new(interface, pps.parse().unwrap());
            for packet in &packets {
                sender.send(packet, 0);
            }
            sender.report();
        }
        ["flood", interface, pps, count] => {
            let mut sender = Sender::new(interface, pps.parse().unwrap());
            for number in 0..count.parse().unwrap() {
                sender.send(&syn(number), 0);
            }
            sender.report();
        }
        [] => println!("{USAGE}"),
        _ => {
            println!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// All frames of a capture.
fn read(file: &str) -> Vec<Vec<u8>> {
    let mut reader = FileReader::open(file.as_ref()).unwrap();
    let mut packets = Vec::new();
    while let Some(frame) = reader.next().unwrap() {
        packets.push(frame.data.to_vec());
    }
    assert!(!packets.is_empty(), "{file} has no packets");
    packets
}

/// Sends in bursts: one call of the system for each.
struct Sender {
    out: Capture<Active>,
    pps: u64,
    began: Instant,
    sent: u64,
    bytes: u64,
    burst: Vec<Vec<u8>>,
    waiting: usize,
}

impl Sender {
    fn new(interface: &str, pps: u64) -> Self {
        let out = Capture::from_device(interface).unwrap().open();
        Self {
            out: out.unwrap(),
            pps,
            began: Instant::now(),
            sent: 0,
            bytes: 0,
            burst: vec![Vec::new(); BURST],
            waiting: 0,
        }
    }

    fn send(&mut self, packet: &[u8], round: u8) {
        let slot = &mut self.burst[self.waiting];
        slot.clear();
        slot.extend_from_slice(packet);
        if round != 0 {
            for at in addresses(slot) {
                slot[at] ^= round;
            }
        }
        self.bytes += packet.len() as u64;
        self.waiting += 1;
        if self.waiting == BURST {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.pps > 0 {
            self.wait();
        }
        let fd = self.out.as_raw_fd();
        let mut from = 0;
        while from < self.waiting {
            let slices: Vec<[IoSlice<'_>; 1]> = self.burst[from..self.waiting]
                .iter()
                .map(|packet| [IoSlice::new(packet)])
                .collect();
            let none = vec![None::<SockaddrStorage>; slices.len()];
            let mut headers = MultiHeaders::preallocate(slices.len(), None);
            let flags = MsgFlags::empty();
            // A full queue of the interface: the rest is tried again, not lost.
            match sendmmsg(fd, &mut headers, &slices, none, [], flags) {
                Ok(sent) => from += sent.count(),
                Err(Errno::ENOBUFS | Errno::EAGAIN | Errno::EINTR) => std::thread::yield_now(),
                Err(error) => panic!("cannot send: {error}"),
            }
        }
        self.sent += self.waiting as u64;
        self.waiting = 0;
    }

    /// Until the burst is due.
    fn wait(&self) {
        let due = Duration::from_nanos(self.sent * 1_000_000_000 / self.pps);
        while let Some(early) = due.checked_sub(self.began.elapsed()) {
            if early > Duration::from_micros(200) {
                std::thread::sleep(early - Duration::from_micros(100));
            } else {
                std::hint::spin_loop();
            }
        }
    }

    fn report(&mut self) {
        self.flush();
        let seconds = self.began.elapsed().as_secs_f64();
        let (user, system) = processor_time();
        println!(
            "sent {} packets, {} bytes in {seconds:.2} s: {:.0} packets/s; CPU {user:.2} s user, {system:.2} s system",
            self.sent,
            self.bytes,
            self.sent as f64 / seconds
        );
    }
}

/// Places of the bytes that make another round other addresses.
fn addresses(packet: &[u8]) -> [usize; 2] {
    let mut at = 12;
    while packet.len() > at + 4 && matches!(&packet[at..at + 2], [0x81, 0] | [0x88, 0xa8]) {
        at += 4;
    }
    match packet.get(at..at + 2) {
        Some([0x08, 0]) if packet.len() > at + 22 => [at + 2 + 13, at + 2 + 17],
        Some([0x86, 0xdd]) if packet.len() > at + 42 => [at + 2 + 17, at + 2 + 33],
        // Not IP: the second byte of the MAC addresses.
        _ => [1, 7],
    }
}

/// A SYN of client `number` to port 443.
fn syn(number: u32) -> [u8; 54] {
    let mut packet = [0; 54];
    packet[0] = 2;
    packet[6] = 2;
    packet[12] = 8;
    let ip = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0];
    packet[14..26].copy_from_slice(&ip);
    packet[26] = 10;
    packet[27..30].copy_from_slice(&(number >> 8).to_be_bytes()[1..]);
    packet[30..34].copy_from_slice(&[203, 0, 113, 20]);
    let port = 1024 + (number % 251) as u16 * 256 + (number % 256) as u16;
    packet[34..36].copy_from_slice(&port.to_be_bytes());
    packet[36..38].copy_from_slice(&443_u16.to_be_bytes());
    packet[38..42].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    packet[46..50].copy_from_slice(&[0x50, 2, 0xff, 0xff]);
    packet
}

/// Processor time of this process, seconds: user and system (proc(5): fields 14 and 15 of stat, in 100ths).
fn processor_time() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let rest = stat.rsplit(") ").next().unwrap();
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |index: usize| fields[index].parse::<f64>().unwrap() / 100.0;
    (ticks(11), ticks(12))
}
