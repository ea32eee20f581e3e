//! The reader of `config_dump` on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unready_fuzz::reader("config_dump", bytes));
