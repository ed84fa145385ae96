//! Where objects are: `s3://bucket/prefix`, read from text and written as text.
//!
//! A prefix is taken as it stands. It is no path: `..`, empty segments and control characters in it mean nothing.

use std::{fmt, str::FromStr};

/// How each address begins.
const SCHEME: &str = "s3://";

/// A bucket and the start of the keys that are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    bucket: String,
    prefix: String,
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address such as s3://bucket/prefix, found {found:?}: {why}")]
pub struct AddressError {
    found: String,
    why: &'static str,
}

impl Address {
    /// An address of its parts.
    ///
    /// # Errors
    /// When the bucket's name is none: 3 to 63 letters, digits, dots, hyphens and underscores, the first and the last
    /// a letter or digit.
    pub fn new(bucket: &str, prefix: &str) -> Result<Self, AddressError> {
        let fault = |why| AddressError { found: format!("{SCHEME}{bucket}/{prefix}"), why };
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let is_outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = bucket.as_bytes();
        if bytes.is_empty() {
            return Err(fault("it names no bucket"));
        }
        if !(3..=63).contains(&bytes.len()) || !is_outer(bytes.first()) || !is_outer(bytes.last()) {
            return Err(fault("a bucket's name has 3 to 63 characters and begins and ends with a letter or digit"));
        }
        if !bytes.iter().copied().all(is_inner) {
            return Err(fault("a bucket's name has letters, digits, dots, hyphens and underscores"));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// Whether a text is meant as an address, be it a good one or not.
    pub fn is_meant(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// How the keys begin; empty for all keys of the bucket.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The address of a key in the same bucket.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { bucket: self.bucket.clone(), prefix: key.to_owned() }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if !Self::is_meant(text) {
            return Err(AddressError { found: text.to_owned(), why: "it does not begin with s3://" });
        }
        let rest = &text[SCHEME.len()..];
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Self::new(bucket, prefix)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, bucket, prefix) in [
            ("s3://meters", "meters", ""),
            ("s3://meters/", "meters", ""),
            ("S3://meters/2024/01/", "meters", "2024/01/"),
            ("s3://my.bucket-1/a//b/../c", "my.bucket-1", "a//b/../c"),
            ("s3://meters//a", "meters", "/a"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.bucket(), address.prefix()), (bucket, prefix), "{text}");
            assert_eq!(address.to_string(), format!("s3://{bucket}/{prefix}"));
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_its_reason() {
        for (text, why) in [
            ("meters/2024", "does not begin with s3://"),
            ("s3:/meters", "does not begin with s3://"),
            ("s3://", "names no bucket"),
            ("s3:///key", "names no bucket"),
            ("s3://ab/key", "3 to 63"),
            ("s3://../key", "3 to 63"),
            ("s3://a b c/key", "letters, digits"),
            ("s3://user:pass@host/key", "letters, digits"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("expected an address such as s3://"), "{text}: {error}");
        }
    }
}
