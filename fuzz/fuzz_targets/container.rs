//! Archives, archives in archives, and compressed files, of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unready_fuzz::container(bytes));
