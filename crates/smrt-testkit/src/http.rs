//! As much of HTTP/1.1 as a test needs: a head is read, a body follows until its length or the end.

use std::io::{self, Read};

/// Most bytes of a head.
const LONGEST: usize = 64 * 1024;

/// The first lines of a request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    /// The request line or the status line.
    pub(crate) first: String,
    /// Names in lower case.
    pub(crate) fields: Vec<(String, String)>,
}

impl Head {
    /// Reads a head; `None` where the other side has closed the connection instead.
    pub(crate) fn read(reader: &mut impl Read) -> io::Result<Option<Self>> {
        let (mut bytes, mut byte) = (Vec::new(), [0]);
        while !bytes.ends_with(b"\r\n\r\n") {
            if bytes.len() == LONGEST {
                return Err(io::Error::other("a head without an end"));
            }
            match reader.read(&mut byte)? {
                0 if bytes.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => bytes.push(byte[0]),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let field =
            |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
        Ok(Some(Self { first, fields: lines.filter_map(field).collect() }))
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.fields.retain(|(found, _)| found != name);
        self.fields.push((name.to_owned(), value.into()));
    }

    /// Bytes of the body, where the head says so.
    pub(crate) fn length(&self) -> Option<u64> {
        self.field("content-length")?.parse().ok()
    }

    /// The status of an answer.
    pub(crate) fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let fields: String = self.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("{}\r\n{fields}\r\n", self.first).into_bytes()
    }
}
