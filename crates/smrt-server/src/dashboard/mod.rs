//! The pages for people: what each asks of the database, put into the plain structs that `pages/` renders.

mod files;
mod meters;
mod overview;
mod quality;
mod session;

use crate::{
    auth::Scope,
    endpoint::{Answer, Endpoint, Fresh, Question},
    openapi,
    pages::{self, Status, assets},
    params::{Kind, Param},
    problem::{NOT_FOUND, Problem},
};
use axum::{
    body::{Body, Bytes},
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use smrt_core::MarketZone;
use smrt_storage::FileStatus;

pub(crate) use session::{sign_in, sign_in_page, sign_out, to_sign_in};

/// Rows of a page.
const ROWS: u64 = 50;
const AFTER: Param = Param::query("after", Kind::BehindMeter, "", "");
const FROM: Param = Param::query("from", Kind::Date, "", "");
const TO: Param = Param::query("to", Kind::Date, "", "");
const PREFIX: Param = Param::query("prefix", Kind::Text, "", "");
const LIST: &[Param] = &[PREFIX, AFTER];

const fn page(
    path: &'static str,
    params: &'static [Param],
    fresh: Fresh,
    ask: fn(&mut Question<'_>) -> Result<(), Problem>,
) -> Endpoint {
    let (name, tag, summary, about) = ("", "", "", "");
    Endpoint {
        path,
        name,
        tag,
        summary,
        about,
        params,
        answer: Answer::Page,
        fresh,
        scope: Scope::Read,
        reserved: false,
        ask,
    }
}

/// All of them.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    page("/", &[], Fresh::Minute, overview::overview_page),
    page(
        "/files",
        &[
            Param::query("status", Kind::Word(&["loaded", "rejected", "duplicate", "name-conflict"]), "", ""),
            Param::query("name", Kind::Text, "", ""),
            Param::query("match", Kind::Word(&["contains", "begins"]), "", ""),
            FROM,
            TO,
            Param::query("after", Kind::BehindNumbers, "", ""),
        ],
        Fresh::Data,
        files::files_page,
    ),
    page("/files/{id}", &[Param::path("id", Kind::Whole(1, 1 << 53), "", "")], Fresh::Data, files::file_page),
    page("/upload", &[], Fresh::Data, upload_page),
    page("/meters", LIST, Fresh::Data, |question| meters::meters_page(question, false)),
    page("/sensors", LIST, Fresh::Data, |question| meters::meters_page(question, true)),
    page(
        "/meters/{code}",
        &[Param::path("code", Kind::Text, "", ""), Param::query("channel", Kind::Text, "", ""), FROM, TO],
        Fresh::Data,
        meters::meter_page,
    ),
    page("/quality", &[Param::query("month", Kind::Month, "", ""), PREFIX, AFTER], Fresh::Data, quality::quality_page),
    page("/docs", &[], Fresh::Data, |question| question.page(pages::api::page(&openapi::DOCUMENT))),
];

fn utc(epoch: i64) -> String {
    MarketZone::Utc.rfc3339(epoch)
}

fn owned(question: &Question<'_>, name: &str) -> String {
    question.params.text(name).unwrap_or_default().to_owned()
}

fn status_of(status: FileStatus) -> Status {
    match status {
        FileStatus::Loaded => Status::Loaded,
        FileStatus::Rejected => Status::Rejected,
        FileStatus::Duplicate => Status::Duplicate,
        FileStatus::NameConflict => Status::NameConflict,
    }
}

fn upload_page(question: &mut Question<'_>) -> Result<(), Problem> {
    let model = pages::upload::Upload { largest_bytes: Some(question.app.limits.upload_bytes) };
    question.page(pages::upload::page(&model))
}

/// A problem, for people.
pub(crate) fn of_problem(problem: &Problem) -> Response {
    let model = pages::error::Problem {
        status: problem.kind.status.as_u16(),
        title: problem.kind.title.to_owned(),
        detail: problem.detail.clone(),
    };
    let mut response = html(pages::error::page(&model));
    problem.dress(&mut response);
    response
}

fn html(page: pages::Markup) -> Response {
    let mut response = Response::new(Body::from(page.into_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What pages ask for besides themselves.
pub(crate) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = assets::find(&path) else {
        return Problem::new(NOT_FOUND, format!("there is no asset {path:?}")).into_response();
    };
    let tag = format!("\"{}-{:x}\"", env!("CARGO_PKG_VERSION"), crc(asset.bytes));
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response =
        Response::new(if is_known { Body::empty() } else { Body::from(Bytes::from_static(asset.bytes)) });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Tells one content of an asset from another.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
