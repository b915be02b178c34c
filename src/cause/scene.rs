//! What a cause is judged by: one failed handshake, and what the rest of the run says about it.

use super::resets;
use super::resets::Baseline;
use super::resets::Clue;
use super::resets::ClueKind;
use crate::base::FrameRef;
use crate::base::Side;
use crate::base::Timestamp;
use crate::certificate;
use crate::compare::Accepted;
use crate::compare::Association;
use crate::compare::Strength;
use crate::compare::kin;
use crate::facts::AlertFacts;
use crate::facts::ClientHelloFacts;
use crate::facts::HandshakeFacts;
use crate::facts::ServerHelloFacts;
use crate::facts::WireText;
use crate::pattern::Diagnosis;
use crate::pattern::Evidence;
use crate::pattern::Finding;
use crate::pattern::Value;
use crate::texts::text;

/// What the other handshakes with the same server say; plain data, made once for each incident.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Failed flows of this incident.
    pub failed: u64,
    /// Completed flows on the same server.
    pub completed: u64,
    /// How well each attribute tells this incident's flows from the completed ones.
    pub associations: Vec<Association>,
    /// What the server accepted.
    pub accepted: Accepted,
    /// TTLs of the server's packets.
    pub ttl: Vec<u8>,
    /// Its quickest SYN-ACK in ns.
    pub quickest: Option<u64>,
    /// Completed flows with a name that also failed in this incident.
    pub same_name: u64,
    /// Completed and failed flows of that server do not overlap in time: the completed ones lie `before` or `after`.
    pub apart_in_time: Option<&'static str>,
    /// When that was, where there are several flows on each side.
    pub changed_at: Option<Timestamp>,
}

/// One failed handshake before its judges.
#[derive(Debug)]
pub struct Scene<'a> {
    /// All that was seen of it.
    pub facts: &'a HandshakeFacts,
    /// Its pattern.
    pub finding: &'a Finding,
    /// The rest of the run.
    pub context: &'a Context,
    /// What the RST that ended it says about its sender.
    pub clues: Vec<Clue>,
    /// What is wrong with the certificates that were seen in clear.
    pub certificates: Vec<certificate::Finding>,
}

impl<'a> Scene<'a> {
    /// The scene of a failed handshake; `None` for any other.
    #[must_use]
    pub fn new(
        diagnosis: &'a Diagnosis,
        context: &'a Context,
        roots: &certificate::Roots,
    ) -> Option<Self> {
        let finding = diagnosis.verdict.finding.as_ref()?;
        let facts = &diagnosis.facts;
        let baseline = Baseline {
            ttl: &context.ttl,
            quickest: context.quickest,
        };
        let reset = matches!(
            finding.pattern,
            "reset-after-client-hello" | "reset-after-server-hello"
        );
        Some(Self {
            facts,
            finding,
            context,
            clues: if reset {
                resets::clues(facts, &baseline)
            } else {
                Vec::new()
            },
            certificates: certificate::judge(facts, roots),
        })
    }

    /// The pattern's name.
    #[must_use]
    pub fn pattern(&self) -> &'static str {
        self.finding.pattern
    }

    /// Whether it is one of these patterns.
    #[must_use]
    pub fn is(&self, patterns: &[&str]) -> bool {
        patterns.contains(&self.finding.pattern)
    }

    /// A value of `detail`.
    #[must_use]
    pub fn detail(&self, key: &str) -> Option<&'a Value> {
        let detail = &self.finding.detail;
        detail
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// A word of `detail`.
    #[must_use]
    pub fn word(&self, key: &str) -> Option<&'static str> {
        match self.detail(key) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Whether a proxy was asked for a tunnel and refused; `None` where nothing before TLS was refused.
    #[must_use]
    pub fn refused_by_proxy(&self) -> Option<bool> {
        let asked = ["http-connect", "socks4", "socks5"];
        let protocol = self.word("protocol").unwrap_or_default();
        (self.pattern() == "tunnel-refused").then(|| asked.contains(&protocol))
    }

    /// A number of `detail`.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<i64> {
        match self.detail(key) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A text of `detail`.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a WireText> {
        match self.detail(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number of the alert that decides, where it is in clear.
    #[must_use]
    pub fn alert_code(&self) -> Option<u8> {
        self.number("code").and_then(|code| u8::try_from(code).ok())
    }

    /// Whether the alert that decides is encrypted.
    #[must_use]
    pub fn alert_encrypted(&self) -> bool {
        self.detail("encrypted") == Some(&Value::Bool(true))
    }

    /// The alert that decides.
    #[must_use]
    pub fn alert(&self, from: Side) -> Option<&'a AlertFacts> {
        let code = self.alert_code();
        self.facts
            .alerts
            .iter()
            .find(|alert| alert.from == from && alert.code == code)
    }

    /// The hello that was answered: after a HelloRetryRequest the second one.
    #[must_use]
    pub fn hello(&self) -> Option<&'a ClientHelloFacts> {
        self.facts
            .current_hello()
            .or(self.facts.client_hello.as_ref())
    }

    /// The ServerHello.
    #[must_use]
    pub fn server_hello(&self) -> Option<&'a ServerHelloFacts> {
        self.facts.server_hello.as_ref()
    }

    /// The name asked for.
    #[must_use]
    pub fn sni(&self) -> Option<&'a WireText> {
        self.facts.client_hello.as_ref()?.sni.as_ref()
    }

    /// Whether the hello was read whole and names no server.
    #[must_use]
    pub fn has_no_sni(&self) -> bool {
        self.facts
            .client_hello
            .as_ref()
            .is_some_and(|hello| hello.readable && hello.sni.is_none())
    }

    /// Frames of the hello.
    #[must_use]
    pub fn hello_frames(&self) -> Vec<FrameRef> {
        self.hello()
            .map(|hello| hello.frames.iter().copied().take(4).collect())
            .unwrap_or_default()
    }

    /// A sentence about the hello.
    #[must_use]
    pub fn about_hello(&self, text: impl Into<String>) -> Evidence {
        Evidence {
            frames: self.hello_frames(),
            text: text.into(),
        }
    }

    /// The frames that decide the pattern, with a sentence of one's own.
    #[must_use]
    pub fn about_end(&self, text: impl Into<String>) -> Evidence {
        let last = self.finding.evidence.last();
        Evidence {
            frames: last
                .map(|evidence| evidence.frames.clone())
                .unwrap_or_default(),
            text: text.into(),
        }
    }

    /// What was found wrong with the certificates, of these kinds.
    #[must_use]
    pub fn found(&self, kinds: &[certificate::Kind]) -> Vec<Evidence> {
        let found = self
            .certificates
            .iter()
            .filter(|finding| kinds.contains(&finding.kind));
        let evidence = |finding: &certificate::Finding| Evidence {
            frames: finding.frames.clone(),
            text: finding.text.clone(),
        };
        found.map(evidence).collect()
    }

    /// What the pattern itself shows last: what ended the handshake.
    #[must_use]
    pub fn end(&self) -> Vec<Evidence> {
        self.finding.evidence.last().cloned().into_iter().collect()
    }

    /// How well `attribute` tells these failed flows from the completed ones of that server, if it does.
    #[must_use]
    pub fn association(&self, attribute: &str) -> Option<&'a Association> {
        self.context
            .associations
            .iter()
            .find(|one| one.attribute == attribute && one.strength.is_some())
    }

    /// Whether handshakes with the same values of `attribute` completed.
    #[must_use]
    pub fn completed_with(&self, attribute: &str) -> bool {
        let one = self
            .context
            .associations
            .iter()
            .find(|one| one.attribute == attribute);
        one.is_some_and(|one| one.completed > 0)
    }

    /// Whether hellos that offer the same versions, suites, groups and signature algorithms completed there.
    #[must_use]
    pub fn like_offer_completed(&self) -> bool {
        ["version", "suites", "groups", "signature algorithms"]
            .iter()
            .all(|attribute| self.completed_with(attribute))
    }

    /// Whether `attribute` sets them apart by more than chance.
    #[must_use]
    pub fn sets_apart(&self, attribute: &str) -> bool {
        self.association(attribute)
            .is_some_and(|one| one.strength >= Some(Strength::Associated))
    }

    /// Attributes that set them apart at least as well as `attribute` and do not follow from it: ties are told, not resolved.
    #[must_use]
    pub fn ties(&self, attribute: &str) -> Vec<&'static str> {
        let best = self.association(attribute).and_then(|one| one.strength);
        let others = self
            .context
            .associations
            .iter()
            .filter(|one| kin::is_rival(one.attribute, attribute));
        let mut ties: Vec<&'static str> = others
            .filter(|one| one.strength.is_some() && one.strength >= best)
            .map(|one| one.attribute)
            .collect();
        kin::without_followers(&mut ties);
        ties
    }

    /// The counts of `attribute` as a sentence: `176 of 180 with this name fail, 0 of 512 others do`.
    #[must_use]
    pub fn counts(&self, attribute: &str, with: &str, without: &str) -> Option<Evidence> {
        let one = self.association(attribute)?;
        let all = one.failed + one.completed;
        Some(Evidence {
            text: text!(
                "counts.sentence",
                failed = one.failed,
                all,
                with,
                otherwise = one.completed_otherwise,
                without
            ),
            frames: self
                .hello_frames()
                .into_iter()
                .take(1)
                .chain(one.unlike)
                .collect(),
        })
    }

    /// Log-odds in tenths that a box between sent the RST, and whether two independent kinds of evidence say so.
    #[must_use]
    pub fn forged(&self) -> (i32, bool) {
        let sum = self.clues.iter().map(|clue| clue.weight).sum();
        let says = |kind: ClueKind| {
            self.clues
                .iter()
                .any(|clue| clue.kind == kind && clue.weight >= 15)
        };
        (sum, says(ClueKind::Order) && says(ClueKind::Header))
    }

    /// The clues for a box, or those against, as evidence.
    #[must_use]
    pub fn clues_as_evidence(&self, for_box: bool) -> Vec<Evidence> {
        let clues = self
            .clues
            .iter()
            .filter(|clue| (clue.weight > 0) == for_box);
        clues
            .map(|clue| Evidence {
                frames: clue.frames.clone(),
                text: clue.text.clone(),
            })
            .collect()
    }
}
