//! Which column is which: the line of column names, matched without regard to case, order and surplus columns.

use super::{
    Fault, Oddity,
    cut::{Row, names},
    layout::Column,
};
use crate::{ErrorKind, ParseError, Remark, RemarkKind, lex::found};
use smrt_core::Span;

/// The line of column names while columns are looked up in it.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    row: Row<'a>,
    /// The names as they are compared; empty where the table has no such line.
    known: Vec<String>,
    wanted: Vec<bool>,
    missing: Vec<String>,
    /// Columns that describe and lack.
    lacking: Vec<String>,
    /// The column that is the second one of a name.
    doubled: Option<(usize, String)>,
}

/// A name as it is compared.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

impl<'a> Columns<'a> {
    /// Columns of a table whose first line is `row`: their names, or with `has_names` not set the first record.
    pub(crate) fn new(row: Row<'a>, has_names: bool) -> Self {
        let name = |index| folded(&String::from_utf8_lossy(row.get(Some(index))).replace("\"\"", "\""));
        let known = if has_names { (0..row.cut.len()).map(name).collect() } else { Vec::new() };
        let wanted = vec![false; row.cut.len()];
        Self { row, known, wanted, missing: Vec::new(), lacking: Vec::new(), doubled: None }
    }

    /// Where a column that is needed stands, counted from 0; what lacks is told by [`Columns::finish`].
    pub(crate) fn needed(&mut self, column: &Column) -> usize {
        self.find(column).unwrap_or_else(|| {
            self.missing.push(column.0.clone());
            0
        })
    }

    /// Where a column that describes readings stands; it may lack where `may_lack`.
    pub(crate) fn describing(&mut self, column: Option<&Column>, may_lack: bool) -> Option<usize> {
        let column = column?;
        let index = self.find(column);
        match index {
            Some(_) => {}
            None if may_lack => self.lacking.push(column.0.clone()),
            None => self.missing.push(column.0.clone()),
        }
        index
    }

    /// The name of a column as the sender writes it; its number where the table has no names.
    pub(crate) fn name(&self, index: usize) -> String {
        let written = String::from_utf8_lossy(self.row.get(Some(index))).trim().to_owned();
        if self.known.is_empty() || written.is_empty() { (index + 1).to_string() } else { written }
    }

    fn find(&mut self, column: &Column) -> Option<usize> {
        let name = folded(&column.0);
        let mut places = (0..self.known.len()).filter(|&index| self.known[index] == name);
        let index = match (places.next(), places.next()) {
            (Some(first), second) => {
                if let Some(second) = second {
                    self.doubled.get_or_insert((second, column.0.clone()));
                }
                first
            }
            (None, _) => column.number().filter(|&index| index < self.wanted.len())?,
        };
        self.wanted[index] = true;
        Some(index)
    }

    /// Says what lacks, else what is odd.
    pub(crate) fn finish(self) -> Result<Vec<Remark>, ParseError> {
        let whole = self.row.whole();
        let frame = |fault, span| ParseError::new(ErrorKind::Table(fault), span).of_frame();
        let listed = |list: &[String]| names(list.iter().map(String::as_str));
        if !self.missing.is_empty() {
            let found = found(self.row.line);
            let any = self.wanted.contains(&true) || self.known.is_empty();
            let fault = if any {
                Fault::MissingColumn { missing: listed(&self.missing), found }
            } else {
                Fault::NoColumnNames { expected: listed(&self.missing), found }
            };
            return Err(frame(fault, whole));
        }
        if let Some((index, name)) = self.doubled {
            return Err(frame(Fault::DoubledColumn { name: found(name.as_bytes()) }, self.row.span(Some(index))));
        }
        let mut remarks = Vec::new();
        let mut remark = |oddity, span: Span| remarks.push(Remark { kind: RemarkKind::Table(oddity), span });
        if !self.lacking.is_empty() {
            remark(Oddity::MissingColumns { names: listed(&self.lacking) }, whole);
        }
        let extra: Vec<usize> = (0..self.known.len()).filter(|&index| !self.wanted[index]).collect();
        if let Some(&first) = extra.first() {
            let written: Vec<String> = extra.iter().map(|&index| self.name(index)).collect();
            let oddity = Oddity::ExtraColumns { count: extra.len(), names: listed(&written) };
            remark(oddity, self.row.span(Some(first)));
        }
        Ok(remarks)
    }
}
