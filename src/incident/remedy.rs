//! What to do about a cause: rows of `tables/remedies.tsv`, with what this capture knows put in.

use crate::base::Endpoint;
use crate::facts::WireText;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::tables;
use crate::tables::Remedy;
use crate::texts::text;

/// Remedies given for one cause: the rest is what `tlscap explain` is for.
const MOST: usize = 3;

/// What somebody can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who acts: `client`, `server`, `network`, `proxy`.
    pub who: &'static str,
    /// The product it is for; `None`: any.
    pub product: Option<&'static str>,
    /// What to do, one sentence.
    pub text: String,
    /// Lines to configure or run.
    pub config: Vec<String>,
}

impl Act {
    /// For any product, without a line to configure.
    pub(super) fn new(who: &'static str, text: impl Into<String>) -> Self {
        Self {
            who,
            product: None,
            text: text.into(),
            config: Vec::new(),
        }
    }

    /// `Client, if it is nginx: ...`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let who = match self.who {
            "client" => text!("act.client"),
            "server" => text!("act.server"),
            "network" => text!("act.network"),
            "proxy" => text!("act.proxy"),
            other => other,
        };
        let text = &self.text;
        match self.product {
            Some(product) => text!("act.by-product", who, product, text),
            None => text!("act.by", who, text),
        }
    }
}

/// What a placeholder may stand for.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The server.
    pub server: Endpoint,
    /// A name of it that was seen in the capture.
    pub name: Option<&'a WireText>,
    /// Whether the client's bytes arrived there.
    pub arrived: bool,
    /// Whether TLS begins with the first byte: no proxy, no STARTTLS before it.
    pub direct: bool,
}

/// The remedies of a cause, who acts first standing first: at most [`MOST`], those for any product before those for one.
#[must_use]
pub fn acts(cause: &str, place: &Place<'_>) -> Vec<Act> {
    // What a server's kernel never acknowledged no setting of its program can mend.
    let rows: Vec<&Remedy> = tables::remedies(cause)
        .filter(|row| place.arrived || row.who != "server")
        .collect();
    let general = rows.iter().filter(|row| row.product == "any");
    let special = rows.iter().filter(|row| row.product != "any");
    let mut chosen: Vec<&Remedy> = general.take(MOST - 1).copied().collect();
    chosen.extend(special.take(MOST.saturating_sub(chosen.len())).copied());
    chosen.sort_by_key(|row| row.order);
    chosen
        .into_iter()
        .filter_map(|row| act(row, place))
        .collect()
}

/// What would decide a cause that is not known well enough; `None` where it is.
#[must_use]
pub fn settle(claim: &Claim, place: &Place<'_>) -> Option<String> {
    let text = tables::cause(claim.code)?.settle;
    let unnamed = WireText::from("NAME");
    let named = Place {
        name: place
            .name
            .filter(|_| name(place).is_some())
            .or(Some(&unnamed)),
        ..*place
    };
    (claim.confidence < Confidence::High && !text.is_empty())
        .then(|| filled(text, &named))
        .flatten()
}

/// `None` where the sentence needs something that was not seen.
fn act(row: &Remedy, place: &Place<'_>) -> Option<Act> {
    Some(Act {
        who: row.who,
        product: (row.product != "any").then_some(row.product),
        text: filled(row.text, place).or_else(|| without_name(row.text))?,
        config: row
            .config_lines()
            .filter(|_| place.direct || !row.config_lines().any(connects))
            .filter_map(|line| filled(line, place))
            .collect(),
    })
}

/// Whether the line is a command that speaks TLS to the server at once: behind a proxy or STARTTLS it would meet another program.
fn connects(line: &str) -> bool {
    line.starts_with("curl ") && line.contains("https://")
        || line.starts_with("openssl s_client ") && !line.contains("-starttls")
}

/// A sentence that speaks of `{name}` speaks of "this name" where none is known.
fn without_name(text: &str) -> Option<String> {
    let text = text.replace("{name}", text!("act.this-name"));
    (!text.contains('{')).then_some(text)
}

/// The text with what is known put in, the rest in capitals for the reader to fill; `None` where it needs a name and none was seen.
fn filled(text: &str, place: &Place<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let Some((word, after)) = behind.split_once('}').filter(|(word, _)| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
        }) else {
            out.push('{');
            rest = behind;
            continue;
        };
        match word {
            "name" => out.push_str(&name(place)?),
            "address" => out.push_str(&place.server.ip.to_string()),
            "port" => out.push_str(&place.server.port.to_string()),
            other => out.push_str(&other.to_ascii_uppercase()),
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// The name, if it is one that may stand in a configuration as it is.
fn name(place: &Place<'_>) -> Option<String> {
    let bytes = place.name?.bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    (!bytes.is_empty() && bytes.iter().all(plain))
        .then(|| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::Place;
    use super::acts;
    use super::settle;
    use crate::base::Endpoint;
    use crate::cause::CAUSES;
    use crate::facts::WireText;
    use crate::pattern::Claim;
    use crate::pattern::Confidence;

    fn server() -> Endpoint {
        Endpoint {
            ip: [198, 51, 100, 9].into(),
            port: 443,
        }
    }

    #[test]
    fn every_cause_has_somebody_who_acts() {
        let place = Place {
            server: server(),
            name: None,
            arrived: true,
            direct: true,
        };
        for cause in CAUSES {
            assert!(!acts(cause.code, &place).is_empty(), "{}", cause.code);
        }
    }

    #[test]
    fn a_name_is_put_in_only_if_one_was_seen() {
        let seen = WireText::from("activity.example.com");
        let config = |name| {
            let acts = acts(
                "sni-missing",
                &Place {
                    server: server(),
                    name,
                    arrived: true,
                    direct: true,
                },
            );
            acts.into_iter()
                .flat_map(|act| act.config)
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert!(config(Some(&seen)).contains("proxy_ssl_name activity.example.com;"));
        assert!(config(None).contains("proxy_ssl_server_name on;"));
        assert!(!config(None).contains("proxy_ssl_name "));
    }

    #[test]
    fn behind_starttls_no_command_speaks_tls_at_once() {
        let seen = WireText::from("activity.example.com");
        let place = |direct| Place {
            server: server(),
            name: Some(&seen),
            arrived: true,
            direct,
        };
        let seen_by = |direct| {
            let mut lines = CAUSES
                .iter()
                .flat_map(|cause| acts(cause.code, &place(direct)))
                .flat_map(|act| act.config);
            lines.any(|line| line.contains("https://") && line.starts_with("curl "))
        };
        assert!(seen_by(true));
        assert!(!seen_by(false));
    }

    #[test]
    fn what_settles_knows_the_address_without_a_name() {
        let place = Place {
            server: server(),
            name: None,
            arrived: true,
            direct: true,
        };
        let claim = Claim::new("sni-missing", Confidence::Low, Vec::new());
        let text = settle(&claim, &place).unwrap_or_default();
        assert!(
            text.contains("-connect 198.51.100.9:443 -servername NAME)"),
            "{text}"
        );
    }

    #[test]
    fn a_hostile_name_is_never_put_in() {
        let hostile = WireText::from("a; rm -rf /");
        let place = Place {
            server: server(),
            name: Some(&hostile),
            arrived: true,
            direct: true,
        };
        for cause in CAUSES {
            let text = format!("{:?}", acts(cause.code, &place));
            assert!(!text.contains("rm -rf"), "{text}");
        }
    }
}
