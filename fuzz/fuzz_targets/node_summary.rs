//! The reader of `node summary` on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unready_fuzz::reader("node summary", bytes));
