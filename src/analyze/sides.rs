//! Who is the client: by the first packet of a flow, and by its first payload where that packet did not tell.

use super::live::Live;
use crate::base::Side;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::ClientBy;

/// Which end of a first packet is the client, and how that is known: by SYN, by a ClientHello or ServerHello, by ports.
pub(super) fn sender_side(segment: &Segment<'_>) -> (Side, ClientBy) {
    match (
        segment.flags & flags::SYN != 0,
        segment.flags & flags::ACK != 0,
    ) {
        (true, false) => return (Side::Client, ClientBy::Syn),
        (true, true) => return (Side::Server, ClientBy::Syn),
        _ => {}
    }
    match segment.payload {
        [0x16, 3, _, _, _, 1, ..] => return (Side::Client, ClientBy::ClientHello),
        [0x16, 3, _, _, _, 2, ..] => return (Side::Server, ClientBy::ClientHello),
        _ => {}
    }
    (
        side_by_ports(segment.src_port, segment.dst_port),
        ClientBy::Ports,
    )
}

/// The server's port is a well-known one, or the lower one.
fn side_by_ports(source: u16, destination: u16) -> Side {
    let known = |port: u16| matches!(port, 443 | 8443 | 465 | 636 | 853 | 993 | 995 | 5061);
    match (known(source), known(destination)) {
        (true, false) => Side::Server,
        (false, true) => Side::Client,
        _ if source < destination => Side::Server,
        _ => Side::Client,
    }
}

/// The first payload of a flow whose client was only guessed may tell better. Returns whether the sides are to be exchanged.
pub(super) fn turn_round(live: &mut Live, segment: &Segment<'_>, side: Side) -> bool {
    if !live.guessed || segment.payload.is_empty() || !live.tracker.is_untouched() {
        return false;
    }
    let (real, by) = sender_side(segment);
    if by == ClientBy::Ports || real == side {
        if by != ClientBy::Ports {
            live.told(by);
        }
        return false;
    }
    live.connection.exchange_sides();
    let facts = live.tracker.facts_mut();
    std::mem::swap(&mut facts.client, &mut facts.server);
    live.told(by);
    true
}

#[cfg(test)]
mod tests {
    use crate::analyze::sample::Talk;
    use crate::base::Side;
    use crate::facts::ClientBy;
    use crate::track::sample::client_hello;
    use crate::track::sample::server_hello;

    /// The client's port of the only flow, and how it was told.
    fn client(talk: &Talk) -> (u16, ClientBy) {
        let flows = talk.flows();
        assert_eq!(flows.len(), 1);
        (flows[0].client.port, flows[0].client_by)
    }

    #[test]
    fn the_sender_of_a_syn_and_the_receiver_of_a_syn_ack_is_the_client() {
        // The lower port is the client's, so that ports alone would tell wrong.
        let talk = || Talk::to(20, 40_000);
        assert_eq!(client(&talk().syn()), (20, ClientBy::Syn));
        assert_eq!(client(&talk().syn_ack()), (20, ClientBy::Syn));
    }

    #[test]
    fn a_hello_tells_the_client_where_no_syn_was_captured() {
        let talk = || Talk::to(20, 40_000);
        let hello = talk().send(Side::Client, &client_hello());
        assert_eq!(client(&hello), (20, ClientBy::ClientHello));
        let answer = talk().send(Side::Server, &server_hello(0x0304, 0x1301));
        assert_eq!(client(&answer), (20, ClientBy::ClientHello));
    }

    #[test]
    fn by_ports_the_server_has_a_well_known_one_or_the_lower() {
        let by_ports = |client_port, server_port| {
            client(&Talk::to(client_port, server_port).bare(Side::Client))
        };
        assert_eq!(by_ports(50_000, 8443), (50_000, ClientBy::Ports));
        assert_eq!(by_ports(20, 8443), (20, ClientBy::Ports));
        assert_eq!(by_ports(50_000, 4000), (50_000, ClientBy::Ports));
        assert_eq!(by_ports(4000, 50_000), (50_000, ClientBy::Ports));
    }

    #[test]
    fn the_first_payload_turns_a_wrong_guess_round() {
        let talk = Talk::to(20, 40_000).bare(Side::Client).bare(Side::Server);
        let flows = talk
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0304, 0x1301))
            .flows();
        assert_eq!(flows[0].client.port, 20);
        assert_eq!(flows[0].client_by, ClientBy::ClientHello);
        assert!(flows[0].client_hello.is_some() && flows[0].server_hello.is_some());
        assert_eq!(flows[0].tcp.packets.client, 3);
    }

    #[test]
    fn a_payload_that_is_no_hello_turns_nothing_round() {
        let talk = Talk::to(20, 40_000).bare(Side::Client);
        let talk = talk.send(Side::Client, b"anything else\n");
        assert_eq!(client(&talk), (40_000, ClientBy::Ports));
    }
}
