//! What is wrong with series: a model of each, and its anomalies with a reason in words.

use crate::{AskError, Cell, Column, Range, SECOND, Series, examined::Columns, is_sensor, label, time};
use smrt_analytics::{
    anomaly::{self, Analysis, Anomaly, Band, Kind, Segment},
    estimate,
    meter::{self, MeterSeries},
    plot,
};
use smrt_core::Quantity;
use smrt_storage::{SavedAnalysis, SavedAnomaly, StoredChannel, StoredEstimate};
use std::collections::BTreeMap;

/// The columns of anomalies, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::word("kind"),
    Column::time("start"),
    Column::time("end"),
    Column::value("severity"),
    Column::value("expected").unseen(),
    Column::value("observed").unseen(),
    Column::text("reason"),
];

/// The columns of estimates, one a row.
pub const ESTIMATES: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::time("start"),
    Column::time("end").unseen(),
    Column::value("value"),
    Column::word("unit"),
    Column::word("quality").unseen(),
    Column::word("method"),
    Column::text("reason"),
];

/// A series with all that was found out about it.
#[derive(Debug)]
pub struct Examined {
    stored: StoredChannel,
    columns: Columns,
    analysis: Analysis,
}

/// Looks for what is wrong with a channel in a stretch of time; nothing where it has no values there.
///
/// # Errors
/// When the range makes no sense, or the database or its lake cannot be read.
pub fn examine(series: &mut Series, stored: &StoredChannel, range: &Range) -> Result<Option<Examined>, AskError> {
    Ok(Columns::of(series, stored, range)?.map(|columns| Examined::of(stored, columns)))
}

/// What is known of a series.
#[derive(Debug)]
pub enum Known {
    /// It was examined.
    Now(Box<Examined>),
    /// It was examined before, and its data are still those that were looked at.
    Before(Box<(StoredChannel, SavedAnalysis)>),
}

/// What is wrong with a channel as a whole: what was kept where nothing has changed since, else what is found now; nothing
/// where it has no values.
///
/// # Errors
/// When the database or its lake cannot be read.
pub fn known(series: &mut Series, stored: &StoredChannel) -> Result<Option<Known>, AskError> {
    let Some(columns) = Columns::of(series, stored, &Range::default())? else { return Ok(None) };
    Ok(Some(match series.store.saved_analysis(stored.id)? {
        Some(saved) if saved.version == columns.version(stored.channel.zone) => {
            Known::Before(Box::new((stored.clone(), saved)))
        }
        _ => Known::Now(Box::new(Examined::of(stored, columns))),
    }))
}

impl Known {
    /// It, where it was examined now.
    pub fn examined(&self) -> Option<&Examined> {
        match self {
            Self::Now(examined) => Some(examined),
            Self::Before(_) => None,
        }
    }

    /// What people call the series.
    pub fn name(&self) -> &str {
        match self {
            Self::Now(examined) => examined.name(),
            Self::Before(before) => label(&before.0),
        }
    }

    /// A sentence on the series as a whole.
    pub fn verdict(&self) -> &str {
        match self {
            Self::Now(examined) => examined.verdict(),
            Self::Before(before) => &before.1.verdict,
        }
    }

    /// As one object; with `fit`, the model at each value, where it was examined now.
    pub fn object(&self, fit: bool) -> Cell<'_> {
        match self {
            Self::Now(examined) => examined.object(fit),
            Self::Before(before) => kept_object(&before.0, &before.1),
        }
    }

    /// The anomalies as rows of [`COLUMNS`].
    pub fn rows(&self) -> Vec<Vec<Cell<'_>>> {
        match self {
            Self::Now(examined) => examined.rows(),
            Self::Before(before) => kept_rows(&before.0, &before.1),
        }
    }

    /// To be kept, or as it was. `made_at` is UTC epoch seconds.
    ///
    /// # Errors
    /// Never; a buffer in memory takes everything.
    pub fn into_kept(self, made_at: i64) -> Result<SavedAnalysis, AskError> {
        match self {
            Self::Now(examined) => examined.to_keep(made_at),
            Self::Before(before) => Ok(before.1),
        }
    }
}

/// Sensors are held against their model; meters against what quantities of meters can be, and their registers.
fn analyse(stored: &StoredChannel, columns: &Columns) -> Analysis {
    let zone = stored.channel.zone;
    let mut analysis = anomaly::analyse(&anomaly::Series { at: &columns.at, values: &columns.values, zone });
    if !is_sensor(stored) {
        let validation = meter::validate(&meter_series(stored, columns));
        analysis.anomalies = validation.anomalies;
        analysis.verdict = validation.verdict;
    }
    analysis
}

fn meter_series<'a>(stored: &StoredChannel, columns: &'a Columns) -> MeterSeries<'a> {
    MeterSeries {
        starts: &columns.at,
        quantities: &columns.values,
        minutes: columns.minutes,
        registers: &columns.registers,
        zone: stored.channel.zone,
    }
}

impl Examined {
    fn of(stored: &StoredChannel, columns: Columns) -> Self {
        Self { stored: stored.clone(), analysis: analyse(stored, &columns), columns }
    }

    /// What people call the series.
    pub fn name(&self) -> &str {
        label(&self.stored)
    }

    /// Its channel.
    pub fn channel(&self) -> &StoredChannel {
        &self.stored
    }

    /// A sentence on the series as a whole.
    pub fn verdict(&self) -> &str {
        &self.analysis.verdict
    }

    /// What is wrong, in the order of time.
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.analysis.anomalies
    }

    /// Its values, model and anomalies as a picture: the text of one SVG file.
    pub fn picture(&self) -> String {
        let channel = &self.stored.channel;
        let title = if channel.name.is_empty() || is_sensor(&self.stored) {
            self.name().to_owned()
        } else {
            format!("{} {}", self.name(), channel.name)
        };
        plot::svg(&plot::Plot {
            title: &title,
            unit: &channel.unit,
            zone: channel.zone,
            at: &self.columns.at,
            values: &self.columns.values,
            fitted: &self.analysis.model.fitted,
            band: anomaly::BAND * self.analysis.model.scatter,
            breaks: &self.analysis.model.breaks,
            anomalies: &self.analysis.anomalies,
        })
    }

    /// As one object; with `fit`, the model at each value.
    pub fn object(&self, fit: bool) -> Cell<'_> {
        let step = self.analysis.step.map(|step| step / SECOND);
        let mut model = model(&self.stored, &self.analysis);
        if fit {
            let fitted = self.analysis.model.fitted.iter().map(|fitted| {
                Cell::object([("time", time(&self.stored, fitted.at)), ("value", Cell::signal(Some(fitted.value)))])
            });
            model.push(("fitted".into(), Cell::List(fitted.collect())));
        }
        let anomalies = self.analysis.anomalies.iter().map(|anomaly| anomaly_object(&self.stored, &kept(anomaly)));
        object(
            &self.stored,
            self.analysis.start,
            step,
            Cell::Object(model),
            &self.analysis.verdict,
            anomalies.collect(),
        )
    }

    /// The anomalies as rows of [`COLUMNS`].
    pub fn rows(&self) -> Vec<Vec<Cell<'_>>> {
        self.analysis.anomalies.iter().map(|anomaly| row(&self.stored, &kept(anomaly))).collect()
    }

    /// To be kept. `made_at` is UTC epoch seconds.
    ///
    /// # Errors
    /// Never; a buffer in memory takes everything.
    pub fn to_keep(&self, made_at: i64) -> Result<SavedAnalysis, AskError> {
        let mut text = Vec::new();
        crate::json::write_line(&mut text, &Cell::Object(model(&self.stored, &self.analysis)))?;
        Ok(SavedAnalysis {
            version: self.columns.version(self.stored.channel.zone),
            made_at,
            start: self.analysis.start,
            step_seconds: self.analysis.step.map(|step| step / SECOND),
            model: String::from_utf8_lossy(&text).trim_end().to_owned(),
            verdict: self.analysis.verdict.clone(),
            anomalies: self.analysis.anomalies.iter().map(kept).collect(),
        })
    }

    /// What to put in the place of quantities that are missing or cannot be right; nothing for sensors. `made_at` is UTC
    /// epoch seconds.
    pub fn estimates(&self, made_at: i64) -> Vec<StoredEstimate> {
        let Some(minutes) = u16::try_from(self.columns.minutes).ok().and_then(smrt_core::IntervalLength::from_minutes)
        else {
            return Vec::new();
        };
        let anomalies = &self.analysis.anomalies;
        let made = estimate::estimate(&meter_series(&self.stored, &self.columns), anomalies);
        let reasons: BTreeMap<i64, &Anomaly> = anomalies.iter().map(|anomaly| (anomaly.start, anomaly)).collect();
        let of =
            |at: i64| reasons.range(..=at).rev().find(|(_, anomaly)| anomaly.end >= at).map(|(_, anomaly)| *anomaly);
        made.into_iter()
            .map(|estimate| StoredEstimate {
                start: estimate.start.div_euclid(SECOND),
                minutes,
                quantity: micros(estimate.quantity),
                method: estimate.method.as_str().to_owned(),
                reason: of(estimate.start).map(|anomaly| anomaly.reason.clone()).unwrap_or_default(),
                made_at,
            })
            .collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is rounded, and a cast of what is too large gives the largest")]
fn micros(quantity: f64) -> Quantity {
    Quantity::from_micros((quantity * 1e6).round() as i64)
}

/// What was kept of a channel as one object.
fn kept_object<'a>(stored: &'a StoredChannel, saved: &'a SavedAnalysis) -> Cell<'a> {
    let anomalies = saved.anomalies.iter().map(|anomaly| anomaly_object(stored, anomaly)).collect();
    object(stored, saved.start, saved.step_seconds, Cell::Total(saved.model.clone()), &saved.verdict, anomalies)
}

/// What was kept of a channel as rows of [`COLUMNS`].
pub fn kept_rows<'a>(stored: &'a StoredChannel, saved: &'a SavedAnalysis) -> Vec<Vec<Cell<'a>>> {
    saved.anomalies.iter().map(|anomaly| row(stored, anomaly)).collect()
}

/// An estimate as a row of [`ESTIMATES`].
pub fn estimate_row<'a>(stored: &'a StoredChannel, estimate: &StoredEstimate) -> Vec<Cell<'a>> {
    let channel = &stored.channel;
    vec![
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::instant(estimate.start, channel.zone),
        Cell::instant(estimate.start + estimate.minutes.seconds(), channel.zone),
        Cell::decimal(estimate.quantity),
        Cell::stated(&channel.unit),
        Cell::text("E"),
        Cell::text(estimate.method.clone()),
        Cell::text(estimate.reason.clone()),
    ]
}

fn object<'a>(
    stored: &'a StoredChannel,
    start: Option<i64>,
    step_seconds: Option<i64>,
    model: Cell<'a>,
    verdict: &'a str,
    anomalies: Vec<Cell<'a>>,
) -> Cell<'a> {
    #[expect(clippy::cast_precision_loss, reason = "values are not apart for a million years")]
    let minutes = step_seconds.map(|seconds| seconds as f64 / 60.0);
    Cell::object([
        ("name", Cell::text(label(stored))),
        ("code", Cell::text(&stored.channel.meter)),
        ("channel", Cell::stated(&stored.channel.name)),
        ("start", start.map_or(Cell::Null, |start| time(stored, start))),
        ("step_minutes", Cell::signal(minutes)),
        ("model", model),
        ("verdict", Cell::text(verdict)),
        ("anomalies", Cell::List(anomalies)),
    ])
}

type Fields<'a> = Vec<(std::borrow::Cow<'a, str>, Cell<'a>)>;

fn model(stored: &StoredChannel, analysis: &Analysis) -> Fields<'static> {
    let model = &analysis.model;
    let segment = |segment: &Segment| {
        Cell::object([
            ("start", time(stored, segment.start)),
            ("end", time(stored, segment.end)),
            ("intercept", Cell::signal(Some(segment.intercept))),
            ("slope_per_day", Cell::signal(Some(segment.slope_per_day))),
            ("curvature_per_day2", Cell::signal(Some(segment.curvature_per_day2))),
        ])
    };
    vec![
        ("kind".into(), Cell::text(model.kind.as_str())),
        ("breaks".into(), Cell::List(model.breaks.iter().map(|at| time(stored, *at)).collect())),
        ("segments".into(), Cell::List(model.segments.iter().map(segment).collect())),
        ("season".into(), Cell::maybe(model.season)),
        ("scatter".into(), Cell::signal(Some(model.scatter))),
    ]
}

fn kept(anomaly: &Anomaly) -> SavedAnomaly {
    SavedAnomaly {
        kind: Kind::as_str(anomaly.kind).to_owned(),
        start: anomaly.start,
        end: anomaly.end,
        severity: anomaly.severity,
        expected: anomaly.expected,
        band: anomaly.band.map(|Band { low, high }| (low, high)),
        observed: anomaly.observed,
        reason: anomaly.reason.clone(),
    }
}

fn anomaly_object(stored: &StoredChannel, anomaly: &SavedAnomaly) -> Cell<'static> {
    let band = |(low, high): (f64, f64)| Cell::List(vec![Cell::signal(Some(low)), Cell::signal(Some(high))]);
    Cell::object([
        ("kind", Cell::text(anomaly.kind.clone())),
        ("start", time(stored, anomaly.start)),
        ("end", time(stored, anomaly.end)),
        ("severity", Cell::signal(Some(anomaly.severity))),
        ("expected", Cell::signal(anomaly.expected)),
        ("band", anomaly.band.map_or(Cell::Null, band)),
        ("observed", Cell::signal(anomaly.observed)),
        ("reason", Cell::text(anomaly.reason.clone())),
    ])
}

fn row<'a>(stored: &'a StoredChannel, anomaly: &SavedAnomaly) -> Vec<Cell<'a>> {
    vec![
        Cell::text(label(stored)),
        Cell::stated(&stored.channel.name),
        Cell::text(anomaly.kind.clone()),
        time(stored, anomaly.start),
        time(stored, anomaly.end),
        Cell::signal(Some(anomaly.severity)),
        Cell::signal(anomaly.expected),
        Cell::signal(anomaly.observed),
        Cell::text(anomaly.reason.clone()),
    ]
}
