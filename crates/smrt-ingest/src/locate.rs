//! Places for findings that know just their line: the text around them and the column of the field they are about.
//!
//! Rules see columns of numbers, not text. The few lines that are shown are looked up at the end, in a second pass
//! over the file that costs less than carrying every line's text along would. What comes just once has no second pass:
//! its findings have lines and no texts.

use crate::{rules, source::Source};
use memchr::{memchr, memchr_iter};
use smrt_core::{Excerpt, Findings, Position, Span};
use smrt_parser::{Format, Framer};
use std::{collections::BTreeMap, io::Read};

/// Fills in column and excerpt of the findings shown that have a line and no excerpt. What cannot be read stays as it
/// is: a finding is worth more than its decoration.
pub(crate) fn complete(source: &Source, format: Format, findings: &mut Findings) {
    // The grammar knows its columns; where it gives no excerpt, as for what is missing at the end, there is none.
    let wanted = |finding: &smrt_core::Finding| finding.line().is_some() && finding.column().is_none();
    let lines = findings.shown().iter().filter(|finding| wanted(finding)).filter_map(smrt_core::Finding::line);
    let mut texts: BTreeMap<u64, Option<(u64, Vec<u8>)>> = lines.map(|line| (line, None)).collect();
    if texts.is_empty() || !source.can_be_read_again() || read_lines(source, &mut texts).is_err() {
        return;
    }
    for finding in findings.shown_mut().iter_mut().filter(|finding| wanted(finding)) {
        let Some((offset, text)) = finding.line().and_then(|line| texts.get(&line)).and_then(Option::as_ref) else {
            continue;
        };
        let field = format.field(text, rules::field_of(format, finding.code)).unwrap_or(0..text.len());
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (column, length) = (number(field.start + 1), number(field.len()));
        let line = finding.line().unwrap_or_default();
        let position = Position { line, column, offset: offset + field.start as u64 };
        finding.span = Some(Span { position, length });
        finding.excerpt = Some(Excerpt::of_line(text, column, length));
    }
}

/// The place of the line that starts at byte `offset`; `None` where the bytes came just once.
pub(crate) fn line_at(source: &Source, offset: u64) -> std::io::Result<Option<Span>> {
    if !source.can_be_read_again() {
        return Ok(None);
    }
    let mut before = source.stream()?.take(offset);
    let mut block = vec![0; Framer::BLOCK];
    let mut line = 1;
    loop {
        let count = before.read(&mut block)?;
        if count == 0 {
            return Ok(Some(Span { position: Position { line, column: 1, offset }, length: 0 }));
        }
        line += memchr_iter(b'\n', &block[..count]).count() as u64;
    }
}

/// Reads the wanted lines of a file, with the byte each starts at.
fn read_lines(source: &Source, wanted: &mut BTreeMap<u64, Option<(u64, Vec<u8>)>>) -> std::io::Result<()> {
    let mut left = wanted.len();
    let (mut line, mut offset) = (1, 0);
    let mut stream = source.stream()?;
    let mut block = vec![0; Framer::BLOCK];
    let mut text = Vec::new();
    while left > 0 {
        let count = stream.read(&mut block)?;
        let mut rest = &block[..count];
        while left > 0 && !rest.is_empty() {
            let end = memchr(b'\n', rest);
            if let Some(place) = wanted.get_mut(&line) {
                text.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                let consumed = count - rest.len() + end.unwrap_or(rest.len());
                let start = offset + consumed as u64 - text.len() as u64;
                if end.is_some() {
                    *place = Some((start, without_return(std::mem::take(&mut text))));
                    left -= 1;
                }
            }
            line += u64::from(end.is_some());
            rest = end.map_or(&[], |end| &rest[end + 1..]);
        }
        offset += count as u64;
        if count == 0 {
            // The last line has no line end.
            if let Some(place) = wanted.get_mut(&line) {
                let start = offset - text.len() as u64;
                *place = Some((start, without_return(text)));
            }
            return Ok(());
        }
    }
    Ok(())
}

fn without_return(mut line: Vec<u8>) -> Vec<u8> {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    line
}
