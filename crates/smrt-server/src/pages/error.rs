//! The page for what went wrong: 404, 500, 503 and their kind.

use maud::{Markup, html};

use super::layout::{Frame, Nav, layout};
use super::parts::{prose, visible};

/// What went wrong, in the words of the problem document the API would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a few words.
    pub title: String,
    /// What exactly; may quote what was asked for.
    pub detail: String,
}

/// The page.
pub fn page(problem: &Problem) -> Markup {
    let body = html! {
        div.problem {
            p.problem-status { (problem.status) }
            h1 { (visible(&problem.title)) }
            @if !problem.detail.is_empty() { p.problem-detail { (visible(&problem.detail)) } }
            p { (prose(advice(problem.status))) }
            p.links {
                a.button href="/" { "Overview" }
                a.button href="/files" { "Files" }
                a.button href="/meters" { "Meters" }
            }
        }
    };
    layout(&Frame { title: &problem.title, nav: Nav::Nowhere, twin: None, modules: &[], charts: false }, &body)
}

fn advice(status: u16) -> &'static str {
    match status {
        400 | 422 => "Change the address or the form and try again.",
        401 | 403 => {
            "This needs a token. Ask whoever runs this server for one, and send it as `Authorization: Bearer …`."
        }
        404 => "It may have been renamed, or never arrived. Search for it in the lists below.",
        429 | 503 => "The server is busy or its database is away. Wait a moment and load the page again.",
        _ => {
            "Load the page again. If it stays so, the log of the server tells more; `smrt doctor` checks the database."
        }
    }
}
