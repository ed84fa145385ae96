//! The fields of one record: cut at commas, as the format has no quotes, and as many as it should have.

use super::{Oddity, Remarks, codes, time};
use crate::{Dialect, ErrorKind, ParseError, lex::found, line::Line};
use smrt_core::Version;

/// The fields of one line.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    line: Line<'a>,
    kept: Vec<&'a [u8]>,
}

/// The longest text that is kept as written where it is longer than specified, in bytes.
pub(crate) const LONGEST_TEXT: usize = 64;

impl<'a> Fields<'a> {
    /// Most fields that are told apart: those of a day of minutes and a few more.
    const MOST: usize = 1460;

    /// Cuts a line. In the lenient dialect, blanks around fields are left out.
    pub(crate) fn cut(line: Line<'a>, dialect: Dialect, remarks: &mut Remarks) -> Self {
        Self::cut_first(Self::MOST, line, dialect, remarks)
    }

    /// Cuts a line into at most `most` fields; the last of them takes all that follows.
    pub(crate) fn cut_first(most: usize, line: Line<'a>, dialect: Dialect, remarks: &mut Remarks) -> Self {
        let mut kept: Vec<&[u8]> = line.text.splitn(most, |&byte| byte == b',').collect();
        if dialect == Dialect::Lenient {
            let mut first = None;
            for field in &mut kept {
                let trimmed = field.trim_ascii();
                if trimmed.len() != field.len() {
                    first.get_or_insert(*field);
                    *field = trimmed;
                }
            }
            if let Some(field) = first {
                remarks.add(Oddity::Blanks, line.span(field));
            }
        }
        Self { line, kept }
    }

    /// The field at `index`, counted from 0; empty, at the end of the line, where there is none.
    pub(crate) fn get(&self, index: usize) -> &'a [u8] {
        self.kept.get(index).copied().unwrap_or(&self.line.text[self.line.text.len()..])
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// All from `first` on up to before `end`, as far as there are.
    pub(crate) fn range(&self, first: usize, end: usize) -> &[&'a [u8]] {
        let end = end.min(self.kept.len());
        &self.kept[first.min(end)..end]
    }

    /// The line.
    pub(crate) fn line(&self) -> Line<'a> {
        self.line
    }

    /// An error at a field.
    pub(crate) fn error(&self, index: usize, kind: impl Into<ErrorKind>) -> ParseError {
        self.line.error(self.get(index), kind.into())
    }

    /// A remark on a field.
    pub(crate) fn remark(&self, remarks: &mut Remarks, index: usize, oddity: Oddity) {
        remarks.add(oddity, self.line.span(self.get(index)));
    }

    /// Takes a field out that stands where none belongs.
    pub(crate) fn remove(&mut self, index: usize) -> &'a [u8] {
        if index < self.kept.len() { self.kept.remove(index) } else { &[] }
    }

    /// Leaves out what stands behind the first `length` bytes of a field.
    pub(crate) fn shorten(&mut self, index: usize, length: usize) {
        if let Some(field) = self.kept.get_mut(index) {
            *field = &field[..length.min(field.len())];
        }
    }

    /// Checks that a record has all its fields and no more. In the lenient dialect it may lack those from `least` on,
    /// and empty ones may follow.
    pub(crate) fn expect(
        &mut self,
        record: &'static str,
        least: usize,
        all: usize,
        dialect: Dialect,
        remarks: &mut Remarks,
    ) -> Result<(), ParseError> {
        let count = self.kept.len();
        let lenient = dialect == Dialect::Lenient;
        if count == all {
            return Ok(());
        }
        if lenient && (least..all).contains(&count) {
            remarks.add(Oddity::Shortened(all - count), self.line.whole());
            return Ok(());
        }
        let surplus = self.range(all, count).iter().find(|field| !field.iter().all(|&byte| byte == b','));
        if lenient && count > all && surplus.is_none() {
            self.remark(remarks, all, Oddity::Padded(count - all));
            self.kept.truncate(all);
            return Ok(());
        }
        let part = surplus.copied().unwrap_or(self.line.text);
        Err(self.line.error(part, ErrorKind::FieldCount { record, expected: all, found: count }))
    }

    /// The text of a field of at most `most` bytes, printable; in the lenient dialect a longer one is kept too, with
    /// a remark.
    pub(crate) fn text(
        &self,
        index: usize,
        most: usize,
        expected: &'static str,
        dialect: Dialect,
        remarks: &mut Remarks,
    ) -> Result<&'a str, ParseError> {
        let field = self.get(index);
        let printable = std::str::from_utf8(field).ok().filter(|text| !text.chars().any(char::is_control));
        match printable {
            Some(text) if text.len() <= most => Ok(text),
            Some(text) if dialect == Dialect::Lenient && text.len() <= LONGEST_TEXT.max(most) => {
                self.remark(remarks, index, Oddity::Details("expected a shorter text, found this: kept as written"));
                Ok(text)
            }
            _ => Err(self.error(index, ErrorKind::Text { expected, found: found(field) })),
        }
    }

    /// A DateTime(14) that may be empty, as UTC epoch seconds. In the lenient dialect twelve digits are read too, and
    /// anything else is left out, with a remark.
    pub(crate) fn date_time(
        &self,
        index: usize,
        dialect: Dialect,
        remarks: &mut Remarks,
    ) -> Result<Option<i64>, ParseError> {
        let field = self.get(index);
        if field.is_empty() {
            return Ok(None);
        }
        if let Some(epoch) = time::date_time(field) {
            return Ok(Some(epoch));
        }
        if dialect == Dialect::Strict {
            return Err(self.error(index, super::Fault::DateTime { form: "CCYYMMDDhhmmss", found: found(field) }));
        }
        let to_the_minute = time::date_time_to_the_minute(field);
        let done = to_the_minute.map_or("left out", |_| "read to the minute");
        self.remark(remarks, index, Oddity::DateTime(found(field), done));
        Ok(to_the_minute)
    }

    /// An UpdateDateTime as a version.
    pub(crate) fn version(&self, index: usize, dialect: Dialect, remarks: &mut Remarks) -> Result<Version, ParseError> {
        Ok(self.date_time(index, dialect, remarks)?.map_or(Version::UNSTATED, Version::from_epoch))
    }

    /// A reason code that may be empty; a remark where it is in no list.
    pub(crate) fn reason(&self, index: usize, remarks: &mut Remarks) -> Result<Option<u16>, ParseError> {
        let field = self.get(index);
        if field.is_empty() {
            return Ok(None);
        }
        let expected = "a reason of one to three digits";
        let reason = codes::reason(field)
            .ok_or_else(|| self.error(index, super::Fault::Reason { expected, found: found(field) }))?;
        if !codes::is_listed_reason(reason) {
            self.remark(remarks, index, Oddity::UnlistedCode("reason", found(field)));
        }
        Ok(Some(reason))
    }
}
