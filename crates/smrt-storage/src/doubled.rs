//! Keys that a batch holds more than once.
//!
//! Rows sorted by key, equal keys in the order of the file, come in. What goes out can be written in bulk and leaves
//! the same behind as writing the rows one after the other: the last value is current, and every value it or another
//! took the place of is in the history with its line.

use crate::bulk::Row;

/// What is left of doubled keys when the first row of each has been taken.
#[derive(Debug, Default)]
pub(crate) struct Doubled {
    /// To be written over the first rows.
    pub(crate) second: Vec<Row>,
    /// To be written over the second ones.
    pub(crate) third: Vec<Row>,
    /// Values that were current only between two rows of this batch: straight into the history.
    pub(crate) between: Vec<Row>,
}

impl Doubled {
    /// Leaves in `rows` the first of each key and keeps the others.
    ///
    /// A row that repeats the row before it changes nothing. Of the values y₁ … yₙ that remain, y₁ is written as any
    /// other row would be and yₙ over it; the ones between have been current for no longer than this batch. But where
    /// yₙ says the same as y₁, writing it over y₁ would change nothing; then yₙ ₋ ₁ is written between the two.
    pub(crate) fn split(&mut self, rows: &mut Vec<Row>) {
        self.second.clear();
        self.third.clear();
        self.between.clear();
        if !rows.is_sorted_by(|a, b| a.key() < b.key()) {
            let mut firsts: usize = 0;
            let mut at = 0;
            while at < rows.len() {
                let same = rows[at..].iter().take_while(|row| row.key() == rows[at].key()).count();
                self.split_key(&rows[at..at + same]);
                rows[firsts] = rows[at];
                firsts += 1;
                at += same;
            }
            rows.truncate(firsts);
        }
    }

    fn split_key(&mut self, rows: &[Row]) {
        let mut changes: Vec<Row> = rows.to_vec();
        changes.dedup_by(|later, earlier| later.says_the_same(earlier));
        match changes.as_slice() {
            [] | [_] => {}
            [first, between @ .., before, last] if last.says_the_same(first) => {
                self.between.extend_from_slice(between);
                self.second.push(*before);
                self.third.push(*last);
            }
            [_, between @ .., last] => {
                self.between.extend_from_slice(between);
                self.second.push(*last);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::Version;

    fn row(start: i64, quantity: i64, line: i64) -> Row {
        Row { channel: 1, start, minutes: 30, quantity, quality: 0, version: Version::UNSTATED, line, slot: 0 }
    }

    /// Quantities of one key in the order of the file → first, between, second, third.
    fn check(quantities: &[i64], first: i64, between: &[i64], second: &[i64], third: &[i64]) {
        let mut rows: Vec<Row> = (1..).zip(quantities).map(|(line, &quantity)| row(7, quantity, line)).collect();
        rows.insert(0, row(6, 0, 0));
        rows.push(row(8, 0, 99));
        let mut doubled = Doubled::default();
        doubled.split(&mut rows);
        let quantities = |rows: &[Row]| rows.iter().map(|row| row.quantity).collect::<Vec<_>>();
        assert_eq!(quantities(&rows), [0, first, 0]);
        assert_eq!(quantities(&doubled.between), between);
        assert_eq!(quantities(&doubled.second), second);
        assert_eq!(quantities(&doubled.third), third);
    }

    #[test]
    fn every_change_is_kept_in_its_place() {
        check(&[1], 1, &[], &[], &[]);
        check(&[1, 1, 1], 1, &[], &[], &[]);
        check(&[1, 2], 1, &[], &[2], &[]);
        check(&[1, 2, 3], 1, &[2], &[3], &[]);
        check(&[1, 2, 1], 1, &[], &[2], &[1]);
        check(&[1, 1, 2, 2, 3, 3, 1, 1], 1, &[2], &[3], &[1]);
        check(&[1, 2, 1, 2, 1, 2], 1, &[2, 1, 2, 1], &[2], &[]);
    }
}
