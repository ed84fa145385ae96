//! One operation: what it does, what it takes, what it answers, and how to call it.

use maud::{Markup, html};
use serde_json::Value;

use super::schema;
use crate::pages::link;
use crate::pages::parts::{prose, visible};

/// A method on a path.
pub(super) struct Operation<'a> {
    document: &'a Value,
    path: &'a str,
    method: &'a str,
    body: &'a Value,
    parameters: Vec<&'a Value>,
}

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

impl<'a> Operation<'a> {
    /// Every operation of the document, path by path.
    pub(super) fn all(document: &'a Value) -> Vec<Self> {
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                let Some(body) = item.get(method) else { continue };
                let parameters = body["parameters"].as_array().into_iter().flatten();
                let parameters = parameters.map(|p| schema::resolve(document, p)).collect();
                all.push(Self { document, path, method, body, parameters });
            }
        }
        all
    }

    pub(super) fn tag(&self) -> &'a str {
        self.body["tags"][0].as_str().unwrap_or("Other")
    }

    pub(super) fn verb(&self) -> String {
        self.method.to_uppercase()
    }

    /// The path without what all paths have in common.
    pub(super) fn short(&self) -> &'a str {
        self.path.strip_prefix("/api/v1").filter(|rest| !rest.is_empty()).unwrap_or(self.path)
    }

    pub(super) fn anchor(&self) -> String {
        let plain: String = self.path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        format!("{}{plain}", self.method)
    }

    pub(super) fn render(&self) -> Markup {
        html! {
            article.op #(self.anchor()) {
                h3 { span.verb.(self.method) { (self.verb()) } code { (self.path) } }
                @if let Some(text) = self.body["summary"].as_str() { p.op-summary { (prose(text)) } }
                @if let Some(text) = self.body["description"].as_str() { p { (prose(text)) } }
                (self.takes())
                (self.answers())
                pre.command tabindex="0" { code { (self.curl()) } }
                @if let Some(href) = self.try_href() { p.links { a href=(href) { "Try it" } } }
            }
        }
    }

    fn takes(&self) -> Markup {
        let request = schema::resolve(self.document, &self.body["requestBody"]);
        html! {
            @if !self.parameters.is_empty() {
                div.scroll {
                    table.fields {
                        thead { tr { th { "Parameter" } th { "In" } th { "Type" } th { "About" } } }
                        tbody { @for parameter in &self.parameters { (parameter_row(parameter)) } }
                    }
                }
            }
            @if let Some(content) = request["content"].as_object() {
                p.op-line { b { "Body" } @for (media, value) in content { " " code { (media) } " " (schema::kind(&value["schema"])) } }
            }
        }
    }

    fn answers(&self) -> Markup {
        // What is answered alike is told once.
        let mut answers: Vec<(Vec<&str>, &Value)> = Vec::new();
        for (status, response) in self.body["responses"].as_object().into_iter().flatten() {
            let response = schema::resolve(self.document, response);
            match answers.iter_mut().find(|(_, known)| *known == response) {
                Some((statuses, _)) => statuses.push(status),
                None => answers.push((vec![status], response)),
            }
        }
        html! {
            @if !answers.is_empty() {
                dl.answers {
                    @for (statuses, response) in &answers {
                        div {
                            dt {
                                @for (i, status) in statuses.iter().enumerate() {
                                    @if i > 0 { " " } span.{ "s" (status.chars().next().unwrap_or('x')) } { (status) }
                                }
                            }
                            dd {
                                (prose(response["description"].as_str().unwrap_or("")))
                                @for (media, value) in response["content"].as_object().into_iter().flatten() {
                                    span.media { code { (media) } " " (schema::kind(&value["schema"])) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn curl(&self) -> String {
        let address = format!("http://HOST{}", self.filled());
        let method = match self.method {
            "get" => String::new(),
            other => format!("-X {} ", other.to_uppercase()),
        };
        let data = if self.body.get("requestBody").is_some() { "--data-binary @FILE " } else { "" };
        format!("curl {method}{data}'{address}'")
    }

    /// The path with examples in place of its parameters where there are any, and the query parameters that must be there.
    fn filled(&self) -> String {
        let value = |parameter: &Value| {
            let name = parameter["name"].as_str().unwrap_or("");
            example(parameter).map_or_else(|| format!("{{{name}}}"), |text| link::escape(&text))
        };
        let mut out = self.path.to_owned();
        let mut sign = '?';
        for parameter in &self.parameters {
            let name = parameter["name"].as_str().unwrap_or("");
            match parameter["in"].as_str() {
                Some("path") => out = out.replace(&format!("{{{name}}}"), &value(parameter)),
                Some("query") if parameter["required"] == true => {
                    out.push_str(&format!("{sign}{name}={}", value(parameter)));
                    sign = '&';
                }
                _ => {}
            }
        }
        out
    }

    /// Where a plain link leads, for what can be asked without knowing anything.
    fn try_href(&self) -> Option<String> {
        let needs_path = self.path.contains('{');
        let needs_query = self.parameters.iter().any(|p| p["required"] == true && example(p).is_none());
        (self.method == "get" && !needs_path && !needs_query).then(|| self.filled())
    }
}

fn example(parameter: &Value) -> Option<String> {
    let value = parameter.get("example")?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn parameter_row(parameter: &Value) -> Markup {
    html! {
        tr {
            td { code { (visible(parameter["name"].as_str().unwrap_or(""))) } @if parameter["required"] == true { span.required { "required" } } }
            td { (visible(parameter["in"].as_str().unwrap_or(""))) }
            td { (schema::kind(&parameter["schema"])) }
            td.about {
                (prose(parameter["description"].as_str().unwrap_or("")))
                @if let Some(text) = example(parameter) { " " span.note { "Example: " code { (visible(&text)) } } }
            }
        }
    }
}
