//! STARTTLS of ManageSieve (RFC 5804 section 2.2): answered `OK`, or `NO` or `BYE`.

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
    id: "sieve",
    recognise,
    begin: || Lines::begin(&DIALECT),
};

static DIALECT: Dialect = Dialect { command, reply };

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    if server.is_empty() && !client.is_empty() {
        Recognised::No
    } else {
        begins(server, b"\"IMPLEMENTATION\"")
    }
}

fn command(line: &[u8]) -> Command {
    if lines::is_word(line, &["STARTTLS"]) {
        Command::Ask(PreludeProtocol::Sieve)
    } else if lines::is_word(line, &["CAPABILITY", "NOOP"]) {
        Command::Plain
    } else {
        Command::Other
    }
}

fn reply(_: Option<&[u8]>, _: Option<&[u8]>, line: &[u8]) -> Reply {
    if line.starts_with(b"\"") {
        Reply::Aside
    } else if lines::is_word(line, &["OK"]) {
        Reply::Last(true, None)
    } else if lines::is_word(line, &["NO", "BYE"]) {
        Reply::Last(false, None)
    } else {
        Reply::Alien
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn asked() -> Script {
        Script::new()
            .server(b"\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n")
            .client(b"STARTTLS\r\n")
    }

    #[test]
    fn accepted_with_ok() {
        asked().server(b"OK \"begin\"\r\n").tls_behind_all();
    }

    #[test]
    fn refused_with_no() {
        assert_eq!(
            asked().server(b"NO \"off\"\r\n").refused().text.bytes(),
            b"NO \"off\""
        );
    }

    #[test]
    fn silent_when_the_client_logs_in() {
        Script::new()
            .server(b"\"IMPLEMENTATION\" \"x\"\r\nOK\r\n")
            .client(b"AUTHENTICATE \"PLAIN\"\r\n")
            .not_this();
    }
}
