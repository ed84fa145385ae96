//! The service, tried from outside.
// Not seen as tests by clippy, because the helpers stand in files of their own.
#![allow(clippy::unwrap_used)]

mod access;
mod api;
mod browser;
mod caching;
mod hostile;
mod lifecycle;
mod pages;
mod samples;
mod support;
