//! Which packets are one flow, which number it gets, and what happens at the bounds.

use super::Gone;
use super::Table;
use crate::analyze::sample::START;
use crate::analyze::sample::Talk;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::base::Side;
use crate::decode::IcmpError;
use crate::decode::Segment;
use crate::facts::ClientBy;
use crate::facts::HandshakeFacts;
use crate::flow::Ends;
use crate::flow::Limits;
use crate::track::sample::client_hello;

fn streams(flows: &[HandshakeFacts]) -> Vec<u32> {
    let mut streams: Vec<u32> = flows.iter().map(|facts| facts.stream).collect();
    streams.sort_unstable();
    streams
}

fn ports(flows: &[HandshakeFacts]) -> Vec<u16> {
    let mut by_stream: Vec<_> = flows
        .iter()
        .map(|facts| (facts.stream, facts.client.port))
        .collect();
    by_stream.sort_unstable();
    by_stream.into_iter().map(|(_, port)| port).collect()
}

/// An ICMP error that quotes a packet of the client to the server.
fn unreachable(talk: &Talk) -> IcmpError {
    let packet = &talk.packets[0];
    IcmpError {
        frame: FrameRef::new(0, 99),
        at: START,
        src: [203, 0, 113, 1].into(),
        v6: false,
        kind: 3,
        code: 1,
        mtu: None,
        quoted_src: (packet.src.ip, packet.src.port),
        quoted_dst: (packet.dst.ip, packet.dst.port),
        quoted_seq: packet.seq,
    }
}

#[test]
fn both_directions_are_one_flow_and_the_client_is_who_sent_the_syn() {
    let flows = Talk::completed(50_000).flows();
    assert_eq!((flows.len(), flows[0].client.port), (1, 50_000));
    assert_eq!(flows[0].client_by, ClientBy::Syn);
    assert!(flows[0].completed.is_some());
}

#[test]
fn stream_numbers_are_in_order_of_the_first_packet() {
    let talk = Talk::new(3)
        .syn()
        .beside(Talk::new(1).wait(5).connect().close(Side::Client))
        .beside(Talk::new(2).wait(9).syn());
    assert_eq!(ports(&talk.flows()), [3, 1, 2]);
}

#[test]
fn a_syn_with_another_sequence_number_begins_another_flow() {
    let talk = Talk::connected(1).then(Talk::new(1).isn(7777).connect());
    let flows = talk.flows();
    assert_eq!(streams(&flows), [0, 1]);
    assert!(flows[0].replaced && !flows[1].replaced);
}

#[test]
fn ends_used_again_after_a_close_make_two_flows() {
    let flows = Talk::completed(1)
        .then(Talk::new(1).isn(7777).connect().complete())
        .flows();
    assert_eq!(streams(&flows), [0, 1]);
    assert!(flows.iter().all(|facts| facts.completed.is_some()));
}

#[test]
fn the_same_syn_again_is_one_flow() {
    let talk = Talk::new(1).syn().wait(SECOND).again(|_| {});
    let flows = talk.wait(SECOND).syn_ack().bare(Side::Client).flows();
    assert_eq!((flows.len(), flows[0].tcp.syn_transmissions), (1, 2));
    assert_eq!(flows[0].tcp.packets.client, 3);
}

#[test]
fn the_same_ends_in_two_vlans_are_two_flows_that_stay_apart() {
    let one = Talk::new(1).vlan(10).connect();
    let two = Talk::new(1).vlan(20).isn(7777).connect();
    let flows = one
        .send(Side::Client, &client_hello())
        .beside(two.wait(SECOND).close(Side::Client))
        .flows();
    assert_eq!(streams(&flows), [0, 1]);
    let in_vlan = |vlan: &str| {
        let of = |facts: &&HandshakeFacts| facts.encapsulation == [vlan];
        flows.iter().find(of).unwrap()
    };
    assert!(in_vlan("vlan 10").client_hello.is_some());
    assert!(in_vlan("vlan 10").tcp.fins.is_empty());
    assert!(in_vlan("vlan 20").client_hello.is_none());
    assert_eq!(in_vlan("vlan 20").tcp.fins.len(), 2);
}

#[test]
fn one_flow_seen_inside_and_outside_of_a_vlan_is_one() {
    let tagged = Talk::new(1).syn().vlan(10).syn_ack();
    let flows = tagged
        .bare(Side::Client)
        .vlan(0)
        .close(Side::Client)
        .flows();
    assert_eq!((flows.len(), flows[0].tcp.fins.len()), (1, 2));
}

#[test]
fn a_connection_seen_on_both_sides_of_an_address_translation_is_one() {
    let inside = Talk::connected(1).send(Side::Client, &client_hello());
    let mut outside = inside.clone();
    for packet in &mut outside.packets {
        packet.at = packet.at.plus(MILLISECOND / 10);
        for end in [&mut packet.src, &mut packet.dst] {
            if end.port == 1 {
                (end.ip, end.port) = ([203, 0, 113, 9].into(), 61_000);
            }
        }
    }
    let flows = inside.beside(outside).flows();
    assert_eq!((flows.len(), flows[0].client.port), (1, 1));
    let (client, _) = flows[0].tcp.also_seen_as.unwrap();
    assert_eq!(client.port, 61_000);
}

#[test]
fn two_connections_with_the_same_number_by_chance_stay_two() {
    let other = Talk::new(2).wait(MILLISECOND / 10).connect();
    let flows = Talk::connected(1).beside(other).flows();
    assert_eq!(flows.len(), 2);
    assert!(flows.iter().all(|facts| facts.tcp.also_seen_as.is_none()));
}

#[test]
fn a_flood_of_syns_stays_within_the_bound_and_the_flows_let_go_are_counted() {
    let limits = Limits {
        flows: 100,
        ..Limits::default()
    };
    let mut talk = Talk::new(1);
    for port in 1..=1000 {
        talk = talk.beside(Talk::new(port).wait(u64::from(port)).syn());
    }
    let mut table = Table::new(&limits);
    let mut given = 0_u64;
    for (number, packet) in (1..).zip(&talk.packets) {
        let time = packet.at.since(START);
        table.take(&packet.segment(number), time, &mut |facts| {
            given += 1;
            Some(facts)
        });
        assert!(table.live() <= limits.flows);
    }
    assert_eq!((table.evicted, given), (900, 0));
    table.finish(SECOND, &mut |facts| {
        given += 1;
        Some(facts)
    });
    assert_eq!(given, 100);
}

#[test]
fn stray_packets_of_a_forgotten_flow_begin_no_other() {
    let talk = Talk::completed(1)
        .beside(Talk::new(2).wait(100 * SECOND).syn())
        .wait(200 * SECOND)
        .bare(Side::Server);
    let (flows, table) = talk.followed(&Limits::default());
    assert_eq!((flows.len(), table.strays), (2, 1));
}

#[test]
fn a_syn_on_forgotten_ends_begins_a_flow() {
    let talk = Talk::completed(1)
        .beside(Talk::new(2).wait(100 * SECOND).syn())
        .beside(Talk::new(1).isn(7777).wait(200 * SECOND).connect());
    assert_eq!(ports(&talk.flows()), [1, 2, 1]);
}

#[test]
fn an_icmp_error_belongs_to_the_flow_it_quotes() {
    let talk = Talk::new(1).syn();
    let mut table = Table::new(&Limits::default());
    table.take(&talk.packets[0].segment(1), 0, &mut Some);
    table.icmp(&unreachable(&talk));
    table.icmp(&unreachable(&talk));
    let mut flows = Vec::new();
    table.finish(SECOND, &mut |facts| {
        flows.push(facts);
        None
    });
    let icmp = &flows[0].tcp.icmp;
    assert_eq!((icmp.len(), icmp[0].about), (1, Side::Client));
    assert!(icmp[0].is_unreachable());
}

#[test]
fn a_flow_of_which_only_a_quote_was_seen_takes_a_stream_number_and_keeps_it() {
    let (quoted, other) = (Talk::new(1).syn(), Talk::new(2).syn());
    let mut table = Table::new(&Limits::default());
    table.icmp(&unreachable(&quoted));
    table.icmp(&unreachable(&quoted));
    for talk in [&other, &quoted] {
        table.take(&talk.packets[0].segment(1), 0, &mut Some);
    }
    let mut flows = Vec::new();
    table.finish(SECOND, &mut |facts| {
        flows.push(*facts);
        None
    });
    assert_eq!(ports(&flows), [1, 2]);
}

impl Table {
    /// Takes a segment as [`Table::segment`] does, and looks for its ends itself.
    pub(in crate::analyze) fn take(
        &mut self,
        segment: &Segment<'_>,
        time: u64,
        gone: &mut impl FnMut(Gone) -> Option<Gone>,
    ) {
        self.segment(segment, &Ends::of(segment), time, gone);
    }
}
