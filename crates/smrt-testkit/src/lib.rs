//! What the tests of several crates need: a throw-away Postgres, a throw-away object store, a throw-away browser, and a
//! proxy that breaks what passes through it.
//!
//! Never part of what is shipped; a dev-dependency only.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod browser;
mod http;
pub mod postgres;
pub mod proxy;
pub mod s3;
