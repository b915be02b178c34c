//! The extension list of a hello (RFC 8446 section 4.2): walked to its end whatever a single extension holds.
//!
//! ```text
//! 2 extension_type | 2 length | extension_data       repeated; the length of the list is already gone
//! ```
//!
//! A reader of extension data gives what it could read, and says apart what is wrong with it.

use super::cursor::Cursor;

pub(super) const SERVER_NAME: u16 = 0;
pub(super) const SUPPORTED_GROUPS: u16 = 10;
pub(super) const EC_POINT_FORMATS: u16 = 11;
pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
pub(super) const ALPN: u16 = 16;
pub(super) const EXTENDED_MASTER_SECRET: u16 = 23;
pub(super) const SESSION_TICKET: u16 = 35;
/// `key_share` had this number up to draft 22 of TLS 1.3.
pub(super) const KEY_SHARE_DRAFT: u16 = 40;
pub(super) const PRE_SHARED_KEY: u16 = 41;
pub(super) const EARLY_DATA: u16 = 42;
pub(super) const SUPPORTED_VERSIONS: u16 = 43;
pub(super) const COOKIE: u16 = 44;
pub(super) const KEY_SHARE: u16 = 51;
pub(super) const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
pub(super) const RENEGOTIATION_INFO: u16 = 0xff01;

/// Duplicates are looked for among so many extensions, lest a hello of 16,000 cost a hundred million comparisons.
const DUPLICATES_AMONG: usize = 128;

/// What is wrong with something that could be read in part or as a whole.
pub(super) type Fault = Option<&'static str>;

/// One extension as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extension<'a> {
    /// `extension_type`.
    pub(super) code: u16,
    /// `extension_data`, or as much of it as there is.
    pub(super) data: &'a [u8],
    /// Whether `data` is all that its length promised.
    pub(super) whole: bool,
}

/// Walks an extension list; afterwards `fault` says whether the list was well formed.
pub(super) struct Extensions<'a> {
    cursor: Cursor<'a>,
    cut: bool,
    seen: Vec<u16>,
    fault: Fault,
}

impl<'a> Extensions<'a> {
    /// Walks `list`. `cut`: the list goes on in bytes that are not in the capture, so its end is no fault of the sender.
    pub(super) fn new(list: &'a [u8], cut: bool) -> Self {
        Self {
            cursor: Cursor::new(list),
            cut,
            seen: Vec::new(),
            fault: None,
        }
    }

    /// The types met, in order, and what is wrong with the list.
    pub(super) fn finish(self) -> (Vec<u16>, Fault) {
        (self.seen, self.fault)
    }

    fn note(&mut self, fault: &'static str) {
        if !self.cut {
            self.fault = self.fault.or(Some(fault));
        }
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Extension<'a>;

    /// The next extension that did not come before: RFC 8446 section 4.2: "There MUST NOT be more than one extension of the
    /// same type in a given extension block." The first counts, and a second is only listed.
    fn next(&mut self) -> Option<Extension<'a>> {
        while !self.cursor.is_empty() {
            let Some(code) = self.cursor.u16() else {
                self.note("extension list ends inside an extension");
                return None;
            };
            let duplicate = self
                .seen
                .iter()
                .take(DUPLICATES_AMONG)
                .any(|seen| *seen == code);
            self.seen.push(code);
            let length = self.cursor.u16();
            let (data, whole) = self
                .cursor
                .take_up_to(length.map_or(usize::MAX, usize::from));
            if !whole {
                self.note("extension overruns the extension list");
            }
            if !duplicate {
                return Some(Extension {
                    code,
                    data: if length.is_some() { data } else { &[] },
                    whole,
                });
            }
            self.fault = self.fault.or(Some("duplicate extension"));
        }
        None
    }
}

/// The host name of `server_name` (RFC 6066 section 3), the first where there are several.
///
/// ```text
/// 2 list length | 1 name_type = 0 | 2 length | HostName      repeated
/// ```
///
/// A wrong list length does not hide the name. Empty where the extension is there but names no host.
pub(super) fn host_name<'a>(extension: &Extension<'a>) -> (Option<&'a [u8]>, Fault) {
    let (mut list, mut fault) = list16(extension, "server_name with a wrong list length");
    while !list.is_empty() {
        let (kind, name) = (list.u8(), list.vector16());
        match (kind, name) {
            (Some(0), Some(name)) => return (Some(name), fault),
            (Some(_), Some(_)) => {}
            _ => {
                fault = fault.or(extension.whole.then_some("server_name ends inside a name"));
                break;
            }
        }
    }
    if !extension.whole {
        return (None, fault);
    }
    (Some(&[]), fault.or(Some("server_name without a host name")))
}

/// Names of `application_layer_protocol_negotiation` (RFC 7301 section 3.1).
///
/// ```text
/// 2 list length | 1 length | ProtocolName      repeated
/// ```
pub(super) fn protocol_names<'a>(extension: &Extension<'a>) -> (Vec<&'a [u8]>, Fault) {
    let (mut list, mut fault) = list16(extension, "ALPN with a wrong list length");
    let mut names = Vec::new();
    while !list.is_empty() {
        let Some(name) = list.vector8() else {
            fault = fault.or(extension.whole.then_some("ALPN ends inside a name"));
            break;
        };
        names.push(name);
    }
    (names, fault)
}

/// The numbers of `supported_groups` or `signature_algorithms`: a list with a length of two bytes.
pub(super) fn codes16(extension: &Extension<'_>) -> (Vec<u16>, Fault) {
    let (list, fault) = list16(
        extension,
        "list of groups or signature algorithms with a wrong length",
    );
    let (codes, odd) = codes(list);
    (codes, fault.or(odd.filter(|_| extension.whole)))
}

/// The numbers of the client's `supported_versions`: a list with a length of one byte.
pub(super) fn codes8(extension: &Extension<'_>) -> (Vec<u16>, Fault) {
    let mut list = Cursor::new(extension.data);
    let length = list.u8().map(usize::from);
    let fault = (extension.whole && length != Some(list.rest().len()))
        .then_some("supported_versions with a wrong length");
    let (codes, odd) = codes(list);
    (codes, fault.or(odd.filter(|_| extension.whole)))
}

/// The bytes of `ec_point_formats` (RFC 8422 section 5.1.2).
pub(super) fn point_formats<'a>(extension: &Extension<'a>) -> (&'a [u8], Fault) {
    let mut list = Cursor::new(extension.data);
    let length = list.u8().map(usize::from);
    let fault = extension.whole && length != Some(list.rest().len());
    (
        list.rest(),
        fault.then_some("ec_point_formats with a wrong length"),
    )
}

/// The groups of the client's `key_share` (RFC 8446 section 4.2.8); the keys are passed over.
///
/// ```text
/// 2 list length | 2 group | 2 length | key_exchange      repeated
/// ```
pub(super) fn key_share_groups(extension: &Extension<'_>) -> (Vec<u16>, Fault) {
    let (mut list, mut fault) = list16(extension, "key_share with a wrong list length");
    let mut groups = Vec::new();
    while !list.is_empty() {
        groups.extend(list.u16());
        if list.vector16().is_none() {
            fault = fault.or(extension.whole.then_some("key_share ends inside an entry"));
            break;
        }
    }
    (groups, fault)
}

/// The two bytes with which the server's `supported_versions` and `key_share` start.
pub(super) fn code(extension: &Extension<'_>) -> (Option<u16>, Fault) {
    let code = Cursor::new(extension.data).u16();
    let fault = extension.whole && code.is_none();
    (
        code,
        fault.then_some("supported_versions or key_share without a value"),
    )
}

/// What stands behind a list length of two bytes, with `wrong` as the fault where that length is not the true one. Half a length
/// is no content.
fn list16<'a>(extension: &Extension<'a>, wrong: &'static str) -> (Cursor<'a>, Fault) {
    let mut list = Cursor::new(extension.data);
    let Some(length) = list.u16().map(usize::from) else {
        return (Cursor::new(&[]), extension.whole.then_some(wrong));
    };
    (
        list,
        (extension.whole && length != list.rest().len()).then_some(wrong),
    )
}

/// Numbers of two bytes; a last odd byte is a fault.
pub(super) fn codes(mut list: Cursor<'_>) -> (Vec<u16>, Fault) {
    let mut codes = Vec::with_capacity(list.rest().len() / 2);
    while let Some(code) = list.u16() {
        codes.push(code);
    }
    (
        codes,
        (!list.is_empty()).then_some("list of two-byte numbers with an odd length"),
    )
}
