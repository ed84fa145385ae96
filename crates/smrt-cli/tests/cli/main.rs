//! The binary as people meet it: arguments in, stdout, stderr and exit code out. One folder for each test, nothing
//! shared; the files are made by the tests themselves.

#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed

mod anomalies;
mod bench;
mod config;
mod convert;
mod export;
mod faults;
mod forms;
mod generate;
mod help;
mod lake;
mod load;
mod market;
mod objects;
mod parquet;
mod questions;
mod series;
mod serve;
mod signals;
mod stdin;
mod tables;
mod warehouse;
mod watch;
