//! SSLv2 ClientHellos, which some old clients begin with although they mean TLS.

use super::Tracker;
use super::streams::Mode;
use super::streams::len64;
use crate::base::Side;
use crate::facts::What;
use crate::facts::anomalies;
use crate::flow::Delivery;
use crate::flow::Witness;
use crate::tls::hello;

/// Longest SSLv2 hello that is put together.
const SSLV2_MAX: usize = 4096;

impl Tracker {
    /// An SSLv2 ClientHello (RFC 5246 appendix E.2); TLS records follow it if the server answers with TLS.
    pub(super) fn sslv2_bytes(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>) {
        let stream = self.streams.of_mut(side);
        stream.start_mark.get_or_insert(delivery.mark);
        stream.start.extend_from_slice(bytes);
        let Some(&[high, low]) = stream.start.first_chunk::<2>() else {
            return;
        };
        let length = usize::from(u16::from_be_bytes([high & 0x7f, low])) + 2;
        if stream.start.len() < length && length <= SSLV2_MAX {
            return;
        }
        let start = std::mem::take(&mut stream.start);
        let begin = delivery
            .offset
            .saturating_add(len64(bytes))
            .saturating_sub(len64(&start));
        let (record, rest) = start.split_at_checked(length).unwrap_or((&start, &[]));
        stream.mode = Mode::Tls;
        let behind = begin.saturating_add(len64(record));
        stream.reader().reset(behind);
        if side == Side::Client
            && self.facts.client_hello.is_none()
            && let Some(mut hello) = hello::sslv2_client_hello(record)
        {
            let first = stream.start_mark.unwrap_or(delivery.mark);
            hello.frames = if first.frame == delivery.mark.frame {
                vec![first.frame]
            } else {
                vec![first.frame, delivery.mark.frame]
            };
            hello.first = first;
            hello.last = delivery.mark;
            hello.segments = u32::try_from(hello.frames.len()).unwrap_or(1);
            hello.offset = (
                begin.saturating_sub(self.progress.tls_from.client),
                behind.saturating_sub(self.progress.tls_from.client),
            );
            self.event(
                delivery.mark,
                side,
                What::Handshake {
                    kind: 1,
                    length: hello.length,
                },
            );
            self.facts.client_hello = Some(hello);
        } else {
            self.odd(delivery.mark.frame, side, anomalies::SSLV2);
        }
        if !rest.is_empty() {
            self.content_bytes(
                side,
                rest,
                Delivery {
                    offset: behind,
                    ..delivery
                },
            );
        }
    }
}
