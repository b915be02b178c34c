//! Which handshakes a user wants to see: `--sni`, `--server`, `--client`, `--outcome`, `--pattern`.

use crate::base::Endpoint;
use crate::pattern::Diagnosis;
use std::net::IpAddr;
use std::str::FromStr;

/// An address with an optional prefix length and port: `192.0.2.0/24`, `198.51.100.4:443`, `[2001:db8::1]:443`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    ip: IpAddr,
    prefix: u8,
    port: Option<u16>,
}

impl Ends {
    /// Whether `end` lies within.
    #[must_use]
    pub fn holds(&self, end: Endpoint) -> bool {
        self.port.is_none_or(|port| port == end.port) && same_prefix(self.ip, end.ip, self.prefix)
    }
}

impl FromStr for Ends {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "{text:?} is no address: IP[/LEN][:PORT], an IPv6 address with a port in brackets"
            )
        };
        let (address, port) = split_port(text);
        let port = port.map(str::parse).transpose().map_err(|_| wrong())?;
        let (ip, prefix) = match address.split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix.parse::<u8>().map_err(|_| wrong())?)),
            None => (address, None),
        };
        let ip: IpAddr = ip.trim_matches(['[', ']']).parse().map_err(|_| wrong())?;
        let whole = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(whole);
        if prefix > whole {
            return Err(wrong());
        }
        Ok(Self { ip, prefix, port })
    }
}

/// Splits off a port: behind `]:`, or behind the only colon.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some((address, port)) = text.rsplit_once("]:") {
        return (address, Some(port));
    }
    match text.rsplit_once(':') {
        Some((address, port)) if !address.contains(':') => (address, Some(port)),
        _ => (text, None),
    }
}

fn same_prefix(a: IpAddr, b: IpAddr, prefix: u8) -> bool {
    let keep = |bits: u128, width: u32| {
        bits.checked_shr(width.saturating_sub(u32::from(prefix)))
            .unwrap_or(0)
    };
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            keep(u128::from(a.to_bits()), 32) == keep(u128::from(b.to_bits()), 32)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => keep(a.to_bits(), 128) == keep(b.to_bits(), 128),
        _ => false,
    }
}

/// What was asked for; an empty selection takes everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names asked for (`*` and `?`), without regard to case. `-` alone: no SNI.
    pub sni: Option<String>,
    /// Servers.
    pub server: Option<Ends>,
    /// Clients.
    pub client: Option<Ends>,
    /// Outcome names.
    pub outcomes: Vec<String>,
    /// Pattern ids.
    pub patterns: Vec<String>,
    /// Stream numbers.
    pub streams: Vec<u32>,
}

impl Selection {
    /// Whether some flows are left out.
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.sni.is_some() || self.server.is_some() || self.client.is_some()
    }

    /// Whether the flow's ends and name are wanted: others count nowhere.
    #[must_use]
    pub fn wants_flow(&self, diagnosis: &Diagnosis) -> bool {
        let facts = &diagnosis.facts;
        self.server.is_none_or(|ends| ends.holds(facts.server))
            && self.client.is_none_or(|ends| ends.holds(facts.client))
            && self.sni.as_ref().is_none_or(|glob| {
                let name = facts
                    .client_hello
                    .as_ref()
                    .and_then(|hello| hello.sni.as_ref());
                match name {
                    Some(name) => matches(
                        &glob.to_ascii_lowercase(),
                        &name.to_string().to_ascii_lowercase(),
                    ),
                    None => glob == "-",
                }
            })
    }

    /// Whether the record is to be shown.
    #[must_use]
    pub fn wants_record(&self, diagnosis: &Diagnosis) -> bool {
        let verdict = &diagnosis.verdict;
        let pattern = verdict.finding.as_ref().map(|finding| finding.pattern);
        (self.outcomes.is_empty()
            || self
                .outcomes
                .iter()
                .any(|outcome| outcome == verdict.outcome.name()))
            && (self.patterns.is_empty()
                || self
                    .patterns
                    .iter()
                    .any(|wanted| Some(wanted.as_str()) == pattern))
            && (self.streams.is_empty() || self.streams.contains(&diagnosis.facts.stream))
    }
}

/// Whether `text` fits `glob`: `*` any characters, `?` one. Linear but for the last star.
#[must_use]
pub fn matches(glob: &str, text: &str) -> bool {
    let glob: Vec<char> = glob.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut g, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some('*') => {
                retry = Some((g, t));
                g += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                g += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = retry else {
                    return false;
                };
                retry = Some((star, from + 1));
                g = star + 1;
                t = from + 1;
            }
        }
    }
    glob.get(g..).unwrap_or_default().iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::Ends;
    use super::matches;
    use crate::base::Endpoint;

    fn end(ip: &str, port: u16) -> Endpoint {
        Endpoint {
            ip: ip.parse().unwrap(),
            port,
        }
    }

    #[test]
    fn an_address_may_have_a_prefix_and_a_port() {
        let holds =
            |ends: &str, ip: &str, port: u16| ends.parse::<Ends>().unwrap().holds(end(ip, port));
        assert!(holds("192.0.2.0/24", "192.0.2.77", 1));
        assert!(!holds("192.0.2.0/24", "192.0.3.77", 1));
        assert!(holds("192.0.2.7:443", "192.0.2.7", 443));
        assert!(!holds("192.0.2.7:443", "192.0.2.7", 8443));
        assert!(holds("2001:db8::/32", "2001:db8::9", 443));
        assert!(holds("[2001:db8::9]:443", "2001:db8::9", 443));
        assert!(holds("0.0.0.0/0", "8.8.8.8", 1));
        assert!(!holds("::/0", "8.8.8.8", 1));
        for wrong in ["", "192.0.2.0/33", "shop.example", "192.0.2.1:x", "1.2.3"] {
            assert!(wrong.parse::<Ends>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn globs_match_whole_names() {
        assert!(matches("*.shop.example", "api.shop.example"));
        assert!(!matches("*.shop.example", "shop.example"));
        assert!(matches("a?i*e", "api.example"));
        assert!(!matches("api", "api.example"));
        assert!(matches("*", ""));
    }
}
