//! Why a handshake failed: inferred from its facts, from its certificates and from the other handshakes of the run.
//!
//! A cause is an opinion with a confidence, evidence that the reader can check in Wireshark, what speaks against it, and what would
//! settle it. One file a cause: a sketch of the wire, the predicate, a `fires_` and a `silent_` test with the nearest
//! look-alike. What it is, how it is told apart and what to do about it is data: `tables/causes.tsv`, `tables/remedies.tsv`.
//! Source: definitions section 5.

mod block_page;
mod certificate_chain_incomplete;
mod certificate_expired;
mod certificate_name_mismatch;
mod certificate_not_yet_valid;
mod certificate_revoked;
mod certificate_self_signed;
mod certificate_status_missing;
mod certificate_type_mismatch;
mod certificate_unacceptable;
mod certificate_untrusted;
mod chain;
mod client_aborted;
mod client_certificate_missing;
mod client_certificate_rejected;
mod client_pinning;
mod client_policy;
mod clock_skew;
mod connection_limit;
mod corrupted_or_tampered;
mod fallback_scsv;
mod handshake_timeout;
mod large_client_hello;
mod middlebox_drop;
mod middlebox_reset;
mod no_shared_alpn;
mod no_shared_cipher;
mod no_shared_group;
mod no_shared_signature_algorithm;
mod no_shared_version;
mod offer;
mod path_loss;
mod path_mtu_black_hole;
mod plaintext_on_tls_port;
mod port_blocked;
mod proxy_protocol_mismatch;
mod proxy_refused;
mod psk_or_key_mismatch;
mod renegotiation_refused;
mod resets;
mod scene;
mod server_certificate_missing;
mod server_internal_error;
mod server_unresponsive;
mod sni_blocked;
mod sni_missing;
mod sni_unknown;
mod starttls_unavailable;
mod temper;
#[cfg(test)]
mod testing;
mod tls_on_plaintext_port;
mod undetermined;
mod version_intolerance;

pub use resets::Clue;
pub use resets::ClueKind;
pub use scene::Context;
pub use scene::Scene;

pub use crate::pattern::Claim;
pub use crate::pattern::Confidence;

/// A cause: its code, and when it may be claimed.
#[derive(Debug)]
pub struct Cause {
    /// Its code, kebab-case, equal to the file name with `-` for `_`.
    pub code: &'static str,
    /// Whether it may be claimed of a failed handshake, and how surely.
    pub judge: fn(&Scene<'_>) -> Option<Claim>,
}

/// Every cause, those that the wire shows most plainly first: of equally sure ones the earlier stands first.
pub const CAUSES: &[&Cause] = &[
    &proxy_refused::CAUSE,
    &starttls_unavailable::CAUSE,
    &plaintext_on_tls_port::CAUSE,
    &proxy_protocol_mismatch::CAUSE,
    &fallback_scsv::CAUSE,
    &no_shared_version::CAUSE,
    &no_shared_alpn::CAUSE,
    &sni_missing::CAUSE,
    &sni_unknown::CAUSE,
    &sni_blocked::CAUSE,
    &middlebox_reset::CAUSE,
    &block_page::CAUSE,
    &tls_on_plaintext_port::CAUSE,
    &port_blocked::CAUSE,
    &no_shared_group::CAUSE,
    &no_shared_signature_algorithm::CAUSE,
    &certificate_type_mismatch::CAUSE,
    &no_shared_cipher::CAUSE,
    &large_client_hello::CAUSE,
    &version_intolerance::CAUSE,
    &middlebox_drop::CAUSE,
    &client_certificate_missing::CAUSE,
    &client_certificate_rejected::CAUSE,
    &certificate_expired::CAUSE,
    &certificate_not_yet_valid::CAUSE,
    &certificate_name_mismatch::CAUSE,
    &certificate_self_signed::CAUSE,
    &certificate_chain_incomplete::CAUSE,
    &certificate_untrusted::CAUSE,
    &certificate_revoked::CAUSE,
    &clock_skew::CAUSE,
    &certificate_status_missing::CAUSE,
    &psk_or_key_mismatch::CAUSE,
    &corrupted_or_tampered::CAUSE,
    &client_policy::CAUSE,
    &renegotiation_refused::CAUSE,
    &path_mtu_black_hole::CAUSE,
    &handshake_timeout::CAUSE,
    &certificate_unacceptable::CAUSE,
    &client_pinning::CAUSE,
    &server_certificate_missing::CAUSE,
    &server_unresponsive::CAUSE,
    &path_loss::CAUSE,
    &connection_limit::CAUSE,
    &client_aborted::CAUSE,
    &server_internal_error::CAUSE,
];

/// Claims given at most for one handshake.
const MOST: usize = 5;

/// All that may be claimed of a handshake, surest first; never empty.
#[must_use]
pub fn judge(scene: &Scene<'_>) -> Vec<Claim> {
    let mut claims: Vec<Claim> = CAUSES
        .iter()
        .filter_map(|cause| (cause.judge)(scene))
        .map(|claim| temper::tempered(scene, claim))
        .collect();
    claims.sort_by_key(|claim| std::cmp::Reverse(claim.confidence));
    claims.truncate(MOST);
    if claims
        .iter()
        .all(|claim| claim.confidence == Confidence::Low)
        && claims.len() != 1
    {
        claims.extend(claims.is_empty().then(|| undetermined::claim(scene)));
    }
    claims
}
