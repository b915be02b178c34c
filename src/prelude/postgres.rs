//! PostgreSQL's SSLRequest ("Frontend/Backend Protocol", section "SSL Session Encryption").
//!
//! ```text
//! C→S 00000008 04d21630    GSSENCRequest, optional    S→C N
//! C→S 00000008 04d2162f    SSLRequest                 S→C S: TLS follows; N or an error message: refused
//! ```
//!
//! After N a client that may do without TLS goes on in plaintext.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::begins;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::base::Mark;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "postgres",
    recognise,
    begin: || Box::new(Postgres::Request),
};

const SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const GSSENC_REQUEST: &[u8] = &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];
/// Longest error message that is believed, as in libpq; beyond it, it is one of a server before version 7.4.
const ERROR_MAX: usize = 30_000;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    let request = begins(client, SSL_REQUEST).max(begins(client, GSSENC_REQUEST));
    let answer = match server {
        [] => Recognised::Yes,
        [b'S' | b'N' | b'G'] | [b'E', ..] => Recognised::Perhaps.max(request),
        _ => Recognised::No,
    };
    request.min(answer)
}

/// What is read next.
#[derive(Debug)]
enum Postgres {
    Request,
    Answer,
    GssAnswer,
}

impl Talk for Postgres {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        loop {
            let next = match self {
                Self::Request => request(wire),
                Self::Answer => return answer(wire, self),
                Self::GssAnswer => gss_answer(wire),
            };
            match next {
                Ok(next) => *self = next,
                Err(step) => return step,
            }
        }
    }
}

fn request(wire: &mut Wire) -> Result<Postgres, Step> {
    let sent = wire.client.bytes();
    let ssl = begins(sent, SSL_REQUEST);
    match ssl.max(begins(sent, GSSENC_REQUEST)) {
        Recognised::No => return Err(Step::NotThis),
        Recognised::Perhaps => return Err(Step::More),
        Recognised::Yes => {}
    }
    let (_, mark) = wire.client.take(SSL_REQUEST.len()).ok_or(Step::More)?;
    if ssl != Recognised::Yes {
        return Ok(Postgres::GssAnswer);
    }
    wire.ask(PreludeProtocol::Postgres, mark, None);
    Ok(Postgres::Answer)
}

/// `G`: Kerberos encrypts the connection. An error message ends it. Neither asked for TLS.
fn gss_answer(wire: &mut Wire) -> Result<Postgres, Step> {
    match wire.server.take(1).ok_or(Step::More)? {
        (b"N", _) => Ok(Postgres::Request),
        _ => Err(Step::NotThis),
    }
}

fn answer(wire: &mut Wire, state: &mut Postgres) -> Step {
    let (kind, length) = match wire.server.bytes() {
        [] => return Step::More,
        [kind @ (b'S' | b'N'), ..] => (*kind, 1),
        message @ [b'E', ..] => match error_length(message) {
            Some(length) => (b'E', length),
            None => return Step::More,
        },
        _ => return Step::NotThis,
    };
    let Some((bytes, mark)) = wire.server.take(length) else {
        return Step::More;
    };
    let said = |text: &[u8], mark: Mark| Answer {
        mark,
        status: None,
        text: text_of(text),
    };
    let answer = if kind == b'E' {
        said(error_text(bytes), mark)
    } else {
        said(bytes, mark)
    };
    if kind == b'S' {
        return wire.accept(answer);
    }
    *state = Postgres::Request;
    wire.refuse(answer)
}

/// Length of an ErrorResponse: `E`, four bytes of length, fields; or `E` and text up to a zero byte.
fn error_length(message: &[u8]) -> Option<usize> {
    let length = message
        .get(1..5)?
        .first_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes))?;
    match usize::try_from(length) {
        Ok(length) if (4..=ERROR_MAX).contains(&length) => Some(length.saturating_add(1)),
        _ => message
            .iter()
            .position(|&byte| byte == 0)
            .map(|end| end.saturating_add(1)),
    }
}

/// The field `M` (message), or the text of an old server.
fn error_text(message: &[u8]) -> &[u8] {
    let fields = message.get(5..).unwrap_or(&[]).split(|&byte| byte == 0);
    let old = message.get(1..).unwrap_or(&[]);
    let old = old
        .split(|&byte| byte == 0 || byte == b'\n')
        .next()
        .unwrap_or(old);
    fields
        .filter_map(|field| field.strip_prefix(b"M"))
        .next()
        .unwrap_or(old)
}

#[cfg(test)]
mod tests {
    use super::GSSENC_REQUEST;
    use super::SSL_REQUEST;
    use crate::prelude::Step;
    use crate::prelude::sample::Script;

    #[test]
    fn accepted_with_s() {
        let facts = Script::new()
            .client(SSL_REQUEST)
            .server(b"S")
            .tls_behind_all();
        assert_eq!(facts.text.bytes(), b"S");
    }

    #[test]
    fn accepted_when_kerberos_was_asked_for_first() {
        Script::new()
            .client(GSSENC_REQUEST)
            .server(b"N")
            .client(SSL_REQUEST)
            .server(b"S")
            .tls_behind_all();
    }

    #[test]
    fn refused_with_n_whatever_follows() {
        let script = Script::new().client(SSL_REQUEST).server(b"N");
        assert_eq!(script.refused().text.bytes(), b"N");
        script
            .client(b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0")
            .server(b"R\0\0\0\x08\0\0\0\0")
            .refused();
    }

    #[test]
    fn refused_with_an_error_message_and_its_text() {
        let script = Script::new()
            .client(SSL_REQUEST)
            .server(b"E\0\0\0\x26SFATAL\0C53300\0Mtoo many clients\0\0\0\0");
        assert_eq!(script.refused().text.bytes(), b"too many clients");
        let script = Script::new()
            .client(SSL_REQUEST)
            .server(b"EFATAL:  unsupported frontend protocol\n\0");
        assert_eq!(
            script.refused().text.bytes(),
            b"FATAL:  unsupported frontend protocol"
        );
    }

    #[test]
    fn a_hello_sent_before_the_answer_is_not_part_of_the_prelude() {
        let step = Script::new()
            .client(&[SSL_REQUEST, b"\x16\x03\x01\x02"].concat())
            .server(b"S")
            .agrees_however_cut();
        assert_eq!(
            step,
            Step::TlsAt {
                client: 8,
                server: 1
            }
        );
    }

    #[test]
    fn silent_for_a_plain_start_a_cancellation_and_kerberos() {
        Script::new()
            .client(b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0")
            .not_this();
        Script::new()
            .client(&[0, 0, 0, 16, 4, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2])
            .not_this();
        Script::new().client(GSSENC_REQUEST).server(b"G").not_this();
    }
}
