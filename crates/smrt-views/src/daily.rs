//! The days of meters and sensors.

use crate::{AskError, Cell, Column, Range, Series, is_sensor, measured_days};
use smrt_core::{Quantity, Sum};
use smrt_storage::{DailyRow, StoredChannel};
use std::{
    cmp::{max, min},
    collections::BTreeMap,
    io,
};

/// What a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Per {
    /// A day of a channel.
    #[default]
    Channel,
    /// A day of a meter: its channels together, whatever their units.
    Meter,
}

/// The columns of days, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::date("date"),
    Column::word("unit"),
    Column::number("count"),
    Column::number("expected"),
    Column::value("sum"),
    Column::value("min"),
    Column::value("max"),
    Column::value("mean"),
];

/// Hands the days of channels to `take`, each with its number (days since 1970-01-01) and as a row of
/// [`COLUMNS`].
///
/// # Errors
/// When the range makes no sense, the database or its lake cannot be read, or `take` fails.
pub fn each_row(
    series: &mut Series,
    channels: &[StoredChannel],
    range: &Range,
    per: Per,
    take: &mut dyn FnMut(i32, Vec<Cell<'_>>) -> io::Result<()>,
) -> Result<(), AskError> {
    for group in groups(channels, per) {
        if let [sensor] = group
            && is_sensor(sensor)
        {
            measured_days::each_row(series, sensor, range, take)?;
            continue;
        }
        let mut days = BTreeMap::<i32, Day>::new();
        for stored in group {
            let (from, to) = range.days(stored.channel.zone)?;
            for row in series.store.daily(stored.id, from, to)? {
                days.entry(row.day).or_default().merge(&row);
            }
        }
        let channel = &group[0].channel;
        let name = if per == Per::Meter { "" } else { &channel.name };
        let one_unit = group.iter().all(|stored| stored.channel.unit == channel.unit);
        let unit = if one_unit { &channel.unit } else { "" };
        for (number, day) in &days {
            take(*number, day.row(*number, [&channel.meter, name, unit]))?;
        }
    }
    Ok(())
}

/// Channels whose days are shown together, in the order they came: those of a meter stand together.
pub(crate) fn groups(channels: &[StoredChannel], per: Per) -> impl Iterator<Item = &[StoredChannel]> {
    channels.chunk_by(move |a, b| {
        let (a, b) = (&a.channel, &b.channel);
        per == Per::Meter && (a.scheme, &a.meter) == (b.scheme, &b.meter)
    })
}

/// One day of one or more channels, or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) count: u64,
    expected: u64,
    pub(crate) sum: Sum,
    pub(crate) min: Option<Quantity>,
    pub(crate) max: Option<Quantity>,
}

impl Day {
    pub(crate) fn merge(&mut self, row: &DailyRow) {
        self.count += row.count;
        self.expected += row.expected;
        self.sum.merge(row.sum);
        self.min = [self.min, row.min].into_iter().flatten().reduce(min);
        self.max = [self.max, row.max].into_iter().flatten().reduce(max);
    }

    fn row<'a>(&self, number: i32, [meter, name, unit]: [&'a str; 3]) -> Vec<Cell<'a>> {
        vec![
            Cell::text(meter),
            Cell::stated(name),
            Cell::date(number),
            Cell::stated(unit),
            Cell::Integer(self.count),
            Cell::Integer(self.expected),
            if self.count == 0 { Cell::Null } else { Cell::decimal(self.sum) },
            Cell::maybe_decimal(self.min),
            Cell::maybe_decimal(self.max),
            Cell::maybe_decimal(self.sum.mean(self.count)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::{Channel, MarketZone, Scheme};

    fn channel(id: i64, meter: &str, name: &str, unit: &str) -> StoredChannel {
        let text = String::new;
        let channel = Channel {
            scheme: Scheme::GasMeter,
            meter: meter.into(),
            name: name.into(),
            unit: unit.into(),
            source_unit: text(),
            serial: text(),
            register: text(),
            plant: text(),
            zone: MarketZone::Utc,
        };
        StoredChannel { id, channel, alias: None }
    }

    #[test]
    fn only_channels_of_one_meter_go_together() {
        let channels = [
            channel(1, "A", "E1", "kWh"),
            channel(2, "A", "E2", "kWh"),
            channel(3, "A", "Q1", "kvarh"),
            channel(4, "B", "E1", "kWh"),
        ];
        let ids = |per| -> Vec<Vec<i64>> {
            groups(&channels, per).map(|group| group.iter().map(|stored| stored.id).collect()).collect()
        };
        assert_eq!(ids(Per::Channel), [[1], [2], [3], [4]]);
        assert_eq!(ids(Per::Meter), [vec![1, 2, 3], vec![4]]);
    }

    #[test]
    fn days_merge_exactly() {
        let q = |micros| Some(Quantity::from_micros(micros));
        let row = |sum, min, max| DailyRow {
            channel: 1,
            day: 0,
            count: 2,
            expected: 24,
            sum: Sum::from_micros(sum),
            min,
            max,
        };
        let mut day = Day::default();
        day.merge(&row(3, q(1), q(2)));
        day.merge(&row(-1, q(-4), q(3)));
        day.merge(&DailyRow { count: 0, ..row(0, None, None) });
        let merged = Day { count: 4, expected: 72, sum: Sum::from_micros(2), min: q(-4), max: q(3) };
        assert_eq!(day, merged);
    }
}
