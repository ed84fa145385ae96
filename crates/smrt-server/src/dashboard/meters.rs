//! The lists of meters and sensors, and the page of one.

use super::{ROWS, owned};
use crate::{
    api,
    clock::{self, date},
    endpoint::Question,
    pages,
    problem::{NOT_FOUND, Problem},
};
use smrt_core::{MarketZone, Quality};
use smrt_storage::{StoredChannel, StoredRegisterRead};

/// Days of a series that are shown where nobody says which.
const SHOWN_DAYS: i32 = 365;
/// Register reads that are shown.
const READS: usize = 50;

pub(super) fn meters_page(question: &mut Question<'_>, sensors: bool) -> Result<(), Problem> {
    let (found, next) = api::page_of_meters(question, Some(sensors), ROWS)?;
    let day = |epoch: Option<i64>| epoch.map(|epoch| date(MarketZone::Utc.day(epoch)));
    let model = pages::meters::Meters {
        sensors,
        query: owned(question, "prefix"),
        after: owned(question, "after"),
        next,
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
    let row = |(zone, unit, stored): (MarketZone, String, StoredRegisterRead)| {
        let current = &stored.read.current;
        let is_stated = current.quality != Quality::UNSTATED;
        pages::meter::RegisterRead {
            time: current.at.map(|at| zone.rfc3339(at)).unwrap_or_default(),
            register: if stored.register.is_empty() { stored.serial.clone() } else { stored.register.clone() },
            value: current.text.clone(),
            unit: Some(unit).filter(|unit| !unit.is_empty()),
            quality: if is_stated { current.quality.to_string() } else { String::new() },
            file: Some((stored.file_id, stored.file.to_string())),
        }
    };
    Ok(reads.into_iter().map(row).collect())
}
