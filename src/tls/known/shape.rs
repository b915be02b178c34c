//! What is left of a ClientHello (RFC 8446 section 4.1.2) without what differs each time.

use crate::tls::cursor::Cursor;
use crate::tls::extension;

/// What differs each time and is told apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape<'a> {
    /// The host name of `server_name`.
    pub(super) name: Option<&'a [u8]>,
    /// `encrypted_client_hello` is there.
    pub(super) ech: bool,
}

/// Writes the shape of a whole hello. `None` where a part that is left out is not as it should be.
pub(super) fn of<'a>(body: &'a [u8], shape: &mut Vec<u8>) -> Option<Shape<'a>> {
    let mut cursor = Cursor::new(body);
    shape.extend_from_slice(cursor.take(2)?);
    cursor.take(32)?;
    let session_id = cursor.vector8()?;
    // RFC 8446 section 4.1.2: legacy_session_id<0..32>.
    shape.push(
        u8::try_from(session_id.len())
            .ok()
            .filter(|length| *length <= 32)?,
    );
    let suites = cursor.vector16()?;
    put(shape, suites);
    put(shape, cursor.vector8()?);
    let mut told = Shape {
        name: None,
        ech: false,
    };
    if cursor.is_empty() {
        return Some(told);
    }
    let list = cursor.vector16()?;
    if !cursor.is_empty() {
        return None;
    }
    let mut list = Cursor::new(list);
    while !list.is_empty() {
        let (code, data) = (list.u16()?, list.vector16()?);
        shape.extend_from_slice(&code.to_be_bytes());
        extension_of(code, data, shape, &mut told)?;
    }
    Some(told)
}

/// Writes as much of an extension's data as is read of it.
fn extension_of<'a>(
    code: u16,
    data: &'a [u8],
    shape: &mut Vec<u8>,
    told: &mut Shape<'a>,
) -> Option<()> {
    match code {
        extension::SERVER_NAME => {
            let once = told.name.replace(only_host_name(data)?).is_none();
            once.then_some(())
        }
        extension::KEY_SHARE | extension::KEY_SHARE_DRAFT => key_groups(data, shape),
        extension::SUPPORTED_GROUPS
        | extension::SIGNATURE_ALGORITHMS
        | extension::SUPPORTED_VERSIONS
        | extension::EC_POINT_FORMATS
        | extension::ALPN => {
            put(shape, data);
            Some(())
        }
        extension::SESSION_TICKET => {
            shape.push(u8::from(data.is_empty()));
            Some(())
        }
        extension::ENCRYPTED_CLIENT_HELLO => {
            told.ech = true;
            Some(())
        }
        // Of all others only the type is read.
        _ => Some(()),
    }
}

/// The name of a `server_name` (RFC 6066 section 3) that holds one host name and nothing else.
fn only_host_name(data: &[u8]) -> Option<&[u8]> {
    let mut data = Cursor::new(data);
    let mut list = Cursor::new(data.vector16()?);
    let kind = list.u8()?;
    let name = list.vector16()?;
    (kind == 0 && !name.is_empty() && list.is_empty() && data.is_empty()).then_some(name)
}

/// The groups of a `key_share` (RFC 8446 section 4.2.8), without the keys.
fn key_groups(data: &[u8], shape: &mut Vec<u8>) -> Option<()> {
    let mut data = Cursor::new(data);
    let mut list = Cursor::new(data.vector16()?);
    if !data.is_empty() {
        return None;
    }
    while !list.is_empty() {
        shape.extend_from_slice(list.take(2)?);
        list.vector16()?;
    }
    // No group has this number: the end of the list.
    shape.extend_from_slice(&[0, 0]);
    Some(())
}

/// Bytes with their length before them, so that no two lists of parts look alike.
fn put(shape: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    shape.extend_from_slice(&length.to_be_bytes());
    shape.extend_from_slice(part);
}
