//! Names of sensors against arbitrary bytes.
#![no_main]

#[path = "../check/mod.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(smrt_parser::Format::SensorMapping, bytes));
