//! DNS messages (RFC 1035 section 4): which addresses the name that was asked for has.
//!
//! Only the answers of name servers are read, and of them only what leads from the question to addresses: A (RFC 1035 section 3.4.1),
//! AAAA (RFC 3596), CNAME, and HTTPS and SVCB with their hints (RFC 9460). Times to live are not looked at: a client may keep an
//! address for longer. Whether an answer was asked for or is forged is not looked at either.
//!
//! `domain` reads the messages record by record, so that a message cut by the snap length gives what came before the cut. It
//! follows compression pointers backwards only, 255 for a name at most. Read first: [`read`], then `chain`.

mod chain;
mod records;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use crate::facts::DnsAddress;
use crate::facts::WireText;
use domain::base::Message;
use domain::base::iana::Class;
use domain::base::iana::Opcode;
use domain::base::iana::Rcode;

/// The UDP port of name servers.
pub const PORT: u16 = 53;

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name that was asked for, in lower case, without the final dot.
    pub name: WireText,
    /// Its addresses. Never empty.
    pub addresses: Vec<DnsAddress>,
}

/// The bytes are no DNS message, or one that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads the payload of a datagram from a name server; `whole`: none of it was cut off. `None` where it gives no addresses.
///
/// # Errors
/// [`Malformed`] where a whole message cannot be read to its end; of a cut one what stands before the cut is taken.
pub fn read(payload: &[u8], whole: bool) -> Result<Option<Answer>, Malformed> {
    let refused = if whole { Err(Malformed) } else { Ok(None) };
    let Ok(message) = Message::from_slice(payload) else {
        return refused;
    };
    let header = message.header();
    // Old resolvers send their own questions from this port too.
    if !header.qr() || header.opcode() != Opcode::QUERY || header.rcode() != Rcode::NOERROR {
        return Ok(None);
    }
    let Ok(question) = message.sole_question() else {
        return refused;
    };
    if question.qclass() != Class::IN {
        return Ok(None);
    }
    let asked = records::text(question.qname());
    let links = match records::links(message) {
        (links, true) => links,
        (links, false) if !whole => links,
        (_, false) => return Err(Malformed),
    };
    Ok(asked.and_then(|asked| chain::resolve(&asked, &links)))
}
