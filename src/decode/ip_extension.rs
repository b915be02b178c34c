//! IPv6 extension headers (RFC 8200 section 4) and the authentication header (RFC 4302), in any order.

use crate::decode::Skip;
use crate::decode::ip::Fragment;
use crate::decode::ip::Upper;
use etherparse::IpAuthHeaderSlice;
use etherparse::Ipv6FragmentHeaderSlice;
use etherparse::Ipv6RawExtHeaderSlice;

/// Extension headers that are followed; RFC 8200 has each once, destination options twice.
const COUNT: usize = 12;

/// Goes past all extension headers, up to a fragment header that stands before a part only.
pub(super) fn skip(mut upper: Upper<'_>) -> Result<Upper<'_>, Skip> {
    for _ in 0..COUNT {
        match (upper.protocol, upper.header.id().is_none()) {
            // Hop-by-hop options, routing, destination options, mobility, HIP, Shim6.
            (0 | 43 | 60 | 135 | 139 | 140, true) => options(&mut upper)?,
            (44, true) => fragment(&mut upper)?,
            (51, _) => authentication(&mut upper)?,
            _ => return Ok(upper),
        }
        if upper.fragment.is_some() {
            return Ok(upper);
        }
    }
    Err(Skip::Malformed)
}

fn options(upper: &mut Upper<'_>) -> Result<(), Skip> {
    let header =
        Ipv6RawExtHeaderSlice::from_slice(upper.inside.kept).map_err(|_| Skip::TooShort)?;
    upper.protocol = header.next_header().0;
    upper.inside = upper.inside.after(header.slice().len())?;
    Ok(())
}

/// An atomic fragment (RFC 6946: offset 0 and none to follow) is a whole datagram.
fn fragment(upper: &mut Upper<'_>) -> Result<(), Skip> {
    let header =
        Ipv6FragmentHeaderSlice::from_slice(upper.inside.kept).map_err(|_| Skip::TooShort)?;
    upper.protocol = header.next_header().0;
    upper.inside = upper.inside.after(header.slice().len())?;
    if header.is_fragmenting_payload() {
        let offset = u32::from(header.fragment_offset().value()) * 8;
        upper.fragment = Some(Fragment {
            id: header.identification(),
            offset,
            more: header.more_fragments(),
        });
    }
    Ok(())
}

fn authentication(upper: &mut Upper<'_>) -> Result<(), Skip> {
    use etherparse::err::ip_auth::HeaderSliceError;
    let header = IpAuthHeaderSlice::from_slice(upper.inside.kept).map_err(|e| match e {
        HeaderSliceError::Len(_) => Skip::TooShort,
        HeaderSliceError::Content(_) => Skip::Malformed,
    })?;
    upper.protocol = header.next_header().0;
    upper.inside = upper.inside.after(header.slice().len())?;
    Ok(())
}
