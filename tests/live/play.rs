//! Packets put onto an interface.

use pcap::Active;
use pcap::Capture;
use std::path::Path;
use std::thread;
use std::time::Duration;
use std::time::Instant;
use tlscap::capture::FileReader;
use tlscap::capture::Source;

pub(crate) fn sender(interface: &str) -> Capture<Active> {
    Capture::from_device(interface).unwrap().open().unwrap()
}

/// Plays a capture at its own pace.
pub(crate) fn replay(file: &Path, interface: &str) {
    let mut out = sender(interface);
    let mut reader = FileReader::open(file).unwrap();
    let began = Instant::now();
    let mut first = None;
    while let Some(frame) = reader.next().unwrap() {
        let first = *first.get_or_insert(frame.at);
        let due = Duration::from_nanos(frame.at.since(first));
        if let Some(early) = due.checked_sub(began.elapsed()) {
            thread::sleep(early);
        }
        out.sendpacket(frame.data).unwrap();
    }
}

/// The SYN of client `number` to port 443 of 203.0.113.20.
pub(crate) fn syn(number: u32) -> [u8; 54] {
    let mut packet = [0; 54];
    packet[0] = 2;
    packet[6] = 2;
    packet[12] = 8;
    packet[14..26].copy_from_slice(&[0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0]);
    packet[26] = 10;
    packet[27..30].copy_from_slice(&(number >> 8).to_be_bytes()[1..]);
    packet[30..34].copy_from_slice(&[203, 0, 113, 20]);
    packet[34..36].copy_from_slice(&(1024 + (number % 256) as u16).to_be_bytes());
    packet[36..38].copy_from_slice(&443_u16.to_be_bytes());
    packet[38..42].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    packet[46..50].copy_from_slice(&[0x50, 2, 0xff, 0xff]);
    packet
}

/// Sends so many SYNs, each of another client, as fast as it goes.
pub(crate) fn flood(interface: &str, count: u32) {
    let mut out = sender(interface);
    for number in 0..count {
        while out.sendpacket(syn(number)).is_err() {
            thread::yield_now();
        }
    }
}
