//! One conversion: the events of files come in, rows go to the sheet.

use super::{
    Conversion, ConvertError, Converted, Plan, Shape,
    channels::Channels,
    daily::{DailyFold, Day},
    folded::DayRun,
    form::{Column, Field, Form, Kind, Refusal},
    lengths::Lengths,
    long::Long,
    nem12::{LeftOut, Nem12, Nem12Options},
    output::Output,
    overlap::Overlap,
    sheet::{Sheet, Trouble, number},
    stats::{Counts, Ledger, Measured, agree, together},
    text::date,
    wide::Wide,
};
use crate::{FileOutcome, Reason, Status, codes::NOT_CONVERTIBLE};
use smrt_core::{Batch, Finding, MarketZone, Unit};
use smrt_parser::Format;
use std::collections::BTreeMap;

/// A conversion under way.
pub(super) struct Run<'o> {
    shape: Shape,
    /// Whether rows take the place of others.
    upserts: bool,
    sheet: Sheet<'o>,
    overlap: Overlap,
    source: Source,
    wide: Wide,
    /// What gathers the file in hand, where days of NEM12 are written.
    nem12: Option<Nem12>,
    options: Option<Nem12Options>,
    files: Vec<Converted>,
}

/// The file in hand.
struct Source {
    name: String,
    channels: Channels,
    ledger: Ledger,
    lengths: Lengths,
    fold: DailyFold,
    /// The last day of those that came as such.
    open: Option<Day>,
    long: Long,
    days: u64,
    /// Why it cannot be written.
    refusal: Option<Refusal>,
}

impl Source {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            channels: Channels::default(),
            ledger: Ledger::default(),
            lengths: Lengths::default(),
            fold: DailyFold::default(),
            open: None,
            long: Long::new(),
            days: 0,
            refusal: None,
        }
    }
}

impl<'o> Run<'o> {
    pub(super) fn new(plan: &Plan, output: &'o mut dyn Output) -> Result<Self, ConvertError> {
        let options = match &plan.form {
            Form::Nem12(options) => Some(options.clone()),
            Form::Csv { .. } | Form::Ndjson | Form::Sql(_) | Form::Parquet => None,
        };
        let asked = match plan.shape {
            Shape::Wide { interval } => interval,
            Shape::Long | Shape::Daily => None,
        };
        Ok(Self {
            shape: plan.shape,
            upserts: matches!(&plan.form, Form::Sql(options) if options.upsert),
            sheet: Sheet::new(output, &plan.form).map_err(ConvertError::Temporary)?,
            overlap: Overlap::default(),
            source: Source::new(""),
            wide: Wide::new(asked),
            nem12: None,
            options,
            files: Vec::new(),
        })
    }

    /// The columns, where they do not depend on the readings.
    fn fixed_columns(&self) -> Option<Vec<Column>> {
        match self.shape {
            _ if self.options.is_some() => None,
            Shape::Long => Some(Long::columns()),
            Shape::Daily => Some(daily_columns()),
            Shape::Wide { .. } => None,
        }
    }

    pub(super) fn begin(&mut self, name: &str) -> Result<(), ConvertError> {
        self.source = Source::new(name);
        self.wide.reset();
        self.nem12 = self.options.as_ref().map(Nem12::new).transpose()?;
        self.sheet.begin_source(name).map_err(ConvertError::Output)
    }

    /// The file is read again from its start.
    pub(super) fn restart(&mut self) -> Result<(), ConvertError> {
        self.take_back()?;
        let name = std::mem::take(&mut self.source.name);
        self.begin(&name)
    }

    pub(super) fn batch(&mut self, batch: &Batch) -> Result<(), ConvertError> {
        if self.source.refusal.is_some() {
            return Ok(());
        }
        if let Some(nem12) = &mut self.nem12 {
            nem12.add(batch)?;
        }
        let result = self.write(batch);
        self.settle(result)
    }

    /// A refusal is remembered until the file ends; anything else ends the run.
    fn settle(&mut self, result: Result<(), Trouble>) -> Result<(), ConvertError> {
        match result {
            Ok(()) => Ok(()),
            Err(Trouble::Output(error)) => Err(ConvertError::Output(error)),
            Err(Trouble::Refused(refusal)) => {
                self.source.refusal = Some(refusal);
                Ok(())
            }
        }
    }

    /// Takes days that follow those before.
    pub(super) fn days(&mut self, days: &DayRun) -> Result<(), ConvertError> {
        if self.source.refusal.is_some() {
            return Ok(());
        }
        let result = self.write_days(days);
        self.settle(result)
    }

    fn write_days(&mut self, run: &DayRun) -> Result<(), Trouble> {
        self.begin_rows();
        let Self { sheet, overlap, source, .. } = self;
        let Source { name, channels, ledger, days, open, .. } = source;
        channels.extend(&run.new_channels);
        ledger.take(&run.tallied);
        for day in &run.days {
            if let Some(open) = open.as_mut().filter(|open| (open.channel, open.day) == (day.channel, day.day)) {
                open.merge(day);
            } else if let Some(done) = open.replace(day.clone()) {
                *days += 1;
                ledger.take_day(&done, channels);
                end_day(&done, channels, name, overlap, Some(&mut *sheet))?;
            }
        }
        if let Some(open) = open {
            channels.forget_before(open.channel);
        }
        Ok(())
    }

    fn write(&mut self, batch: &Batch) -> Result<(), Trouble> {
        self.begin_rows();
        let Self { shape, sheet, overlap, source, wide, nem12, .. } = self;
        let Source { name, channels, ledger, lengths, fold, long, days, .. } = source;
        channels.extend(&batch.new_channels);
        if *shape == Shape::Long && nem12.is_none() && !batch.measurements.is_empty() {
            ledger.add_measured(&batch.measurements, channels);
            Long::measured(&batch.measurements, channels, name, sheet)?;
        }
        if nem12.is_none() {
            lengths.check(batch, channels)?;
        }
        let stretches: Vec<_> = batch.stretches().collect();
        ledger.add(batch, &stretches, channels);
        let by_day = *shape == Shape::Daily && nem12.is_none();
        fold.add(batch, stretches, |channel| channels.zone(channel), &mut |day| {
            *days += 1;
            end_day(&day, channels, name, overlap, by_day.then_some(&mut *sheet))
        })?;
        match shape {
            _ if nem12.is_some() => {}
            Shape::Long => long.add(batch, channels, name, sheet)?,
            Shape::Wide { .. } => wide.add(batch, channels, name, sheet)?,
            Shape::Daily => {}
        }
        if let Some(&channel) = batch.channel.last() {
            // A day may still be open although the channel behind it has begun.
            channels.forget_before(wide.channel_in_hand().map_or(channel, |open| open.min(channel)));
        }
        Ok(())
    }

    fn begin_rows(&mut self) {
        if let Some(columns) = self.fixed_columns().filter(|_| !self.sheet.is_begun()) {
            self.sheet.begin(columns);
        }
    }

    /// Writes what was held back until the end of the file, which was made at `created_at`; tells what cannot be.
    fn complete(&mut self, created_at: i64) -> Result<LeftOut, Trouble> {
        self.begin_rows();
        let Self { shape, sheet, overlap, source, wide, nem12, .. } = self;
        let Source { name, channels, ledger, fold, long, days, open, .. } = source;
        let by_day = *shape == Shape::Daily && nem12.is_none();
        if let Some(done) = open.take() {
            *days += 1;
            ledger.take_day(&done, channels);
            end_day(&done, channels, name, overlap, Some(&mut *sheet))?;
        }
        fold.finish(&mut |day| {
            *days += 1;
            end_day(&day, channels, name, overlap, by_day.then_some(&mut *sheet))
        })?;
        if let Some(nem12) = nem12.take() {
            return nem12.finish(created_at, sheet);
        }
        match shape {
            Shape::Long => long.finish(channels, name, sheet)?,
            Shape::Wide { .. } => wide.finish(channels, name, sheet)?,
            Shape::Daily => {}
        }
        Ok(LeftOut::default())
    }

    pub(super) fn end(&mut self, mut file: FileOutcome) -> Result<(), ConvertError> {
        let mut left_out = LeftOut::default();
        self.source.refusal = self.source.refusal.take().or_else(|| self.unfit(&file));
        if file.status == Status::Loaded && self.source.refusal.is_none() {
            // A file that does not say when it was made is taken to be as old as its last reading, so that the same
            // files give the same bytes.
            let created_at = file.header.created_at.or(self.source.ledger.counts.end).unwrap_or_default();
            let result = self.complete(created_at).map(|days| left_out = days);
            self.settle(result)?;
        }
        if let Some(refusal) = self.source.refusal.take().filter(|_| file.status == Status::Loaded) {
            refuse(&mut file, refusal);
        }
        let mut counts = self.source.ledger.finish(&self.source.channels);
        counts.days = self.source.days;
        if file.status != Status::Loaded {
            self.take_back()?;
            self.files.push(Converted {
                file,
                counts: Counts::default(),
                rows: 0,
                left_out: LeftOut::default(),
                consistent: true,
            });
            return Ok(());
        }
        if !self.sheet.is_begun() && self.shape != Shape::Daily {
            // A file without readings is an output without rows where each has one of its own.
            self.sheet.begin(self.columns_without_readings());
        }
        let (rows, written) = self.sheet.keep().map_err(ConvertError::Output)?;
        self.overlap.keep();
        let consistent = self.is_proven(&file, &counts, rows, &together(written, &left_out.units));
        self.files.push(Converted { file, counts, rows, left_out, consistent });
        Ok(())
    }

    /// Why a file of sensors cannot be written as it was asked for.
    fn unfit(&self, file: &FileOutcome) -> Option<Refusal> {
        let message = match file.format? {
            Format::SensorMapping => {
                "expected readings, found what sensors are called: `smrt ingest` takes in names, and `smrt meters` lists them"
            }
            Format::Sensor if self.options.is_some() => {
                "expected quantities of intervals, found what a sensor measured, which no market file can say: choose \
                 another --to"
            }
            Format::Sensor if self.shape != Shape::Long => {
                "expected quantities of intervals, found what a sensor measured: choose --shape long, or load the file \
                 and use `smrt daily`"
            }
            Format::Sensor if self.upserts => {
                "expected readings that have a key, found what a sensor measured, perhaps twice at one instant: leave \
                 --upsert out"
            }
            _ => return None,
        };
        Some(Refusal { message: message.to_owned(), line: None })
    }

    /// Whether what was written stands for what was read.
    fn is_proven(&self, file: &FileOutcome, counts: &Counts, rows: u64, written: &BTreeMap<String, Measured>) -> bool {
        let expected = match self.shape {
            // Days of NEM time need not be those of the channel, and some may be left out: the values tell.
            _ if self.options.is_some() => rows,
            Shape::Long => counts.readings - counts.doubled + counts.measurements,
            Shape::Daily | Shape::Wide { .. } => counts.days,
        };
        rows == expected
            && file.records == counts.records + file.refused
            && agree(&counts.units, written, self.shape == Shape::Daily && self.options.is_none())
    }

    fn take_back(&mut self) -> Result<(), ConvertError> {
        self.overlap.take_back();
        self.sheet.take_back().map_err(ConvertError::Output)
    }

    fn columns_without_readings(&self) -> Vec<Column> {
        let length = match self.shape {
            Shape::Wide { interval } => interval,
            Shape::Long | Shape::Daily => None,
        };
        self.fixed_columns().unwrap_or_else(|| Wide::columns(length, MarketZone::Utc))
    }

    pub(super) fn finish(mut self) -> Result<Conversion, ConvertError> {
        if !self.sheet.is_begun() && self.options.is_none() {
            // An output of nothing is one without rows, not none.
            self.sheet.begin(self.columns_without_readings());
        }
        let doubled_days = self.overlap.days();
        Ok(Conversion { files: self.files, outputs: self.sheet.finish()?, doubled_days })
    }
}

/// Turns a file that could be loaded into one that cannot be written.
pub(super) fn refuse(file: &mut FileOutcome, refusal: Refusal) {
    let Refusal { message, line } = refusal;
    let finding = match line {
        Some(line) => Finding::of_line(&NOT_CONVERTIBLE, line, message),
        None => Finding::of_file(&NOT_CONVERTIBLE, message),
    };
    file.status = Status::Rejected;
    file.reason = Some(Reason::from(&finding));
    file.findings.push(finding);
}

fn daily_columns() -> Vec<Column> {
    vec![
        Column::key("meter", Kind::Text),
        Column::key("channel", Kind::Text),
        Column::key("date", Kind::Date),
        Column::key("unit", Kind::Unit),
        Column::new("count", Kind::Values),
        Column::new("expected", Kind::Count),
        Column::new("sum", Kind::Sum),
        Column::new("min", Kind::Number),
        Column::new("max", Kind::Number),
        Column::new("mean", Kind::Number),
        Column::new("file", Kind::Text),
    ]
}

/// A day is over: it is remembered, and written where days are rows.
fn end_day(
    day: &Day,
    channels: &Channels,
    file: &str,
    overlap: &mut Overlap,
    sheet: Option<&mut Sheet<'_>>,
) -> Result<(), Trouble> {
    let Some(known) = channels.get(day.channel) else { return Ok(()) };
    let kind = &known.kind;
    overlap.add(day.channel, (kind.scheme, &known.meter, &kind.name, &kind.unit), day.day);
    let Some(sheet) = sheet else { return Ok(()) };
    let (tally, date) = (day.tally(), date(day.day));
    let has_sum = tally.count > 0 && Unit::adds_up(&kind.unit);
    let quantity = |quantity: Option<smrt_core::Quantity>| quantity.map_or(Field::Null, |q| number(q.micros()));
    sheet.row(&[
        Field::Text(&known.meter),
        Field::Text(&kind.name),
        Field::Date(&date, day.day),
        Field::Text(&kind.unit),
        Field::Count(tally.count),
        Field::Count(day.expected()),
        if has_sum { Field::Number(tally.sum) } else { Field::Null },
        quantity(tally.range.map(|(min, _)| min)),
        quantity(tally.range.map(|(_, max)| max)),
        quantity(tally.mean()),
        Field::Text(file),
    ])
}
