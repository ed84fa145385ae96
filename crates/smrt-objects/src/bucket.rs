//! A bucket that is open: what can be asked of it.

use crate::{
    Address, Limits, Object, ObjectError, ObjectReader, Settings, VerifiedReader,
    list::{self, unquoted},
    request::{Client, Request},
    runtime::runtime,
};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, Method, header};
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut},
    client::{HttpConnector, ReqwestConnector},
};
use std::{future::Future, io::Read, ops::Range, pin::pin, sync::Arc, time::Duration};

/// The region where none is given.
const REGION: &str = "us-east-1";
/// Most time for one request of those that use the store itself: a part of a large file may be on its way.
const LONGEST_REQUEST: Duration = Duration::from_secs(180);
/// How often is looked whether the end was asked for.
const LOOK: Duration = Duration::from_millis(50);
/// Most bytes of an answer that carries none of an object.
const LONGEST_ANSWER: usize = 1 << 20;

/// A bucket that is open. Cloning it is cheap, and clones share their connections.
///
/// All calls block; none may be made on a thread that drives a runtime of its own.
#[derive(Clone, Debug)]
pub struct Bucket {
    address: Address,
    store: Arc<dyn ObjectStore>,
    client: Arc<Client>,
    end: End,
}

/// Says whether the end was asked for.
#[derive(Clone, Default)]
struct End(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl std::fmt::Debug for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("End")
    }
}

impl End {
    /// Ends when it was.
    async fn asked_for(&self) {
        while !self.0.as_ref().is_some_and(|is_asked_for| is_asked_for()) {
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Bucket {
    /// Opens the bucket of an address. Nothing is asked of the store yet.
    ///
    /// # Errors
    /// [`ObjectError::Settings`] when the endpoint, the region or the keys make no sense; [`ObjectError::NoKeys`] when
    /// there are no keys for a server that is not AWS.
    pub fn open(address: &Address, settings: &Settings) -> Result<Self, ObjectError> {
        Self::open_within(address, settings, Limits::default())
    }

    /// Opens a bucket as [`Bucket::open`] does, with limits of one's own.
    ///
    /// # Errors
    /// As [`Bucket::open`].
    pub fn open_within(address: &Address, settings: &Settings, limits: Limits) -> Result<Self, ObjectError> {
        let region = settings.region.clone().unwrap_or_else(|| REGION.to_owned());
        check(settings, &region)?;
        let has_roles = !settings.roles().is_empty();
        if settings.endpoint.is_some() && settings.access_key_id.is_none() && !has_roles {
            let why = "there are none for this endpoint".to_owned();
            return Err(ObjectError::NoKeys { place: address.to_string(), why });
        }
        let endpoint = match &settings.endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://s3.{region}.amazonaws.com"),
        };
        let options =
            ClientOptions::new().with_allow_http(endpoint.starts_with("http://")).with_connect_timeout(limits.connect);
        let invalid = |error: object_store::Error| ObjectError::Settings(error.to_string());
        // Opening a client looks for a runtime.
        let _entered = runtime()?.enter();
        let s3 = builder(address, settings, &region, &endpoint)
            .with_client_options(options.clone().with_timeout(LONGEST_REQUEST))
            .with_retry(retries(&limits))
            .build()
            .map_err(invalid)?;
        // Bytes that flow may take their time: what stalls is found out by those who read.
        let http = ReqwestConnector::default().connect(&options.with_timeout_disabled()).map_err(invalid)?;
        let client = Client {
            http,
            keys: Arc::clone(s3.credentials()),
            url: format!("{endpoint}/{}", address.bucket()),
            region,
            limits,
            bucket: address.bucket().to_owned(),
        };
        Ok(Self { address: address.clone(), store: Arc::new(s3), client: Arc::new(client), end: End::default() })
    }

    /// The same bucket, of which all calls end with [`ObjectError::Interrupted`] soon after `is_asked_for` says so.
    #[must_use]
    pub fn until(self, is_asked_for: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { end: End(Some(Arc::new(is_asked_for))), ..self }
    }

    /// Where it is, with the start of the keys that are meant.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// How the keys begin that are meant.
    pub fn prefix(&self) -> &str {
        self.address.prefix()
    }

    /// The store for those who speak to it themselves, such as a table format. It is the whole bucket, without the
    /// prefix, and puts on condition where asked to.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Runs what the store is asked to do.
    ///
    /// # Errors
    /// When there are no threads for it.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> Result<T, ObjectError> {
        Ok(runtime()?.block_on(work))
    }

    /// Runs what the store is asked to do, until the end is asked for.
    pub(crate) fn run<T, E: From<ObjectError>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.block_on(async {
            match select(pin!(work), pin!(self.end.asked_for())).await {
                Either::Left((done, _)) => done,
                Either::Right(_) => Err(ObjectError::Interrupted.into()),
            }
        })?
    }

    /// Gives all objects whose keys begin with the prefix, page by page, in the order of their keys, each once.
    ///
    /// # Errors
    /// When the bucket cannot be listed; an error of `visit` ends the listing.
    pub fn list<E: From<ObjectError>>(&self, visit: impl FnMut(Vec<Object>) -> Result<(), E>) -> Result<(), E> {
        self.run(list::list(self, visit))
    }

    /// What stands at a key.
    ///
    /// # Errors
    /// [`ObjectError::NotFound`] when there is nothing.
    pub fn head(&self, key: &str) -> Result<Object, ObjectError> {
        let request = Request::new(Method::HEAD, key);
        let (headers, _) = self.run(self.client.whole(&request, LONGEST_ANSWER))?;
        let expected = "the length and the tag of an object";
        let size = text(&headers, &header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let Some(size) = size else {
            let (place, found) = (self.client.place(key), "an answer without a length".to_owned());
            return Err(ObjectError::Unexpected { place, expected, found });
        };
        let etag = text(&headers, &header::ETAG).map(unquoted).unwrap_or_default().to_owned();
        let modified = text(&headers, &header::LAST_MODIFIED)
            .and_then(|time| chrono::DateTime::parse_from_rfc2822(time).ok())
            .map(|time| time.timestamp());
        Ok(Object { key: key.to_owned(), size, etag, last_modified: modified })
    }

    /// Whether something stands at a key.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub fn exists(&self, key: &str) -> Result<bool, ObjectError> {
        match self.head(key) {
            Ok(_) => Ok(true),
            Err(ObjectError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads an object from its start to its end. An answer that breaks off, stalls or ends too early is taken up again
    /// where it did.
    pub fn reader(&self, object: &Object) -> ObjectReader {
        ObjectReader::new(self, object, 0..object.size)
    }

    /// Reads an object and verifies that its bytes are those that the store has.
    pub fn verified(&self, object: &Object) -> VerifiedReader {
        VerifiedReader::new(self, object)
    }

    /// The bytes of a stretch of an object, as many of them as it has.
    ///
    /// # Errors
    /// [`ObjectError::Replaced`] when another object stands there than was listed.
    pub fn get_range(&self, object: &Object, range: Range<u64>) -> Result<Vec<u8>, ObjectError> {
        let mut bytes = Vec::new();
        let mut reader = ObjectReader::new(self, object, range);
        match reader.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(ObjectError::of(error).unwrap_or_else(|error| ObjectError::Unexpected {
                place: self.client.place(&object.key),
                expected: "bytes",
                found: error.to_string(),
            })),
        }
    }

    /// Writes an object, in the place of what may be there.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<(), ObjectError> {
        let request = Request::bringing(bytes.into(), key);
        self.run(self.client.whole(&request, LONGEST_ANSWER)).map(drop)
    }

    /// Writes an object where there is none. When an answer was lost on the way, the object may be there although this
    /// says [`ObjectError::Exists`]: whoever must know reads it.
    ///
    /// # Errors
    /// [`ObjectError::Exists`] when something is there.
    pub fn put_if_absent(&self, key: &str, bytes: impl Into<Bytes>) -> Result<(), ObjectError> {
        let request = Request::bringing(bytes.into(), key);
        let request = request.header(header::IF_NONE_MATCH, "*");
        match self.run(self.client.whole(&request, LONGEST_ANSWER)) {
            Err(ObjectError::Replaced { place, .. }) => Err(ObjectError::Exists { place }),
            other => other.map(drop),
        }
    }

    /// Removes what stands at a key; that nothing does is no error.
    ///
    /// # Errors
    /// When the store does not remove it.
    pub fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let request = Request::new(Method::DELETE, key);
        match self.run(self.client.whole(&request, LONGEST_ANSWER)) {
            Err(ObjectError::NotFound { .. }) => Ok(()),
            other => other.map(drop),
        }
    }
}

/// What would be noticed late, or not at all.
fn check(settings: &Settings, region: &str) -> Result<(), ObjectError> {
    let fault = |message: String| Err(ObjectError::Settings(message));
    if let Some(endpoint) = &settings.endpoint {
        let is_good = url::Url::parse(endpoint).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if !is_good || endpoint.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return fault("expected an endpoint such as https://host:port, without keys in it".to_owned());
        }
    }
    if region.is_empty() || !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return fault(format!("expected a region such as eu-central-1, found {region:?}"));
    }
    let keys = [
        ("access key id", settings.access_key_id.as_deref()),
        ("secret access key", settings.secret_access_key.as_ref().map(crate::Secret::reveal)),
        ("session token", settings.session_token.as_ref().map(crate::Secret::reveal)),
    ];
    for (what, value) in keys {
        if value.is_some_and(|value| value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic())) {
            return fault(format!("the {what} is empty, or has blanks or signs that none has"));
        }
    }
    match (settings.access_key_id.is_some(), settings.secret_access_key.is_some()) {
        (true, false) => fault("an access key id is given, but no secret access key".to_owned()),
        (false, true) => fault("a secret access key is given, but no access key id".to_owned()),
        _ => Ok(()),
    }
}

fn builder(address: &Address, settings: &Settings, region: &str, endpoint: &str) -> AmazonS3Builder {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(address.bucket())
        .with_region(region)
        .with_endpoint(endpoint)
        .with_virtual_hosted_style_request(false)
        .with_conditional_put(S3ConditionalPut::ETagMatch);
    let keys = [
        (AmazonS3ConfigKey::AccessKeyId, settings.access_key_id.as_deref()),
        (AmazonS3ConfigKey::SecretAccessKey, settings.secret_access_key.as_ref().map(crate::Secret::reveal)),
        (AmazonS3ConfigKey::Token, settings.session_token.as_ref().map(crate::Secret::reveal)),
    ];
    let roles = settings.roles().iter().map(|(key, value)| (*key, Some(value.as_str())));
    for (key, value) in keys.into_iter().chain(roles) {
        if let Some(value) = value {
            builder = builder.with_config(key, value);
        }
    }
    builder
}

/// The same bounds for those who use the store itself.
fn retries(limits: &Limits) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { init_backoff: limits.pause, max_backoff: Duration::from_secs(10), base: 2.0 },
        max_retries: usize::try_from(limits.attempts.saturating_sub(1)).unwrap_or(usize::MAX),
        retry_timeout: limits.total,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
