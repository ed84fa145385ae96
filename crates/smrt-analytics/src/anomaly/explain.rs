//! Events in words: what is there, what was expected and why, with times in the zone of the series.

use super::{
    Event,
    finding::{Anomaly, Band, Kind},
    model::Regression,
    samples::Samples,
};
use crate::{
    SECOND,
    gaps::Missing,
    number::{expected_maximum, mean, real, real_time},
};
use smrt_core::MarketZone;
use std::ops::Range;

/// Bands reach this many scatter units to both sides of the model: where spikes begin.
pub const BAND: f64 = super::spike::LIMIT;

/// Tells the events of one series.
pub(crate) struct Explainer<'a> {
    samples: &'a Samples,
    regression: &'a Regression,
    /// The longest run of equal values that is usual.
    longest: usize,
    zone: MarketZone,
}

impl<'a> Explainer<'a> {
    /// Samples in a flat run are not `alive`.
    pub(crate) fn new(samples: &'a Samples, regression: &'a Regression, alive: &[bool], zone: MarketZone) -> Self {
        let usual = super::stuck::runs(&samples.y).filter(|run| alive[run.start]);
        let longest = usual.map(|run| run.len()).max().unwrap_or(1);
        Self { samples, regression, longest, zone }
    }

    pub(crate) fn gap(&self, gap: &Missing) -> Anomaly {
        let count = gap.count;
        let (noun, verb) = if count == 1 { ("value", "is") } else { ("values", "are") };
        let reason = format!(
            "{count} {noun} {verb} missing from {} on: values come every {}, and the next one came at {}",
            clock(self.zone, gap.start),
            length(self.samples.step),
            clock(self.zone, gap.end),
        );
        let end = gap.end - self.samples.step;
        let severity = real_time(gap.end - gap.start) / real_time(self.samples.step) + 1.0;
        Anomaly {
            kind: Kind::Gap,
            start: gap.start,
            end: end.max(gap.start),
            severity,
            expected: None,
            band: None,
            observed: None,
            reason,
        }
    }

    pub(crate) fn flat(&self, run: &Range<usize>) -> Anomaly {
        let value = self.samples.y[run.start];
        let longest = self.longest;
        let reason = format!(
            "{} values in a row are exactly {} from {} to {}; elsewhere in this series at most {longest} are equal, and values scatter by {}",
            run.len(),
            number(value),
            self.at(run.start),
            self.at(run.end - 1),
            number(self.regression.scatter),
        );
        let severity = real(run.len()) / real(longest.max(1));
        self.anomaly(Kind::Flat, run, severity, Some(value), reason)
    }

    pub(crate) fn event(&self, event: &Event) -> Anomaly {
        let range = &event.range;
        let scatter = self.regression.scatter.max(f64::MIN_POSITIVE);
        let times = event.height.abs() / scatter;
        let (from, to) = (self.at(range.start), self.at(range.end - 1));
        let side = if event.height < 0.0 { "below" } else { "above" };
        let height = number(event.height.abs());
        let usual = format!("{times:.1} x the usual scatter of {}", number(scatter));
        match event.kind {
            Kind::Spike => {
                let when = if range.len() == 1 { from } else { format!("{} values from {from} to {to}", range.len()) };
                let reason = format!(
                    "spike at {when}: {height} {side} the values around it, {usual}; normal noise of {} values is expected to reach {:.1}, {}",
                    self.samples.len(),
                    expected_maximum(self.samples.len()),
                    self.model_in_words(range.start),
                );
                self.anomaly(Kind::Spike, range, times, self.peak(range), reason)
            }
            Kind::Noise => {
                let reason = format!(
                    "from {from} to {to} the {} values scatter {:.1} x as much as the rest of the series ({} instead of {})",
                    range.len(),
                    event.height,
                    number(event.height * scatter),
                    number(scatter),
                );
                self.anomaly(Kind::Noise, range, event.height, self.peak(range), reason)
            }
            Kind::Drift => {
                let course = if event.rising {
                    format!("moves away steadily until it is {height} {side} what is expected, and comes back at once")
                } else {
                    format!("is suddenly {height} {side} what is expected, and comes back steadily")
                };
                let reason = format!(
                    "drift: from {from} to {to} the series {course}; {usual}, {}",
                    self.model_in_words(range.start)
                );
                self.anomaly(Kind::Drift, range, times, self.peak(range), reason)
            }
            kind => {
                let reason = format!(
                    "level shift from {from} to {to}: on average {height} {side} what is expected, {usual}, with sharp ends on both sides; {}",
                    self.model_in_words(range.start),
                );
                self.anomaly(kind, range, times, Some(mean(&self.samples.y[range.clone()])), reason)
            }
        }
    }

    /// Why nothing, or how much, was found.
    pub(crate) fn verdict(&self, anomalies: &[Anomaly]) -> String {
        let count = self.samples.len();
        if anomalies.is_empty() {
            let scatter = self.regression.scatter;
            let farthest =
                self.regression.residuals.iter().fold(0.0_f64, |farthest, residual| farthest.max(residual.abs()));
            let units = if scatter > 0.0 { farthest / scatter } else { 0.0 };
            return format!(
                "nothing unusual: no value is farther than {units:.1} scatter units of {} from the model; the expected maximum for n = {count} is {:.1}, and spikes begin at {BAND:.0}",
                number(scatter),
                expected_maximum(count),
            );
        }
        let mut kinds: Vec<(Kind, usize)> = Vec::new();
        for anomaly in anomalies {
            match kinds.iter_mut().find(|(kind, _)| *kind == anomaly.kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((anomaly.kind, 1)),
            }
        }
        let told: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {}", kind.as_str())).collect();
        format!("{count} values, anomalies: {}", told.join(", "))
    }

    fn anomaly(
        &self,
        kind: Kind,
        range: &Range<usize>,
        severity: f64,
        observed: Option<f64>,
        reason: String,
    ) -> Anomaly {
        let expected = mean(&self.regression.fitted[range.clone()]);
        let reach = BAND * self.regression.scatter;
        Anomaly {
            kind,
            start: self.samples.at[range.start],
            end: self.samples.at[range.end - 1],
            severity,
            expected: Some(expected),
            band: Some(Band { low: expected - reach, high: expected + reach }),
            observed,
            reason,
        }
    }

    /// The value of a range that is farthest from the model.
    fn peak(&self, range: &Range<usize>) -> Option<f64> {
        let residual = |at: &usize| self.regression.residuals[*at].abs();
        range.clone().max_by(|a, b| residual(a).total_cmp(&residual(b))).map(|at| self.samples.y[at])
    }

    fn at(&self, sample: usize) -> String {
        clock(self.zone, self.samples.at[sample])
    }

    /// What the model expects at a sample, and why.
    fn model_in_words(&self, sample: usize) -> String {
        let expected = number(self.regression.fitted[sample]);
        let trend = &self.regression.trend;
        let piece = trend.breaks.partition_point(|&at| at <= sample);
        let per_day = 86_400e6 / real_time(self.samples.step) * trend.pieces[piece].slope(self.samples.x[sample]);
        let slope = if trend.degree == 0 { "level".to_owned() } else { format!("trend {} per day", signed(per_day)) };
        let since = match piece.checked_sub(1) {
            Some(before) => format!(" since the break at {}", self.at(trend.breaks[before])),
            None => String::new(),
        };
        let season = match self.regression.season {
            Some(cycle) => format!(", season: {}", cycle.name()),
            None => String::new(),
        };
        format!("where the model expects {expected} ({slope}{since}{season})")
    }
}

/// An instant for people: the civil date and time of the zone, with its offset.
pub(crate) fn clock(zone: MarketZone, at: i64) -> String {
    let text = zone.rfc3339(at.div_euclid(SECOND));
    match text.split_once('T') {
        Some((date, time)) => format!("{date} {time}"),
        None => text,
    }
}

/// A length of time for people, to the second.
pub(crate) fn length(micros: i64) -> String {
    let seconds = micros / SECOND;
    match seconds {
        0 => format!("{micros} µs"),
        seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// A value with four significant digits.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !(1e-4..1e7).contains(&size) {
        return if size == 0.0 { "0".to_owned() } else { format!("{value:.3e}") };
    }
    let decimals = [1000.0, 100.0, 10.0, 1.0, 0.1, 0.01, 0.001].iter().take_while(|&&limit| size < limit).count();
    format!("{value:.decimals$}")
}

fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", number(value)) } else { number(value) }
}
