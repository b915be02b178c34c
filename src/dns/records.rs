//! The records of a message that matter, with their names as text.

use domain::base::Message;
use domain::base::ParsedName;
use domain::base::ParsedRecord;
use domain::base::iana::Class;
use domain::base::iana::Rtype;
use domain::base::name::ToLabelIter;
use domain::base::wire::ParseError;
use domain::rdata::A;
use domain::rdata::Aaaa;
use domain::rdata::Cname;
use domain::rdata::svcb::SvcbRdata;
use domain::rdata::svcb::value::Ipv4Hint;
use domain::rdata::svcb::value::Ipv6Hint;
use std::net::IpAddr;

/// Records looked at in one message; real answers hold a few dozen at most.
const RECORDS_MAX: usize = 256;

/// A name as text: labels in lower case with dots between, no final dot.
pub(super) type Text = Vec<u8>;

/// What one record says of its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) owner: Text,
    pub(super) says: Says,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// A, AAAA.
    Address(IpAddr),
    /// CNAME, and SVCB or HTTPS in alias mode.
    Alias(Text),
    /// SVCB or HTTPS in service mode: who serves, `None` for the owner itself, and the hints.
    Service(Option<Text>, Vec<IpAddr>),
}

/// The name as text. `None` for the root, and where a label holds a dot or a control character: no client asks a server for such a name.
pub(super) fn text(name: &ParsedName<&[u8]>) -> Option<Text> {
    let mut text = Vec::new();
    for label in name.iter_labels().filter(|label| !label.is_root()) {
        let label = label.as_slice();
        if label
            .iter()
            .any(|byte| *byte == b'.' || byte.is_ascii_control())
        {
            return None;
        }
        if !text.is_empty() {
            text.push(b'.');
        }
        text.extend(label.iter().map(u8::to_ascii_lowercase));
    }
    Some(text).filter(|text| !text.is_empty())
}

/// What the records say, at most 256, and whether they could be read to the last.
pub(super) fn links(message: &Message<[u8]>) -> (Vec<Link>, bool) {
    let mut links = Vec::new();
    for item in message.iter().take(RECORDS_MAX) {
        let Ok((record, _)) = item else {
            return (links, false);
        };
        if record.class() != Class::IN {
            continue;
        }
        match says(&record) {
            Ok(Some(says)) => links.extend(text(&record.owner()).map(|owner| Link { owner, says })),
            Ok(None) => {}
            Err(_) => return (links, false),
        }
    }
    (links, true)
}

fn says(record: &ParsedRecord<'_, [u8]>) -> Result<Option<Says>, ParseError> {
    match record.rtype() {
        Rtype::A => {
            let found = record.to_record::<A>()?;
            Ok(found.map(|found| Says::Address(found.data().addr().into())))
        }
        Rtype::AAAA => {
            let found = record.to_record::<Aaaa>()?;
            Ok(found.map(|found| Says::Address(found.data().addr().into())))
        }
        Rtype::CNAME => {
            let found = record.to_record::<Cname<ParsedName<&[u8]>>>()?;
            Ok(found.and_then(|found| text(found.data().cname()).map(Says::Alias)))
        }
        Rtype::HTTPS | Rtype::SVCB => service(record),
        _ => Ok(None),
    }
}

/// SvcPriority, TargetName and SvcParams (RFC 9460 section 2.2), which HTTPS and SVCB share.
fn service(record: &ParsedRecord<'_, [u8]>) -> Result<Option<Says>, ParseError> {
    use domain::rdata::svcb::HttpsVariant;
    use domain::rdata::svcb::SvcbVariant;
    let https = record.to_record::<SvcbRdata<HttpsVariant, &[u8], ParsedName<&[u8]>>>()?;
    if let Some(record) = https {
        return Ok(bound(record.data()));
    }
    let svcb = record.to_record::<SvcbRdata<SvcbVariant, &[u8], ParsedName<&[u8]>>>()?;
    Ok(svcb.and_then(|record| bound(record.data())))
}

fn bound<V>(data: &SvcbRdata<V, &[u8], ParsedName<&[u8]>>) -> Option<Says> {
    let target = text(data.target());
    if data.priority() == 0 {
        return target.map(Says::Alias);
    }
    // One bad parameter is no reason to lose the others.
    let v4 = data.params().iter::<Ipv4Hint<&[u8]>>().flatten();
    let v6 = data.params().iter::<Ipv6Hint<&[u8]>>().flatten();
    let mut hints: Vec<IpAddr> = Vec::new();
    for hint in v4 {
        hints.extend(hint.iter().map(IpAddr::from));
    }
    for hint in v6 {
        hints.extend(hint.iter().map(IpAddr::from));
    }
    Some(Says::Service(target, hints))
}
