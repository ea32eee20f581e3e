//! The reader of `certificate` on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unready_fuzz::reader("certificate", bytes));
