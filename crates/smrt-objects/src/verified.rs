//! Whether what came is what the store has.
//!
//! The tag of an object is the MD5 of its bytes, unless it was put in several parts or is encrypted with a key service.
//! Where it is, one reading tells. Where it is not, the object is read a second time: two readings with the same
//! SHA-256 are believed, two different ones are not.

use crate::{Bucket, Object, ObjectError, ObjectReader};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Bytes read at once in a second reading.
const BLOCK: usize = 64 * 1024;

/// Reads an object and verifies its bytes: that they are good is known when the reader has given its end, and not
/// before.
#[derive(Debug)]
pub struct VerifiedReader {
    reader: ObjectReader,
    bucket: Bucket,
    object: Object,
    /// `None` where the tag can be no MD5.
    md5: Option<Md5>,
    sha256: Sha256,
    is_verified: bool,
}

impl VerifiedReader {
    pub(crate) fn new(bucket: &Bucket, object: &Object) -> Self {
        Self {
            reader: bucket.reader(object),
            bucket: bucket.clone(),
            object: object.clone(),
            md5: is_md5(&object.etag).then(Md5::default),
            sha256: Sha256::default(),
            is_verified: false,
        }
    }

    fn verify(&mut self) -> io::Result<()> {
        let md5 = self.md5.take().map(|md5| hex(&md5::Digest::finalize(md5)));
        if md5.is_some_and(|md5| md5.eq_ignore_ascii_case(&self.object.etag)) {
            return Ok(());
        }
        let mut again = self.bucket.reader(&self.object);
        let (mut sha256, mut block) = (Sha256::default(), vec![0; BLOCK]);
        loop {
            match again.read(&mut block)? {
                0 => break,
                count => sha256.update(&block[..count]),
            }
        }
        if sha256.finalize() == std::mem::take(&mut self.sha256).finalize() {
            return Ok(());
        }
        Err(ObjectError::Corrupt { place: self.bucket.client().place(&self.object.key) }.into())
    }
}

impl Read for VerifiedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.sha256.update(&buffer[..count]);
        if let Some(md5) = &mut self.md5 {
            md5::Digest::update(md5, &buffer[..count]);
        }
        if count == 0 && !buffer.is_empty() && !self.is_verified {
            self.verify()?;
            self.is_verified = true;
        }
        Ok(count)
    }
}

/// Whether a tag may be an MD5: it has 32 hexadecimal digits.
fn is_md5(etag: &str) -> bool {
    etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
