//! What the tests of several crates need: a throw-away Postgres.
//!
//! Never part of what is shipped; a dev-dependency only.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod postgres;
