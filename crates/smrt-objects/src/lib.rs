//! Object stores behind blocking calls: listed page by page, read with care, written once.
//!
//! In come an [`Address`] such as `s3://meters/2024/` and [`Settings`]; out comes a [`Bucket`], whose objects are listed
//! and read. Nothing here knows formats or databases, or what the bytes mean.
//!
//! ```no_run
//! use smrt_objects::{Bucket, ObjectError, Settings};
//! use std::io::Read;
//!
//! let bucket = Bucket::open(&"s3://meters/2024/".parse()?, &Settings::from_environment())?;
//! bucket.list(|page| {
//!     for object in &page {
//!         let mut text = String::new();
//!         bucket.verified(object).read_to_string(&mut text).expect("text");
//!         println!("{}: {} lines", object.key, text.lines().count());
//!     }
//!     Ok::<(), ObjectError>(())
//! })?;
//! # Ok::<(), ObjectError>(())
//! ```
//!
//! What may be expected:
//!
//! - What is read is one object from its first byte to its last: the one that was listed, or an error says that it was
//!   [`Replaced`](ObjectError::Replaced).
//! - An answer that fails in passing is asked for again, after a pause with a random part; how often and how long stands
//!   in [`Limits`]. Then the store is [`Unavailable`](ObjectError::Unavailable).
//! - Memory does not depend on how many objects there are, or how large they are.
//! - A key is a name. It never becomes a path of this machine.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod address;
mod bucket;
mod error;
mod limits;
mod list;
mod object;
mod reader;
mod request;
mod runtime;
mod secret;
mod settings;
mod upload;
mod verified;

/// The library behind, for those who speak to a [`Bucket::store`] themselves.
pub use object_store as store;

pub use address::{Address, AddressError};
pub use bucket::Bucket;
pub use error::ObjectError;
pub use limits::Limits;
pub use object::Object;
pub use reader::ObjectReader;
pub use secret::Secret;
pub use settings::{Roles, Settings};
pub use verified::VerifiedReader;
