//! Rows as a script of SQL: a table, inserts of many rows, all in one transaction.
//!
//! Runs as it is in `sqlite3` and in `psql`. Identifiers and text are always quoted and their quotes doubled; a text
//! with a NUL, which neither database takes, refuses its file. Nothing in the script depends on when it was made.

use super::{
    form::{Column, Field, Kind, Refusal},
    text::{push_count, push_decimal, push_signal},
};

/// Most rows of one statement.
const ROWS: usize = 500;
/// Bytes of rows from which on a statement is long enough.
const BYTES: usize = 256 * 1024;
/// Longest name that Postgres keeps whole.
const LONGEST_NAME: usize = 63;

/// The databases whose SQL can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SqlDialect {
    /// Times and dates are text.
    #[default]
    Sqlite,
    /// Times are `TIMESTAMPTZ`, dates `DATE`.
    Postgres,
}

/// What a script of SQL is to look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlOptions {
    /// For which database.
    pub dialect: SqlDialect,
    /// The table, already checked by [`SqlOptions::checked_table`].
    pub table: String,
    /// Whether the table has a primary key, and a row that is there already is overwritten.
    pub upsert: bool,
}

impl SqlOptions {
    /// A name that can be given to a table.
    ///
    /// # Errors
    /// What was expected, for a name that is empty, holds a NUL, or is longer than Postgres keeps.
    pub fn checked_table(name: &str) -> Result<String, String> {
        match name {
            "" => Err("expected the name of a table, found nothing".to_owned()),
            name if name.contains('\0') => Err("expected the name of a table, found one with a NUL".to_owned()),
            name if name.len() > LONGEST_NAME => {
                Err(format!("expected a name of at most {LONGEST_NAME} bytes, found {}", name.len()))
            }
            name => Ok(name.to_owned()),
        }
    }
}

/// A script on its way out.
#[derive(Debug)]
pub(super) struct Script {
    options: SqlOptions,
    /// From `INSERT` to `VALUES`.
    head: Vec<u8>,
    /// From `ON CONFLICT` on; empty without.
    tail: Vec<u8>,
    /// Rows and bytes of the statement in hand.
    rows: usize,
    bytes: usize,
}

impl Script {
    pub(super) fn new(options: SqlOptions) -> Self {
        Self { options, head: Vec::new(), tail: Vec::new(), rows: 0, bytes: 0 }
    }

    pub(super) fn begin(&mut self, out: &mut Vec<u8>, columns: &[Column]) {
        let table = quoted(&self.options.table);
        let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
        let names_of = |key: bool| {
            columns.iter().zip(&names).filter(move |(column, _)| column.is_key == key).map(|(_, name)| name.as_str())
        };
        let key: Vec<&str> = names_of(true).collect();
        let mut lines: Vec<String> =
            columns.iter().zip(&names).map(|(column, name)| format!("  {name} {}", self.type_of(column))).collect();
        if self.options.upsert {
            lines.push(format!("  PRIMARY KEY ({})", key.join(", ")));
            let set: Vec<String> = names_of(false).map(|name| format!("{name} = excluded.{name}")).collect();
            let then = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
            self.tail = format!("\nON CONFLICT ({}) DO {then}", key.join(", ")).into_bytes();
        }
        self.head = format!("INSERT INTO {table} ({}) VALUES\n", names.join(", ")).into_bytes();
        let settings = match self.options.dialect {
            SqlDialect::Sqlite => "",
            // So that the script means the same whatever the server's settings are.
            SqlDialect::Postgres => {
                "SET LOCAL client_encoding = 'UTF8';\nSET LOCAL standard_conforming_strings = on;\n"
            }
        };
        let create = format!("CREATE TABLE IF NOT EXISTS {table} (\n{}\n);\n", lines.join(",\n"));
        out.extend_from_slice(format!("BEGIN;\n{settings}{create}").as_bytes());
    }

    fn type_of(&self, column: &Column) -> String {
        let name = match (column.kind, self.options.dialect) {
            (Kind::Instant, SqlDialect::Postgres) => "TIMESTAMPTZ",
            (Kind::Date, SqlDialect::Postgres) => "DATE",
            (Kind::Text | Kind::Unit | Kind::Word | Kind::Instant | Kind::Date, _) => "TEXT",
            (Kind::Count | Kind::Values, _) => "BIGINT",
            (Kind::Number | Kind::Value | Kind::Sum, _) => "NUMERIC",
        };
        format!("{name}{}", if column.is_key { " NOT NULL" } else { "" })
    }

    pub(super) fn row(&mut self, out: &mut Vec<u8>, fields: &[Field<'_>]) -> Result<(), Refusal> {
        let before = out.len();
        out.extend_from_slice(if self.rows > 0 { b",\n" } else { &self.head });
        out.push(b'(');
        for (index, field) in fields.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b"," } else { b"" });
            match field {
                Field::Null => out.extend_from_slice(b"NULL"),
                Field::Text(text) | Field::Word(text) | Field::Time(text, _) | Field::Date(text, _) => {
                    push_text(out, text)?;
                }
                Field::Count(number) => push_count(out, *number),
                Field::Number(number) => push_decimal(out, *number),
                Field::Signal(number) => push_signal(out, *number),
            }
        }
        out.push(b')');
        self.rows += 1;
        self.bytes += out.len() - before;
        if self.rows >= ROWS || self.bytes >= BYTES {
            self.end_statement(out);
        }
        Ok(())
    }

    /// Ends the statement in hand. Each source ends its own: Postgres takes no statement that writes one row twice.
    pub(super) fn end_statement(&mut self, out: &mut Vec<u8>) {
        if self.rows > 0 {
            out.extend_from_slice(&self.tail);
            out.extend_from_slice(b";\n");
        }
        self.take_back();
    }

    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.end_statement(out);
        out.extend_from_slice(b"COMMIT;\n");
    }

    /// Forgets the statement in hand.
    pub(super) fn take_back(&mut self) {
        (self.rows, self.bytes) = (0, 0);
    }
}

/// A name as an identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Appends text as a literal.
fn push_text(out: &mut Vec<u8>, text: &str) -> Result<(), Refusal> {
    out.push(b'\'');
    for byte in text.bytes() {
        match byte {
            0 => {
                let message = format!("expected text that SQL can hold, found a NUL in \"{}\"", text.escape_default());
                return Err(Refusal { message, line: None });
            }
            b'\'' => out.extend_from_slice(b"''"),
            byte => out.push(byte),
        }
    }
    out.push(b'\'');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::Sum;

    fn script(options: SqlOptions, rows: &[&[Field<'_>]]) -> String {
        let columns =
            [Column::key("meter", Kind::Text), Column::key("start", Kind::Instant), Column::new("a\"b", Kind::Value)];
        let (mut script, mut out) = (Script::new(options), Vec::new());
        script.begin(&mut out, &columns);
        rows.iter().for_each(|row| script.row(&mut out, row).unwrap());
        script.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn everything_is_quoted_and_keys_make_an_upsert() {
        let number = Field::Number(Sum::from_micros(1_520_000));
        let row: &[Field<'_>] = &[Field::Text("o'x\"; --"), Field::Word("2019"), number];
        let options = SqlOptions { dialect: SqlDialect::Sqlite, table: "t\"; x".into(), upsert: false };
        assert_eq!(
            script(options.clone(), &[row, &[Field::Text(""), Field::Word("2020"), Field::Null]]),
            "BEGIN;\nCREATE TABLE IF NOT EXISTS \"t\"\"; x\" (\n  \"meter\" TEXT NOT NULL,\n  \"start\" TEXT NOT NULL,\n  \
             \"a\"\"b\" NUMERIC\n);\nINSERT INTO \"t\"\"; x\" (\"meter\", \"start\", \"a\"\"b\") VALUES\n\
             ('o''x\"; --','2019',1.52),\n('','2020',NULL);\nCOMMIT;\n"
        );
        let upsert = SqlOptions { dialect: SqlDialect::Postgres, table: "t".into(), upsert: true };
        let text = script(upsert, &[row]);
        assert!(text.contains("\"start\" TIMESTAMPTZ NOT NULL") && text.contains("PRIMARY KEY (\"meter\", \"start\")"));
        assert!(text.contains(
            "\nON CONFLICT (\"meter\", \"start\") DO UPDATE SET \"a\"\"b\" = excluded.\"a\"\"b\";\nCOMMIT;\n"
        ));
        assert_eq!(script(options, &[]).matches("INSERT").count(), 0);
    }

    #[test]
    fn statements_are_of_bounded_length() {
        let options = SqlOptions { dialect: SqlDialect::Sqlite, table: "t".into(), upsert: false };
        let (long, row) = ("x".repeat(BYTES / 2), [Field::Text("a"), Field::Word("b"), Field::Null]);
        let rows: Vec<&[Field<'_>]> = vec![&row; ROWS + 1];
        assert_eq!(script(options.clone(), &rows).matches("INSERT").count(), 2);
        let row = [Field::Text(&long), Field::Word("b"), Field::Null];
        assert_eq!(script(options, &[&row, &row, &row]).matches("INSERT").count(), 2);
    }

    #[test]
    fn a_nul_refuses() {
        let mut script = Script::new(SqlOptions { dialect: SqlDialect::Sqlite, table: "t".into(), upsert: false });
        script.begin(&mut Vec::new(), &[Column::key("meter", Kind::Text)]);
        assert!(script.row(&mut Vec::new(), &[Field::Text("a\0b")]).unwrap_err().message.contains("a\\u{0}b"));
        assert!(SqlOptions::checked_table("").is_err() && SqlOptions::checked_table(&"x".repeat(64)).is_err());
        assert_eq!(SqlOptions::checked_table("a b").as_deref(), Ok("a b"));
    }
}
