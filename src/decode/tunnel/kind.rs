//! The kinds of tunnel in [`Path::tunnel`](crate::decode::Path), and what they are called.
//!
//! Where an IP protocol number says it, that is the kind; the others have numbers that IANA keeps unassigned.

/// IPv4 in IPv4 (RFC 2003).
pub const IP_IN_IP: u8 = 4;
/// IPv6 in IPv4 (RFC 4213).
pub const SIX_IN_FOUR: u8 = 41;
/// Ethernet in IP (RFC 3378), and behind SRv6.
pub const ETHER_IP: u8 = 97;
/// L2TP of version 3 (RFC 3931); the identifier is the receiver's session.
pub const L2TP_3: u8 = 115;
/// GRE (RFC 2784); the identifier is its key (RFC 2890), 0 where there is none.
pub const GRE: u8 = 47;
/// MPLS (RFC 3032); the identifier is the innermost label.
pub const MPLS: u8 = 137;
/// IPv4 in IPv6 (RFC 2473).
pub const FOUR_IN_SIX: u8 = 200;
/// IPv6 in IPv6 (RFC 2473).
pub const SIX_IN_SIX: u8 = 201;
/// PPTP (RFC 2637), GRE of version 1; the identifier is the receiver's call.
pub const PPTP: u8 = 202;
/// ERSPAN of any type; the identifier is the session, 0 for type I.
pub const ERSPAN: u8 = 203;
/// VXLAN and VXLAN-GPE (RFC 7348); the identifier is the network (VNI).
pub const VXLAN: u8 = 204;
/// GENEVE (RFC 8926); the identifier is the network (VNI).
pub const GENEVE: u8 = 205;
/// GTP-U (3GPP TS 29.281); the identifier is the receiver's tunnel endpoint (TEID).
pub const GTP_U: u8 = 206;
/// Teredo (RFC 4380).
pub const TEREDO: u8 = 207;
/// NVGRE (RFC 7637), GRE whose key is a network (VSID) and a number of the flow.
pub const NVGRE: u8 = 208;
/// L2TP of version 2 (RFC 2661); the identifier is the receiver's session.
pub const L2TP: u8 = 209;
/// PPPoE (RFC 2516); the identifier is the session.
pub const PPPOE: u8 = 210;
/// Network service header (RFC 8300); the identifier is the service path.
pub const NSH: u8 = 211;
/// Provider backbone bridging (IEEE 802.1ah); the identifier is the service (I-SID).
pub const BACKBONE: u8 = 212;
/// LISP (RFC 9300); the identifier is the instance, 0 where there is none.
pub const LISP: u8 = 213;
/// CAPWAP data (RFC 5415).
pub const CAPWAP: u8 = 214;
/// TaZmen sniffer protocol.
pub const TZSP: u8 = 215;
/// Generic UDP encapsulation, and IP at once behind UDP (FOU).
pub const IP_IN_UDP: u8 = 216;

/// Whether the identifier is the receiver's own, so that the two directions of a connection have different ones.
pub(in crate::decode) fn differs_by_direction(kind: u8) -> bool {
    matches!(kind, MPLS | PPTP | GTP_U | L2TP | L2TP_3 | NSH | LISP)
}

/// The word of a kind; `None` for those that are none.
fn word(kind: u8) -> Option<&'static str> {
    Some(match kind {
        IP_IN_IP => "ip-in-ip",
        SIX_IN_FOUR => "6in4",
        FOUR_IN_SIX => "4in6",
        SIX_IN_SIX => "6in6",
        GRE => "gre",
        MPLS => "mpls",
        PPTP => "pptp",
        ERSPAN => "erspan",
        VXLAN => "vxlan",
        GENEVE => "geneve",
        GTP_U => "gtp-u",
        TEREDO => "teredo",
        ETHER_IP => "etherip",
        NVGRE => "nvgre",
        L2TP => "l2tp",
        L2TP_3 => "l2tpv3",
        PPPOE => "pppoe",
        NSH => "nsh",
        BACKBONE => "i-sid",
        LISP => "lisp",
        CAPWAP => "capwap",
        TZSP => "tzsp",
        IP_IN_UDP => "ip-in-udp",
        _ => return None,
    })
}

/// The word of a kind, without identifier.
pub(in crate::decode) fn name(kind: u8) -> &'static str {
    word(kind).unwrap_or("tunnel")
}

/// Has no identifier.
fn is_alone(kind: u8) -> bool {
    let ip = matches!(kind, IP_IN_IP | SIX_IN_FOUR | FOUR_IN_SIX | SIX_IN_SIX);
    ip || matches!(kind, TEREDO | ETHER_IP | CAPWAP | TZSP | IP_IN_UDP)
}

/// The tunnel in words; `None` for kind 0, no tunnel.
pub(in crate::decode) fn words((kind, id): (u8, u32)) -> Option<String> {
    if kind == 0 {
        return None;
    }
    let Some(word) = word(kind) else {
        return Some(format!("tunnel {kind} {id}"));
    };
    Some(match kind {
        _ if is_alone(kind) => word.to_owned(),
        GRE | LISP if id == 0 => word.to_owned(),
        GRE => format!("{word} key {id}"),
        GTP_U => format!("{word} {id:#x}"),
        _ => format!("{word} {id}"),
    })
}
