//! The life of a file, from its folder to the database.

mod faults;
mod folders;
mod identity;
mod records;
mod sharing;
mod support;
mod watching;
