//! The hellos as records: `null` for what was looked for and is not there, left out and `hidden` for what nobody could see.

use super::parts::FramesRecord;
use super::parts::Hidden;
use crate::base::Side;
use crate::facts::ClientHelloFacts;
use crate::facts::Ech;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::facts::HelloRetryFacts;
use crate::facts::ServerHelloFacts;
use crate::tables;
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// A name of a number, by IANA; `GREASE`; or the number as `0x1a2b`.
type Name = Cow<'static, str>;

/// A ClientHello. A field that is left out could not be seen and is named in `hidden`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ClientHelloRecord {
    /// Frames that hold it.
    #[serde(flatten)]
    pub seen: FramesRecord,
    /// Length of the handshake message in bytes, header included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// TCP segments that carried it.
    pub segments: u32,
    /// Version of the first record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_version: Option<Name>,
    /// `legacy_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legacy_version: Option<Name>,
    /// `supported_versions`, or `[legacy_version]` without that extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<Name>>,
    /// The host name of `server_name`. `null`: the hello names no server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sni: Option<Option<String>>,
    /// Cipher suites in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher_suites: Option<Vec<Name>>,
    /// `supported_groups` in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Name>>,
    /// Groups of `key_share` in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_shares: Option<Vec<Name>>,
    /// `signature_algorithms` in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_algorithms: Option<Vec<Name>>,
    /// Protocol names of ALPN in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpn: Option<Vec<String>>,
    /// Extensions in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Vec<Name>>,
    /// Encrypted ClientHello: `absent`, `offered` (alone it says nothing), `public-name` (the SNI is a known outer name).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ech: Option<&'static str>,
    /// Length of `legacy_session_id` in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id_length: Option<u8>,
    /// Whether `session_ticket` holds a ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_ticket: Option<bool>,
    /// Whether `pre_shared_key` is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psk: Option<bool>,
    /// Whether `early_data` is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_data: Option<bool>,
    /// Whether `extended_master_secret` is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_master_secret: Option<bool>,
    /// Whether `renegotiation_info` or its signalling suite is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renegotiation_info: Option<bool>,
    /// Whether the suites hold `TLS_FALLBACK_SCSV`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_scsv: Option<bool>,
    /// JA3 as MD5 in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja3: Option<String>,
    /// JA4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja4: Option<String>,
    /// Whether it arrived to its last byte.
    pub complete: bool,
    /// Bytes of it seen on the wire; `length` where it is complete.
    pub have: u32,
    /// What is malformed in it.
    pub malformed: Option<&'static str>,
}

impl ClientHelloRecord {
    /// The record of one hello; `path` is its name in `hidden`.
    pub(super) fn new(
        hello: &ClientHelloFacts,
        facts: &HandshakeFacts,
        path: &str,
        hidden: &mut Hidden,
    ) -> Self {
        let mut read = Reading {
            hello,
            path,
            reason: why_partial(hello, facts),
            hidden,
        };
        let names = |codes: &[u16], name: fn(u16) -> Name| {
            codes.iter().map(|code| name(*code)).collect::<Vec<_>>()
        };
        let suites = read.suites_reached();
        Self {
            seen: FramesRecord::from(&hello.frames[..]),
            length: read.field("length", hello.length, hello.length > 0),
            segments: hello.segments,
            record_version: read.field(
                "record_version",
                tables::version_name(hello.record_version),
                hello.record_version > 0,
            ),
            legacy_version: read.field(
                "legacy_version",
                tables::version_name(hello.legacy_version),
                hello.legacy_version > 0,
            ),
            versions: read.list("versions", 43, names(&hello.versions, tables::version_name)),
            sni: read.field(
                "sni",
                hello.sni.as_ref().map(ToString::to_string),
                hello.sni.is_some() || read.passed(0),
            ),
            cipher_suites: read.suites(names(&hello.cipher_suites, tables::cipher_suite_name)),
            groups: read.list("groups", 10, names(&hello.groups, tables::group_name)),
            key_shares: read.list(
                "key_shares",
                51,
                names(&hello.key_shares, tables::group_name),
            ),
            signature_algorithms: read.list(
                "signature_algorithms",
                13,
                names(&hello.signature_algorithms, tables::signature_scheme_name),
            ),
            alpn: read.list(
                "alpn",
                16,
                hello.alpn.iter().map(ToString::to_string).collect(),
            ),
            extensions: read.extensions(names(&hello.extensions, tables::extension_name)),
            ech: read.field("ech", ech(hello.ech), hello.ech != Ech::Absent),
            session_id_length: read.field(
                "session_id_length",
                hello.session_id_length,
                suites || hello.session_id_length > 0,
            ),
            session_ticket: read.flag("session_ticket", hello.session_ticket, 35),
            psk: read.flag("psk", hello.psk, 41),
            early_data: read.flag("early_data", hello.early_data, 42),
            extended_master_secret: read.flag(
                "extended_master_secret",
                hello.extended_master_secret,
                23,
            ),
            renegotiation_info: read.flag("renegotiation_info", hello.renegotiation_info, 0xff01),
            fallback_scsv: read.field(
                "fallback_scsv",
                hello.fallback_scsv,
                hello.fallback_scsv || read.extensions_reached(),
            ),
            ja3: read.fingerprint("ja3", &hello.ja3()),
            ja4: read.fingerprint("ja4", &hello.ja4()),
            complete: hello.complete,
            have: hello.have,
            malformed: hello.malformed,
        }
    }
}

/// Decides, field by field, what of a hello could be seen.
struct Reading<'a> {
    hello: &'a ClientHelloFacts,
    path: &'a str,
    /// Why it could not be read to its end. `None`: it could.
    reason: Option<&'static str>,
    hidden: &'a mut Hidden,
}

impl Reading<'_> {
    /// Whether reading came to the suites.
    fn suites_reached(&self) -> bool {
        !self.hello.cipher_suites.is_empty()
    }

    /// Whether reading came to the extensions, so that all before them is whole.
    fn extensions_reached(&self) -> bool {
        !self.hello.extensions.is_empty()
    }

    /// Whether this extension was read to its end: another one was met behind it.
    fn passed(&self, extension: u16) -> bool {
        self.hello
            .extensions
            .split_last()
            .is_some_and(|(_, before)| before.contains(&extension))
    }

    /// `value`, unless the hello is partial and `seen` does not hold.
    fn field<T>(&mut self, name: &str, value: T, seen: bool) -> Option<T> {
        let reason = self.reason.filter(|_| !seen);
        self.hidden.unless(
            reason.is_none(),
            value,
            &format!("{}.{name}", self.path),
            reason.unwrap_or_default(),
        )
    }

    /// A flag that an extension sets. In a partial hello its absence is known only once reading has passed that extension.
    fn flag(&mut self, name: &str, value: bool, extension: u16) -> Option<bool> {
        self.field(name, value, value || self.passed(extension))
    }

    /// The list that an extension holds.
    fn list<T>(&mut self, name: &str, extension: u16, values: Vec<T>) -> Option<Vec<T>> {
        let passed = self.passed(extension);
        let begun = self.hello.extensions.last() == Some(&extension) && !values.is_empty();
        self.partial_list(name, values, passed, begun)
    }

    /// The suites, whole once an extension was reached.
    fn suites(&mut self, values: Vec<Name>) -> Option<Vec<Name>> {
        let (whole, begun) = (self.extensions_reached(), self.suites_reached());
        self.partial_list("cipher_suites", values, whole, begun)
    }

    /// The extensions, never known to be whole in a partial hello.
    fn extensions(&mut self, values: Vec<Name>) -> Option<Vec<Name>> {
        let begun = self.extensions_reached();
        self.partial_list("extensions", values, false, begun)
    }

    /// A list: whole; or begun, and then given with a note; or not reached, and then left out.
    fn partial_list<T>(
        &mut self,
        name: &str,
        values: Vec<T>,
        whole: bool,
        begun: bool,
    ) -> Option<Vec<T>> {
        if let Some(reason) = self.reason.filter(|_| begun && !whole) {
            self.hidden.put(
                format!("{}.{name}", self.path),
                format!("{reason}; given is what came before, perhaps all"),
            );
            return Some(values);
        }
        self.field(name, values, whole)
    }

    /// A fingerprint, which exists for whole hellos only.
    fn fingerprint(&mut self, name: &str, value: &str) -> Option<String> {
        let reason = self.reason.unwrap_or("the hello is malformed");
        self.hidden.unless(
            !value.is_empty(),
            value.to_owned(),
            &format!("{}.{name}", self.path),
            reason,
        )
    }
}

/// Why a hello could not be read to its end; `None` where it could.
fn why_partial(hello: &ClientHelloFacts, facts: &HandshakeFacts) -> Option<&'static str> {
    if hello.complete && hello.readable {
        return None;
    }
    Some(
        missing(facts, Side::Client).unwrap_or(match (hello.complete, hello.malformed) {
            (false, _) => "the ClientHello never became complete",
            (true, Some(malformed)) => malformed,
            (true, None) => "the ClientHello could not be read to its end",
        }),
    )
}

/// Why bytes of `side` could not be read, if any could not.
pub(super) fn missing(facts: &HandshakeFacts, side: Side) -> Option<&'static str> {
    let gap = facts.gaps.iter().find(|gap| gap.from == side)?;
    Some(match gap.reason {
        GapReason::NotCaptured => "bytes are missing from the capture",
        GapReason::Cut => "cut by the snap length",
        GapReason::Limit => "let go because a memory bound was reached",
    })
}

/// Its word in the record.
fn ech(ech: Ech) -> &'static str {
    match ech {
        Ech::Absent => "absent",
        Ech::Offered => "offered",
        Ech::PublicName => "public-name",
    }
}

/// A HelloRetryRequest and the hello that answered it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HelloRetryRecord {
    /// Frames that hold the request.
    #[serde(flatten)]
    pub seen: FramesRecord,
    /// The group asked for.
    pub group: Option<Name>,
    /// Whether it carries a cookie.
    pub cookie: bool,
    /// The second ClientHello. `null`: none was sent.
    pub client_hello: Option<ClientHelloRecord>,
    /// The suite chosen.
    pub cipher_suite: Name,
}

impl HelloRetryRecord {
    pub(super) fn new(
        retry: &HelloRetryFacts,
        facts: &HandshakeFacts,
        hidden: &mut Hidden,
    ) -> Self {
        let hello = retry.client_hello.as_ref();
        Self {
            seen: FramesRecord::from(&retry.frames[..]),
            group: retry.group.map(tables::group_name),
            cookie: retry.cookie,
            client_hello: hello.map(|hello| {
                ClientHelloRecord::new(hello, facts, "hello_retry.client_hello", hidden)
            }),
            cipher_suite: tables::cipher_suite_name(retry.cipher_suite),
        }
    }
}

/// A ServerHello.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ServerHelloRecord {
    /// Frames that hold it.
    #[serde(flatten)]
    pub seen: FramesRecord,
    /// The version chosen.
    pub version: Name,
    /// The suite chosen.
    pub cipher_suite: Name,
    /// The group of `key_share` or ServerKeyExchange. `null`: none is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Option<Name>>,
    /// The protocol chosen by ALPN. `null`: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpn: Option<Option<String>>,
    /// Whether a session was resumed.
    pub resumed: bool,
    /// JA3S as MD5 in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja3s: Option<String>,
    /// Extensions in order.
    pub extensions: Vec<Name>,
    /// Bits of the prime of a finite-field ServerKeyExchange.
    pub dh_bits: Option<u32>,
    /// What is malformed in it.
    pub malformed: Option<&'static str>,
}

impl ServerHelloRecord {
    pub(super) fn new(hello: &ServerHelloFacts, hidden: &mut Hidden) -> Self {
        let tls13 = is_tls13(hello.version);
        let ephemeral =
            tables::cipher_suite(hello.cipher_suite).is_some_and(|suite| suite.kx == "ECDHE");
        let group_seen = tls13 || hello.resumed || hello.group.is_some() || !ephemeral;
        let ja3s = hello.ja3s();
        Self {
            seen: FramesRecord::from(&hello.frames[..]),
            version: tables::version_name(hello.version),
            cipher_suite: tables::cipher_suite_name(hello.cipher_suite),
            group: hidden.unless(
                group_seen,
                hello.group.map(tables::group_name),
                "server_hello.group",
                "no ServerKeyExchange could be read",
            ),
            alpn: hidden.unless(
                hello.alpn.is_some() || !tls13,
                hello.alpn.as_ref().map(ToString::to_string),
                "server_hello.alpn",
                "encrypted in TLS 1.3",
            ),
            resumed: hello.resumed,
            ja3s: hidden.unless(
                !ja3s.is_empty(),
                ja3s,
                "server_hello.ja3s",
                "the ServerHello could not be read to its end",
            ),
            extensions: hello
                .extensions
                .iter()
                .map(|code| tables::extension_name(*code))
                .collect(),
            dh_bits: hello.dh_bits,
            malformed: hello.malformed,
        }
    }
}

/// Whether what follows the ServerHello is encrypted: TLS 1.3, its drafts and experiments (0x7fxx, 0x7exx, 0xfbxx), not DTLS.
pub(super) fn is_tls13(version: u16) -> bool {
    (0x0304..0xfe00).contains(&version)
}
