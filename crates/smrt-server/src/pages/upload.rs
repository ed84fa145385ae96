//! The upload page: a form that `upload.js` brings to life. The server learns nothing of it but raw bytes.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::layout::{Frame, Nav, layout};
use super::parts::{bytes, heading};

/// What the page needs to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upload {
    /// The largest file the server takes, in bytes.
    pub largest_bytes: Option<u64>,
}

/// The page.
pub fn page(model: &Upload) -> Markup {
    let body = html! {
        (heading("Upload", &html! {
            "A file is loaded whole or not at all. What is wrong with it is told with its line."
        }))
        form.upload data-upload data-url="/api/v1/files" data-largest=[model.largest_bytes] data-concurrent="2" {
            div.drop data-drop {
                (icon(Icon::Upload))
                p.drop-title { "Drop files here" }
                input.visually-hidden #pick type="file" multiple data-pick;
                label.button.primary for="pick" { "Choose files" }
                p.note {
                    "Any format smrt knows, also zipped or gzipped"
                    @if let Some(largest) = model.largest_bytes { ", at most " (bytes(largest)) " each" }
                    "."
                }
            }
            div.token data-token hidden {
                label for="token" { "This server wants a token" }
                p.note #token-note { "It is kept in this tab only and forgotten when you close it." }
                div.joined {
                    input #token type="password" autocomplete="off" spellcheck="false" aria-describedby="token-note" data-token-value;
                    button.button.primary type="submit" { "Use it" }
                }
            }
        }
        p.visually-hidden role="status" aria-live="polite" data-announce {}
        section.block data-results hidden aria-labelledby="results" {
            div.block-head { h2 #results { "Results" } p.note data-summary {} }
            ul.uploads data-list {}
        }
        noscript { p.notice { "Uploading from this page needs JavaScript. The command below does not." } }
        section.block aria-labelledby="otherwise" {
            h2 #otherwise { "From a script" }
            pre.command { code { "curl --data-binary @FILE 'http://HOST/api/v1/files?name=FILE'" } }
            p.note { "Many files, or a folder that fills up over time: " code { "smrt ingest DIR" } " and " code { "smrt watch DIR" } "." }
        }
    };
    layout(&Frame { title: "Upload", nav: Nav::Upload, twin: None, modules: &["upload"], charts: false }, &body)
}
