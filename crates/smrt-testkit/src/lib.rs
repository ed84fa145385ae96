//! What the tests of several crates need: a throw-away Postgres, a throw-away object store, a throw-away browser, a
//! proxy that breaks what passes through it, and small files as senders make them.
//!
//! Never part of what is shipped; a dev-dependency only.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod browser;
mod http;
pub mod postgres;
mod process;
pub mod proxy;
pub mod s3;
pub mod samples;
