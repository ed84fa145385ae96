//! What went wrong, as RFC 9457 has it: a stable type, a title, the status, what it is about in this case.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use smrt_ingest::IngestError;
use smrt_storage::{StoreError, WarehouseError};
use smrt_views::AskError;

/// The media type of problems.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What kind of problem it is: a stable name, and the status that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The end of its type.
    pub(crate) name: &'static str,
    /// The status of the answer.
    pub(crate) status: StatusCode,
    /// What it is in a few words.
    pub(crate) title: &'static str,
}

impl Kind {
    /// Its type.
    pub(crate) fn urn(self) -> String {
        format!("urn:smrt:problem:{}", self.name)
    }
}

macro_rules! kinds {
    ($($constant:ident $name:literal $status:ident $title:literal;)*) => {
        $(pub(crate) const $constant: Kind = Kind { name: $name, status: StatusCode::$status, title: $title };)*
        /// All there are, for the documentation.
        pub(crate) const KINDS: &[Kind] = &[$($constant),*];
    };
}

kinds! {
    PARAMETER "invalid-parameter" BAD_REQUEST "A parameter cannot be used";
    TOKEN "token-needed" UNAUTHORIZED "A token is needed";
    SCOPE "scope-needed" FORBIDDEN "The token does not allow this";
    ORIGIN "foreign-origin" FORBIDDEN "Another site asked for this";
    NOT_FOUND "not-found" NOT_FOUND "There is no such thing";
    METHOD "method-not-allowed" METHOD_NOT_ALLOWED "The method is not for this address";
    FORM "not-acceptable" NOT_ACCEPTABLE "It cannot be had in this form";
    SLOW "too-slow" REQUEST_TIMEOUT "The request did not come in time";
    KNOWN "already-known" CONFLICT "The file is known already";
    LENGTH "too-large" PAYLOAD_TOO_LARGE "The file is too large";
    MEDIA "media-type" UNSUPPORTED_MEDIA_TYPE "The body cannot be of this type";
    REFUSED "file-refused" UNPROCESSABLE_ENTITY "The file was refused";
    HOST "unknown-host" MISDIRECTED_REQUEST "The service is not known by this name";
    MANY "too-many-requests" TOO_MANY_REQUESTS "Too much is waiting already";
    FAILED "internal-error" INTERNAL_SERVER_ERROR "Something went wrong here";
    AWAY "unavailable" SERVICE_UNAVAILABLE "Not just now";
    FULL "storage-full" INSUFFICIENT_STORAGE "Nothing can be written";
}

/// A problem on its way to whoever asked.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    /// What was expected and what was found.
    pub(crate) detail: String,
    /// The parameter that it is about.
    pub(crate) parameter: Option<String>,
    /// After how many seconds trying again makes sense.
    pub(crate) retry_after: Option<u32>,
    /// More, under names of its own.
    pub(crate) more: Map<String, Value>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), parameter: None, retry_after: None, more: Map::new() }
    }

    /// That a parameter cannot be used.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self { parameter: Some(name.to_owned()), ..Self::new(PARAMETER, detail) }
    }

    /// That it may work later.
    pub(crate) fn later(kind: Kind, seconds: u32, detail: impl Into<String>) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(kind, detail) }
    }

    /// Something that is no fault of whoever asked; the log says more than the answer.
    pub(crate) fn failed(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "a request failed");
        Self::new(FAILED, "the request could not be answered; the log of the service says why")
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Value {
        let mut object = json!({
            "type": self.kind.urn(),
            "title": self.kind.title,
            "status": self.kind.status.as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(fields) = &mut object {
            if let Some(parameter) = &self.parameter {
                fields.insert("parameter".into(), parameter.clone().into());
            }
            if let Some(seconds) = self.retry_after {
                fields.insert("retry_after".into(), seconds.into());
            }
            fields.extend(self.more.clone());
        }
        object
    }

    /// The headers that go with it, whatever the body.
    pub(crate) fn dress(&self, response: &mut Response) {
        *response.status_mut() = self.kind.status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.kind == TOKEN {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"smrt\""));
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json().to_string()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        self.dress(&mut response);
        response
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Parameter { name, message } => Self::parameter(name, message),
            AskError::SeveralChannels { .. } => Self::parameter("channel", error.to_string()),
            AskError::NoChannel { ref names, .. } => {
                let there = if names.is_empty() { "its only channel has no name".into() } else { names.join(", ") };
                Self::new(NOT_FOUND, format!("{error}; there is: {there}"))
            }
            AskError::NoMeter { .. }
            | AskError::NothingMeasured { .. }
            | AskError::NoReading { .. }
            | AskError::NoMeasurement { .. }
            | AskError::NoLake => Self::new(NOT_FOUND, error.to_string()),
            AskError::Store(error) => error.into(),
            AskError::Ingest(error) => error.into(),
            AskError::Warehouse(WarehouseError::Store(error)) => error.into(),
            AskError::Warehouse(error) => Self::new(NOT_FOUND, error.to_string()),
            // Whoever asked has gone, so nobody will read this.
            AskError::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                tracing::debug!("whoever asked has gone");
                Self::new(SLOW, "whoever asked has gone")
            }
            AskError::Output(error) => Self::failed(&error),
        }
    }
}

/// What could not be written on its way to whoever asked.
impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        AskError::from(error).into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            tracing::warn!(error = %error, "the database is away");
            return Self::later(AWAY, 5, "the database cannot be reached just now; nothing is lost, try again");
        }
        if error.is_storage_full() {
            tracing::error!(error = %error, "the database cannot be written");
            return Self::later(FULL, 60, "nothing can be written: the disk is full or may not be written");
        }
        Self::failed(&error)
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Store(error) => error.into(),
            IngestError::Interrupted => Self::later(AWAY, 5, "the service is ending; nothing of the file was loaded"),
            IngestError::Lake(ref lake) if lake.is_temporary() => {
                tracing::warn!(error = %error, "the lake is away");
                Self::later(AWAY, 5, "the lake cannot be reached just now; nothing is lost, try again")
            }
            error => Self::failed(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, time::Duration};

    #[test]
    fn a_problem_says_what_it_is_about() {
        let problem = Problem::parameter("from", "expected a date").json();
        assert_eq!(problem["type"], "urn:smrt:problem:invalid-parameter");
        assert_eq!((problem["status"].as_u64(), problem["parameter"].as_str()), (Some(400), Some("from")));
        let busy = Problem::from(StoreError::Busy { waited: Duration::ZERO });
        assert_eq!((busy.kind, busy.retry_after), (AWAY, Some(5)));
    }

    #[test]
    fn types_are_told_apart() {
        let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
    }
}
