//! Interface Description Blocks: link type, snap length, and how the times of its packets count.

use crate::base::Timestamp;
use crate::capture::scan::number;

/// Option codes of the block: end, time resolution, time offset.
const END: u16 = 0;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

/// One interface of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    /// LINKTYPE number.
    pub(super) link_type: u16,
    /// Most bytes kept of a packet; 0 for no limit.
    pub(super) snap_length: u32,
    unit: Unit,
    /// Seconds to add to every time.
    offset: i64,
}

/// The unit of times, from `if_tsresol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Nanoseconds in a unit.
    Nanoseconds(u64),
    /// Units in a nanosecond.
    PerNanosecond(u128),
    /// A second halved so many times.
    Halvings(u32),
}

impl Interface {
    /// Reads the body: 0 link type u16, 2 reserved, 4 snap length u32, 8 options. `None` where it is shorter than that.
    pub(super) fn parse(body: &[u8], big_endian: bool) -> Option<Self> {
        let link_type = short(body, 0, big_endian)?;
        let snap_length = number(body, 4, big_endian)?;
        let mut interface = Self {
            link_type,
            snap_length,
            unit: Unit::Nanoseconds(1000),
            offset: 0,
        };
        let mut rest = body.get(8..).unwrap_or_default();
        while let (Some(code), Some(length)) =
            (short(rest, 0, big_endian), short(rest, 2, big_endian))
        {
            let length = usize::from(length);
            let Some(value) = rest.get(4..4 + length) else {
                break;
            };
            match (code, value) {
                (END, _) => break,
                (IF_TSRESOL, [resolution, ..]) => interface.unit = unit(*resolution),
                (IF_TSOFFSET, value) => interface.offset = seconds(value, big_endian).unwrap_or(0),
                _ => {}
            }
            rest = rest
                .get(4 + length.next_multiple_of(4)..)
                .unwrap_or_default();
        }
        Some(interface)
    }

    /// A time of this interface's packets. Times beyond what 64 bits of nanoseconds hold (the years 1677 to 2262) saturate.
    #[inline]
    pub(super) fn time(&self, count: u64) -> Timestamp {
        if let (Unit::Nanoseconds(each), 0) = (self.unit, self.offset) {
            return Timestamp(i64::try_from(count.saturating_mul(each)).unwrap_or(i64::MAX));
        }
        let nanoseconds = match self.unit {
            Unit::Nanoseconds(each) => u128::from(count) * u128::from(each),
            Unit::PerNanosecond(units) => u128::from(count) / units.max(1),
            Unit::Halvings(halvings) => (u128::from(count) * 1_000_000_000) >> halvings.min(127),
        };
        let sum = i128::try_from(nanoseconds)
            .unwrap_or(i128::MAX)
            .saturating_add(i128::from(self.offset) * 1_000_000_000);
        Timestamp(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }))
    }
}

/// "If the Most Significant Bit is equal to zero, the remaining bits indicate the resolution as a negative power of 10 [...];
/// if it is equal to one, as a negative power of 2" (`if_tsresol`, section 4.2).
fn unit(resolution: u8) -> Unit {
    let power = u32::from(resolution & 0x7f);
    if resolution & 0x80 != 0 {
        return Unit::Halvings(power);
    }
    match 9_u32.checked_sub(power) {
        Some(missing) => Unit::Nanoseconds(10_u64.pow(missing)),
        // Finer than 10^-47 no count of 64 bits reaches a nanosecond.
        None => Unit::PerNanosecond(10_u128.checked_pow(power - 9).unwrap_or(u128::MAX)),
    }
}

fn seconds(value: &[u8], big_endian: bool) -> Option<i64> {
    let bytes = *value.first_chunk::<8>()?;
    Some(if big_endian {
        i64::from_be_bytes(bytes)
    } else {
        i64::from_le_bytes(bytes)
    })
}

fn short(bytes: &[u8], offset: usize, big_endian: bool) -> Option<u16> {
    let bytes = *bytes.get(offset..)?.first_chunk::<2>()?;
    Some(if big_endian {
        u16::from_be_bytes(bytes)
    } else {
        u16::from_le_bytes(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(resolution: u8, offset: i64, count: u64) -> i64 {
        Interface {
            link_type: 1,
            snap_length: 0,
            unit: unit(resolution),
            offset,
        }
        .time(count)
        .0
    }

    #[test]
    fn times_in_powers_of_ten_and_of_two_become_nanoseconds() {
        assert_eq!(time(0, 0, 7), 7_000_000_000);
        assert_eq!(time(3, 0, 7), 7_000_000);
        assert_eq!(time(6, 0, 1_600_000_000_123_456), 1_600_000_000_123_456_000);
        assert_eq!(
            time(9, 0, 1_600_000_000_123_456_789),
            1_600_000_000_123_456_789
        );
        assert_eq!(time(12, 0, 1_234_567), 1234);
        assert_eq!(time(0x80 | 20, 0, 3 << 19), 1_500_000_000);
        assert_eq!(time(0x80 | 32, 0, u64::MAX), 4_294_967_295_999_999_999);
        assert_eq!(time(0x80, 0, 5), 5_000_000_000);
    }

    #[test]
    fn offsets_are_seconds_of_either_sign() {
        assert_eq!(time(6, 1_600_000_000, 5), 1_600_000_000_000_005_000);
        assert_eq!(time(6, -1, 0), -1_000_000_000);
        assert_eq!(time(9, -2, u64::MAX), i64::MAX);
    }

    #[test]
    fn absurd_times_saturate() {
        assert_eq!(time(0, 0, u64::MAX), i64::MAX);
        assert_eq!(time(6, i64::MIN, 0), i64::MIN);
        assert_eq!(time(6, i64::MAX, u64::MAX), i64::MAX);
        for resolution in 0..=255 {
            let _ = time(resolution, i64::MIN, u64::MAX);
        }
        assert_eq!(time(127, 0, u64::MAX), 0);
        assert_eq!(time(255, 0, u64::MAX), 0);
    }
}
