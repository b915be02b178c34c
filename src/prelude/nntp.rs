//! STARTTLS of NNTP (RFC 4642): answered 382, or 580 and other codes.

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
    id: "nntp",
    recognise,
    begin: || Lines::begin(&DIALECT),
};

static DIALECT: Dialect = Dialect { command, reply };

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    if server.is_empty() && !client.is_empty() {
        return Recognised::No;
    }
    begins(server, b"200 ").max(begins(server, b"201 "))
}

fn command(line: &[u8]) -> Command {
    if lines::is_word(line, &["STARTTLS"]) {
        Command::Ask(PreludeProtocol::Nntp)
    } else if lines::is_word(line, &["CAPABILITIES", "MODE", "HELP", "DATE"]) {
        Command::Plain
    } else {
        Command::Other
    }
}

fn reply(_: Option<&[u8]>, first: Option<&[u8]>, line: &[u8]) -> Reply {
    match (first, lines::code(line)) {
        // A block ends with a line of one full stop (RFC 3977 section 3.1.1); 100 and 101 begin one.
        (Some(_), _) if line == b"." => Reply::Last(true, None),
        (Some(_), _) | (None, Some(100 | 101)) => Reply::Part,
        (None, Some(code)) => Reply::Last(matches!(code, 200 | 201 | 382), Some(code)),
        (None, None) => Reply::Alien,
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn asked() -> Script {
        Script::new()
            .server(b"200 news\r\n")
            .client(b"CAPABILITIES\r\n")
            .server(b"101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n")
            .client(b"STARTTLS\r\n")
    }

    #[test]
    fn accepted_with_382() {
        assert_eq!(
            asked().server(b"382 go\r\n").tls_behind_all().status,
            Some(382)
        );
    }

    #[test]
    fn refused_with_580() {
        assert_eq!(asked().server(b"580 no\r\n").refused().status, Some(580));
    }

    #[test]
    fn silent_when_news_are_read() {
        Script::new()
            .server(b"200 news\r\n")
            .client(b"GROUP a.b\r\n")
            .not_this();
    }
}
