//! One series as a picture: values, model with its band, breaks, and what is wrong, as SVG text.
//!
//! Plain slices come in, the text of one SVG file goes out, with nothing to fetch and no script. It is as wide for a
//! million values as for a thousand: of those that share a column of pixels, the range is drawn. Times are civil times
//! of the zone that is given.

mod axis;
mod canvas;

use crate::{
    anomaly::{Anomaly, Fitted, Kind},
    number::{real, real_time, whole},
};
use canvas::Canvas;
use smrt_core::MarketZone;

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 44.0;
/// Values reach up to here, as a part of the height, so that none lies on the frame.
const MARGIN: f64 = 0.04;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Plot<'a> {
    /// The heading: the name of the series.
    pub title: &'a str,
    /// The unit of its values, empty where it has none.
    pub unit: &'a str,
    /// The zone of the times.
    pub zone: MarketZone,
    /// When values were measured, UTC epoch microseconds, ascending.
    pub at: &'a [i64],
    /// The values; those that are not finite are left out.
    pub values: &'a [f64],
    /// The model; empty for none.
    pub fitted: &'a [Fitted],
    /// How far the band reaches from the model to both sides; 0 for none.
    pub band: f64,
    /// When the series changed for good, UTC epoch microseconds.
    pub breaks: &'a [i64],
    /// What is wrong.
    pub anomalies: &'a [Anomaly],
}

/// Draws a series. Of one without values just the heading is left.
pub fn svg(plot: &Plot<'_>) -> String {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    canvas.text((LEFT, 22.0), "start", "title", plot.title);
    let Some(frame) = Frame::new(plot) else { return canvas.finish() };
    frame.axes(plot, &mut canvas);
    frame.shades(plot, &mut canvas);
    frame.model(plot, &mut canvas);
    canvas.path(&frame.line(plot.at.iter().copied().zip(plot.values.iter().copied())), "values");
    frame.marks(plot, &mut canvas);
    legend(plot, &mut canvas);
    canvas.finish()
}

/// The colour of a kind, readable on white by people who do not see all colours alike.
const fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Spike => "#d7191c",
        Kind::Level | Kind::LevelShift => "#e66101",
        Kind::Drift | Kind::ScaleX10 => "#7b3294",
        Kind::Flat | Kind::Stuck => "#008837",
        Kind::Noise | Kind::Negative => "#b8860b",
        Kind::Gap => "#808080",
        Kind::GapCatchup => "#4d4d4d",
        Kind::ZeroRun => "#01665e",
        Kind::DuplicateSame | Kind::DuplicateConflict => "#2166ac",
        Kind::RegisterRead => "#c51b7d",
    }
}

/// From instants and values to places on the canvas.
struct Frame {
    from: i64,
    to: i64,
    low: f64,
    high: f64,
}

impl Frame {
    fn new(plot: &Plot<'_>) -> Option<Self> {
        let (&from, &to) = (plot.at.first()?, plot.at.last()?);
        let values = plot.values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        let room = if high > low { (high - low) * MARGIN } else { 1.0 };
        Some(Self { from, to: to.max(from + 1), low: low - room, high: high + room })
    }

    fn x(&self, at: i64) -> f64 {
        let part = real_time(at - self.from) / real_time(self.to - self.from);
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)
    }

    fn axes(&self, plot: &Plot<'_>, canvas: &mut Canvas) {
        for value in axis::values(self.low, self.high) {
            let y = self.y(value);
            canvas.line((LEFT, y), (WIDTH - RIGHT, y), "grid");
            canvas.text((LEFT - 6.0, y + 4.0), "end", "tick", &axis::label(value, self.high - self.low));
        }
        for (at, label) in axis::times(plot.zone, self.from, self.to) {
            let x = self.x(at);
            canvas.line((x, TOP), (x, HEIGHT - BOTTOM), "grid");
            canvas.text((x, HEIGHT - BOTTOM + 16.0), "middle", "tick", &label);
        }
        canvas.text((WIDTH - RIGHT, HEIGHT - 8.0), "end", "tick", &format!("civil time, {}", plot.zone));
        canvas.text((8.0, TOP - 8.0), "start", "tick", plot.unit);
        canvas.rect((LEFT, TOP), (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM), "frame", "none");
    }

    /// Stretches that something is wrong with, from top to bottom; at least as wide as to be seen.
    fn shades(&self, plot: &Plot<'_>, canvas: &mut Canvas) {
        for anomaly in plot.anomalies {
            let (from, to) = (self.x(anomaly.start), self.x(anomaly.end));
            let wide = (to - from).max(1.5);
            let class = if anomaly.kind == Kind::Gap { "gap" } else { "shade" };
            canvas.titled_rect(
                (from - (wide - (to - from)) / 2.0, TOP),
                (wide, HEIGHT - TOP - BOTTOM),
                class,
                colour(anomaly.kind),
                &anomaly.reason,
            );
        }
    }

    fn model(&self, plot: &Plot<'_>, canvas: &mut Canvas) {
        if plot.band > 0.0 {
            let edge = |side: f64| self.line(plot.fitted.iter().map(|fit| (fit.at, fit.value + side * plot.band)));
            canvas.path(&edge(1.0), "band");
            canvas.path(&edge(-1.0), "band");
        }
        canvas.path(&self.line(plot.fitted.iter().map(|fit| (fit.at, fit.value))), "model");
        for &at in plot.breaks {
            canvas.line((self.x(at), TOP), (self.x(at), HEIGHT - BOTTOM), "break");
        }
    }

    /// Values that are wrong, in the colour of their kind: a ring around few, a line over many.
    fn marks(&self, plot: &Plot<'_>, canvas: &mut Canvas) {
        for anomaly in plot.anomalies {
            let first = plot.at.partition_point(|&at| at < anomaly.start);
            let end = plot.at.partition_point(|&at| at <= anomaly.end);
            let points = || plot.at[first..end].iter().copied().zip(plot.values[first..end].iter().copied());
            if end - first > 5 {
                canvas.coloured_path(&self.line(points()), "wrong", colour(anomaly.kind));
            } else {
                for (at, value) in points().filter(|(_, value)| value.is_finite()) {
                    canvas.ring((self.x(at), self.y(value)), colour(anomaly.kind));
                }
            }
        }
    }

    /// Points as the commands of a path. Of those in one column of pixels the first, the extremes and the last are
    /// enough.
    fn line(&self, points: impl Iterator<Item = (i64, f64)>) -> String {
        let mut path = String::new();
        let mut column: Option<(usize, [(f64, f64); 4])> = None;
        let mut put = |[first, low, high, last]: [(f64, f64); 4]| {
            let mut corners = vec![first, low, high, last];
            corners.dedup();
            for (x, y) in corners {
                let command = if path.is_empty() { 'M' } else { 'L' };
                path.push_str(&format!("{command}{x:.1} {y:.1}"));
            }
        };
        for (at, value) in points.filter(|(_, value)| value.is_finite()) {
            let point = (self.x(at), self.y(value));
            let place = whole(point.0 * 2.0);
            match &mut column {
                Some((current, [_, low, high, last])) if *current == place => {
                    *low = if point.1 > low.1 { point } else { *low };
                    *high = if point.1 < high.1 { point } else { *high };
                    *last = point;
                }
                _ => {
                    if let Some((_, corners)) = column.take() {
                        put(corners);
                    }
                    column = Some((place, [point; 4]));
                }
            }
        }
        if let Some((_, corners)) = column {
            put(corners);
        }
        path
    }
}

/// What the lines and colours mean, in rows below the heading.
fn legend(plot: &Plot<'_>, canvas: &mut Canvas) {
    let (mut x, mut y) = (LEFT, 40.0);
    let mut entry = |canvas: &mut Canvas, class: &str, colour: &str, text: &str| {
        let width = 25.0 + 6.8 * real(text.chars().count()) + 14.0;
        if x + width > WIDTH - RIGHT {
            (x, y) = (LEFT, y + 18.0);
        }
        canvas.coloured_path(&format!("M{x:.1} {y:.1}L{:.1} {y:.1}", x + 20.0), class, colour);
        canvas.text((x + 25.0, y + 4.0), "start", "tick", text);
        x += width;
    };
    entry(canvas, "values", "", "values");
    if !plot.fitted.is_empty() {
        entry(canvas, "model", "", "model");
        if plot.band > 0.0 {
            entry(canvas, "band", "", "band");
        }
    }
    if !plot.breaks.is_empty() {
        entry(canvas, "break", "", "break");
    }
    let mut kinds: Vec<Kind> = plot.anomalies.iter().map(|anomaly| anomaly.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let count = plot.anomalies.iter().filter(|anomaly| anomaly.kind == kind).count();
        entry(canvas, "wrong", colour(kind), &format!("{} ({count})", kind.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::{Series, analyse};

    fn drawn(count: i64) -> String {
        let minute = 60_000_000;
        let at: Vec<i64> = (0..count).filter(|n| !(200..230).contains(n)).map(|n| n * 5 * minute).collect();
        let values: Vec<f64> = at
            .iter()
            .map(|at| (real_time(at / minute) * 12.9898).sin() + if *at == 500 * minute { 40.0 } else { 0.0 })
            .collect();
        let analysis = analyse(&Series { at: &at, values: &values, zone: MarketZone::BERLIN });
        let model = &analysis.model;
        svg(&Plot {
            title: "boiler <1> & more",
            unit: "°C",
            zone: MarketZone::BERLIN,
            at: &at,
            values: &values,
            fitted: &model.fitted,
            band: 6.0 * model.scatter,
            breaks: &model.breaks,
            anomalies: &analysis.anomalies,
        })
    }

    #[test]
    fn a_picture_names_what_it_shows_and_escapes_what_it_is_given() {
        let text = drawn(1000);
        for part in ["boiler &lt;1&gt; &amp; more", "°C", "spike (1)", "gap (1)", "Europe/Berlin", "</svg>"] {
            assert!(text.contains(part), "{part} is missing");
        }
        assert!(!text.contains("NaN") && !text.contains("<1>"));
    }

    #[test]
    fn many_values_make_no_larger_a_picture() {
        assert!(drawn(60_000).len() < 400_000, "{}", drawn(60_000).len());
    }

    #[test]
    fn nothing_and_one_value_are_pictures_too() {
        let plot = Plot {
            title: "none",
            unit: "",
            zone: MarketZone::Utc,
            at: &[],
            values: &[],
            fitted: &[],
            band: 0.0,
            breaks: &[],
            anomalies: &[],
        };
        assert!(svg(&plot).ends_with("</svg>\n"));
        assert!(!svg(&Plot { at: &[5], values: &[1.0], ..plot }).contains("NaN"));
    }
}
