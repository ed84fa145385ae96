//! How a row is spelled: CSV, JSON lines, SQL, Parquet. Columns and fields come in, bytes go out.

use super::{
    nem12::Nem12Options,
    sql::{Script, SqlOptions},
    text::{defused, push_count, push_decimal, push_signal},
};
use smrt_core::{Signal, Sum};
use smrt_lake::{RowType, RowValue};

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// Not stated.
    Null,
    /// Text that came from outside; empty where it is not stated.
    Text(&'a str),
    /// A word of smrt's own; nothing in it can be taken for a formula.
    Word(&'a str),
    /// An instant, and its UTC epoch microseconds.
    Time(&'a str, i64),
    /// A civil date, and its days since 1970-01-01.
    Date(&'a str, i32),
    /// A number of things.
    Count(u64),
    /// An exact decimal number.
    Number(Sum),
    /// What a sensor measured.
    Signal(Signal),
}

impl<'a> Field<'a> {
    fn typed(&self) -> RowValue<'a> {
        match *self {
            Self::Null | Self::Text("") => RowValue::Null,
            Self::Text(text) | Self::Word(text) => RowValue::Text(text.into()),
            Self::Time(_, micros) => RowValue::Instant(micros),
            Self::Date(_, day) => RowValue::Date(day),
            // There are no more of anything than lines, or than bytes of a file.
            Self::Count(number) => i64::try_from(number).map_or(RowValue::Null, RowValue::Whole),
            Self::Number(number) => RowValue::Exact(number.micros()),
            Self::Signal(number) => RowValue::Double(number.get()),
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text that came from outside.
    Text,
    /// The unit that the row's numbers are in.
    Unit,
    /// A word of smrt's own.
    Word,
    /// An instant.
    Instant,
    /// A civil date.
    Date,
    /// How many of something.
    Count,
    /// How many values the row stands for.
    Values,
    /// A number that is no part of a sum.
    Number,
    /// The value of one interval.
    Value,
    /// The sum of the row's values.
    Sum,
}

/// A column of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it belongs to what names a row.
    pub(super) is_key: bool,
}

impl Kind {
    /// The type of such a column where columns have types. What sensors measured makes all numbers floating-point: a
    /// column has one type.
    pub(super) fn typed(self, has_signals: bool) -> RowType {
        match self {
            Self::Text | Self::Unit | Self::Word => RowType::Text,
            Self::Instant => RowType::Instant,
            Self::Date => RowType::Date,
            Self::Count | Self::Values => RowType::Whole,
            Self::Number | Self::Value | Self::Sum if has_signals => RowType::Double,
            Self::Number | Self::Value | Self::Sum => RowType::Exact,
        }
    }
}

impl Column {
    /// A column beside the key.
    pub(super) fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, is_key: false }
    }

    /// A column of the key.
    pub(super) fn key(name: &str, kind: Kind) -> Self {
        Self { is_key: true, ..Self::new(name, kind) }
    }
}

/// Why a file cannot be written in the form that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What was expected and what was found, and which option helps.
    pub(super) message: String,
    /// The line of the file, where it is known.
    pub(super) line: Option<u32>,
}

/// How rows are spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// With a header line, commas, `\n`.
    Csv {
        /// Leave text as it is, also where a spreadsheet would take it for a formula.
        raw: bool,
    },
    /// One JSON object a line.
    Ndjson,
    /// A script that makes a table and fills it.
    Sql(SqlOptions),
    /// Parquet, whose rows wait until all are known.
    Parquet,
    /// A file of the Australian electricity market. It has a shape of its own: a row is a day of a channel.
    Nem12(Nem12Options),
}

impl Form {
    /// Whether it writes rows of fields.
    pub(super) fn has_rows(&self) -> bool {
        !matches!(self, Self::Nem12(_))
    }
}

/// Writes rows in their form.
#[derive(Debug)]
pub(super) enum Rows {
    Csv {
        raw: bool,
    },
    Ndjson {
        names: Vec<Vec<u8>>,
    },
    Sql(Script),
    /// Rows as they wait, see [`RowValue::pack`].
    Parquet,
    Nem12,
}

impl Rows {
    pub(super) fn new(form: &Form) -> Self {
        match form {
            Form::Csv { raw } => Self::Csv { raw: *raw },
            Form::Ndjson => Self::Ndjson { names: Vec::new() },
            Form::Sql(options) => Self::Sql(Script::new(options.clone())),
            Form::Parquet => Self::Parquet,
            Form::Nem12(_) => Self::Nem12,
        }
    }

    /// Writes what comes before the first row.
    pub(super) fn begin(&mut self, out: &mut Vec<u8>, columns: &[Column]) {
        match self {
            Self::Csv { .. } => {
                for (index, column) in columns.iter().enumerate() {
                    out.extend_from_slice(if index > 0 { b"," } else { b"" });
                    push_csv(out, &column.name);
                }
                out.push(b'\n');
            }
            Self::Ndjson { names } => {
                let name = |column: &Column| {
                    let mut name = Vec::new();
                    push_json(&mut name, &column.name);
                    name.push(b':');
                    name
                };
                *names = columns.iter().map(name).collect();
            }
            Self::Sql(script) => script.begin(out, columns),
            // The head of NEM12 depends on the first file, and its days are no rows of fields.
            Self::Parquet | Self::Nem12 => {}
        }
    }

    /// Writes a row: one field for each column.
    pub(super) fn row(&mut self, out: &mut Vec<u8>, fields: &[Field<'_>]) -> Result<(), Refusal> {
        match self {
            Self::Csv { raw } => {
                for (index, field) in fields.iter().enumerate() {
                    out.extend_from_slice(if index > 0 { b"," } else { b"" });
                    match field {
                        Field::Null => {}
                        Field::Text(text) if !*raw => push_csv(out, &defused(text)),
                        Field::Text(text) | Field::Word(text) | Field::Time(text, _) | Field::Date(text, _) => {
                            push_csv(out, text);
                        }
                        Field::Count(number) => push_count(out, *number),
                        Field::Number(number) => push_decimal(out, *number),
                        Field::Signal(number) => push_signal(out, *number),
                    }
                }
                out.push(b'\n');
                Ok(())
            }
            Self::Ndjson { names } => {
                out.push(b'{');
                for (index, (name, field)) in names.iter().zip(fields).enumerate() {
                    out.extend_from_slice(if index > 0 { b"," } else { b"" });
                    out.extend_from_slice(name);
                    match field {
                        Field::Null | Field::Text("") => out.extend_from_slice(b"null"),
                        Field::Text(text) | Field::Word(text) | Field::Time(text, _) | Field::Date(text, _) => {
                            push_json(out, text);
                        }
                        Field::Count(number) => push_count(out, *number),
                        Field::Number(number) => push_decimal(out, *number),
                        Field::Signal(number) => push_signal(out, *number),
                    }
                }
                out.extend_from_slice(b"}\n");
                Ok(())
            }
            Self::Sql(script) => script.row(out, fields),
            Self::Parquet => {
                let row: Vec<RowValue<'_>> = fields.iter().map(Field::typed).collect();
                RowValue::pack(&row, out);
                Ok(())
            }
            Self::Nem12 => Ok(()),
        }
    }

    /// The rows of a source are complete.
    pub(super) fn end_source(&mut self, out: &mut Vec<u8>) {
        if let Self::Sql(script) = self {
            script.end_statement(out);
        }
    }

    /// Writes what comes behind the last row.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Sql(script) => script.end(out),
            Self::Nem12 => out.extend_from_slice(b"900\r\n"),
            Self::Csv { .. } | Self::Ndjson { .. } | Self::Parquet => {}
        }
    }

    /// Forgets what of a source was begun, because it is taken back.
    pub(super) fn take_back(&mut self) {
        if let Self::Sql(script) = self {
            script.take_back();
        }
    }
}

/// Appends text as a field of CSV, in quotes where it needs them.
fn push_csv(out: &mut Vec<u8>, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    for byte in text.bytes() {
        out.extend_from_slice(if byte == b'"' { b"\"" } else { b"" });
        out.push(byte);
    }
    out.push(b'"');
}

/// Appends text as a JSON string.
fn push_json(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        return out.push(b'"');
    }
    // Text is a string, and a vector takes whatever is written.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: &Form, fields: &[Field<'_>]) -> String {
        let columns = [Column::key("meter", Kind::Text), Column::new("sum, all", Kind::Sum)];
        let (mut rows, mut out) = (Rows::new(form), Vec::new());
        rows.begin(&mut out, &columns);
        rows.row(&mut out, fields).unwrap();
        rows.end_source(&mut out);
        rows.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_quotes_what_needs_it_and_defuses_formulas() {
        let csv = Form::Csv { raw: false };
        let number = Field::Number(Sum::from_micros(-1_500_000));
        assert_eq!(written(&csv, &[Field::Text("a"), number]), "meter,\"sum, all\"\na,-1.5\n");
        assert_eq!(written(&csv, &[Field::Text("=a,\"b\""), Field::Null]), "meter,\"sum, all\"\n\"'=a,\"\"b\"\"\",\n");
        let raw = Form::Csv { raw: true };
        assert_eq!(written(&raw, &[Field::Text("-1"), Field::Count(7)]), "meter,\"sum, all\"\n-1,7\n");
        assert_eq!(written(&csv, &[Field::Word("-1"), Field::Count(7)]), "meter,\"sum, all\"\n-1,7\n");
    }

    #[test]
    fn json_lines_escape_text_and_keep_numbers() {
        let number = Field::Number(Sum::from_micros(9_223_372_036_854_775_807));
        assert_eq!(
            written(&Form::Ndjson, &[Field::Text("a\"\n\u{1b}é"), number]),
            "{\"meter\":\"a\\\"\\n\\u001bé\",\"sum, all\":9223372036854.775807}\n"
        );
        assert_eq!(written(&Form::Ndjson, &[Field::Text(""), Field::Null]), "{\"meter\":null,\"sum, all\":null}\n");
    }
}
