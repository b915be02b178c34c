//! STARTTLS of LMTP (RFC 2033): as SMTP, but the client greets with LHLO.

use super::Prelude;
use super::Recognised;
use super::answers;
use super::lines;
use super::lines::Command;
use super::lines::Dialect;
use super::lines::Lines;
use super::smtp;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "lmtp",
    recognise,
    begin: || Lines::begin(&DIALECT),
};

static DIALECT: Dialect = Dialect {
    command,
    reply: smtp::reply,
};

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    lines::begins_word(client, &["LHLO"]).min(answers(server, b"220"))
}

fn command(line: &[u8]) -> Command {
    match smtp::command(line) {
        Command::Ask(_) => Command::Ask(PreludeProtocol::Lmtp),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::PreludeProtocol;
    use crate::facts::PreludeState;
    use crate::prelude::sample::Script;

    #[test]
    fn accepted_when_the_server_says_220() {
        let script = Script::new()
            .server(b"220 mail LMTP\r\n")
            .client(b"LHLO a\r\n")
            .server(b"250-mail\r\n250 STARTTLS\r\n")
            .client(b"STARTTLS\r\n")
            .server(b"220 2.0.0 go\r\n");
        let facts = script.tls_behind_all();
        assert_eq!(
            (facts.protocol, facts.state),
            (PreludeProtocol::Lmtp, PreludeState::Accepted)
        );
    }
}
