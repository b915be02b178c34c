//! STLS of POP3 (RFC 2595 section 4): answered `+OK`, or `-ERR`.

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
    id: "pop3",
    recognise,
    begin: || Lines::begin(&DIALECT),
};

static DIALECT: Dialect = Dialect { command, reply };

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    if server.is_empty() && !client.is_empty() {
        Recognised::No
    } else {
        begins(server, b"+OK")
    }
}

fn command(line: &[u8]) -> Command {
    if lines::is_word(line, &["STLS"]) {
        Command::Ask(PreludeProtocol::Pop3)
    } else if lines::is_word(line, &["CAPA", "NOOP"]) || lists_mechanisms(line) {
        Command::Plain
    } else {
        Command::Other
    }
}

/// AUTH alone asks for the list of mechanisms; with one it logs in.
fn lists_mechanisms(line: &[u8]) -> bool {
    line.trim_ascii().eq_ignore_ascii_case(b"AUTH")
}

fn reply(command: Option<&[u8]>, first: Option<&[u8]>, line: &[u8]) -> Reply {
    let lists =
        command.is_some_and(|line| lines::is_word(line, &["CAPA"]) || lists_mechanisms(line));
    match first {
        // A list ends with a line of one full stop (RFC 2449 section 5).
        Some(_) if line == b"." => Reply::Last(true, None),
        Some(_) => Reply::Part,
        None if lines::is_word(line, &["+OK"]) && lists => Reply::Part,
        None if lines::is_word(line, &["+OK"]) => Reply::Last(true, None),
        None if lines::is_word(line, &["-ERR"]) => Reply::Last(false, None),
        None => Reply::Alien,
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn asked() -> Script {
        Script::new()
            .server(b"+OK ready\r\n")
            .client(b"CAPA\r\n")
            .server(b"+OK\r\nSTLS\r\n.\r\n")
            .client(b"stls\r\n")
    }

    #[test]
    fn accepted_with_ok() {
        assert_eq!(
            asked()
                .server(b"+OK begin\r\n")
                .tls_behind_all()
                .text
                .bytes(),
            b"+OK begin"
        );
    }

    #[test]
    fn refused_with_err() {
        assert_eq!(
            asked().server(b"-ERR no\r\n").refused().text.bytes(),
            b"-ERR no"
        );
        asked()
            .server(b"-ERR no\r\n")
            .client(b"USER me\r\n")
            .server(b"+OK\r\n")
            .refused();
    }

    #[test]
    fn accepted_by_a_server_without_capa() {
        Script::new()
            .server(b"+OK\r\n")
            .client(b"CAPA\r\nSTLS\r\n")
            .server(b"-ERR\r\n+OK\r\n")
            .tls_behind_all();
    }

    #[test]
    fn accepted_when_mechanisms_were_listed_before() {
        let script = Script::new()
            .server(b"+OK\r\n")
            .client(b"AUTH\r\n")
            .server(b"+OK\r\nPLAIN\r\n.\r\n");
        script
            .client(b"STLS\r\n")
            .server(b"+OK\r\n")
            .tls_behind_all();
        Script::new()
            .server(b"+OK\r\n")
            .client(b"AUTH PLAIN\r\n")
            .not_this();
    }

    #[test]
    fn silent_when_the_client_logs_in() {
        Script::new()
            .server(b"+OK ready\r\n")
            .client(b"USER me\r\n")
            .not_this();
    }
}
