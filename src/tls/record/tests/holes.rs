//! Bytes that cannot be read: inside a body, over the boundary of a message, over the header of a record.

use super::Found;
use super::Reading;
use super::mark;
use super::message;
use super::record;
use crate::tls::record::Reader;
use crate::tls::record::Unit;
use crate::tls::record::len64;

#[test]
fn a_hole_inside_application_data_costs_nothing_but_its_contents() {
    let data = record(23, &[9; 100]);
    let mut reading = Reading::default();
    reading.push(&data[..20]).hole(60).push(&data[80..]);
    reading.push(&record(22, &message(14, &[])));
    assert_eq!(reading.found[0], Found::Record(23, 100, false));
    assert_eq!(reading.messages(), [(14, 0, 0)]);
    assert_eq!(reading.reader.offset(), 105 + 9);
}

#[test]
fn a_hole_inside_a_message_leaves_its_beginning_and_its_length() {
    let flight = [
        record(22, &message(11, &[4; 100])),
        record(22, &message(14, &[])),
    ]
    .concat();
    let mut reading = Reading::default();
    reading.push(&flight[..30]).hole(20).push(&flight[50..]);
    assert_eq!(reading.messages(), [(11, 100, 21), (14, 0, 0)]);
}

#[test]
fn a_hole_to_the_end_of_a_message_leaves_it_complete() {
    let flight = record(22, &message(11, &[4; 100]));
    let mut reading = Reading::default();
    reading.push(&flight[..30]).hole(79);
    assert_eq!(reading.messages(), [(11, 100, 21)]);
    assert!(!reading.reader.inside_record());
}

#[test]
fn a_hole_over_a_message_boundary_loses_the_rest_of_its_record_only() {
    let both = [message(11, &[4; 100]), message(12, &[5; 50])].concat();
    let flight = [record(22, &both), record(22, &message(14, &[]))].concat();
    let mut reading = Reading::default();
    reading.push(&flight[..30]).hole(90).push(&flight[120..]);
    assert_eq!(reading.messages(), [(11, 100, 21), (14, 0, 0)]);
}

#[test]
fn a_hole_over_a_record_header_loses_the_position_and_a_later_header_finds_it() {
    let flight = [record(23, &[9; 20]), record(22, &message(14, &[]))].concat();
    let mut reading = Reading::default();
    reading.push(&flight[..10]).hole(18);
    assert!(reading.reader.is_lost());
    reading.push(&flight[28..]);
    assert!(reading.reader.is_lost(), "the middle of a record is none");
    reading.push(&record(23, &[]));
    assert!(reading.reader.is_lost(), "too weak a sign");
    reading.push(&record(22, &message(14, &[])));
    assert!(!reading.reader.is_lost());
    assert_eq!(reading.messages(), [(14, 0, 0)]);
    let fed = len64(&flight) + 5 + 9;
    assert_eq!(reading.reader.offset(), fed);
}

#[test]
fn a_message_that_a_lost_position_interrupts_is_not_continued() {
    let long = message(11, &[4; 100]);
    let mut reading = Reading::default();
    reading.push(&record(22, &long[..50])).hole(60);
    assert!(reading.reader.pending().is_some());
    reading.push(&record(22, &message(14, &[])));
    assert_eq!(reading.messages(), [(14, 0, 0)]);
    assert!(reading.reader.pending().is_none());
}

#[test]
fn a_record_that_ends_in_a_hole_was_last_seen_before_it_unless_its_own_segment_was_cut() {
    for (captured, last) in [(false, 1), (true, 2)] {
        let mut reader = Reader::default();
        let mut marks = Vec::new();
        let data = record(23, &[9; 20]);
        reader.push(&data[..9], mark(1), 0, |_| {});
        assert_eq!(reader.open_record(), Some((23, 20)));
        reader.hole(16, mark(2), captured, |unit| {
            if let Unit::Record(record) = unit {
                marks.push((record.first, record.last));
            }
        });
        assert_eq!(marks, [(mark(1), mark(last))]);
    }
}
