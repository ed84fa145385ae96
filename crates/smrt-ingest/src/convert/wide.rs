//! One row for each day of a channel, one column for each interval of a day.
//!
//! Columns are called by the time that has passed since the day's first instant, which is the time of day but on the
//! two days of the year when a clock is changed. A column for each interval needs one length for all: the length that
//! was asked for, else that of the first reading; a file with another one is refused.

use super::{
    channels::Channels,
    form::{Column, Field, Kind, Refusal},
    settle::Settled,
    sheet::{Sheet, Trouble},
    text::date,
};
use smrt_core::{Batch, Flag, IntervalLength, MarketZone, Quality, Reading, Sum};

/// Minutes of a day.
const DAY: u16 = 1440;
/// Minutes of the longest day of a zone with daylight saving.
const LONGEST_DAY: u16 = 1500;
/// Columns before the first interval.
const BEFORE: usize = 6;

/// Writes readings in key order as rows of days.
#[derive(Debug)]
pub(super) struct Wide {
    asked: Option<IntervalLength>,
    /// The length that the columns are made for.
    length: Option<IntervalLength>,
    settled: Settled,
    open: Option<Open>,
    values: Vec<Option<Sum>>,
}

/// The day in hand and its bounds, UTC epoch seconds.
#[derive(Clone, Copy, Debug)]
struct Open {
    channel: u32,
    day: i32,
    from: i64,
    to: i64,
    /// The quality that all intervals so far share; `None` where they differ.
    quality: Option<Quality>,
}

impl Wide {
    pub(super) fn new(asked: Option<IntervalLength>) -> Self {
        Self { asked, length: None, settled: Settled::default(), open: None, values: Vec::new() }
    }

    /// The columns for intervals of a length, in a zone; without a length none of intervals.
    pub(super) fn columns(length: Option<IntervalLength>, zone: MarketZone) -> Vec<Column> {
        let mut columns = vec![
            Column::key("meter", Kind::Text),
            Column::key("channel", Kind::Text),
            Column::key("date", Kind::Date),
            Column::key("unit", Kind::Unit),
            Column::new("quality", Kind::Word),
            Column::new("file", Kind::Text),
        ];
        let minutes = if matches!(zone, MarketZone::Civil(_)) { LONGEST_DAY } else { DAY };
        let times = length.map(|length| (0..minutes).step_by(length.minutes().into()));
        let name = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        columns.extend(times.into_iter().flatten().map(|minute| Column::new(&name(minute), Kind::Value)));
        columns
    }

    /// The channel of the day that is not written yet.
    pub(super) fn channel_in_hand(&self) -> Option<u32> {
        self.open.map(|open| open.channel)
    }

    /// Forgets the source in hand.
    pub(super) fn reset(&mut self) {
        (self.settled, self.open) = (Settled::default(), None);
    }

    pub(super) fn add(
        &mut self,
        batch: &Batch,
        channels: &Channels,
        file: &str,
        sheet: &mut Sheet<'_>,
    ) -> Result<(), Trouble> {
        for reading in batch.readings() {
            if let Some(settled) = self.settled.push(reading) {
                self.take(settled, channels, file, sheet)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, channels: &Channels, file: &str, sheet: &mut Sheet<'_>) -> Result<(), Trouble> {
        if let Some(reading) = self.settled.finish() {
            self.take(reading, channels, file, sheet)?;
        }
        self.close(channels, file, sheet)
    }

    fn take(
        &mut self,
        reading: Reading,
        channels: &Channels,
        file: &str,
        sheet: &mut Sheet<'_>,
    ) -> Result<(), Trouble> {
        let zone = channels.zone(reading.channel);
        if !sheet.is_begun() {
            let length = self.asked.unwrap_or(reading.minutes);
            self.length = Some(length);
            sheet.begin(Self::columns(Some(length), zone));
        }
        let same_day = |open: &Open| open.channel == reading.channel && (open.from..open.to).contains(&reading.start);
        if !self.open.as_ref().is_some_and(same_day) {
            self.close(channels, file, sheet)?;
            let day = zone.day(reading.start);
            let (from, to) = (zone.day_start(day), zone.day_start(day.saturating_add(1)));
            self.open = Some(Open { channel: reading.channel, day, from, to, quality: Some(reading.quality) });
            self.values.clear();
            self.values.resize(sheet.width() - BEFORE, None);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let place = place(&reading, open.from, self.length);
        let Some(place) = place.filter(|&place| place < self.values.len()) else {
            return Err(misfit(&reading, zone, self.length).into());
        };
        if reading.quality.flag != Flag::Null {
            self.values[place] = Some(Sum::from_micros(reading.quantity.micros().into()));
        }
        open.quality = open.quality.filter(|&quality| quality == reading.quality);
        Ok(())
    }

    /// Writes the day in hand.
    fn close(&mut self, channels: &Channels, file: &str, sheet: &mut Sheet<'_>) -> Result<(), Trouble> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let Some(known) = channels.get(open.channel) else { return Ok(()) };
        let (date, quality) = (date(open.day), open.quality.map_or("V".to_owned(), |quality| quality.to_string()));
        let mut fields = vec![
            Field::Text(&known.meter),
            Field::Text(&known.kind.name),
            Field::Date(&date, open.day),
            Field::Text(&known.kind.unit),
            Field::Word(&quality),
            Field::Text(file),
        ];
        fields.extend(self.values.iter().map(|value| value.map_or(Field::Null, Field::Number)));
        sheet.row(&fields)
    }
}

/// Which interval of its day a reading is; `None` where it is none of that length.
fn place(reading: &Reading, day_start: i64, length: Option<IntervalLength>) -> Option<usize> {
    let length = length.filter(|&length| length == reading.minutes)?;
    let since = reading.start - day_start;
    usize::try_from(since / length.seconds()).ok().filter(|_| since % length.seconds() == 0)
}

fn misfit(reading: &Reading, zone: MarketZone, length: Option<IntervalLength>) -> Refusal {
    let expected = length.map_or("intervals of a day".to_owned(), |length| format!("intervals of {length}"));
    let (start, minutes) = (zone.rfc3339(reading.start), reading.minutes);
    let message = format!(
        "expected {expected}, which are the columns of this output, found one of {minutes} at {start}: give --column-minutes, \
         convert files of other lengths apart, or choose --shape long"
    );
    Refusal { message, line: Some(reading.line) }
}
