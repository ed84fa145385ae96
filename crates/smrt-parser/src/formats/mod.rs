//! One folder per format: its records, its grammar, its reader.

pub mod smrt;
