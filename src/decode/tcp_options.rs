//! TCP options: unknown kinds are stepped over, a wrong length or a cut ends the walk with what was read before.

use crate::decode::Options;

/// NOP, NOP, timestamps: the only options of nearly every segment (RFC 7323 appendix A).
const USUAL: [u8; 4] = [1, 1, 8, 10];

/// The options where there are none, or timestamps only in their usual place.
#[inline]
pub(super) fn usual(bytes: &[u8]) -> Option<Options> {
    let timestamps = match *bytes {
        [] => None,
        [a, b, c, d, v0, v1, v2, v3, e0, e1, e2, e3] if [a, b, c, d] == USUAL => Some((
            u32::from_be_bytes([v0, v1, v2, v3]),
            u32::from_be_bytes([e0, e1, e2, e3]),
        )),
        _ => return None,
    };
    Some(Options {
        timestamps,
        ..Options::default()
    })
}

/// Reads options one by one: a byte of kind; but for end-of-list (0) and no-operation (1) one of length, which counts both
/// (RFC 9293 section 3.1).
pub(super) fn walk(mut bytes: &[u8]) -> Options {
    let mut options = Options::default();
    while let Some((&kind, rest)) = bytes.split_first() {
        match kind {
            0 => break,
            1 => bytes = rest,
            _ => {
                let Some((&length, rest)) = rest.split_first() else {
                    break;
                };
                let Some((body, rest)) = usize::from(length)
                    .checked_sub(2)
                    .and_then(|n| rest.split_at_checked(n))
                else {
                    break;
                };
                option(kind, body, &mut options);
                bytes = rest;
            }
        }
    }
    options
}

fn option(kind: u8, body: &[u8], options: &mut Options) {
    match (kind, body) {
        (2, &[a, b]) => options.mss = Some(u16::from_be_bytes([a, b])),
        (3, &[shift]) => options.window_scale = Some(shift),
        (5, blocks) => sack(blocks, options),
        (8, &[a, b, c, d, e, f, g, h]) => {
            options.timestamps = Some((
                u32::from_be_bytes([a, b, c, d]),
                u32::from_be_bytes([e, f, g, h]),
            ));
        }
        // RFC 8684; RFC 7413, and its experimental form (RFC 6994).
        (30, body) => options.mptcp = Some(body.first().map_or(0, |first| first >> 4)),
        (34, _) | (254, [0xf9, 0x89, ..]) => options.fast_open = true,
        _ => {}
    }
}

/// Pairs of left and right edge (RFC 2018 section 3).
fn sack(blocks: &[u8], options: &mut Options) {
    for (to, block) in options.sack.iter_mut().zip(blocks.chunks_exact(8)) {
        if let &[a, b, c, d, e, f, g, h] = block {
            *to = Some((
                u32::from_be_bytes([a, b, c, d]),
                u32::from_be_bytes([e, f, g, h]),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::usual;
    use super::walk;
    use crate::decode::Options;

    fn read(bytes: &[u8]) -> Options {
        let walked = walk(bytes);
        assert!(usual(bytes).is_none_or(|usual| usual == walked));
        walked
    }

    #[test]
    fn a_syn_gives_mss_scale_and_timestamps() {
        let options = read(&[
            2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7,
        ]);
        assert_eq!(options.mss, Some(1460));
        assert_eq!(options.window_scale, Some(7));
        assert_eq!(options.timestamps, Some((1, 2)));
        assert!(!options.fast_open && options.mptcp.is_none());
    }

    #[test]
    fn usual_and_walked_timestamps_are_the_same() {
        let usual = [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8];
        let walked = [8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1];
        assert_eq!(read(&usual), read(&walked));
        assert_eq!(read(&usual).timestamps, Some((0x0102_0304, 0x0506_0708)));
    }

    #[test]
    fn unknown_kinds_do_not_hide_what_follows() {
        // MPTCP, TCP Fast Open cookie, kind 99, then window scale.
        let options = read(&[30, 4, 0, 0, 34, 4, 0xaa, 0xbb, 99, 3, 0, 3, 3, 9]);
        assert!(options.mptcp == Some(0) && options.fast_open);
        assert_eq!(
            read(&[30, 12, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9]).mptcp,
            Some(1)
        );
        assert_eq!(read(&[30, 2]).mptcp, Some(0));
        assert_eq!(options.window_scale, Some(9));
        assert!(read(&[254, 4, 0xf9, 0x89]).fast_open);
        assert!(!read(&[254, 4, 0xf9, 0x88]).fast_open);
    }

    #[test]
    fn sack_blocks_in_order_and_no_more_than_four() {
        let mut bytes = vec![5, 34];
        (0..32).for_each(|n| bytes.push(n));
        let options = read(&bytes);
        assert_eq!(options.sack[0], Some((0x0001_0203, 0x0405_0607)));
        assert_eq!(options.sack[3], Some((0x1819_1a1b, 0x1c1d_1e1f)));
        assert_eq!(
            read(&[5, 10, 0, 0, 0, 1, 0, 0, 0, 2]).sack,
            [Some((1, 2)), None, None, None]
        );
    }

    #[test]
    fn a_wrong_length_ends_the_walk_and_keeps_what_was_read() {
        for bad in [[99, 0], [99, 1], [99, 200]] {
            let options = read(&[[3, 3, 5].as_slice(), &bad, &[2, 4, 5, 0xb4]].concat());
            assert_eq!(options.window_scale, Some(5));
            assert_eq!(options.mss, None);
        }
        assert_eq!(
            read(&[0, 2, 4, 5, 0xb4]).mss,
            None,
            "nothing after end-of-list"
        );
        assert_eq!(
            read(&[2, 3, 5, 3, 3, 1]).mss,
            None,
            "an option of a wrong size is not read"
        );
    }
}
