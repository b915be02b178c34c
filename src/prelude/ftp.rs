//! AUTH TLS of FTP (RFC 4217 section 4): answered 234, or a code above 299.

use super::Prelude;
use super::Recognised;
use super::answers;
use super::lines;
use super::lines::Command;
use super::lines::Dialect;
use super::lines::Lines;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "ftp",
    recognise,
    begin: || Lines::begin(&DIALECT),
};

static DIALECT: Dialect = Dialect {
    command,
    // 334 is what servers older than the RFC answer to AUTH SSL.
    reply: |_, first, line| {
        lines::coded(first, line, |code| {
            (200..300).contains(&code) || code == 334
        })
    },
};

/// Commands that clients send before they ask.
const BEFORE: &[&str] = &[
    "FEAT", "HOST", "SYST", "OPTS", "CLNT", "CSID", "HELP", "NOOP",
];

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    let command = lines::begins_word(client, &["AUTH"]).max(lines::begins_word(client, BEFORE));
    command.min(answers(server, b"220"))
}

fn command(line: &[u8]) -> Command {
    let mechanism = line.get(5..).unwrap_or(&[]);
    if !lines::is_word(line, &["AUTH"]) {
        if lines::is_word(line, BEFORE) {
            Command::Plain
        } else {
            Command::Other
        }
    } else if lines::is_word(mechanism, &["TLS", "TLS-C", "TLS-P", "SSL"]) {
        Command::Ask(PreludeProtocol::Ftp)
    } else {
        Command::Plain
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn greeted() -> Script {
        Script::new()
            .server(b"220 ready\r\n")
            .client(b"FEAT\r\n")
            .server(b"211-Features:\r\n AUTH TLS\r\n 211 is not the end\r\n211 End\r\n")
    }

    #[test]
    fn accepted_with_234() {
        assert_eq!(
            greeted()
                .client(b"AUTH TLS\r\n")
                .server(b"234 go\r\n")
                .tls_behind_all()
                .status,
            Some(234)
        );
    }

    #[test]
    fn refused_with_a_negative_code() {
        let script = greeted().client(b"AUTH TLS\r\n").server(b"502 no\r\n");
        assert_eq!(script.refused().status, Some(502));
        script.client(b"USER me\r\n").refused();
    }

    #[test]
    fn accepted_when_auth_ssl_follows_a_refused_auth_tls() {
        let script = greeted()
            .client(b"AUTH TLS\r\n")
            .server(b"504 no\r\n")
            .client(b"AUTH SSL\r\n")
            .server(b"334 go\r\n");
        assert_eq!(script.tls_behind_all().status, Some(334));
    }

    #[test]
    fn silent_when_the_client_logs_in() {
        Script::new()
            .server(b"220 ready\r\n")
            .client(b"USER me\r\n")
            .not_this();
        greeted().client(b"USER me\r\n").not_this();
    }
}
