//! Intervals that a meter lacks inside the file.

use super::{Facts, Rule, time};
use smrt_core::{Batch, Code, Finding, Findings, Severity};
use std::ops::Range;

pub(super) static CODE: Code = Code {
    id: "V005",
    name: "gap",
    severity: Severity::Warning,
    explanation: "Between two measurements of a channel in this file some are missing. Formats whose trailer carries no count show lines that were lost on the way just like this. `smrt gaps` tells which are still missing over all files.",
};

/// How many intervals of so many seconds are missing between the end of one reading and the start of the next. What is
/// shorter than an interval lacks one all the same; readings that touch or overlap lack none.
pub(crate) fn missing(end: i64, start: i64, length: i64) -> u64 {
    if start <= end {
        return 0;
    }
    u64::try_from((start - end) / length).unwrap_or(0).max(1)
}

/// Compares each reading with the end of the one before.
#[derive(Default)]
pub(super) struct Gap {
    /// Channel and end of the last reading.
    last: Option<(u32, i64)>,
}

impl Rule for Gap {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        for stretch in facts.shape.stretches.iter().cloned() {
            let last = stretch.end - 1;
            if touch(batch, stretch.clone()) {
                // Only its first reading can lack something before it.
                self.compare(batch, stretch.start, facts, findings);
                self.last = Some((batch.channel[last], batch.start[last] + batch.minutes[last].seconds()));
            } else {
                stretch.for_each(|index| self.compare(batch, index, facts, findings));
            }
        }
    }
}

/// Whether the readings of a stretch follow each other without a gap.
fn touch(batch: &Batch, stretch: Range<usize>) -> bool {
    let (starts, minutes) = (&batch.start[stretch.clone()], &batch.minutes[stretch]);
    starts.windows(2).zip(minutes).all(|(pair, minutes)| pair[1] - pair[0] <= minutes.seconds())
}

impl Gap {
    fn compare(&mut self, batch: &Batch, index: usize, facts: &Facts, findings: &mut Findings) {
        let (channel, start, length) = (batch.channel[index], batch.start[index], batch.minutes[index].seconds());
        if let Some((_, end)) = self.last.filter(|&(before, end)| before == channel && end < start) {
            findings.report(&CODE, || {
                let missing = missing(end, start, length);
                let (meter, from, to) = (facts.meters.label(channel), time(end), time(start));
                let intervals = if missing == 1 { "interval" } else { "intervals" };
                let message = format!("meter {meter} lacks {missing} {intervals} from {from} to {to}");
                Finding::of_line(&CODE, batch.line[index], message)
            });
        }
        self.last = Some((channel, start + length));
    }
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn a_gap_of_any_length_lacks_at_least_one_interval() {
        assert_eq!([-3600, 0, 1, 1800, 3600, 5400, 7200].map(|gap| missing(0, gap, 3600)), [0, 0, 1, 1, 1, 1, 2]);
    }
}
