//! The model of a series in the terms of its users: instants, values per day, words.
//!
//! A trend and perhaps a season in steps and samples come in, and go out in the clock and the unit of the series.

use super::{
    clock::Cycle,
    samples::Samples,
    trend::{Trend, scatter},
};
use crate::{SECOND, number::real_time};

const DAY: f64 = 86_400.0 * SECOND as f64;

/// What the values do when nothing is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The family.
    pub kind: ModelKind,
    /// When the series changed for good: the first value of each new stretch, UTC epoch microseconds, ascending.
    pub breaks: Vec<i64>,
    /// The trend, stretch by stretch; the season comes on top.
    pub segments: Vec<Segment>,
    /// What comes back every day, week or year, in words; nothing where the series has no season.
    pub season: Option<&'static str>,
    /// The robust standard deviation of the values around the model, in the unit of the series.
    pub scatter: f64,
    /// The model at each value there is.
    pub fitted: Vec<Fitted>,
}

/// The families of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// One level.
    Constant,
    /// One line.
    Linear,
    /// One parabola.
    Quadratic,
    /// Levels with steps between them.
    PiecewiseConstant,
    /// Lines that meet or jump at breaks.
    PiecewiseLinear,
    /// Parabolas with a break between them.
    PiecewiseQuadratic,
    /// A season around one level.
    Seasonal,
    /// A season around any other trend.
    SeasonalTrend,
}

impl ModelKind {
    /// The name in output: stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
            Self::Quadratic => "quadratic",
            Self::PiecewiseConstant => "piecewise-constant",
            Self::PiecewiseLinear => "piecewise-linear",
            Self::PiecewiseQuadratic => "piecewise-quadratic",
            Self::Seasonal => "seasonal",
            Self::SeasonalTrend => "seasonal-trend",
        }
    }
}

/// The trend between two breaks: `intercept + slope_per_day * d + curvature_per_day2 / 2 * d * d`, with `d` the days
/// (of 24 hours) since its start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// The first value, UTC epoch microseconds.
    pub start: i64,
    /// The last value (inclusive), UTC epoch microseconds.
    pub end: i64,
    /// The trend at the start.
    pub intercept: f64,
    /// How fast it rises at the start, in units per day of 24 hours.
    pub slope_per_day: f64,
    /// How fast that slope rises, in units per day squared; 0 but for parabolas.
    pub curvature_per_day2: f64,
}

/// The model at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// The instant, UTC epoch microseconds.
    pub at: i64,
    /// What the model expects.
    pub value: f64,
}

/// A model in samples, with what it leaves over.
#[derive(Debug)]
pub(crate) struct Regression {
    pub trend: Trend,
    pub season: Option<Cycle>,
    pub fitted: Vec<f64>,
    pub residuals: Vec<f64>,
    pub scatter: f64,
}

impl Regression {
    /// A trend with a season on top, if there is one: its cycle and its value at each sample.
    pub(crate) fn new(samples: &Samples, used: &[bool], trend: Trend, season: Option<(Cycle, Vec<f64>)>) -> Self {
        let mut fitted = trend.values(&samples.x);
        if let Some((_, course)) = &season {
            for (value, season) in fitted.iter_mut().zip(course) {
                *value += season;
            }
        }
        let season = season.map(|(cycle, _)| cycle);
        let residuals: Vec<f64> = samples.y.iter().zip(&fitted).map(|(y, fit)| y - fit).collect();
        let scatter = scatter(&residuals, used);
        Self { trend, season, fitted, residuals, scatter }
    }

    /// In the terms of users.
    pub(crate) fn model(&self, samples: &Samples) -> Model {
        let per_day = DAY / real_time(samples.step);
        let segment = |(range, piece): (std::ops::Range<usize>, &super::robust::Poly)| {
            let x = samples.x[range.start];
            Segment {
                start: samples.at[range.start],
                end: samples.at[range.end - 1],
                intercept: piece.value(x),
                slope_per_day: piece.slope(x) * per_day,
                curvature_per_day2: piece.curvature() * per_day * per_day,
            }
        };
        let fitted = samples.at.iter().zip(&self.fitted).map(|(&at, &value)| Fitted { at, value });
        Model {
            kind: self.kind(),
            breaks: self.trend.breaks.iter().map(|&at| samples.at[at]).collect(),
            segments: self.trend.stretches(samples.len()).map(segment).collect(),
            season: self.season.map(Cycle::name),
            scatter: self.scatter,
            fitted: fitted.collect(),
        }
    }

    fn kind(&self) -> ModelKind {
        let parted = !self.trend.breaks.is_empty();
        match (self.season.is_some(), self.trend.degree, parted) {
            (true, 0, false) => ModelKind::Seasonal,
            (true, ..) => ModelKind::SeasonalTrend,
            (false, 0, false) => ModelKind::Constant,
            (false, 0, true) => ModelKind::PiecewiseConstant,
            (false, 1, false) => ModelKind::Linear,
            (false, 1, true) => ModelKind::PiecewiseLinear,
            (false, _, false) => ModelKind::Quadratic,
            (false, _, true) => ModelKind::PiecewiseQuadratic,
        }
    }
}

impl Model {
    /// The model of nothing.
    pub(crate) fn empty() -> Self {
        Self {
            kind: ModelKind::Constant,
            breaks: Vec::new(),
            segments: Vec::new(),
            season: None,
            scatter: 0.0,
            fitted: Vec::new(),
        }
    }
}
