#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tlscap_fuzz::tls(bytes));
