//! Words for the codes that sentences speak of. The codes themselves are never translated.

use super::text;

/// A side, `client` or `server`, as a word of a sentence.
#[must_use]
pub fn side(code: &str) -> &str {
    match code {
        "client" => text!("side.client"),
        "server" => text!("side.server"),
        other => other,
    }
}

/// An attribute of the contrast as a word of a sentence.
#[must_use]
pub fn attribute(code: &str) -> &str {
    match code {
        "sni" | "name" => text!("attribute.name"),
        "version" => text!("attribute.version"),
        "client" => text!("side.client"),
        "suites" => text!("attribute.suites"),
        "groups" => text!("attribute.groups"),
        "signature algorithms" => text!("attribute.signature-algorithms"),
        "hello size" => text!("attribute.hello-size"),
        "session" => text!("attribute.session"),
        "suites by authentication" => text!("attribute.authentication"),
        "post-quantum groups" => text!("attribute.post-quantum"),
        "client network" => text!("attribute.network"),
        "server certificate" => text!("attribute.certificate"),
        "server TTL" => text!("attribute.ttl"),
        // Of what is alike in both.
        "clients" => text!("attribute.clients"),
        "time" => text!("attribute.time"),
        other => other,
    }
}
