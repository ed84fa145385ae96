//! The SMRT format against arbitrary bytes.
#![no_main]

#[path = "../check/smrt.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
