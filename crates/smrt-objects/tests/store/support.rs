//! One server for all tests, a bucket for each.

use smrt_objects::{Bucket, Limits, Object, ObjectError, Secret, Settings};
use smrt_testkit::{proxy::FaultProxy, s3::S3Server};
use std::{io::Read, time::Duration};

/// A bucket of its own on the server of all.
pub(crate) struct Store {
    pub(crate) server: &'static S3Server,
    pub(crate) name: String,
}

/// Limits that do not make a test wait for long.
pub(crate) const HURRIED: Limits = Limits {
    attempts: 6,
    total: Duration::from_secs(20),
    connect: Duration::from_secs(2),
    stall: Duration::from_secs(1),
    pause: Duration::from_millis(20),
};

impl Store {
    pub(crate) fn start() -> Option<Self> {
        let server = S3Server::shared()?;
        let name = server.bucket();
        Some(Self { server, name })
    }

    pub(crate) fn put(&self, key: &str, bytes: &[u8]) -> String {
        self.server.put(&self.name, key, bytes)
    }

    pub(crate) fn settings(&self, endpoint: String) -> Settings {
        Settings {
            endpoint: Some(endpoint),
            access_key_id: Some(self.server.access_key_id().to_owned()),
            secret_access_key: Some(Secret::new(self.server.secret_access_key())),
            ..Settings::default()
        }
    }

    pub(crate) fn open(&self, prefix: &str) -> Bucket {
        let address = format!("s3://{}/{prefix}", self.name).parse().expect("an address");
        Bucket::open(&address, &self.settings(self.server.endpoint())).expect("a bucket")
    }

    pub(crate) fn open_behind(&self, proxy: &FaultProxy) -> Bucket {
        let address = format!("s3://{}", self.name).parse().expect("an address");
        Bucket::open_within(&address, &self.settings(proxy.endpoint()), HURRIED).expect("a bucket")
    }
}

/// All objects of a bucket below its prefix.
pub(crate) fn all(bucket: &Bucket) -> Result<Vec<Object>, ObjectError> {
    let mut found = Vec::new();
    bucket.list(|page| {
        found.extend(page);
        Ok::<(), ObjectError>(())
    })?;
    Ok(found)
}

/// What a reader gives, or why it does not.
pub(crate) fn read(mut reader: impl Read) -> Result<Vec<u8>, ObjectError> {
    let mut bytes = Vec::new();
    match reader.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(ObjectError::of(error).expect("an error of objects")),
    }
}

/// Bytes that differ from place to place.
pub(crate) fn some_bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| u8::try_from((at * 31 + at / 251) % 256).expect("a byte")).collect()
}
