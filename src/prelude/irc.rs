//! STARTTLS of IRC (IRCv3 "tls" capability): answered with numeric 670, or 691; servers without it say 421 or 451.

use super::Prelude;
use super::Recognised;
use super::answers;
use super::lines;
use super::lines::Command;
use super::lines::Dialect;
use super::lines::Lines;
use super::lines::Reply;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "irc",
    recognise,
    begin: || Lines::begin_with_client(&DIALECT),
};

static DIALECT: Dialect = Dialect { command, reply };

/// Commands that clients send before they ask; most have no answer.
const BEFORE: &[&str] = &["CAP", "NICK", "USER", "PASS", "PONG"];

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    let command = lines::begins_word(client, &["STARTTLS"]).max(lines::begins_word(client, BEFORE));
    command.min(answers(server, b":").max(answers(server, b"NOTICE ")))
}

fn command(line: &[u8]) -> Command {
    if lines::is_word(line, &["STARTTLS"]) {
        Command::Ask(PreludeProtocol::Irc)
    } else if lines::is_word(line, BEFORE) {
        Command::Silent
    } else {
        Command::Other
    }
}

fn reply(_: Option<&[u8]>, _: Option<&[u8]>, line: &[u8]) -> Reply {
    let mut words = line
        .split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty())
        .peekable();
    words.next_if(|word| word.starts_with(b":"));
    let numeric = words.next().and_then(lines::code);
    let names_it = line
        .windows(8)
        .any(|part| part.eq_ignore_ascii_case(b"STARTTLS"));
    match numeric {
        Some(670) => Reply::Last(true, numeric),
        Some(691) => Reply::Last(false, numeric),
        Some(421 | 451) if names_it => Reply::Last(false, numeric),
        _ => Reply::Aside,
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn asked() -> Script {
        Script::new()
            .client(b"CAP LS 302\r\n")
            .server(b":irc.example NOTICE AUTH :*** hello\r\n:irc.example CAP * LS :tls\r\n")
            .client(b"STARTTLS\r\n")
    }

    #[test]
    fn accepted_with_670() {
        assert_eq!(
            asked()
                .server(b":irc.example 670 me :go ahead\r\n")
                .tls_behind_all()
                .status,
            Some(670)
        );
        Script::new()
            .client(b"STARTTLS\r\n")
            .server(b":irc.example 670  :go\r\n")
            .tls_behind_all();
    }

    #[test]
    fn refused_with_691_and_unknown_command() {
        assert_eq!(
            asked()
                .server(b":irc.example 691 me :no\r\n")
                .refused()
                .status,
            Some(691)
        );
        let unknown = b":irc.example 421 me STARTTLS :Unknown command\r\n";
        assert_eq!(asked().server(unknown).refused().status, Some(421));
    }

    #[test]
    fn silent_when_a_channel_is_joined() {
        Script::new()
            .client(b"NICK me\r\nUSER me 0 * :me\r\nJOIN #a\r\n")
            .not_this();
    }
}
