//! The lists of meters and sensors, and the page of one.

use super::{ROWS, date, owned};
use crate::{
    api, clock,
    endpoint::Question,
    pages,
    params::cursor_of,
    problem::{NOT_FOUND, Problem},
};
use smrt_core::{MarketZone, Quality};
use smrt_storage::{FileFilter, MeterFilter, StoredChannel};

/// Days of a series that are shown where nobody says which.
const SHOWN_DAYS: i32 = 365;
/// Register reads that are shown.
const READS: usize = 50;

pub(super) fn meters_page(question: &mut Question<'_>, sensors: bool) -> Result<(), Problem> {
    let params = question.params;
    let filter = MeterFilter {
        prefix: params.text("prefix").map(str::to_owned),
        sensors: Some(sensors),
        after: params.meter_cursor()?,
        limit: Some(ROWS + 1),
        ..MeterFilter::default()
    };
    let mut found = question.series.store.meters(&filter)?;
    let more = api::has_more(&mut found, ROWS);
    let day = |epoch: Option<i64>| epoch.map(|epoch| date(MarketZone::Utc.day(epoch)));
    let model = pages::meters::Meters {
        sensors,
        query: owned(question, "prefix"),
        after: owned(question, "after"),
        next: found.last().filter(|_| more).map(|meter| cursor_of(&meter.code, meter.scheme)),
        rows: found
            .into_iter()
            .map(|meter| pages::meters::MeterRow {
                scheme: meter.scheme.as_str().to_owned(),
                channels: meter.channels,
                readings: meter.readings + meter.measurements,
                first: day(meter.first),
                last: day(meter.last),
                name: meter.name,
                code: meter.code,
            })
            .collect(),
    };
    question.page(pages::meters::page(&model))
}

pub(super) fn meter_page(question: &mut Question<'_>) -> Result<(), Problem> {
    let (meter, channels) = api::meter(question)?;
    let wanted = question.params.text("channel");
    let chosen = match wanted {
        None => 0,
        Some(name) => channels
            .iter()
            .position(|stored| stored.channel.name == name)
            .ok_or_else(|| Problem::new(NOT_FOUND, format!("meter {} has no channel {name:?}", meter.code)))?,
    };
    let zone = channels.get(chosen).map_or(MarketZone::Utc, |stored| stored.channel.zone);
    let last = meter.last.map_or_else(clock::today, |last| zone.day(last));
    let to = question.params.day("to").unwrap_or(last.saturating_add(1));
    let from = question.params.day("from").unwrap_or_else(|| {
        let first = meter.first.map_or(i32::MIN, |first| zone.day(first));
        first.max(to.saturating_sub(SHOWN_DAYS)).min(to.saturating_sub(1))
    });
    if from >= to {
        return Err(Problem::parameter("from", "expected a day before the end of the range"));
    }
    let mut shown = Vec::with_capacity(channels.len());
    for stored in &channels {
        shown.push(channel(stored, (meter.first, meter.last)));
    }
    let model = pages::meter::Meter {
        registers: register_reads(question, &channels, (from, to))?,
        code: meter.code,
        name: meter.name,
        scheme: meter.scheme.as_str().to_owned(),
        readings: meter.readings + meter.measurements,
        channels: shown,
        chosen,
        from: date(from),
        to: date(to),
    };
    question.page(pages::meter::page(&model))
}

/// A channel, with the first and the last instant of its meter.
fn channel(stored: &StoredChannel, (first, last): (Option<i64>, Option<i64>)) -> pages::meter::Channel {
    let channel = &stored.channel;
    let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let day = |epoch: Option<i64>| epoch.map(|epoch| date(channel.zone.day(epoch)));
    pages::meter::Channel {
        name: stated(&channel.name),
        unit: stated(&channel.unit),
        serial: stated(&channel.serial),
        register: stated(&channel.register),
        plant: stated(&channel.plant),
        zone: channel.zone.to_string(),
        first: day(first),
        last: day(last),
    }
}

/// What registers showed on some days, the latest first.
fn register_reads(
    question: &mut Question<'_>,
    channels: &[StoredChannel],
    (from, to): (i32, i32),
) -> Result<Vec<pages::meter::RegisterRead>, Problem> {
    let store = &mut question.series.store;
    let mut reads = Vec::new();
    for stored in channels {
        let zone = stored.channel.zone;
        let found = store.register_reads(stored.id, Some(zone.day_start(from)), Some(zone.day_start(to)), false)?;
        reads.extend(found.into_iter().map(|read| (zone, stored.channel.unit.clone(), read)));
    }
    reads.sort_by_key(|(_, _, read)| std::cmp::Reverse(read.read.current.at));
    reads.truncate(READS);
    let mut rows = Vec::with_capacity(reads.len());
    for (zone, unit, stored) in reads {
        let current = &stored.read.current;
        let file = store.files(&FileFilter {
            name: Some(stored.file.to_string()),
            newest: Some(1),
            ..FileFilter::default()
        })?;
        let is_stated = current.quality != Quality::UNSTATED;
        rows.push(pages::meter::RegisterRead {
            time: current.at.map(|at| zone.rfc3339(at)).unwrap_or_default(),
            register: if stored.register.is_empty() { stored.serial.clone() } else { stored.register.clone() },
            value: current.text.clone(),
            unit: Some(unit).filter(|unit| !unit.is_empty()),
            quality: if is_stated { current.quality.to_string() } else { String::new() },
            file: file.first().map(|file| (file.id, file.name.clone())),
        });
    }
    Ok(rows)
}
