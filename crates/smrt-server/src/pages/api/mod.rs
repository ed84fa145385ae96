//! The API, rendered for people from its OpenAPI 3.1 document. Nothing about the operations is written here, so the page cannot
//! say anything else than the document does.

mod operation;
mod schema;

use maud::{Markup, html};
use serde_json::Value;

use super::layout::{Frame, Nav, layout};
use super::parts::{empty, heading, prose};
use operation::Operation;

/// The page for an OpenAPI document.
pub fn page(document: &Value) -> Markup {
    let info = &document["info"];
    let groups = group(document);
    let schemas = document["components"]["schemas"].as_object();
    let version = info["version"].as_str().unwrap_or("");
    let body = html! {
        (heading("API", &html! {
            @if let Some(text) = info["description"].as_str().or(info["summary"].as_str()) { span { (prose(text)) } }
            span.note { "Version " (version) ", " a href="/openapi.json" { "OpenAPI 3.1" } }
        }))
        @if groups.is_empty() { (empty("The document names no operation.", &html! { p { "That should not be: please report it." } })) }
        div.docs {
            nav.docs-nav aria-label="Operations" {
                @for (tag, operations) in &groups {
                    p.docs-tag { (tag) }
                    ul { @for op in operations { li { a href={ "#" (op.anchor()) } { span.verb { (op.verb()) } (op.short()) } } } }
                }
                @if schemas.is_some() { p.docs-tag { a href="#schemas" { "Schemas" } } }
            }
            div.docs-body {
                @for (tag, operations) in &groups {
                    section aria-label=(tag) { h2 { (tag) } @for op in operations { (op.render()) } }
                }
                @if let Some(schemas) = schemas {
                    section #schemas aria-label="Schemas" { h2 { "Schemas" } @for (name, schema) in schemas { (schema::entry(name, schema)) } }
                }
            }
        }
    };
    layout(&Frame { title: "API", nav: Nav::Api, twin: Some("/openapi.json"), modules: &[], charts: false }, &body)
}

/// Operations by their first tag: in the order the document lists its tags, others after them as they are met.
fn group(document: &Value) -> Vec<(String, Vec<Operation<'_>>)> {
    let listed = document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str());
    let mut groups: Vec<(String, Vec<Operation<'_>>)> = listed.map(|name| (name.to_owned(), Vec::new())).collect();
    for operation in Operation::all(document) {
        let tag = operation.tag();
        match groups.iter_mut().find(|(name, _)| name == tag) {
            Some((_, list)) => list.push(operation),
            None => groups.push((tag.to_owned(), vec![operation])),
        }
    }
    groups.retain(|(_, operations)| !operations.is_empty());
    groups
}
