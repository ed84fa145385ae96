//! What a lake promises, on real files and in an object store.

mod common;
mod publishing;
mod scanning;
