//! Names of tables and columns on their way into SQL: quoted, never pasted.

use std::{fmt, str::FromStr};

/// The name of a table, perhaps in a schema: `entity`, `plant.entity`, `"Odd.Name"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    schema: Option<String>,
    table: String,
}

/// A text that names no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a table such as entity, plant.entity or \"Odd.Name\", found {0:?}")]
pub struct NameError(String);

impl TableName {
    /// The name of the table without its schema.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// As SQL takes it.
    pub(super) fn quoted(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&self.table)),
            None => quoted(&self.table),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |name: &str| if name.contains(['.', '"']) { quoted(name) } else { name.to_owned() };
        match &self.schema {
            Some(schema) => write!(f, "{}.{}", plain(schema), plain(&self.table)),
            None => f.write_str(&plain(&self.table)),
        }
    }
}

impl FromStr for TableName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let parts = parts(text).filter(|parts| parts.iter().all(|part| !part.is_empty() && !part.contains('\0')));
        match parts.as_deref() {
            Some([table]) => Ok(Self { schema: None, table: table.clone() }),
            Some([schema, table]) => Ok(Self { schema: Some(schema.clone()), table: table.clone() }),
            _ => Err(NameError(text.to_owned())),
        }
    }
}

/// The parts between dots, of which some may be in double quotes.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let part = parts.last_mut()?;
        match character {
            '"' if part.is_empty() => loop {
                match rest.next()? {
                    '"' if rest.next_if_eq(&'"').is_none() => break,
                    inside => part.push(inside),
                }
            },
            '"' => return None,
            '.' => parts.push(String::new()),
            plain => part.push(plain),
        }
    }
    Some(parts)
}

/// A name in double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes; a backslash is itself.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_come_back() {
        for (text, sql) in [
            ("entity", "\"entity\""),
            ("plant.Entity", "\"plant\".\"Entity\""),
            ("\"odd.name\"", "\"odd.name\""),
            ("a.\"x\"\"y\"", "\"a\".\"x\"\"y\""),
            ("x; drop table y", "\"x; drop table y\""),
        ] {
            let name: TableName = text.parse().unwrap();
            assert_eq!(name.quoted(), sql);
            assert_eq!(name.to_string().parse::<TableName>().unwrap(), name);
        }
        for wrong in ["", ".", "a.", ".a", "a.b.c", "\"a", "a\"b", "a\0"] {
            assert!(wrong.parse::<TableName>().is_err(), "{wrong}");
        }
        assert_eq!(literal("it's \\"), "'it''s \\'");
    }
}
