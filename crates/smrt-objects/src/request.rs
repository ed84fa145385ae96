//! Signed requests, one at a time or tried again with care.
//!
//! `object_store` gives the connections, the keys and the signature. The requests themselves are made here, because its
//! paths cannot name every key that a bucket can hold (one key with an empty segment makes a whole listing fail), and
//! because what is tried again, how often and how long must be known to the last attempt.

use crate::{
    Limits, ObjectError,
    limits::{Attempts, Pace},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use object_store::{
    aws::{AwsAuthorizer, AwsCredentialProvider},
    client::{HttpClient, HttpError, HttpRequest, HttpRequestBody},
};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Most bytes of an error that are read.
const LONGEST_ERROR: usize = 16 * 1024;

/// The bytes of an answer as they come.
pub(crate) type Body = BoxStream<'static, Result<Bytes, HttpError>>;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    /// The key, as it is.
    pub(crate) key: &'a str,
    /// What stands behind `?`, encoded.
    pub(crate) query: String,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Bytes,
}

impl<'a> Request<'a> {
    pub(crate) fn new(method: Method, key: &'a str) -> Self {
        Self { method, key, query: String::new(), headers: Vec::new(), body: Bytes::new() }
    }

    /// A request that brings an object. Its length is stated, also where it is none: some stores insist.
    pub(crate) fn bringing(body: Bytes, key: &'a str) -> Self {
        let length = body.len().to_string();
        Self { body, ..Self::new(Method::PUT, key) }.header(header::CONTENT_LENGTH, length)
    }

    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// An answer of which the body is still to come.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

impl Answer {
    /// A header as text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Bytes that must come.
    pub(crate) fn length(&self) -> Option<u64> {
        self.header(header::CONTENT_LENGTH)?.parse().ok()
    }
}

/// How one attempt failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It may succeed the next time; the store may ask for a pause.
    Passing { said: String, pause: Option<Duration> },
    /// The store has answered, and will say the same again.
    Final(StatusCode, String),
    /// It could not even be asked.
    Never(ObjectError),
}

impl Failure {
    pub(crate) fn passing(said: impl Into<String>) -> Self {
        Self::Passing { said: said.into(), pause: None }
    }
}

/// Who asks one bucket.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) http: HttpClient,
    pub(crate) keys: AwsCredentialProvider,
    /// The address of the bucket, without a slash at its end.
    pub(crate) url: String,
    pub(crate) region: String,
    pub(crate) limits: Limits,
    /// The bucket as it is named in messages.
    pub(crate) bucket: String,
}

impl Client {
    /// What a request is about, for messages.
    pub(crate) fn place(&self, key: &str) -> String {
        format!("s3://{}/{}", self.bucket, key.escape_debug())
    }

    /// Makes one attempt; an answer is one of success.
    pub(crate) async fn once(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let made = self.signed(request).await?;
        let answer = match timeout(self.limits.stall, self.http.execute(made)).await {
            Err(_) => return Err(Failure::passing(format!("no answer within {:?}", self.limits.stall))),
            Ok(Err(error)) => return Err(Failure::passing(chain(&error))),
            Ok(Ok(answer)) => answer,
        };
        let (parts, body) = answer.into_parts();
        let answer = Answer { status: parts.status, headers: parts.headers, body: body.bytes_stream() };
        if answer.status.is_success() { Ok(answer) } else { Err(self.failure(answer).await) }
    }

    /// Asks until there is an answer of success or no use in asking, and reads it whole.
    pub(crate) async fn whole(&self, request: &Request<'_>, most: usize) -> Result<(HeaderMap, Bytes), ObjectError> {
        self.checked(request, most, |headers, bytes| Ok((headers, bytes))).await
    }

    /// As [`Client::whole`]; what `check` does not like counts as a failed attempt.
    pub(crate) async fn checked<T>(
        &self,
        request: &Request<'_>,
        most: usize,
        check: impl Fn(HeaderMap, Bytes) -> Result<T, Failure>,
    ) -> Result<T, ObjectError> {
        let mut attempts = Attempts::new(self.limits);
        loop {
            let failure = match self.attempt(request, most).await {
                Ok((headers, bytes)) => match check(headers, bytes) {
                    Ok(checked) => return Ok(checked),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            self.pause(request.key, failure, &mut attempts).await?;
        }
    }

    async fn attempt(&self, request: &Request<'_>, most: usize) -> Result<(HeaderMap, Bytes), Failure> {
        let answer = self.once(request).await?;
        let bytes = self.collect(answer.body, most).await?;
        Ok((answer.headers, bytes))
    }

    /// Waits until the next attempt; an error where there is none.
    pub(crate) async fn pause(&self, key: &str, failure: Failure, attempts: &mut Attempts) -> Result<(), ObjectError> {
        let (said, pause) = match failure {
            Failure::Passing { said, pause } => (said, pause),
            Failure::Final(status, said) => return Err(self.final_error(key, status, said)),
            Failure::Never(error) => return Err(error),
        };
        let Some(pause) = attempts.failed(pause) else {
            let (attempts, waited) = (attempts.made(), attempts.waited());
            return Err(ObjectError::Unavailable { place: self.place(key), attempts, waited, last: said });
        };
        sleep(pause).await;
        Ok(())
    }

    /// The next bytes of a body; `None` at its end.
    pub(crate) async fn next(&self, body: &mut Body, pace: &mut Pace) -> Result<Option<Bytes>, Failure> {
        let begun = Instant::now();
        match timeout(self.limits.stall, body.next()).await {
            Err(_) => Err(Failure::passing(format!("the answer stalled for {:?}", self.limits.stall))),
            Ok(None) => Ok(None),
            Ok(Some(Err(error))) => Err(Failure::passing(format!("the answer broke off: {}", chain(&error)))),
            Ok(Some(Ok(bytes))) if pace.is_too_slow(bytes.len() as u64, begun.elapsed(), &self.limits) => {
                Err(Failure::passing("the answer came too slowly"))
            }
            Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
        }
    }

    async fn collect(&self, mut body: Body, most: usize) -> Result<Bytes, Failure> {
        let (mut all, mut pace) = (Vec::new(), Pace::default());
        while let Some(bytes) = self.next(&mut body, &mut pace).await? {
            if all.len() + bytes.len() > most {
                return Err(Failure::passing(format!("the answer has more than {most} bytes")));
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all.into())
    }

    async fn signed(&self, request: &Request<'_>) -> Result<HttpRequest, Failure> {
        let never = |error| Failure::Never(error);
        if let Some(segment) = request.key.split('/').find(|segment| matches!(*segment, "." | "..")) {
            let (place, segment) = (self.place(request.key), segment.to_owned());
            return Err(never(ObjectError::Unaddressable { place, segment }));
        }
        let mut url = format!("{}/{}", self.url, encoded(request.key, true));
        if !request.query.is_empty() {
            url = format!("{url}?{}", request.query);
        }
        let keys = self
            .keys
            .get_credential()
            .await
            .map_err(|error| never(ObjectError::NoKeys { place: self.place(request.key), why: chain(&error) }))?;
        let unusable = |error: &dyn std::fmt::Display| {
            never(ObjectError::Settings(format!("{} cannot be asked: {error}", self.place(request.key))))
        };
        let mut made = http::Request::builder()
            .method(request.method.clone())
            .uri(url)
            .body(HttpRequestBody::from(request.body.clone()))
            .map_err(|error| unusable(&error))?;
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value).map_err(|error| unusable(&error))?;
            made.headers_mut().insert(name, value);
        }
        AwsAuthorizer::new(&keys, "s3", &self.region).authorize(&mut made, None);
        Ok(made)
    }

    /// What an answer that is none of success means.
    async fn failure(&self, answer: Answer) -> Failure {
        let Answer { status, headers, body } = answer;
        let pause = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = self.collect(body, LONGEST_ERROR).await.unwrap_or_default();
        let body = String::from_utf8_lossy(&body);
        let (code, message) = (element(&body, "Code"), element(&body, "Message"));
        let region = headers.get("x-amz-bucket-region").and_then(|value| value.to_str().ok());
        let mut said = format!("status {}", status.as_u16());
        for part in [code, message].into_iter().flatten() {
            said = format!("{said}, {}", part.escape_debug());
        }
        if let Some(region) = region.filter(|region| *region != self.region) {
            said = format!("{said}; the bucket is in the region {}: give it with --s3-region", region.escape_debug());
        }
        let is_passing = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            || matches!(code, Some("RequestTimeout" | "SlowDown" | "InternalError"));
        if is_passing {
            Failure::Passing { said, pause: pause.map(Duration::from_secs) }
        } else {
            Failure::Final(status, said)
        }
    }

    fn final_error(&self, key: &str, status: StatusCode, said: String) -> ObjectError {
        let place = self.place(key);
        match status {
            StatusCode::NOT_FOUND => ObjectError::NotFound { place, said },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ObjectError::Denied { place, said },
            StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE => {
                ObjectError::Replaced { place, how: said }
            }
            _ => ObjectError::Unexpected { place, expected: "an answer of success", found: said },
        }
    }
}

/// The text of the first element of a name, for errors of stores; they are small, flat and not worth more.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let start = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let length = xml[start..].find("</")?;
    Some(&xml[start..start + length])
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !said.contains(&words) {
            said = format!("{said}: {words}");
        }
        next = cause.source();
    }
    said
}

/// A text as it stands in an address: all but letters, digits, `-._~` and, in keys, `/` is escaped.
pub(crate) fn encoded(text: &str, is_key: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if is_plain || (is_key && byte == b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stores_say_is_found_in_their_errors() {
        let error = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Be gentle</Message></Error>";
        assert_eq!((element(error, "Code"), element(error, "Message")), (Some("SlowDown"), Some("Be gentle")));
        assert_eq!(element("<Code>cut", "Code"), None);
    }

    #[test]
    fn keys_are_escaped_but_for_their_slashes() {
        assert_eq!(encoded("a b//ü+\n%2F/~x", true), "a%20b//%C3%BC%2B%0A%252F/~x");
        assert_eq!(encoded("a/b", false), "a%2Fb");
    }
}
