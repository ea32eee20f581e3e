//! A ticket of one file of any bytes, from its bytes to its report.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unready_fuzz::ticket(bytes));
