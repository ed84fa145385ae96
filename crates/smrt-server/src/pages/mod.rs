//! Server-rendered pages. Each module holds the plain structs a page shows and one pure `page` function from them to HTML;
//! nothing here asks a database or reads a clock, so every page can be rendered in a test.
//!
//! Two rules hold for all of them. Text that came from a file (names, codes, messages) goes through [`parts::name`] or a maud
//! splice, never through `PreEscaped`. And nothing is inline: the content security policy is `default-src 'self'`, so there is
//! no `style=`, no `<script>` body and no event attribute; scripts find their elements by `data-` attributes.

pub mod anomaly_report;
pub mod api;
pub mod assets;
mod day;
pub mod error;
pub mod file;
pub mod files;
mod icon;
pub mod layout;
mod link;
pub mod meter;
pub mod meters;
pub mod overview;
pub mod parts;
pub mod quality;
pub mod sign_in;
mod strip;
pub mod upload;

pub use maud::Markup;
pub use parts::{Outcomes, Severity, Status};
