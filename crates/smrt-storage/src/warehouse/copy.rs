//! Rows as `COPY … TO STDOUT (FORMAT binary)` sends them.
//!
//! A stream that breaks off is not told from one that ends by the library below, so the end that the format itself has is
//! insisted on.

use super::{WarehouseError, fingerprint::Value, table::Number};
use crate::{StoreError, schema::warehouse_row};
use diesel::{
    PgConnection, QueryResult,
    pg::{CopyFormat, CopyTarget, Pg},
    query_builder::AstPass,
    sql_types::BigInt,
};
use std::{
    cell::RefCell,
    io::{self, BufRead, Read},
};

/// What every stream begins with; flags and the length of an extension follow.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// Microseconds from 1970 to 2000, where Postgres begins to count.
const EPOCH: i64 = 946_684_800_000_000;

thread_local! {
    /// What is copied. Diesel asks the type of a target, not a value, for its text: here is where the value is.
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Stands for whatever is to be copied.
struct Text;

impl CopyTarget for Text {
    type Table = warehouse_row::table;
    type SqlType = BigInt;

    fn walk_target(mut pass: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        TEXT.with_borrow(|text| pass.push_sql(text));
        Ok(())
    }
}

/// Begins to copy what a question in brackets answers with.
pub(super) fn to_client(connection: &mut PgConnection, text: String) -> QueryResult<impl BufRead + '_> {
    TEXT.set(text);
    diesel::copy_to(Text).with_format(CopyFormat::Binary).load_raw(connection)
}

/// A row of a followed table.
#[derive(Debug)]
pub(super) struct FetchedRow {
    /// The day by the clock that counts, since 1970-01-01.
    pub(super) day: i64,
    /// Microseconds since 1970.
    pub(super) at: i64,
    /// The same as the source counts them, since 2000.
    pub(super) instant: i64,
    pub(super) value: Value,
    /// The hash of the keys; 0 without keys.
    pub(super) seed: u64,
}

/// What a row consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) number: Number,
    /// Whether the instant stands beside the time of the clock.
    pub(super) zoned: bool,
    /// Whether keys and their hash stand at the end.
    pub(super) has_keys: bool,
}

/// Rows out of a stream.
pub(super) struct Rows<R> {
    bytes: R,
    shape: Shape,
    has_begun: bool,
    /// The JSON text of the last row's keys.
    pub(super) keys: String,
    address: String,
}

impl<R: BufRead> Rows<R> {
    pub(super) fn new(bytes: R, shape: Shape, address: String) -> Self {
        Self { bytes, shape, has_begun: false, keys: "[]".to_owned(), address }
    }

    /// The next row; its keys are in [`Rows::keys`].
    pub(super) fn next(&mut self) -> Result<Option<FetchedRow>, WarehouseError> {
        self.read().map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => WarehouseError::NoRow(error.to_string()),
            // That there is no end means that the server had something to say, or has gone.
            _ => {
                let detail = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "it broke off in the middle of the rows".to_owned(),
                    _ => error.to_string().trim().to_owned(),
                };
                let source = StoreError::Unavailable { what: "fetching rows", detail };
                WarehouseError::Source { address: self.address.clone(), source }
            }
        })
    }

    fn read(&mut self) -> io::Result<Option<FetchedRow>> {
        if !self.has_begun {
            self.begin()?;
        }
        let fields = i16::from_be_bytes(self.bytes()?);
        if fields == -1 {
            // Nothing may follow; and the connection is free once it was asked for more.
            return if self.bytes.fill_buf()?.is_empty() { Ok(None) } else { Err(unexpected("bytes behind the end")) };
        }
        if fields != 2 + i16::from(self.shape.zoned) + if self.shape.has_keys { 2 } else { 0 } {
            return Err(unexpected(&format!("{fields} fields")));
        }
        let local = i64::from_be_bytes(self.field()?);
        let instant = if self.shape.zoned { i64::from_be_bytes(self.field()?) } else { local };
        let value = match self.shape.number {
            Number::Whole => Value::Whole(i64::from_be_bytes(self.field()?)),
            Number::Floating => Value::Floating(f64::from_be_bytes(self.field()?)),
        };
        let seed = if self.shape.has_keys { self.keys_and_hash()? } else { 0 };
        let day = local.div_euclid(86_400_000_000) + EPOCH / 86_400_000_000;
        let at = instant.checked_add(EPOCH).ok_or_else(|| unexpected("a time beyond all years"))?;
        Ok(Some(FetchedRow { day, at, instant, value, seed }))
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.bytes::<11>()? != *SIGNATURE {
            return Err(unexpected("another signature than that of binary rows"));
        }
        let _flags: [u8; 4] = self.bytes()?;
        let extension = u32::from_be_bytes(self.bytes()?);
        io::copy(&mut (&mut self.bytes).take(extension.into()), &mut io::sink())?;
        self.has_begun = true;
        Ok(())
    }

    fn keys_and_hash(&mut self) -> io::Result<u64> {
        let length = u32::from_be_bytes(self.bytes()?);
        if length > 1 << 20 {
            return Err(unexpected(&format!("keys of {length} bytes in a row")));
        }
        self.keys.clear();
        let mut keys = (&mut self.bytes).take(length.into());
        if keys.read_to_string(&mut self.keys)? as u64 != u64::from(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(u64::from_be_bytes(self.field()?))
    }

    fn field(&mut self) -> io::Result<[u8; 8]> {
        match i32::from_be_bytes(self.bytes()?) {
            8 => self.bytes(),
            -1 => Err(unexpected("an empty field")),
            length => Err(unexpected(&format!("a field of {length} bytes, expected 8"))),
        }
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.bytes.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn unexpected(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(rows: &[(i64, i64, i64)], end: bool) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0; 8]);
        for row in rows {
            bytes.extend(3_i16.to_be_bytes());
            for field in [row.0, row.1, row.2] {
                bytes.extend(8_i32.to_be_bytes());
                bytes.extend(field.to_be_bytes());
            }
        }
        if end {
            bytes.extend((-1_i16).to_be_bytes());
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<(i64, i64)>, WarehouseError> {
        let shape = Shape { number: Number::Whole, zoned: true, has_keys: false };
        let mut rows = Rows::new(bytes, shape, "postgres://s".into());
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            let Value::Whole(value) = row.value else { panic!("{row:?}") };
            read.push((row.day, value));
        }
        Ok(read)
    }

    #[test]
    fn rows_are_read_to_the_end_that_they_have() {
        let rows = [(0, 0, 7), (86_400_000_000, 1, -8), (-1, -1, 9)];
        assert_eq!(read(&stream(&rows, true)).unwrap(), [(10_957, 7), (10_958, -8), (10_956, 9)]);
        // A stream that breaks off anywhere is no end, however much of it came.
        let whole = stream(&rows, true);
        for length in 0..whole.len() {
            assert!(matches!(read(&whole[..length]), Err(WarehouseError::Source { .. })), "{length}");
        }
    }

    #[test]
    fn what_is_no_row_is_told() {
        let mut behind = stream(&[(0, 0, 7)], true);
        behind.push(0);
        let mut signature = stream(&[], true);
        signature[3] = b'X';
        let mut length = stream(&[(0, 0, 7)], true);
        length[22] = 0xff;
        for wrong in [behind, signature, length] {
            assert!(matches!(read(&wrong), Err(WarehouseError::NoRow(_))));
        }
    }
}
