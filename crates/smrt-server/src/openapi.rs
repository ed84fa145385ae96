//! The OpenAPI 3.1 document, made of the same declarations that requests are read and answered by.

use crate::{
    api,
    auth::Scope,
    endpoint::{Answer, Endpoint},
    form::Form,
    params::Param,
    problem::{self, KINDS, Kind},
    router::FILES,
    upload,
};
use axum::{body::Body, response::Response};
use http::{HeaderValue, header};
use serde_json::{Map, Value, json};
use smrt_views::{Column, RowType, reports};
use std::sync::LazyLock;

/// The document.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// The document as an answer.
pub(crate) fn response() -> Response {
    let mut response = Response::new(Body::from(DOCUMENT.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The schema of text.
pub(crate) fn string() -> Value {
    json!({"type": "string"})
}

/// The schema of a whole number.
pub(crate) fn whole() -> Value {
    json!({"type": "integer"})
}

/// The schema of a civil date.
pub(crate) fn date() -> Value {
    json!({"type": "string", "format": "date"})
}

/// The schema of an object of these fields, all of which are there.
pub(crate) fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<_, _> = fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "required": names, "properties": properties})
}

/// The schema of a list.
pub(crate) fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// The schema of something that may be missing.
pub(crate) fn nullable(schema: Value) -> Value {
    match schema["type"].as_str() {
        Some(kind) if kind != "object" => {
            let mut schema = schema.clone();
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({"oneOf": [schema, {"type": "null"}]}),
    }
}

/// Adds the fields of one object to another.
pub(crate) fn merge(schema: &mut Value, more: &Value) {
    if let (Some(fields), Some(added)) = (schema["properties"].as_object_mut(), more["properties"].as_object()) {
        fields.extend(added.clone());
    }
    if let (Some(names), Some(added)) = (schema["required"].as_array_mut(), more["required"].as_array()) {
        let new: Vec<_> = added.iter().filter(|name| !names.contains(name)).cloned().collect();
        names.extend(new);
    }
}

/// The schema of a row as an object.
pub(crate) fn columns(columns: &[Column]) -> Value {
    let fields: Vec<_> = columns.iter().map(|column| (column.name, of_column(column))).collect();
    object(&fields)
}

fn of_column(column: &Column) -> Value {
    if column.finding {
        return nullable(object(&[
            ("code", json!({"type": "string"})),
            ("message", json!({"type": "string"})),
            ("line", json!({"type": ["integer", "null"]})),
            ("column", json!({"type": ["integer", "null"]})),
        ]));
    }
    match (column.name, column.kind) {
        ("ok", _) | (_, RowType::Truth) => json!({"type": "boolean"}),
        (_, RowType::Whole) => json!({"type": ["integer", "null"]}),
        (_, RowType::Exact | RowType::Double) => json!({"type": ["number", "null"]}),
        (_, RowType::Instant) => json!({"type": ["string", "null"], "format": "date-time"}),
        (_, RowType::Date) => json!({"type": ["string", "null"], "format": "date"}),
        (_, RowType::Text) => json!({"type": ["string", "null"]}),
    }
}

fn document() -> Value {
    let mut paths = Map::new();
    for endpoint in api::ENDPOINTS.iter().copied().flatten() {
        let mut operations = json!({"get": question(endpoint)});
        if endpoint.path == FILES {
            operations["post"] = upload();
        }
        paths.insert(endpoint.path.to_owned(), operations);
    }
    paths.insert("/healthz".into(), json!({"get": {
        "operationId": "getHealth", "tags": ["operations"], "summary": "Whether the process is there", "security": [],
        "responses": {"200": {"description": "It is", "content": {"text/plain": {"schema": {"type": "string"}}}},
                      "default": reference("Problem")},
    }}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "smrt",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Interval data as trusted, queryable time series",
            "description": "Numbers are exact: the text of a quantity is the number in JSON. Times are RFC 3339; those without \
                a zone are taken in the channel's. Lists come page by page in a stable order: `next` is what `after` \
                takes, also in the header Link. What is not documented is refused, with the parameter's name.",
        },
        "tags": [
            {"name": "overview", "description": "At a glance"},
            {"name": "files", "description": "What was received, and what was found in it"},
            {"name": "meters", "description": "Meters, sensors and their channels"},
            {"name": "series", "description": "Readings and what is made of them"},
            {"name": "quality", "description": "What was received of what was expected"},
            {"name": "warehouse", "description": "Tables of other databases that are followed"},
            {"name": "operations", "description": "For those who keep the service running"},
        ],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer",
                "description": "Needed where tokens are set up; `smrt token NAME` makes one"}},
            "schemas": {"Problem": problem_schema(), "Report": report_schema()},
            "responses": {"Problem": {"description": "What went wrong", "content": {
                problem::MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}},
        },
    })
}

fn reference(response: &str) -> Value {
    json!({"$ref": format!("#/components/responses/{response}")})
}

fn question(endpoint: &Endpoint) -> Value {
    let mut responses = Map::new();
    responses.insert(
        "200".into(),
        json!({"description": "The answer", "content": content(&endpoint.answer),
        "headers": {"ETag": {"description": "What If-None-Match takes", "schema": {"type": "string"}}}}),
    );
    responses.insert("304".into(), json!({"description": "What was given before still holds"}));
    for status in statuses(&[problem::PARAMETER, problem::NOT_FOUND, problem::FORM, problem::TOKEN, problem::SCOPE]) {
        responses.insert(status, reference("Problem"));
    }
    responses.insert("default".into(), reference("Problem"));
    let mut operation = json!({
        "operationId": endpoint.name,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "parameters": endpoint.params.iter().map(Param::document).collect::<Vec<_>>(),
        "responses": responses,
    });
    let mut about = vec![endpoint.about.to_owned()];
    if endpoint.scope != Scope::Read {
        about.push(format!("Needs the scope `{}`.", endpoint.scope.as_str()));
    }
    about.retain(|text| !text.is_empty());
    if !about.is_empty() {
        operation["description"] = about.join(" ").into();
    }
    operation
}

fn content(answer: &Answer) -> Value {
    let of = |form: &Form| {
        let schema = match (answer, form) {
            (Answer::Rows(of), Form::Json) => items(columns(of)),
            (Answer::Either(of, others), Form::Json) => items(json!({"anyOf": [columns(of), columns(others)]})),
            (Answer::Object(schema), _) => schema(),
            _ => json!({"type": "string"}),
        };
        (form.media_type().to_owned(), json!({"schema": schema}))
    };
    Value::Object(answer.forms().iter().map(of).collect())
}

/// Rows with where the next page begins.
fn items(row: Value) -> Value {
    object(&[("items", list(row)), ("next", json!({"type": ["string", "null"]}))])
}

fn statuses(kinds: &[Kind]) -> impl Iterator<Item = String> {
    kinds.iter().map(|kind| kind.status.as_u16().to_string())
}

fn upload() -> Value {
    let mut responses = Map::new();
    let report = json!({"$ref": "#/components/schemas/Report"});
    responses.insert(
        "201".into(),
        json!({"description": "It is loaded, durably",
        "headers": {"Location": {"description": "The file", "schema": {"type": "string"}}},
        "content": {"application/json": {"schema": report}}}),
    );
    let refused = json!({"allOf": [{"$ref": "#/components/schemas/Problem"}, report]});
    for (kind, description) in [
        (problem::KNOWN, "Its name or its content is known already; the report tells"),
        (problem::REFUSED, "It was refused, nothing of it is loaded; the report tells why"),
    ] {
        let content = json!({problem::MEDIA_TYPE: {"schema": refused}});
        responses.insert(kind.status.as_u16().to_string(), json!({"description": description, "content": content}));
    }
    use problem::{FULL, LENGTH, MANY, MEDIA, ORIGIN, PARAMETER, SLOW, TOKEN};
    for status in statuses(&[PARAMETER, TOKEN, ORIGIN, SLOW, LENGTH, MEDIA, MANY, FULL]) {
        responses.insert(status, reference("Problem"));
    }
    responses.insert("default".into(), reference("Problem"));
    json!({
        "operationId": "uploadFile",
        "tags": ["files"],
        "summary": "Upload a file: its bytes are the body",
        "description": "It goes the way of every file: loaded whole or not at all, and never twice. Archives are taken apart. \
            The answer comes when what it says is durable. Needs the scope `ingest`.",
        "parameters": upload::PARAMS.iter().map(Param::document).collect::<Vec<_>>(),
        "requestBody": {"required": true, "description": "The bytes of the file, packed or not",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        "responses": responses,
    })
}

fn problem_schema() -> Value {
    let types: Vec<_> = KINDS.iter().map(|kind| kind.urn()).collect();
    let mut schema = object(&[
        ("type", json!({"type": "string", "enum": types})),
        ("title", json!({"type": "string"})),
        ("status", json!({"type": "integer"})),
        ("detail", json!({"type": "string"})),
    ]);
    schema["properties"]["parameter"] = json!({"type": "string", "description": "The parameter that cannot be used"});
    schema["properties"]["retry_after"] = json!({"type": "integer", "description": "Seconds"});
    schema
}

fn report_schema() -> Value {
    let mut file = columns(reports::COLUMNS);
    merge(&mut file, &object(&[("id", json!({"type": ["integer", "null"]}))]));
    let totals =
        ["files", "loaded", "rejected", "duplicates", "skipped", "records", "inserted", "replaced", "unchanged"];
    object(&[
        ("run_id", json!({"type": ["string", "null"]})),
        ("files", list(file)),
        ("totals", object(&totals.map(|name| (name, whole())))),
        ("duration_ms", whole()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_question_is_documented_once() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let mut names = BTreeSet::new();
        for endpoint in api::ENDPOINTS.iter().copied().flatten() {
            let operation = &paths[endpoint.path]["get"];
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{}", endpoint.name);
            let in_path = endpoint.path.matches('{').count();
            let declared = endpoint.params.iter().filter(|param| param.place == crate::params::Place::Path).count();
            assert_eq!(in_path, declared, "{}", endpoint.path);
        }
        let tags: BTreeSet<_> =
            document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).map(Value::to_string).collect();
        for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
            assert!(tags.contains(&operation["tags"][0].to_string()), "{operation}");
        }
    }
}
