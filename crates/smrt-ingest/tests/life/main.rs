//! The life of a file, from its folder to the database.

#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed

mod beside;
mod buckets;
mod containers;
mod converting;
mod faults;
mod folders;
mod identity;
mod objects;
mod records;
mod sensors;
mod sharing;
mod support;
mod watching;
