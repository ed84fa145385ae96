//! Bytes on their way into a new file, hashed and counted.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, Write},
};

/// A file that is being written, or what an object will be made of.
pub(crate) struct Output {
    sink: Sink,
    hash: Sha256,
    size: u64,
}

enum Sink {
    File(BufWriter<File>),
    Memory(Vec<u8>),
}

impl Output {
    pub(crate) fn file(file: File) -> Self {
        Self::new(Sink::File(BufWriter::with_capacity(256 * 1024, file)))
    }

    pub(crate) fn memory() -> Self {
        Self::new(Sink::Memory(Vec::new()))
    }

    fn new(sink: Sink) -> Self {
        Self { sink, hash: Sha256::new(), size: 0 }
    }

    /// Bytes so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the bytes so far, in hexadecimal.
    pub(crate) fn sha256(&self) -> String {
        hex(&self.hash.clone().finalize())
    }

    /// What an object is to be made of; `None` for a file, which has its bytes.
    pub(crate) fn into_bytes(self) -> Option<Bytes> {
        match self.sink {
            Sink::File(_) => None,
            Sink::Memory(bytes) => Some(bytes.into()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::File(file) => file.write_all(bytes)?,
            Sink::Memory(memory) => memory.extend_from_slice(bytes),
        }
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::File(file) => file.flush(),
            Sink::Memory(_) => Ok(()),
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Bytes as hexadecimal digits in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
