//! Object stores as they are: a server on the loopback, and a proxy before it that breaks what passes.

mod faults;
mod listing;
mod objects;
mod support;
