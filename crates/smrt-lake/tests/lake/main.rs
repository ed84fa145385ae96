//! What a lake promises, on real files and in an object store.

#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed

mod common;
mod compacting;
mod damage;
mod publishing;
mod rows;
mod scanning;
