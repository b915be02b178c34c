//! From the question along the aliases to the addresses.

use super::Answer;
use super::records::Link;
use super::records::Says;
use super::records::Text;
use crate::facts::DnsAddress;
use crate::facts::WireText;
use std::net::IpAddr;

/// Aliases followed; resolvers give up after as many.
const ALIASES_MAX: usize = 16;
/// Addresses kept of one answer.
const ADDRESSES_MAX: usize = 64;

/// The addresses of the name that was asked for, `None` where there are none. A record that the question does not lead to is left
/// out: an answer is believed only for what was asked.
pub(super) fn resolve(asked: &Text, links: &[Link]) -> Option<Answer> {
    let name = host(asked)?;
    let chain = chain(asked, links);
    let mut found = Addresses {
        name,
        asked,
        all: Vec::new(),
    };
    let mut owners: Vec<&Text> = chain.clone();
    for link in links.iter().filter(|link| chain.contains(&&link.owner)) {
        if let Says::Service(target, hints) = &link.says {
            let owner = target.as_ref().unwrap_or(&link.owner);
            hints.iter().for_each(|ip| found.add(*ip, owner));
            if !owners.contains(&owner) && owners.len() < 2 * ALIASES_MAX {
                owners.push(owner);
            }
        }
    }
    for link in links.iter().filter(|link| owners.contains(&&link.owner)) {
        if let Says::Address(ip) = link.says {
            found.add(ip, &link.owner);
        }
    }
    (!found.all.is_empty()).then(|| Answer {
        name: WireText::new(name),
        addresses: found.all,
    })
}

/// The name and, in turn, what each is an alias of.
fn chain<'a>(asked: &'a Text, links: &'a [Link]) -> Vec<&'a Text> {
    let mut chain = vec![asked];
    while chain.len() <= ALIASES_MAX {
        let last = chain.last().copied();
        let next = links.iter().find_map(|link| match &link.says {
            Says::Alias(target) if Some(&link.owner) == last && !chain.contains(&target) => {
                Some(target)
            }
            _ => None,
        });
        let Some(next) = next else { break };
        chain.push(next);
    }
    chain
}

/// The host in the name of a service: `_8443._https.shop.example` asks for `shop.example` (RFC 9460 section 9.1). `None` below
/// `arpa`, where no server has its name (reverse zones, `resolver.arpa` of RFC 9462).
fn host(asked: &[u8]) -> Option<&[u8]> {
    let mut name = asked;
    while name.first() == Some(&b'_') {
        let dot = name.iter().position(|byte| *byte == b'.')?;
        name = name.get(dot + 1..)?;
    }
    let reserved = name == b"arpa" || name.ends_with(b".arpa");
    (!reserved && !name.is_empty()).then_some(name)
}

struct Addresses<'a> {
    name: &'a [u8],
    asked: &'a Text,
    all: Vec<DnsAddress>,
}

impl Addresses<'_> {
    /// `0.0.0.0` and `::` are how blocking resolvers say no.
    fn add(&mut self, ip: IpAddr, owner: &Text) {
        let known = self.all.iter().any(|address| address.ip == ip);
        if known || ip.is_unspecified() || self.all.len() >= ADDRESSES_MAX {
            return;
        }
        let is_other = owner != self.asked && owner.as_slice() != self.name;
        self.all.push(DnsAddress {
            ip,
            canonical: is_other.then(|| WireText::new(owner)),
        });
    }
}
