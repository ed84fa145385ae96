//! JSON schemas as a reader wants them: a type in a few words, an object as a table of its fields.

use maud::{Markup, html};
use serde_json::Value;

use crate::pages::parts::{prose, visible};

/// Follows a `$ref` inside the document; anything else, and a reference that leads nowhere, stays itself.
pub(super) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"].as_str().and_then(|to| document.pointer(to.strip_prefix('#')?)).unwrap_or(value)
}

fn anchor(name: &str) -> String {
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
    format!("schema-{plain}")
}

/// The type in a few words, with links to the schemas it names.
pub(super) fn kind(schema: &Value) -> Markup {
    nested(schema, 0)
}

fn nested(schema: &Value, depth: u8) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        return html! { a.type href={ "#" (anchor(name)) } { (visible(name)) } };
    }
    // Schemas may nest without end; three levels are enough to say what is meant.
    if depth > 3 {
        return html! { "…" };
    }
    let choices = ["oneOf", "anyOf", "allOf"].iter().find_map(|key| schema[*key].as_array());
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    html! {
        @if let Some(choices) = choices {
            @for (i, choice) in choices.iter().enumerate() { @if i > 0 { " or " } (nested(choice, depth + 1)) }
        } @else if types.contains(&"array") {
            "list of " (nested(&schema["items"], depth + 1)) @if types.contains(&"null") { " or null" }
        } @else {
            span.type { (visible(&types.join(" or "))) }
            @if let Some(format) = schema["format"].as_str() { span.note { " " (visible(format)) } }
            @if let Some(values) = schema["enum"].as_array() {
                span.note { ": " @for (i, value) in values.iter().enumerate() { @if i > 0 { ", " } code { (text(value)) } } }
            }
        }
    }
}

fn text(value: &Value) -> String {
    visible(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// A named schema with its fields.
pub(super) fn entry(name: &str, schema: &Value) -> Markup {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html! {
        article.op #(anchor(name)) {
            h3 { code { (visible(name)) } }
            @if let Some(about) = schema["description"].as_str() { p { (prose(about)) } }
            @if let Some(fields) = schema["properties"].as_object() {
                div.scroll {
                    table.fields {
                        thead { tr { th { "Field" } th { "Type" } th { "About" } } }
                        tbody {
                            @for (field, schema) in fields {
                                tr {
                                    td { code { (visible(field)) } @if !required.contains(&field.as_str()) { span.note { " optional" } } }
                                    td { (kind(schema)) }
                                    td.about { (prose(schema["description"].as_str().unwrap_or(""))) }
                                }
                            }
                        }
                    }
                }
            } @else { p { (kind(schema)) } }
        }
    }
}
