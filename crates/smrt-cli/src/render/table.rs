//! Cells as a table for people: columns under headings, numbers to the right, as wide as the terminal at most.
//!
//! Rows are kept until there are enough of them to choose the widths; those behind follow in the same widths, so that
//! a table of any length costs no more memory. Only text is ever cut, and only on a terminal.

use super::{Cell, Column, Paint, Tone, safe};
use std::{
    io::{self, Write},
    ops::Range,
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Rows by which the widths are chosen.
const CHUNK: usize = 2_000;
/// Narrowest that a column of text is made.
const NARROWEST: usize = 8;

/// Rows of a table on their way out.
pub(crate) struct TableRows<'p> {
    out: &'p mut (dyn Write + 'static),
    columns: Vec<Column>,
    /// Columns of the terminal; `None` where the table does not go to one.
    room: Option<usize>,
    colour: bool,
    waiting: Vec<Vec<(String, Tone)>>,
    layout: Option<Layout>,
}

/// Where the columns stand.
#[derive(Clone, Debug)]
struct Layout {
    widths: Vec<usize>,
    /// Blanks between columns.
    between: usize,
}

impl<'p> TableRows<'p> {
    /// A table that nothing has been written of.
    pub(crate) fn new(
        out: &'p mut (dyn Write + 'static),
        columns: Vec<Column>,
        room: Option<usize>,
        colour: bool,
    ) -> TableRows<'p> {
        TableRows { out, columns, room, colour, waiting: Vec::new(), layout: None }
    }

    /// Takes a row.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let shown = self.columns.iter().zip(cells).filter(|(column, _)| column.table);
        self.waiting.push(
            shown
                .map(|(_, cell)| match cell {
                    Cell::Word(word, tone) => ((*word).to_owned(), *tone),
                    Cell::Truth(true) => ("yes".to_owned(), Tone::Good),
                    Cell::Truth(false) => ("no".to_owned(), Tone::Bad),
                    cell => (safe(&cell.plain()).into_owned(), Tone::Plain),
                })
                .collect(),
        );
        if self.waiting.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Writes what is waiting; the first time below the headings.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let layout = match self.layout.take() {
            Some(layout) => layout,
            None => {
                let layout = self.chosen_layout();
                self.write_headings(&layout)?;
                layout
            }
        };
        for row in std::mem::take(&mut self.waiting) {
            self.write_row(&row, &layout)?;
        }
        self.layout = Some(layout);
        self.out.flush()
    }

    fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.table)
    }

    /// As wide as the widest cell; where the terminal is narrower, first the blanks between the columns give way, then
    /// the widest columns of text.
    fn chosen_layout(&self) -> Layout {
        let mut widths: Vec<usize> = self.shown().map(|column| column.name.width()).collect();
        for row in &self.waiting {
            for (width, (text, _)) in widths.iter_mut().zip(row) {
                *width = (*width).max(text.width());
            }
        }
        let mut layout = Layout { widths, between: 2 };
        let too_wide = |layout: &Layout| self.room.is_some_and(|room| layout.total() > room);
        if too_wide(&layout) {
            layout.between = 1;
        }
        let flexible: Vec<bool> = self.shown().map(|column| column.flexible).collect();
        while too_wide(&layout) {
            let widths = &mut layout.widths;
            let widest = (0..widths.len()).filter(|&i| flexible[i] && widths[i] > NARROWEST).max_by_key(|&i| widths[i]);
            match widest {
                Some(index) => widths[index] -= 1,
                None => break,
            }
        }
        layout
    }

    fn write_headings(&mut self, layout: &Layout) -> io::Result<()> {
        let headings: Vec<_> =
            self.shown().map(|column| (column.name.replace('_', " ").to_uppercase(), Tone::Strong)).collect();
        let rules: Vec<_> = layout.widths.iter().map(|&width| ("─".repeat(width), Tone::Dim)).collect();
        self.write_row(&headings, layout)?;
        self.write_row(&rules, layout)
    }

    fn write_row(&mut self, row: &[(String, Tone)], layout: &Layout) -> io::Result<()> {
        let mut line = String::new();
        for (index, ((column, (text, tone)), &width)) in self.shown().zip(row).zip(&layout.widths).enumerate() {
            let text = if column.flexible && self.room.is_some() { cut(text, width) } else { text.clone() };
            let blanks = " ".repeat(width.saturating_sub(text.width()));
            let (before, behind) = if column.is_number() { (blanks.as_str(), "") } else { ("", blanks.as_str()) };
            line.push_str(&" ".repeat(if index > 0 { layout.between } else { 0 }));
            line.push_str(before);
            line.push_str(&tone.paint(&text, self.colour));
            line.push_str(behind);
        }
        writeln!(self.out, "{}", line.trim_end())
    }
}

impl Layout {
    /// Width of a whole line.
    fn total(&self) -> usize {
        self.widths.iter().sum::<usize>() + self.between * self.widths.len().saturating_sub(1)
    }
}

/// Text that takes `width` at most, with `…` where it was cut.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut room: Range<usize> = 0..width.saturating_sub(1);
    for c in text.chars() {
        room.start += c.width().unwrap_or(0);
        if room.start > room.end {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column::text("name"), Column::word("status"), Column::number("records")];

    fn table(room: Option<usize>, colour: bool, rows: &[(&str, u64)]) -> String {
        let mut out = Vec::new();
        let mut table = TableRows::new(&mut out, COLUMNS.to_vec(), room, colour);
        for &(name, records) in rows {
            table.row(&[Cell::text(name), Cell::Word("loaded", Tone::Good), Cell::Integer(records)]).unwrap();
        }
        table.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_stand_to_the_right_and_lines_end_without_blanks() {
        let text = table(None, false, &[("a", 1), ("bcdef", 1000)]);
        assert_eq!(
            text,
            "NAME   STATUS  RECORDS\n─────  ──────  ───────\na      loaded        1\nbcdef  loaded     1000\n"
        );
    }

    #[test]
    fn text_gives_way_to_a_narrow_terminal_and_numbers_never_do() {
        let text = table(Some(28), false, &[("a-very-long-name-of-a-file", 123_456_789)]);
        assert!(text.lines().all(|line| line.width() <= 28), "{text}");
        assert!(text.contains("a-very-lon…") && text.contains("123456789"), "{text}");
        let wide = table(None, false, &[("a-very-long-name-of-a-file", 1)]);
        assert!(wide.contains("a-very-long-name-of-a-file"));
    }

    #[test]
    fn colour_changes_no_place() {
        let plain = table(None, false, &[("a", 1)]);
        let colour = table(None, true, &[("a", 1)]);
        assert!(!plain.contains('\x1b') && colour.contains("\x1b[32mloaded\x1b[0m"));
    }

    #[test]
    fn control_characters_and_wide_letters_keep_the_columns() {
        let text = table(None, false, &[("a\x1b[2J\nb", 1), ("気", 2)]);
        assert!(!text.contains('\x1b'));
        assert_eq!(text.lines().count(), 4);
        let widths: Vec<usize> = text.lines().skip(1).map(UnicodeWidthStr::width).collect();
        assert_eq!(widths, vec![widths[0]; 3]);
    }

    #[test]
    fn a_table_of_any_length_keeps_its_first_widths() {
        let rows: Vec<_> = (0..5_000).map(|n| ("x", n)).collect();
        assert_eq!(table(Some(80), false, &rows).lines().count(), 5_002);
    }

    #[test]
    fn cut_text_fits() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("気気気", 4), "気…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
