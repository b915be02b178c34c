//! Tests over whole records.

use super::*;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::GapFacts;
use crate::facts::GapReason;
use crate::facts::HelloRetryFacts;
use crate::facts::ServerHelloFacts;
use crate::facts::WireText;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::report::Sink;
use crate::report::fixture;
use crate::report::json::Json;
use crate::report::ndjson::Ndjson;
use serde_json::Value;
use serde_json::json;

fn record(diagnosis: &Diagnosis) -> Value {
    serde_json::to_value(Line::Handshake(Box::new(HandshakeRecord::from(diagnosis)))).unwrap()
}

fn ndjson(diagnosis: &Diagnosis, text: &[u8]) -> String {
    let report = fixture::report(text);
    let mut out = Vec::new();
    let mut sink = Ndjson::new(&mut out, "en");
    sink.begin(&report.run).unwrap();
    sink.handshake(diagnosis).unwrap();
    sink.finish(&report).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_reset_hello_is_written_field_by_field() {
    let text = serde_json::to_string(&Line::Handshake(Box::new(HandshakeRecord::from(
        &fixture::reset_hello(),
    ))))
    .unwrap();
    let expected = concat!(
        r#"{"type":"handshake","id":"ID","incident":1,"stream":3,"community_id":"CID","source":0,"encapsulation":[],"#,
        r#""start":"2026-11-21T03:10:51.123456789Z","timings_ms":{"connect":1.9,"hello_to_answer":null,"handshake":null,"total":5.1},"#,
        r#""client":{"ip":"192.0.2.7","port":51514},"server":{"ip":"198.51.100.4","port":443},"server_names":[],"#,
        r#""outcome":"failed","reason":null,"pattern":"reset-after-client-hello","#,
        r#""detail":{"from":"server","acknowledged":"none","count":1,"delay_ms":3.1},"awaiting":"ServerHello","#,
        r#""ended":{"how":"rst","from":"server","source":0,"frame":5},"compared":true,"unused":false,"causes":[],"#,
        r#""client_hello":{"source":0,"frames":[4],"length":289,"segments":1,"record_version":"TLS 1.0","legacy_version":"TLS 1.2","#,
        r#""versions":["GREASE","TLS 1.3","TLS 1.2"],"sni":"api.shop.example","#,
        r#""cipher_suites":["GREASE","TLS_AES_128_GCM_SHA256","TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","0x1a2b"],"#,
        r#""groups":["GREASE","x25519"],"key_shares":["x25519"],"signature_algorithms":["rsa_pss_rsae_sha256"],"alpn":["h2"],"#,
        r#""extensions":["GREASE","server_name","supported_groups","signature_algorithms","application_layer_protocol_negotiation","#,
        r#""supported_versions","key_share"],"ech":"absent","session_id_length":32,"session_ticket":false,"psk":false,"early_data":false,"#,
        r#""extended_master_secret":false,"renegotiation_info":false,"fallback_scsv":false,"ja3":"58cdf912893a02606695228bff51577a","#,
        r#""ja4":"t13d0306h2_d4483c94e9eb_f86e416269f0","complete":true,"have":289,"malformed":null},"#,
        r#""hello_retry":null,"server_hello":null,"certificates":[],"client_certificate":{"requested":false,"sent":null},"alerts":[],"#,
        r#""tcp":{"syn":1,"syn_ack":1,"rtt_ms":1.9,"mss":{"client":1460,"server":1400},"fins":[],"#,
        r#""resets":[{"source":0,"frame":5,"from":"server","ttl":118,"ip_id":0,"window":0,"seq":1,"ack":295,"ack_flag":true,"timestamps":false,"#,
        r#""payload_length":0,"delay_ms":3.1,"data_after":false,"ignored":false,"ttl_as_others":false,"contradicted":false}],"#,
        r#""icmp":[],"ttl":{"client":[64],"server":[49]},"retransmissions":{"client":0,"server":0},"missing_bytes":{"client":0,"server":0},"#,
        r#""bytes":{"client":294,"server":0},"acknowledged":{"client":0,"server":0},"copies":0,"also_seen_as":null},"#,
        r#""prelude":null,"hidden":{},"timeline":[{"source":0,"frame":1,"at_ms":0.0,"from":"client","what":"SYN"},"#,
        r#"{"source":0,"frame":2,"at_ms":1.8,"from":"server","what":"SYN-ACK"},"#,
        r#"{"source":0,"frame":3,"at_ms":1.9,"from":"client","what":"ACK: TCP handshake complete"},"#,
        r#"{"source":0,"frame":4,"at_ms":2.0,"from":"client","what":"ClientHello"},"#,
        r#"{"source":0,"frame":5,"at_ms":5.1,"from":"server","what":"RST"}],"wireshark":"tcp.stream eq 3","#,
        r#""display_filter":"ip.addr==192.0.2.7 && tcp.port==51514 && ip.addr==198.51.100.4 && tcp.port==443","#,
        r#""evidence":[{"source":0,"frames":[5],"text":"RST 3.1 ms after the ClientHello"}],"anomalies":[]}"#,
    );
    let diagnosis = fixture::reset_hello();
    let expected = expected.replace(
        "\"ID\"",
        &format!("{:?}", crate::report::id::handshake_id(&diagnosis.facts)),
    );
    let expected = expected.replace(
        "CID",
        &crate::report::id::community_id(diagnosis.facts.client, diagnosis.facts.server),
    );
    assert_eq!(text, expected);
}

#[test]
fn a_hostile_name_is_escaped_so_that_it_can_be_undone() {
    let diagnosis = fixture::with_text(b"a\x1b[31m\\x\xff\xe2\x80\xae");
    assert_eq!(
        record(&diagnosis)["client_hello"]["sni"],
        r"a\x1b[31m\\x\xff\u{202e}"
    );
}

#[test]
fn no_text_from_the_wire_brings_a_raw_character_into_any_output() {
    let schema = schema();
    for (index, text) in fixture::hostile_texts(2000).enumerate() {
        let written = ndjson(&fixture::with_text(&text), &text);
        assert!(fixture::is_harmless(&written), "{text:?}: {written}");
        assert_eq!(written.lines().count(), 4);
        for line in written.lines().filter(|_| index % 50 == 0) {
            check(
                &schema,
                &schema,
                &serde_json::from_str(line).unwrap(),
                "line",
            );
        }
    }
}

#[test]
fn what_was_looked_for_and_is_not_there_is_null() {
    let mut diagnosis = fixture::reset_hello();
    let hello = diagnosis.facts.client_hello.as_mut().unwrap();
    hello.sni = None;
    hello.alpn.clear();
    let record = record(&diagnosis);
    assert_eq!(record["client_hello"].get("sni"), Some(&Value::Null));
    assert_eq!(record["client_hello"]["alpn"], json!([]));
    assert_eq!(record["hidden"], json!({}));
    diagnosis.facts.client_hello = None;
    let text = serde_json::to_string(&HandshakeRecord::from(&diagnosis)).unwrap();
    assert!(text.contains(r#""client_hello":null"#));
}

#[test]
fn what_was_cut_is_left_out_and_hidden() {
    let mut diagnosis = fixture::reset_hello();
    let facts = &mut diagnosis.facts;
    let mark = facts.last;
    facts.gaps = vec![GapFacts {
        from: Side::Client,
        offset: 100,
        length: 194,
        reason: GapReason::Cut,
        mark,
    }];
    let hello = facts.client_hello.as_mut().unwrap();
    hello.readable = false;
    hello.sni = None;
    hello.extensions = vec![10, 13];
    let record = record(&diagnosis);
    let client_hello = record["client_hello"].as_object().unwrap();
    let hidden = record["hidden"].as_object().unwrap();
    for field in [
        "sni",
        "alpn",
        "versions",
        "key_shares",
        "psk",
        "ech",
        "ja3",
        "ja4",
    ] {
        assert!(!client_hello.contains_key(field), "{field}");
        assert_eq!(
            hidden[&format!("client_hello.{field}")],
            "cut by the snap length",
            "{field}"
        );
    }
    assert_eq!(
        client_hello["groups"],
        json!(["GREASE", "x25519"]),
        "another extension follows: whole"
    );
    assert!(!hidden.contains_key("client_hello.groups"));
    assert_eq!(
        client_hello["signature_algorithms"],
        json!(["rsa_pss_rsae_sha256"]),
        "the last one met: perhaps not whole"
    );
    assert!(hidden.contains_key("client_hello.signature_algorithms"));
    assert_eq!(client_hello["cipher_suites"].as_array().unwrap().len(), 4);
    assert!(!hidden.contains_key("client_hello.cipher_suites"));
    assert_eq!(client_hello["length"], 289);
}

#[test]
fn what_tls_1_3_encrypts_is_left_out_and_hidden() {
    let mut diagnosis = fixture::reset_hello();
    diagnosis.facts.server_hello = Some(ServerHelloFacts {
        version: 0x7f12,
        cipher_suite: 0x1301,
        readable: true,
        ..ServerHelloFacts::default()
    });
    let record = record(&diagnosis);
    assert_eq!(record["server_hello"]["version"], "TLS 1.3 draft 18");
    assert_eq!(record.get("certificates"), None);
    assert_eq!(record["client_certificate"], json!({}));
    let hidden: Vec<_> = record["hidden"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        hidden,
        [
            "certificates",
            "client_certificate.requested",
            "client_certificate.sent",
            "server_hello.alpn"
        ]
    );
}

#[test]
fn an_encrypted_alert_has_no_code() {
    let record = record(&fixture::with_text(b""));
    assert_eq!(
        record["alerts"][0],
        json!({"source":0,"frame":7,"from":"server","level":"fatal","code":40,"description":"handshake_failure","encrypted":false})
    );
    assert_eq!(
        record["alerts"][1],
        json!({"source":0,"frame":8,"from":"client","encrypted":true})
    );
    assert_eq!(record["hidden"]["alerts[1].code"], "encrypted");
}

#[test]
fn a_side_that_is_not_in_the_capture_has_no_hello_that_could_be_missing() {
    let mut diagnosis = fixture::reset_hello();
    diagnosis.verdict.outcome = Outcome::Unknown;
    diagnosis.facts.tcp.packets.server = 0;
    diagnosis.facts.stream_exact = false;
    let record = record(&diagnosis);
    assert_eq!(record.get("server_hello"), None);
    assert_eq!(
        record["hidden"]["server_hello"],
        "no packet of the server is in the capture"
    );
    assert_eq!(record.get("wireshark"), None);
    assert!(record["hidden"]["wireshark"].is_string());
}

#[test]
fn the_second_hello_stands_below_the_hello_retry() {
    let mut diagnosis = fixture::reset_hello();
    let hello = fixture::client_hello();
    diagnosis.facts.hello_retry = Some(HelloRetryFacts {
        group: Some(23),
        cipher_suite: 0x1301,
        mark: fixture::mark(6, 9000),
        client_hello: Some(hello),
        ..HelloRetryFacts::default()
    });
    let record = record(&diagnosis);
    assert_eq!(record["hello_retry"]["group"], "secp256r1");
    assert_eq!(record["hello_retry"]["client_hello"]["frames"], json!([4]));
    assert_eq!(record["timings_ms"]["hello_to_answer"], json!(7.0));
}

#[test]
fn ids_are_equal_for_equal_input_and_only_then() {
    let id = |diagnosis: &Diagnosis| record(diagnosis)["id"].clone();
    let mut diagnosis = fixture::reset_hello();
    assert_eq!(id(&diagnosis), id(&fixture::reset_hello()));
    diagnosis.facts.first.at = Timestamp(7);
    assert_ne!(id(&diagnosis), id(&fixture::reset_hello()));
}

#[test]
fn an_ipv6_flow_is_filtered_by_ipv6_fields() {
    let mut diagnosis = fixture::reset_hello();
    diagnosis.facts.client.ip = "2001:db8::1".parse().unwrap();
    diagnosis.facts.server.ip = "2001:db8::2".parse().unwrap();
    let filter = record(&diagnosis)["display_filter"].clone();
    assert_eq!(
        filter,
        "ipv6.addr==2001:db8::1 && tcp.port==51514 && ipv6.addr==2001:db8::2 && tcp.port==443"
    );
}

#[test]
fn ndjson_begins_with_the_run_and_ends_with_the_summary() {
    let written = ndjson(&fixture::reset_hello(), b"a.pcap");
    let lines: Vec<Value> = written
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<_> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["run", "handshake", "incident", "summary"]);
    assert_eq!(lines[0]["sources"][0]["link_types"], json!(["EN10MB"]));
    assert_eq!(
        lines[2]["snis"],
        json!({"count":1,"top":[{"value":"a.pcap","failed":176},{"value":null,"failed":1}]})
    );
    assert_eq!(
        lines[3]["outcomes"],
        json!({"abandoned":0,"completed":516,"failed":176,"no-attempt":0,"unfinished":0,"unknown":0})
    );
    assert_eq!(lines[3]["capture"]["quality"], "fair");
}

#[test]
fn json_is_one_document_of_the_same_objects() {
    let (diagnosis, report) = (fixture::reset_hello(), fixture::report(b"a.pcap"));
    for handshakes in 0..3 {
        let mut out = Vec::new();
        let mut sink = Json::new(&mut out, "en");
        sink.begin(&report.run).unwrap();
        for _ in 0..handshakes {
            sink.handshake(&diagnosis).unwrap();
        }
        sink.finish(&report).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(document["handshakes"].as_array().unwrap().len(), handshakes);
        assert_eq!(document["incidents"][0]["type"], "incident");
        assert_eq!(document["run"]["schema_version"], 1);
        assert_eq!(document["summary"]["packets"], 41_207);
        assert_eq!(document.as_object().unwrap().len(), 4);
    }
}

#[test]
fn a_closed_pipe_is_told_as_such() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = Ndjson::new(&mut Closed, "en")
        .begin(&fixture::run("a"))
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}

#[test]
fn the_schema_in_docs_is_that_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/record.schema.json");
    let generated = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("TLSCAP_BLESS").is_some() {
        std::fs::write(path, &generated).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        generated,
        "run this test with TLSCAP_BLESS=1"
    );
}

#[test]
fn all_lines_fit_the_schema_and_others_do_not() {
    let schema = schema();
    let mut diagnosis = fixture::with_text(b"x");
    diagnosis.facts.client_hello.as_mut().unwrap().readable = false;
    for line in ndjson(&diagnosis, b"x")
        .lines()
        .chain(ndjson(&fixture::reset_hello(), b"").lines())
    {
        let mut value: Value = serde_json::from_str(line).unwrap();
        check(&schema, &schema, &value, "line");
        value.as_object_mut().unwrap().remove("type");
        assert!(problem(&schema, &schema, &value, "line").is_some());
    }
    let mut value = record(&diagnosis);
    value["stream"] = json!("3");
    assert!(problem(&schema, &schema, &value, "line").is_some());
    value["stream"] = json!(3);
    value.as_object_mut().unwrap().remove("sni");
    check(&schema, &schema, &value, "line");
    value.as_object_mut().unwrap().remove("hidden");
    assert!(problem(&schema, &schema, &value, "line").is_some());
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str) {
    assert_eq!(problem(root, schema, value, path), None, "{value}");
}

/// As much of JSON Schema as the generator uses: what does not fit, if anything.
fn problem(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
    let schema = schema.as_object()?;
    for (keyword, rule) in schema {
        let wrong = match keyword.as_str() {
            "$ref" => problem(
                root,
                root.pointer(rule.as_str()?.strip_prefix('#')?)
                    .expect("a definition"),
                value,
                path,
            ),
            "type" => (!has_type(rule, value)).then(|| format!("{path}: not {rule}")),
            "const" => (rule != value).then(|| format!("{path}: not {rule}")),
            "enum" => {
                (!rule.as_array()?.contains(value)).then(|| format!("{path}: not one of {rule}"))
            }
            "required" => rule
                .as_array()?
                .iter()
                .find(|key| value.get(key.as_str().unwrap()).is_none())
                .map(|key| format!("{path}: lacks {key}")),
            "properties" => rule.as_object()?.iter().find_map(|(key, rule)| {
                problem(root, rule, value.get(key)?, &format!("{path}.{key}"))
            }),
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .find_map(|value| problem(root, rule, value, &format!("{path}[]"))),
            "oneOf" | "anyOf" => {
                let fitting = rule
                    .as_array()?
                    .iter()
                    .filter(|rule| problem(root, rule, value, path).is_none())
                    .count();
                (fitting == 0 || keyword == "oneOf" && fitting > 1)
                    .then(|| format!("{path}: fits {fitting} of {keyword}"))
            }
            "$schema"
            | "$defs"
            | "title"
            | "description"
            | "format"
            | "minimum"
            | "maximum"
            | "additionalProperties" => None,
            other => Some(format!("{path}: unknown keyword {other}")),
        };
        if wrong.is_some() {
            return wrong;
        }
    }
    None
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let one = |name: &Value| match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    };
    rule.as_array()
        .map_or_else(|| one(rule), |names| names.iter().any(one))
}

#[test]
fn wire_text_in_names_is_never_taken_for_a_path() {
    let record = record(&fixture::with_text(WireText::from("a.b[0]").bytes()));
    assert_eq!(record["server_hello"]["alpn"], "a.b[0]");
}
