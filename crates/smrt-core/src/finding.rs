//! Remarks about a source: what is wrong or odd, and where.

use crate::{Position, Span};
use std::{collections::BTreeMap, fmt};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Odd; the data is kept as read.
    Warning,
    /// The record, and by default its whole file, is refused.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A kind of finding, with the page that explains it. Codes are stable: an id is never used for something else.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable id: `F…` for files as a whole, `P…` for grammar, `D…` for dialects, `V…` for rules.
    pub id: &'static str,
    /// Readable name, kebab-case.
    pub name: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What it means, why smrt does what it does, what to do next.
    pub explanation: &'static str,
}

/// A window of the source around a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The text, at most some 100 characters, control characters made visible.
    pub text: String,
    /// Characters before the place in `text`.
    pub indent: usize,
    /// Characters the place takes in `text`, at least 1.
    pub width: usize,
}

impl Excerpt {
    /// Bytes shown before and behind the place.
    const BEFORE: usize = 60;
    const BEHIND: usize = 40;
    /// Longest place that is underlined in full.
    const WIDEST: usize = 60;

    /// The window of `line` (without its line end) around `column` (from 1) and `length` bytes.
    pub fn of_line(line: &[u8], column: u32, length: u32) -> Self {
        let at = (column.max(1) as usize - 1).min(line.len());
        let width = (length as usize).clamp(1, Self::WIDEST);
        let first = at.saturating_sub(Self::BEFORE);
        let last = (at + width + Self::BEHIND).min(line.len());
        let mut text = String::from(if first > 0 { "…" } else { "" });
        text.push_str(&visible(&line[first..at]));
        let indent = text.chars().count();
        let place = visible(&line[at..(at + width).min(line.len())]);
        text.push_str(&place);
        if at + width < last {
            text.push_str(&visible(&line[at + width..last]));
        }
        if last < line.len() {
            text.push('…');
        }
        Self { text, indent, width: place.chars().count().max(1) }
    }
}

/// Text that a terminal can show: bytes that are no UTF-8 and control characters become `�`, tabs a blank.
fn visible(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if c.is_control() {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// A remark of the grammar or of a rule about a place in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is.
    pub code: &'static Code,
    /// Where; `None` for the file as a whole.
    pub span: Option<Span>,
    /// What was expected and what was found, lower case, without a full stop.
    pub message: String,
    /// The source around it, where it could be had.
    pub excerpt: Option<Excerpt>,
}

impl Finding {
    /// A finding about a whole file.
    pub fn of_file(code: &'static Code, message: impl Into<String>) -> Self {
        Self { code, span: None, message: message.into(), excerpt: None }
    }

    /// A finding about one line, the column not (yet) known.
    pub fn of_line(code: &'static Code, line: u32, message: impl Into<String>) -> Self {
        let position = Position { line: u64::from(line), column: 0, offset: 0 };
        Self { code, span: Some(Span { position, length: 0 }), message: message.into(), excerpt: None }
    }

    /// Its line, if it has one.
    pub fn line(&self) -> Option<u64> {
        self.span.map(|span| span.position.line)
    }

    /// Its column, if it is known.
    pub fn column(&self) -> Option<u32> {
        self.span.map(|span| span.position.column).filter(|&column| column > 0)
    }
}

/// The findings of one file: [`Findings::SHOWN`] in full, errors before others and else the first ones; all of them
/// counted by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    shown: Vec<Finding>,
    shown_errors: usize,
    counts: BTreeMap<&'static str, (u64, Severity)>,
    first_error: Option<Finding>,
}

impl Findings {
    /// How many findings of a file are kept in full.
    pub const SHOWN: usize = 100;

    /// Takes one in. The finding itself is only made where it will be shown, so that a file with a million faults
    /// does not cost a million messages.
    pub fn report(&mut self, code: &'static Code, make: impl FnOnce() -> Finding) {
        self.counts.entry(code.id).or_insert((0, code.severity)).0 += 1;
        let is_error = code.severity == Severity::Error;
        let room = self.shown.len() < Self::SHOWN;
        let may_displace = is_error && self.shown_errors < Self::SHOWN;
        if !room && !may_displace {
            return;
        }
        let finding = make();
        if is_error {
            self.shown_errors += 1;
            self.first_error.get_or_insert_with(|| finding.clone());
        }
        if !room && let Some(last) = self.shown.iter().rposition(|shown| shown.code.severity != Severity::Error) {
            // What refuses a file is shown before what is merely odd.
            self.shown.remove(last);
        }
        self.shown.push(finding);
    }

    /// Takes one in that is already made.
    pub fn push(&mut self, finding: Finding) {
        self.report(finding.code, || finding);
    }

    /// Takes all of another in, behind its own.
    pub fn absorb(&mut self, other: Self) {
        let mut counts = other.counts;
        for finding in other.shown {
            if let Some((count, _)) = counts.get_mut(finding.code.id) {
                *count -= 1;
            }
            self.push(finding);
        }
        for (id, (count, severity)) in counts {
            self.counts.entry(id).or_insert((0, severity)).0 += count;
        }
    }

    /// The findings kept in full, in the order they were made.
    pub fn shown(&self) -> &[Finding] {
        &self.shown
    }

    /// The findings kept in full, to be completed with places.
    pub fn shown_mut(&mut self) -> &mut [Finding] {
        &mut self.shown
    }

    /// The first finding that refuses something.
    pub fn first_error(&self) -> Option<&Finding> {
        self.first_error.as_ref()
    }

    /// How many there are of each code id.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(&id, &(count, _))| (id, count))
    }

    /// How many there are in all.
    pub fn total(&self) -> u64 {
        self.counts.values().map(|(count, _)| count).sum()
    }

    /// How many weigh `severity`.
    pub fn count_of(&self, severity: Severity) -> u64 {
        self.counts.values().filter(|(_, found)| *found == severity).map(|(count, _)| count).sum()
    }

    /// Whether any refuses something.
    pub fn has_errors(&self) -> bool {
        self.first_error.is_some()
    }

    /// Puts the shown findings in the order of their lines; those about the whole file come first.
    pub fn sort(&mut self) {
        self.shown.sort_by_key(|finding| finding.span.map(|span| (span.position.line, span.position.column)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ODD: Code = Code { id: "V999", name: "odd", severity: Severity::Warning, explanation: "" };
    static BAD: Code = Code { id: "P999", name: "bad", severity: Severity::Error, explanation: "" };

    #[test]
    fn all_are_counted_and_the_first_hundred_are_kept() {
        let mut findings = Findings::default();
        for line in 1..=150 {
            findings.report(&ODD, || Finding::of_line(&ODD, line, "odd"));
        }
        findings.report(&BAD, || Finding::of_line(&BAD, 151, "bad"));
        assert_eq!((findings.shown().len(), findings.total()), (100, 151));
        assert_eq!(findings.count_of(Severity::Error), 1);
        assert_eq!(findings.first_error().and_then(Finding::line), Some(151));
        assert_eq!(findings.shown().last().and_then(Finding::line), Some(151), "an error takes the place of a warning");
        for line in 152..=400 {
            findings.report(&BAD, || Finding::of_line(&BAD, line, "bad"));
        }
        assert_eq!(findings.shown().len(), 100);
        assert!(findings.shown().iter().all(|finding| finding.code == &BAD));
    }

    #[test]
    fn what_is_absorbed_is_counted_like_the_rest() {
        let (mut first, mut second) = (Findings::default(), Findings::default());
        first.push(Finding::of_line(&ODD, 1, "odd"));
        (1..=150).for_each(|line| second.push(Finding::of_line(&ODD, line, "odd")));
        second.push(Finding::of_line(&BAD, 7, "bad"));
        first.absorb(second);
        assert_eq!((first.total(), first.shown().len()), (152, 100));
        assert_eq!(first.first_error().and_then(Finding::line), Some(7));
        assert!(first.counts().eq([("P999", 1), ("V999", 151)]));
    }

    #[test]
    fn an_excerpt_shows_the_place_and_a_window_around_it() {
        let short = Excerpt::of_line(b"a,bad,c", 3, 3);
        assert_eq!((short.text.as_str(), short.indent, short.width), ("a,bad,c", 2, 3));
        let line = [vec![b'x'; 500], b"HERE".to_vec(), vec![b'y'; 500]].concat();
        let long = Excerpt::of_line(&line, 501, 4);
        assert!(long.text.starts_with('…') && long.text.ends_with('…'));
        let place: String = long.text.chars().skip(long.indent).take(long.width).collect();
        assert_eq!(place, "HERE");
    }

    #[test]
    fn an_excerpt_never_panics_and_shows_no_control_characters() {
        for column in 0..20 {
            for length in 0..20 {
                let excerpt = Excerpt::of_line(b"\x1b[2J\xff\t\"\x00abc", column, length);
                assert!(!excerpt.text.chars().any(char::is_control));
            }
        }
    }
}
