//! STARTTLS of IMAP (RFC 9051 section 6.2.1): `a STARTTLS`, answered `a OK`, or `a NO` or `a BAD`.

use super::Prelude;
use super::Recognised;
use super::begins;
use super::lines;
use super::lines::Command;
use super::lines::Dialect;
use super::lines::Lines;
use super::lines::Reply;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "imap",
    recognise,
    begin: || Lines::begin(&DIALECT),
};

static DIALECT: Dialect = Dialect { command, reply };

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    if server.is_empty() && !client.is_empty() {
        return Recognised::No;
    }
    begins(server, b"* OK").max(begins(server, b"* PREAUTH"))
}

fn command(line: &[u8]) -> Command {
    let verb = after_word(line);
    if lines::is_word(verb, &["STARTTLS"]) {
        Command::Ask(PreludeProtocol::Imap)
    } else if lines::is_word(verb, &["CAPABILITY", "ID", "NOOP"]) {
        Command::Plain
    } else {
        Command::Other
    }
}

fn reply(command: Option<&[u8]>, _: Option<&[u8]>, line: &[u8]) -> Reply {
    let Some(command) = command else {
        return Reply::Last(lines::is_word(after_word(line), &["OK", "PREAUTH"]), None);
    };
    if lines::is_word(line, &["*", "+"]) {
        Reply::Aside
    } else if lines::word(line) != lines::word(command) {
        Reply::Alien
    } else if lines::is_word(after_word(line), &["OK"]) {
        Reply::Last(true, None)
    } else {
        Reply::Last(false, None)
    }
}

/// What stands behind the first word and its blank.
fn after_word(line: &[u8]) -> &[u8] {
    line.get(lines::word(line).len().saturating_add(1)..)
        .unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn asked() -> Script {
        Script::new()
            .server(b"* OK ready\r\n")
            .client(b"a1 capability\r\n")
            .server(b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n")
            .client(b"a2 starttls\r\n")
    }

    #[test]
    fn accepted_with_the_tag_and_ok() {
        let facts = asked()
            .server(b"* OK still here\r\na2 OK begin\r\n")
            .tls_behind_all();
        assert_eq!(facts.text.bytes(), b"a2 OK begin");
    }

    #[test]
    fn refused_with_no_and_bad() {
        assert_eq!(
            asked()
                .server(b"a2 NO TLS is off\r\n")
                .refused()
                .text
                .bytes(),
            b"a2 NO TLS is off"
        );
        asked()
            .server(b"a2 BAD what\r\n")
            .client(b"\x16\x03\x01\x02\x00")
            .refused();
    }

    #[test]
    fn silent_when_the_client_logs_in_or_speaks_tls_at_once() {
        Script::new()
            .server(b"* OK ready\r\n")
            .client(b"a1 LOGIN me secret\r\n")
            .not_this();
        Script::new()
            .server(b"* OK ready\r\n")
            .client(b"\x16\x03\x01\x02\x00")
            .not_this();
        Script::new().server(b"* BYE busy\r\n").not_this();
    }
}
