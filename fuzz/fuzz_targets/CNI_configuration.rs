//! The reader of `CNI configuration` on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unready_fuzz::reader("CNI configuration", bytes));
