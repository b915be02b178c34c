//! STARTTLS of SMTP (RFC 3207).
//!
//! ```text
//! S→C 220 mail.example ESMTP
//! C→S EHLO client.example
//! S→C 250-mail.example / 250 STARTTLS
//! C→S STARTTLS
//! S→C 220 go ahead                  TLS follows; 454 or 5xx: refused
//! ```

use super::Prelude;
use super::Recognised;
use super::answers;
use super::begins;
use super::lines;
use super::lines::Command;
use super::lines::Dialect;
use super::lines::Lines;
use super::lines::Reply;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "smtp",
    recognise,
    begin: || Lines::begin(&DIALECT),
};

static DIALECT: Dialect = Dialect { command, reply };

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    // Without a banner before it STARTTLS could be that of IRC.
    let greeting = lines::begins_word(client, &["EHLO", "HELO"]);
    let question = lines::begins_word(client, &["STARTTLS"]).min(begins(server, b"220"));
    greeting.min(answers(server, b"220")).max(question)
}

pub(super) fn command(line: &[u8]) -> Command {
    if lines::is_word(line, &["STARTTLS"]) {
        Command::Ask(PreludeProtocol::Smtp)
    } else if lines::is_word(
        line,
        &["EHLO", "HELO", "LHLO", "HELP", "NOOP", "RSET", "XCLIENT"],
    ) {
        Command::Plain
    } else {
        Command::Other
    }
}

pub(super) fn reply(_: Option<&[u8]>, first: Option<&[u8]>, line: &[u8]) -> Reply {
    lines::coded(first, line, |code| (200..300).contains(&code))
}

#[cfg(test)]
mod tests {
    use crate::facts::PreludeState;
    use crate::prelude::Step;
    use crate::prelude::sample::Script;

    fn greeted() -> Script {
        Script::new()
            .server(b"220-mail.example\r\n220 ESMTP ready\r\n")
            .client(b"EHLO client.example\r\n")
            .server(b"250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n")
    }

    #[test]
    fn accepted_when_the_server_says_220() {
        let facts = greeted()
            .client(b"starttls\r\n")
            .server(b"220 2.0.0 Ready\r\n")
            .tls_behind_all();
        assert_eq!(
            (facts.status, facts.text.bytes()),
            (Some(220), &b"220 2.0.0 Ready"[..])
        );
        assert_eq!((facts.asked.order, facts.answered.unwrap().order), (3, 4));
    }

    #[test]
    fn refused_when_the_server_says_454_whatever_the_client_sends_then() {
        let script = greeted()
            .client(b"STARTTLS\r\n")
            .server(b"454-4.7.0 TLS not\r\n454 4.7.0 available\r\n");
        let facts = script.clone().refused();
        assert_eq!(
            (facts.status, facts.text.bytes()),
            (Some(454), &b"454-4.7.0 TLS not"[..])
        );
        let facts = script
            .clone()
            .client(b"\x16\x03\x01\x02\x00\x01\x00")
            .refused();
        assert_eq!(
            (facts.state, facts.status),
            (PreludeState::Refused, Some(454))
        );
        script
            .client(b"MAIL FROM:<a@b>\r\n")
            .server(b"250 ok\r\n")
            .refused();
    }

    #[test]
    fn accepted_when_the_second_question_is_agreed_to() {
        let script = greeted().client(b"STARTTLS\r\n").server(b"454 later\r\n");
        let facts = script
            .client(b"NOOP\r\nSTARTTLS\r\n")
            .server(b"250 ok\r\n220 now\r\n")
            .tls_behind_all();
        assert_eq!(facts.text.bytes(), b"220 now");
    }

    #[test]
    fn a_hello_sent_before_the_answer_is_not_part_of_the_prelude() {
        let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
        let mut sent = b"STARTTLS\r\n".to_vec();
        sent.extend_from_slice(hello);
        let script = greeted().client(&sent).server(b"220 go\r\n");
        let (client, server) = script.lengths();
        let step = script.agrees_however_cut();
        assert_eq!(
            step,
            Step::TlsAt {
                client: client - 11,
                server
            }
        );
    }

    #[test]
    fn silent_when_mail_is_sent_in_plaintext() {
        greeted().client(b"MAIL FROM:<a@b.example>\r\n").not_this();
    }

    #[test]
    fn silent_when_the_client_speaks_tls_to_the_banner() {
        Script::new()
            .server(b"220 ESMTP\r\n")
            .client(b"\x16\x03\x01\x02\x00\x01")
            .not_this();
    }

    #[test]
    fn silent_when_the_client_speaks_tls_after_ehlo() {
        greeted().client(b"\x16\x03\x01\x02\x00\x01").not_this();
    }

    #[test]
    fn undecided_while_only_the_banner_was_sent() {
        let facts = Script::new().server(b"220 mail ESMTP\r\n").undecided();
        assert_eq!(facts, None);
    }
}
