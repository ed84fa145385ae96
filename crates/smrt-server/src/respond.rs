//! From a request to the answer of its question: parameters, form, what is kept, and else the database.

use crate::{
    app::App,
    body::{Block, Head, Spill, WHOLE},
    cache::{Kept, Key},
    dashboard,
    endpoint::{Endpoint, Fresh, Question},
    form::{Form, choose, takes_gzip},
    params::{Params, encoded},
    problem::{FAILED, Problem, TOKEN},
};
use axum::{body::Body, extract::RawPathParams, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use std::{
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// What a request says, as far as it matters here.
pub(crate) struct Asked<'r> {
    pub(crate) uri: &'r Uri,
    pub(crate) headers: &'r HeaderMap,
    /// The parameters in the path, decoded.
    pub(crate) path: RawPathParams,
}

impl Asked<'_> {
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Answers a question, or says why not: to people on a page, to programs as a problem.
pub(crate) async fn respond(app: Arc<App>, endpoint: &'static Endpoint, asked: Asked<'_>) -> Response {
    let is_page = endpoint.answer.is_page();
    let answered = match app.auth.allows(asked.headers, endpoint.scope) {
        Ok(()) => answer(app, endpoint, &asked).await,
        // Where a token was shown that does not do, showing it again would not help.
        Err(problem) if is_page && problem.kind == TOKEN => return dashboard::to_sign_in(asked.uri),
        Err(problem) => Err(problem),
    };
    match answered {
        // Whoever has any state of it needs to hear just that there is one.
        Ok(mut response) if asked.header(header::IF_NONE_MATCH).is_some_and(|tags| tags.trim() == "*") => {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::empty();
            response
        }
        Ok(response) => response,
        Err(problem) if is_page => dashboard::of_problem(&problem),
        Err(problem) => axum::response::IntoResponse::into_response(problem),
    }
}

async fn answer(app: Arc<App>, endpoint: &'static Endpoint, asked: &Asked<'_>) -> Result<Response, Problem> {
    let params = Params::read(endpoint.params, asked.path.iter(), query(endpoint, asked.uri).as_deref())?;
    let form = form(endpoint, &params, asked)?;
    let packed = takes_gzip(asked.header(header::ACCEPT_ENCODING));
    let question = format!("{}\n{}{}", endpoint.path, params.key(), age(endpoint.fresh));
    let key = Key { form, packed, question };
    let mark = match endpoint.fresh {
        Fresh::Never => None,
        Fresh::Data | Fresh::Minute => Some(mark(&app).await?),
    };
    let tag = mark.map(|mark| app.cache.tag(mark, &key));
    if tag.as_deref().is_some_and(|tag| holds(tag, asked.header(header::IF_NONE_MATCH))) {
        return Ok(dress(Response::new(Body::empty()), StatusCode::NOT_MODIFIED, form, tag.as_deref(), false));
    }
    if let Some(kept) = mark.and_then(|mark| app.cache.find(mark, &key)) {
        app.metrics.cache_hit();
        return Ok(whole(&kept, form, tag.as_deref(), asked.uri));
    }
    let (head, next) = make(&app, endpoint, params, form, packed).await?;
    match head {
        Head::Failed(problem) => Err(problem),
        Head::Stream(blocks) => {
            let body = Body::from_stream(within(blocks, app.limits.answer_time));
            let mut response = dress(Response::new(body), StatusCode::OK, form, tag.as_deref(), packed);
            name_download(&mut response, form, asked.uri);
            Ok(response)
        }
        Head::Whole(body) => {
            let kept = Arc::new(Kept { body, next });
            if let Some(mark) = mark {
                app.cache.keep(mark, key, &kept);
            }
            Ok(whole(&kept, form, tag.as_deref(), asked.uri))
        }
    }
}

/// What stands behind the question mark. Forms of pages also send the fields that nobody has filled in.
fn query(endpoint: &Endpoint, uri: &Uri) -> Option<String> {
    let query = uri.query()?;
    if !endpoint.answer.is_page() {
        return Some(query.to_owned());
    }
    Some(query.split('&').filter(|pair| !pair.ends_with('=')).collect::<Vec<_>>().join("&"))
}

/// Which form was chosen: by the parameter `format`, which links can have, else by `Accept`.
fn form(endpoint: &Endpoint, params: &Params, asked: &Asked<'_>) -> Result<Form, Problem> {
    let offered = endpoint.answer.forms();
    match params.text("format") {
        Some(word) => offered
            .iter()
            .copied()
            .find(|form| form.word() == word)
            .ok_or_else(|| Problem::parameter("format", format!("{word} is not offered here"))),
        None => choose(offered, asked.header(header::ACCEPT)),
    }
}

/// What else an answer depends on than the database: the day, as there is one that is taken for granted; or the minute.
fn age(fresh: Fresh) -> String {
    let now = crate::clock::now();
    let length = if fresh == Fresh::Minute { 60 } else { 86_400 };
    (now / length).to_string()
}

async fn mark(app: &Arc<App>) -> Result<i64, Problem> {
    let pool = Arc::clone(&app.pool);
    blocking(move || Ok(pool.mark()?)).await
}

/// Runs what blocks where it keeps nobody up.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Problem::failed(&error)),
    }
}

/// Whether a tag is among those that somebody has.
fn holds(tag: &str, if_none_match: Option<&str>) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tags = if_none_match.unwrap_or_default();
    tags.split(',').any(|one| plain(one) == plain(tag))
}

/// Has the database asked, and waits until the head of the answer is known.
async fn make(
    app: &Arc<App>,
    endpoint: &'static Endpoint,
    params: Params,
    form: Form,
    packed: bool,
) -> Result<(Head<Problem>, Option<String>), Problem> {
    let lease = if endpoint.reserved { app.pool.reserved().await? } else { app.pool.lease().await? };
    let place = lease.place();
    let is_paged = params.whole("limit").is_some() && form != Form::Json;
    let (mut spill, head) = Spill::new(packed);
    let (app, pool) = (Arc::clone(app), Arc::clone(&app.pool));
    let (tell_next, next) = tokio::sync::oneshot::channel();
    let begun = Instant::now();
    tokio::task::spawn_blocking(move || {
        let result = lease.ask(|series| {
            let mut question = Question::new(series, &params, &app, form, &mut spill);
            (endpoint.ask)(&mut question)?;
            Ok(question.into_next())
        });
        // Before the end of the body, because a whole one is sent on at once. Whoever asked may have gone.
        let result = result.map(|next| drop(tell_next.send(next)));
        if let Err(problem) = &result
            && !spill.is_gathering()
        {
            tracing::debug!(path = endpoint.path, detail = problem.detail, "an answer ended early");
        }
        spill.finish(result);
        app.metrics.asked(begun.elapsed());
    });
    let head = head.await.map_err(|_| Problem::new(FAILED, "the request could not be answered"))?;
    if matches!(head, Head::Stream(_)) {
        if is_paged {
            // Its cursor stands in the head, and nobody may take it for the last page.
            let detail = format!("a page of so many rows has more than {} MiB; ask for fewer, or for all", WHOLE >> 20);
            return Err(Problem::parameter("limit", detail));
        }
        pool.stream(&place)?;
    }
    let next = if matches!(head, Head::Whole(_)) { next.await.ok().flatten() } else { None };
    Ok((head, next))
}

/// An answer that is known as a whole.
fn whole(kept: &Kept, form: Form, tag: Option<&str>, uri: &Uri) -> Response {
    let body = Body::from(kept.body.bytes.clone());
    let mut response = dress(Response::new(body), StatusCode::OK, form, tag, kept.body.is_packed);
    if let Some(next) = kept.next.as_deref().and_then(|next| link(uri, next)) {
        response.headers_mut().insert(header::LINK, next);
    }
    name_download(&mut response, form, uri);
    response
}

/// The address of the next page, relative to this one.
fn link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let kept =
        uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
    let after = format!("after={}", encoded(cursor));
    let query = kept.chain([after.as_str()]).collect::<Vec<_>>().join("&");
    HeaderValue::from_str(&format!("<{}?{query}>; rel=\"next\"", uri.path())).ok()
}

fn dress(mut response: Response, status: StatusCode, form: Form, tag: Option<&str>, packed: bool) -> Response {
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding, Authorization, Cookie"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
    if packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Gives what a browser saves a name.
fn name_download(response: &mut Response, form: Form, uri: &Uri) {
    let parts: Vec<&str> = uri.path().rsplit('/').take(2).collect();
    if let (Form::Csv, [what, of]) = (form, parts.as_slice()) {
        let plain =
            |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect::<String>();
        let name = match *of {
            "v1" => plain(what),
            of => format!("{}-{}", plain(of), plain(what)),
        };
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
    }
}

/// The blocks of a body, until a time is over.
fn within(mut blocks: mpsc::Receiver<Block>, time: Duration) -> impl futures_util::Stream<Item = Block> {
    let end = Instant::now() + time;
    let mut is_over = false;
    futures_util::stream::poll_fn(move |context| {
        if is_over {
            return Poll::Ready(None);
        }
        if Instant::now() > end {
            is_over = true;
            blocks.close();
            return Poll::Ready(Some(Err::<Bytes, _>(std::io::ErrorKind::TimedOut.into())));
        }
        blocks.poll_recv(context)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_somebody_has_holds() {
        let tag = "W/\"12\"";
        for (header, expected) in [
            (None, false),
            (Some("W/\"12\""), true),
            (Some("\"12\""), true),
            (Some("\"1\", W/\"12\""), true),
            (Some("\"13\""), false),
        ] {
            assert_eq!(holds(tag, header), expected, "{header:?}");
        }
    }

    #[test]
    fn the_next_page_keeps_what_was_asked() {
        let uri = "/api/v1/files?status=loaded&after=1.2&limit=3".parse().unwrap();
        let expected = "</api/v1/files?status=loaded&limit=3&after=5%2E6>; rel=\"next\"";
        assert_eq!(link(&uri, "5.6").unwrap(), expected);
    }
}
