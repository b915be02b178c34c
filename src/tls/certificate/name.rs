//! A distinguished name as one line: `C=US, O=Example, CN=example.com`, in the order of the certificate.

use super::key;
use crate::facts::WireText;
use crate::facts::fingerprint;
use x509_parser::der_parser::asn1_rs::Any;
use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::objects::oid_registry;
use x509_parser::objects::oid2abbrev;
use x509_parser::x509::AttributeTypeAndValue;
use x509_parser::x509::X509Name;

/// The name as one line, as `x509_parser` writes it, except that one odd attribute does not hide all others, and bytes that
/// are no UTF-8 (old T61String) stay as they are.
pub(super) fn line(name: &X509Name<'_>) -> WireText {
    let mut line = Vec::new();
    for part in name.iter() {
        for (index, attribute) in part.iter().enumerate() {
            if !line.is_empty() {
                line.extend_from_slice(if index == 0 { b", " } else { b" + " });
            }
            write_attribute(&mut line, attribute);
        }
    }
    WireText::new(&line)
}

fn write_attribute(line: &mut Vec<u8>, attribute: &AttributeTypeAndValue<'_>) {
    let oid = attribute.attr_type();
    match oid2abbrev(oid, oid_registry()) {
        Ok(name) => line.extend_from_slice(name.as_bytes()),
        Err(_) => line.extend_from_slice(key::oid_text(oid).as_bytes()),
    }
    line.push(b'=');
    write_value(line, attribute.attr_value());
}

/// Strings as they are, BMPString (RFC 5280 section 4.1.2.4) out of its UTF-16, anything else in hex.
fn write_value(line: &mut Vec<u8>, value: &Any<'_>) {
    match value.tag() {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::T61String
        | Tag::NumericString
        | Tag::VisibleString
        | Tag::GeneralString
        | Tag::GraphicString
        | Tag::VideotexString
        | Tag::ObjectDescriptor => line.extend_from_slice(value.data),
        Tag::BmpString => {
            let units = value
                .data
                .chunks_exact(2)
                .filter_map(|unit| unit.try_into().ok().map(u16::from_be_bytes));
            let text: String = char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            line.extend_from_slice(text.as_bytes());
        }
        _ => line.extend_from_slice(fingerprint::hex(value.data).as_bytes()),
    }
}
