//! The bytes of one object as they come, taken up again where an answer breaks off.
//!
//! At the end as many bytes have come as were listed, all of one and the same object: each request names the tag that
//! was listed, and what answers with another tag or length is another object.

use crate::{
    Bucket, Object, ObjectError,
    limits::{Attempts, Pace},
    list::unquoted,
    request::{Answer, Body, Failure, Request},
};
use bytes::{Buf, Bytes};
use http::{Method, StatusCode, header};
use std::{
    io::{self, Read},
    ops::Range,
};

/// Reads an object, or a stretch of it.
pub struct ObjectReader {
    bucket: Bucket,
    object: Object,
    /// What is still to come.
    left: Range<u64>,
    /// What has come and was not taken yet.
    chunk: Bytes,
    body: Option<Body>,
    attempts: Attempts,
    pace: Pace,
}

impl std::fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectReader").field("object", &self.object).field("left", &self.left).finish_non_exhaustive()
    }
}

impl ObjectReader {
    pub(crate) fn new(bucket: &Bucket, object: &Object, range: Range<u64>) -> Self {
        let end = range.end.min(object.size);
        Self {
            bucket: bucket.clone(),
            object: object.clone(),
            left: range.start.min(end)..end,
            chunk: Bytes::new(),
            body: None,
            attempts: Attempts::new(bucket.client().limits),
            pace: Pace::default(),
        }
    }

    /// Makes sure that there are bytes to take, unless all have been taken.
    async fn fill(&mut self) -> Result<(), ObjectError> {
        while self.chunk.is_empty() && !self.left.is_empty() {
            if let Err(failure) = self.advance().await {
                self.body = None;
                self.pace = Pace::default();
                let bucket = self.bucket.clone();
                bucket.client().pause(&self.object.key, failure, &mut self.attempts).await?;
            }
        }
        Ok(())
    }

    async fn advance(&mut self) -> Result<(), Failure> {
        let bucket = self.bucket.clone();
        let mut body = match self.body.take() {
            Some(body) => body,
            None => self.ask().await?,
        };
        let Some(mut bytes) = bucket.client().next(&mut body, &mut self.pace).await? else {
            return Err(Failure::passing(format!(
                "the answer ended {} bytes before its end",
                self.left.end - self.left.start
            )));
        };
        let wanted = usize::try_from(self.left.end - self.left.start).unwrap_or(usize::MAX);
        bytes.truncate(wanted);
        self.left.start += bytes.len() as u64;
        self.attempts.progress(bytes.len() as u64);
        self.chunk = bytes;
        self.body = Some(body);
        Ok(())
    }

    /// Asks for what is left.
    async fn ask(&self) -> Result<Body, Failure> {
        let Range { start, end } = self.left;
        let is_whole = start == 0 && end == self.object.size;
        let mut request = Request::new(Method::GET, &self.object.key);
        if !self.object.etag.is_empty() {
            request = request.header(header::IF_MATCH, format!("\"{}\"", self.object.etag));
        }
        if !is_whole {
            request = request.header(header::RANGE, format!("bytes={start}-{}", end - 1));
        }
        let answer = self.bucket.client().once(&request).await?;
        self.check(&answer, is_whole)?;
        Ok(answer.body)
    }

    /// Whether an answer is of the object that was listed, and of the stretch that was asked for.
    fn check(&self, answer: &Answer, is_whole: bool) -> Result<(), Failure> {
        let place = || self.bucket.client().place(&self.object.key);
        let replaced = |how| Err(Failure::Never(ObjectError::Replaced { place: place(), how }));
        if let Some(etag) = answer.header(header::ETAG).map(unquoted)
            && !self.object.etag.is_empty()
            && etag != self.object.etag
        {
            return replaced(format!("its tag was {} and is {}", self.object.etag, etag.escape_debug()));
        }
        let size = self.object.size;
        if is_whole {
            return match answer.length() {
                // A wrong length is as likely a wrong answer; what is another object has another tag.
                Some(length) if length != size && self.object.etag.is_empty() => {
                    replaced(format!("it had {size} bytes and has {length}"))
                }
                Some(length) if length != size => {
                    Err(Failure::passing(format!("the answer has {length} bytes instead of {size}")))
                }
                _ => Ok(()),
            };
        }
        let expected = format!("bytes {}-{}/{size}", self.left.start, self.left.end - 1);
        match (answer.status, answer.header(header::CONTENT_RANGE)) {
            (StatusCode::PARTIAL_CONTENT, Some(found)) if found == expected => Ok(()),
            (status, found) => Err(Failure::passing(format!(
                "asked for {expected}, the answer has status {} and {}",
                status.as_u16(),
                found.unwrap_or("no range").escape_debug()
            ))),
        }
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.chunk.is_empty() {
            let bucket = self.bucket.clone();
            bucket.run(self.fill())?;
        }
        let count = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
