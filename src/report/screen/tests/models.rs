//! The model screens.

use super::gateway::gateway;
use super::sample::end;
use super::sample::failed;
use super::sample::flow;
use super::sample::report;
use super::sample::reset;
use super::sample::run;
use super::sample::screen;
use crate::facts::Directions;
use crate::facts::WireText;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::pattern::Value;

/// One name reset, seven others fine: 176 failed, 4 slipped through, 512 others.
fn reset_by_name(ttl: u8, delay: u64) -> Report {
    let server = end("203.0.113.20", 443);
    let mut flows = Vec::new();
    for n in 0..692_u32 {
        let client = format!("192.0.2.{}", n % 23 + 1);
        let second = u64::from(n) * 595 / 692 + 2;
        let name = if n % 692 < 180 && n < 180 {
            "api.shop.example".to_owned()
        } else {
            format!("www{}.shop.example", n % 7)
        };
        let second = if n < 180 {
            u64::from(n) * 595 / 179 + 2
        } else {
            second
        };
        let one = flow(&client, server, second, Some(name.as_bytes()), n);
        flows.push(if n < 180 && n % 45 != 20 {
            reset(one, ttl, delay + u64::from(n % 16) * 100_000)
        } else {
            one
        });
    }
    for stream in 0..9 {
        let stray = flows
            .iter_mut()
            .filter(|flow| flow.verdict.finding.is_some())
            .nth(stream * 11 + 4)
            .unwrap();
        stray.facts.tcp.resets[0].data_after = ttl != 49;
    }
    let mut report = report(run("shop.pcap", 9_100_000, 41_207, 598), &flows);
    report.run.quic = 14;
    report
        .outcomes
        .extend([("unknown", 3), ("abandoned", 22), ("no-attempt", 19)]);
    report.reasons.insert("began-before-capture", 3);
    report
}

#[test]
fn one_name_reset_on_the_way() {
    assert_screen(&screen(&reset_by_name(118, 2_600_000)), RESET_OTHER_TTL);
    assert_screen(&screen(&reset_by_name(49, 28_100_000)), RESET_UNDECIDED);
}

/// nginx without SNI in front of a server that answers HTTP.
fn without_sni(completed: u32) -> Report {
    let server = end("198.51.100.9", 443);
    let mut flows = Vec::new();
    for n in 0..41 + completed {
        let ok = n % 5 == 4 && n / 5 < completed;
        let name = ok.then_some(b"activity.example.com".as_slice());
        let one = flow("10.0.3.7", server, u64::from(n) * 22 + 12, name, n);
        let detail = vec![
            ("protocol", Value::Word("http")),
            ("status", Value::Number(400)),
            (
                "text",
                Value::Text(WireText::from("HTTP/1.1 400 Bad Request\r")),
            ),
            ("before_client_hello", Value::Bool(false)),
        ];
        flows.push(if ok {
            one
        } else {
            failed(one, "non-tls-answer", detail)
        });
    }
    report(run("proxy.pcap", 212_000, 1_034, 1_120), &flows)
}

#[test]
fn no_name_and_a_plain_http_answer() {
    assert_screen(&screen(&without_sni(9)), NO_SNI);
    assert_screen(&screen(&without_sni(0)), NO_SNI_NO_CONTRAST);
}

#[test]
fn several_incidents_at_a_gateway() {
    assert_screen(&screen(&gateway()), GATEWAY);
    let report = gateway();
    let mut options = super::sample::options(&report);
    options.incident = Some(2);
    assert_screen(
        &crate::report::screen::render(&report, &options),
        GATEWAY_SECOND,
    );
}

#[test]
fn nothing_failed() {
    let mut run = run("day.pcap", 88_000_000, 90_011, 3_600);
    run.quic = 311;
    let mut report = Report {
        run,
        unused: 60,
        ..Report::default()
    };
    report.outcomes.extend([
        ("completed", 2_190),
        ("unfinished", 14),
        ("abandoned", 87),
        ("no-attempt", 140),
    ]);
    assert_screen(&screen(&report), NOTHING_FAILED);
}

#[test]
fn one_direction_only() {
    let mut run = run("lan.pcap", 3_000_000, 5_120, 122);
    run.directions = Directions::ClientOnly;
    let mut report = Report {
        run,
        ..Report::default()
    };
    report.outcomes.insert("unknown", 118);
    report.reasons.insert("server-not-captured", 118);
    assert_screen(&screen(&report), ONE_DIRECTION);
}

/// Five clients leave before any answer, and none completes there.
#[test]
fn abandoned_flows_on_a_silent_server_get_a_word_and_stay_no_failures() {
    let flows: Vec<Diagnosis> = (0..5_u32)
        .map(|n| {
            let mut one = flow(
                &format!("10.0.0.{n}"),
                end("203.0.113.20", 443),
                u64::from(n),
                Some(b"slow.example"),
                n,
            );
            one.facts.server_hello = None;
            one.verdict.outcome = crate::pattern::Outcome::Abandoned;
            one
        })
        .collect();
    assert_screen(
        &screen(&report(run("slow.pcap", 10_000, 40, 5), &flows)),
        ABANDONED,
    );
}

/// Compares line by line, so that a difference names its line.
fn assert_screen(shown: &str, expected: &str) {
    let expected = expected.trim_start_matches('\n');
    for (number, (shown, expected)) in shown.lines().zip(expected.lines()).enumerate() {
        assert_eq!(shown, expected, "line {}", number + 1);
    }
    assert_eq!(shown, expected);
}

const ABANDONED: &str = r#"
slow.pcap   10 kB, 40 packets, 5 s from 2026-11-21 11:02:07 +08:00
Capture     good: both directions, no drops, no cuts
Handshakes  none
            not failures: 5 abandoned

No handshake failed, but clients left before any answer came:

#1  5 clients leave before any ServerHello, and none completes there
    abandoned
    5 clients > 203.0.113.20:443, 11:02:07 to 11:02:11

    Settle The clients left by themselves: their logs, or a longer capture, tell
           what they waited for.
    See    tlscap analyze slow.pcap --stream 0
           Wireshark: tcp.stream in {0, 1, 2}
"#;

const NO_SNI: &str = r#"
proxy.pcap  212 kB, 1,034 packets, 18 min 40 s from 2026-11-21 11:02:07 +08:00
Capture     good: both directions, no drops, no cuts
Handshakes  50: 41 FAILED, 9 completed

1 incident explains all 41 failures.

#1  The client names no server (no SNI); the answer is plain HTTP
    non-tls-answer    sni-missing (high)
    10.0.3.7 > 198.51.100.9:443, 11:02:19 to 11:20:17, not over at the end

    ClientHello                  failed  completed
    no SNI                           41          0   100 %
    SNI activity.example.com          0          9     0 %
    Alike in both: client, version, suites, groups, signature algorithms, ALPN,
    hello size, session, time

    Why    - 41 of 41 failed hellos have no server_name extension  frame 4
           - the answer is not TLS: "HTTP/1.1 400 Bad Request"
           - hellos that name a server get a ServerHello      frame 46
    Logs   Clients print this as "wrong version number" (nginx, OpenSSL 1.1+) or
           "unknown protocol" (OpenSSL 1.0), "first record does not look like a
           TLS handshake" (Go). All mean: first bytes not TLS.
    Not    a TLS version problem; not the server's certificate or suites: the
           answer is no TLS at all.
    Do     Client, if it is nginx: Beside proxy_pass, switch the name on, which
           is off by default; proxy_ssl_name is needed only where proxy_pass has
           no name.
             proxy_ssl_server_name on;
             proxy_ssl_name activity.example.com;
           Client, if it is HAProxy: Give the server line the name to send.
             server HOST 198.51.100.9:443 ssl sni str(activity.example.com) ca-file FILE
           Client: Use the name of the server in the URL instead of its address.
    Prove  The name, if the second works; the port or scheme, if both fail:
    openssl s_client -connect 198.51.100.9:443 -noservername
    openssl s_client -connect 198.51.100.9:443 -servername activity.example.com
    See    tlscap analyze proxy.pcap --stream 0
           Wireshark: tcp.stream in {0, 1, 2}
"#;

const NO_SNI_NO_CONTRAST: &str = r#"
proxy.pcap  212 kB, 1,034 packets, 18 min 40 s from 2026-11-21 11:02:07 +08:00
Capture     good: both directions, no drops, no cuts
Handshakes  41: 41 FAILED

1 incident explains all 41 failures.

#1  The client names no server (no SNI); the answer is plain HTTP
    non-tls-answer    sni-missing (medium)
    10.0.3.7 > 198.51.100.9:443, 11:02:19 to 11:16:59, not over at the end

    ClientHello                  failed  completed
    no SNI                           41          0   100 %
    with SNI                          0          0    none seen: no contrast

    Why    - 41 of 41 failed hellos have no server_name extension  frame 4
           - the answer is not TLS: "HTTP/1.1 400 Bad Request"
    Logs   Clients print this as "wrong version number" (nginx, OpenSSL 1.1+) or
           "unknown protocol" (OpenSSL 1.0), "first record does not look like a
           TLS handshake" (Go). All mean: first bytes not TLS.
    Not    a TLS version problem; not the server's certificate or suites: the
           answer is no TLS at all.
    Do     Client, if it is nginx: Beside proxy_pass, switch the name on, which
           is off by default; proxy_ssl_name is needed only where proxy_pass has
           no name.
             proxy_ssl_server_name on;
           Client, if it is HAProxy: Give the server line the name to send.
           Client: Use the name of the server in the URL instead of its address.
    Settle Send a hello that names the server: if a ServerHello comes, the
           missing name decides; if not, the port or the scheme.
           The same by hand:
    openssl s_client -connect 198.51.100.9:443 -noservername
    See    tlscap analyze proxy.pcap --stream 0
           Wireshark: tcp.stream in {0, 1, 2}
"#;

const NOTHING_FAILED: &str = r#"
day.pcap    88 MB, 90,011 packets, 60 min from 2026-11-21 11:02:07 +08:00
Capture     good: both directions, no drops, no cuts. Not read: 311 QUIC flows
Handshakes  2,204: none failed, 2,190 completed, 14 unfinished (capture ended)
            not failures: 87 abandoned, 140 no-attempt

No TLS handshake over TCP failed. If a user saw an error all the same:
  60 completed and were never used (--show all): browser preconnects, mostly; a
     client that refuses the certificate's name can end like this too
  311 QUIC flows (UDP 443) are not read by tlscap
"#;

const ONE_DIRECTION: &str = r#"
lan.pcap    3.0 MB, 5,120 packets, 2 min 2 s from 2026-11-21 11:02:07 +08:00
Capture     ONE DIRECTION ONLY: not one packet from a server (SPAN, routing)
Handshakes  118: 118 unknown

No verdict is possible: answers, alerts and RSTs of the servers are not here.
Capture again where both directions pass:
  tcpdump -i any -s 0 -B 65536 -w both.pcap 'tcp or icmp or icmp6'
"#;

const RESET_OTHER_TTL: &str = r#"
shop.pcap   9.1 MB, 41,207 packets, 9 min 58 s from 2026-11-21 11:02:07 +08:00
Capture     good: both directions, no drops, no cuts. Not read: 14 QUIC flows
Handshakes  695: 176 FAILED, 516 completed, 3 unknown (began before the capture)
            not failures: 22 abandoned, 19 no-attempt

1 incident explains all 176 failures.

#1  RSTs answer the ClientHello for one name; 7 other names on that server work
    reset-after-client-hello    sni-blocked (high), middlebox-reset (high)
    23 clients > 203.0.113.20:443, 11:02:09 to 11:12:04, not over at the end

    name in the ClientHello      failed  completed
    api.shop.example                176          4    98 %
    7 other names                     0        512     0 %
    Alike in both: clients, version, suites, groups, signature algorithms, ALPN,
    hello size, session, time

    Why    - TTL 118 on 176 of 176 RSTs; 49 on all 704 other packets from
             203.0.113.20                                     frames 6, 2
           - 3.3 ms after the hello (2.6 ms to 4.1 ms); the quickest SYN-ACK
             took 28 ms, one round trip                       frames 4, 6
           - in 9 flows new data of that side came after the RST  frame 46
           - the server accepts this name: 4 like hellos completed  frame 206
           - hellos for another name get a ServerHello        frame 1806
    Logs   "Recv failure: Connection reset by peer" (curl 35), "write:errno=104"
           (openssl s_client), "read: connection reset by peer" (Go),
           "Connection reset" (Java).
    Do     Network: Find who filters by name between client and server, and ask
           for an exception for api.shop.example.
           Network, if it is Alibaba Cloud: File the name (ICP, beian) with this
           provider, or add the provider to an existing filing; without it
           access to the name is blocked.
           Server: Serve the name from a place where it is not filtered, for
           clouds in mainland China a region outside of it.
    Prove  Same address, two names; repeat 10 times, since 4 of 180 got through:
    openssl s_client -connect 203.0.113.20:443 -servername api.shop.example
    openssl s_client -connect 203.0.113.20:443 -servername www5.shop.example
    See    tlscap analyze shop.pcap --stream 0
           Wireshark: tcp.stream in {0, 1, 2}
"#;

const RESET_UNDECIDED: &str = r#"
shop.pcap   9.1 MB, 41,207 packets, 9 min 58 s from 2026-11-21 11:02:07 +08:00
Capture     good: both directions, no drops, no cuts. Not read: 14 QUIC flows
Handshakes  695: 176 FAILED, 516 completed, 3 unknown (began before the capture)
            not failures: 22 abandoned, 19 no-attempt

1 incident explains all 176 failures.

#1  RSTs answer the ClientHello for one name; 7 other names on that server work
    reset-after-client-hello    sni-blocked (medium)
    23 clients > 203.0.113.20:443, 11:02:09 to 11:12:04, not over at the end

    name in the ClientHello      failed  completed
    api.shop.example                176          4    98 %
    7 other names                     0        512     0 %
    Alike in both: clients, version, suites, groups, signature algorithms, ALPN,
    hello size, session, time

    Why    - 29 ms after the hello (28 ms to 30 ms); the quickest SYN-ACK took
             28 ms, one round trip                            frames 4, 6
           - nothing in the RSTs tells who sent them: TTL 49, as on all 704
             other packets                                    frames 6, 2
           - the server accepts this name: 4 like hellos completed  frame 206
           - hellos for another name get a ServerHello        frame 1806
    Logs   "Recv failure: Connection reset by peer" (curl 35), "write:errno=104"
           (openssl s_client), "read: connection reset by peer" (Go),
           "Connection reset" (Java).
    Do     Network: Find who filters by name between client and server, and ask
           for an exception for api.shop.example.
           Network, if it is Alibaba Cloud: File the name (ICP, beian) with this
           provider, or add the provider to an existing filing; without it
           access to the name is blocked.
           Server: Serve the name from a place where it is not filtered, for
           clouds in mainland China a region outside of it.
    Settle Capture on the server at the same time. If frame 6 never left it, a
           box between sent it.
           Same address, two names; repeat 10 times, since 4 of 180 got through:
    openssl s_client -connect 203.0.113.20:443 -servername api.shop.example
    openssl s_client -connect 203.0.113.20:443 -servername www5.shop.example
    See    tlscap analyze shop.pcap --stream 0
           Wireshark: tcp.stream in {0, 1, 2}
"#;

const GATEWAY: &str = r#"
gw.pcap     2.1 GB, 8,204,117 packets, 61 min from 2026-11-21 11:02:07 +08:00
Capture     FAIR: 0.2 % of TCP bytes missing; 2 flows are unknown for it
Handshakes  575: 373 FAILED, 200 completed, 2 unknown (bytes missing)
            not failures: 1,904 abandoned, 30,112 no-attempt

4 incidents explain 366 of 373 failures; 7 stand alone (--show failed).

 #  failed     of  what, and why                                   since
 1     204    204  14 clients offer TLS 1.0 at most, refused with  11:02:07
                   alert protocol_version (70); nothing completes
                   there
                   no-shared-version (certain)
 2      88    288  40 clients refuse the server's answer with      11:19:47
                   alert certificate_expired (45); 200 handshakes
                   there complete
                   certificate-expired (certain)
 3      61     61  The ClientHello is acknowledged and never       11:02:09
                   answered; nothing completes there
                   server-unresponsive (low)
 4      13     13  13 clients send plain HTTP where TLS is meant;  11:33:18
                   nothing completes there
                   plaintext-on-tls-port (certain)

#1  14 clients offer TLS 1.0 at most, refused with alert protocol_version (70);
    nothing completes there
    alert-without-server-hello    no-shared-version (certain)
    14 clients > 203.0.113.9:443, 11:02:07 to 11:05:30, not over at the end

    Why    - all 204 failed hellos offer TLS 1.0 at most      frame 4
           - fatal alert protocol_version (70): the protocol version offered or
             chosen is known but not supported                frames 6, 16, 26
    Do     Client: enable a version above TLS 1.0.
           Server: only if such clients must be served, allow what they offer
           (TLS 1.0 at most).
    Prove  The first is refused again; the second works if the server has a
           higher version:
    openssl s_client -connect 203.0.113.9:443 -noservername -tls1 -cipher DEFAULT@SECLEVEL=0
    openssl s_client -connect 203.0.113.9:443 -noservername -tls1_2

More: tlscap analyze gw.pcap --incident 1
"#;

const GATEWAY_SECOND: &str = r#"
gw.pcap     2.1 GB, 8,204,117 packets, 61 min from 2026-11-21 11:02:07 +08:00
Capture     FAIR: 0.2 % of TCP bytes missing; 2 flows are unknown for it
Handshakes  575: 373 FAILED, 200 completed, 2 unknown (bytes missing)
            not failures: 1,904 abandoned, 30,112 no-attempt

#2  40 clients refuse the server's answer with alert certificate_expired (45);
    200 handshakes there complete
    client-alert-after-server-hello    certificate-expired (certain)
    40 clients > 203.0.113.10:443, 11:19:47 to 11:21:14, not over at the end

    name in the ClientHello      failed  completed
    pay.example                      88        200    31 %
    Alike in both: clients, version, name, suites, groups, signature algorithms,
    ALPN, hello size, session

    Why    - fatal alert certificate_expired (45): a certificate is expired or
             not yet valid by the receiver's clock       frames 3006, 3016, 3026
           - the server's certificate, seen in clear in 88 of 88, expired at
             2026-11-21 03:02:07 UTC
           - the server accepts this name: 200 like hellos completed  frame 4006
           - fails since 11:19:47; 200 with this name completed before
                                                              frames 4006, 3006
    Logs   "certificate has expired" (curl 60, OpenSSL, Python).
    Do     Server: Renew the certificate and load it on every server behind the
           name.
           Server, if it is nginx: Load the renewed file; nginx keeps the old
           one until it is told.
             nginx -s reload
           Server, if it is Apache: Load the renewed file.
             apachectl graceful
    Prove  The dates of the certificate that is served now:
    openssl s_client -connect 203.0.113.10:443 -servername pay.example </dev/null 2>/dev/null | openssl x509 -noout -dates
    See    tlscap analyze gw.pcap --stream 300
           Wireshark: tcp.stream in {300, 301, 302}

    The first 16 of its flows; all of them: --show failed
    stream  deciding frame  record
       300            3006  id300
       301            3016  id301
       302            3026  id302
       303            3036  id303
       304            3046  id304
       305            3056  id305
       306            3066  id306
       307            3076  id307
       308            3086  id308
       309            3096  id309
       310            3106  id310
       311            3116  id311
       312            3126  id312
       313            3136  id313
       314            3146  id314
       315            3156  id315
"#;
