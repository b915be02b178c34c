//! What pcapng files hold beside packets and is kept: names, comments, and secrets for a later decryption.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use crate::capture::scan::number;

/// Names kept of one input.
const NAMES: usize = 16_384;
/// Comments kept of one input, and bytes of each.
const COMMENTS: usize = 4096;
const COMMENT: usize = 1024;
/// Bytes of secrets kept of one input: some 80,000 sessions.
const SECRETS: usize = 16 * 1024 * 1024;
/// Code of a comment among the options of any block.
const OPT_COMMENT: u16 = 1;
/// Types of records in a Name Resolution Block.
const IPV4: u16 = 1;
const IPV6: u16 = 2;

/// What was kept of one input so far; complete once all frames were given. Each kind has a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Names of addresses, from Name Resolution Blocks, in the order of the file.
    pub names: Vec<NamedAddress>,
    /// Comments on packets: number of the frame, and the text.
    pub comments: Vec<(u64, String)>,
    /// Decryption Secrets Blocks.
    pub secrets: Vec<Secrets>,
    /// Names, comments and secrets that found no room.
    pub left_out: u64,
}

/// A name that whoever captured or saved the file knew for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAddress {
    /// The address.
    pub ip: IpAddr,
    /// The name as it stands there.
    pub name: Vec<u8>,
    /// Number of the last frame before it, 0 for none.
    pub after: u64,
}

/// Secrets of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Which, as in the block: `0x544c534b` is TLS, in the form of NSS key logs.
    pub kind: u32,
    /// As they stand there.
    pub data: Vec<u8>,
}

impl Notes {
    /// Keeps the names of a Name Resolution Block: records of type u16, length u16, value, padded to 4 bytes; the value is an
    /// address and names that end in a zero byte each.
    pub(super) fn read_names(&mut self, body: &[u8], big_endian: bool, after: u64) {
        options(body, big_endian, |kind, value| {
            let (ip, names) = match kind {
                IPV4 => match value.split_first_chunk::<4>() {
                    Some((ip, names)) => (IpAddr::from(Ipv4Addr::from(*ip)), names),
                    None => return,
                },
                IPV6 => match value.split_first_chunk::<16>() {
                    Some((ip, names)) => (IpAddr::from(Ipv6Addr::from(*ip)), names),
                    None => return,
                },
                _ => return,
            };
            for name in names.split(|byte| *byte == 0) {
                self.name(ip, name, after);
            }
        });
    }

    fn name(&mut self, ip: IpAddr, name: &[u8], after: u64) {
        if name.is_empty() {
            return;
        }
        if self.names.len() >= NAMES {
            self.left_out += 1;
            return;
        }
        let name = name.to_vec();
        self.names.push(NamedAddress { ip, name, after });
    }

    /// Keeps a Decryption Secrets Block: 0 type u32, 4 length u32, 8 data.
    pub(super) fn read_secrets(&mut self, body: &[u8], big_endian: bool) {
        let (Some(kind), Some(length)) = (number(body, 0, big_endian), number(body, 4, big_endian))
        else {
            return;
        };
        let rest = body.get(8..).unwrap_or_default();
        let length = super::stream::narrow(length).min(rest.len());
        let held: usize = self.secrets.iter().map(|one| one.data.len()).sum();
        if held.saturating_add(length) > SECRETS {
            self.left_out += 1;
            return;
        }
        let data = rest.get(..length).unwrap_or_default().to_vec();
        self.secrets.push(Secrets { kind, data });
    }

    /// Keeps the comments among the options of a packet.
    #[cold]
    pub(super) fn read_comments(&mut self, body: &[u8], big_endian: bool, frame: u64) {
        options(body, big_endian, |kind, value| {
            if kind != OPT_COMMENT {
                return;
            }
            if self.comments.len() >= COMMENTS {
                self.left_out += 1;
                return;
            }
            let value = value.get(..COMMENT).unwrap_or(value);
            let text = String::from_utf8_lossy(value).into_owned();
            self.comments.push((frame, text));
        });
    }
}

/// Gives type and value of each whole option or record, up to the one that ends them.
fn options(mut body: &[u8], big_endian: bool, mut take: impl FnMut(u16, &[u8])) {
    while let Some((&[a, b, c, d], rest)) = body.split_first_chunk::<4>() {
        let order = |bytes| match big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        };
        let (kind, length) = (order([a, b]), usize::from(order([c, d])));
        let Some(value) = rest.get(..length).filter(|_| kind != 0) else {
            return;
        };
        take(kind, value);
        body = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::COMMENTS;
    use super::Notes;

    fn record(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap();
        let mut bytes = [&kind.to_be_bytes()[..], &length.to_be_bytes(), value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn names_of_both_families_are_kept_up_to_the_end_mark() {
        let six = [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1]].concat();
        let body = [
            record(1, b"\xc0\x00\x02\x01a.example\0b.example\0"),
            record(9, b"what is not known"),
            record(2, &[&six[..], b"six.example\0"].concat()),
            record(1, b"\xc0"),
            record(0, b""),
            record(1, b"\xc0\x00\x02\x01late.example\0"),
        ]
        .concat();
        let mut notes = Notes::default();
        notes.read_names(&body, true, 7);
        let names: Vec<String> = notes
            .names
            .iter()
            .map(|one| {
                format!(
                    "{} {} {}",
                    one.ip,
                    String::from_utf8_lossy(&one.name),
                    one.after
                )
            })
            .collect();
        assert_eq!(
            names,
            [
                "192.0.2.1 a.example 7",
                "192.0.2.1 b.example 7",
                "2001:db8::1 six.example 7"
            ]
        );
        for length in 0..body.len() {
            let mut cut = Notes::default();
            cut.read_names(&body[..length], true, 7);
            assert!(notes.names.starts_with(&cut.names), "{length}");
        }
    }

    #[test]
    fn secrets_are_kept_as_they_stand_within_a_bound() {
        let mut notes = Notes::default();
        let block = [&b"\x54\x4c\x53\x4b\0\0\0\x05"[..], b"CLIEN\0\0\0"].concat();
        for length in 0..8 {
            notes.read_secrets(&block[..length], true);
        }
        assert_eq!(notes, Notes::default());
        notes.read_secrets(&block, true);
        assert_eq!(notes.secrets[0].kind, 0x544c_534b);
        assert_eq!(notes.secrets[0].data, b"CLIEN");
        let large = [&b"\x54\x4c\x53\x4b\xff\0\0\0"[..], &vec![b'x'; 17 << 20]].concat();
        notes.read_secrets(&large, true);
        assert_eq!((notes.secrets.len(), notes.left_out), (1, 1));
    }

    #[test]
    fn comments_are_kept_within_a_bound() {
        let mut notes = Notes::default();
        let body = [record(2, b"\0\0\0\0"), record(1, b"look here")].concat();
        for frame in 0..5000 {
            notes.read_comments(&body, true, frame);
        }
        assert_eq!(notes.comments[3], (3, "look here".to_owned()));
        assert_eq!(notes.comments.len(), COMMENTS);
        assert_eq!(notes.left_out, 5000 - 4096);
    }
}
