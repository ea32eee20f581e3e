//! The reader of `istiod` on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unready_fuzz::reader("istiod", bytes));
