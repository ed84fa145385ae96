//! From a code and a name to channels.

use crate::AskError;
use smrt_core::{Channel, SensorId};
use smrt_storage::{MeterFilter, Store, StoredChannel};

/// Longest code that is padded with zeros in the search for one that was meant.
const LONGEST_NUMBER: usize = 20;
/// How many codes are suggested.
const SUGGESTIONS: u64 = 3;

/// The channels of a meter or sensor; all channels where no code is given, none only where the database is empty.
/// With a name, those of them that are called so.
///
/// # Errors
/// [`AskError::NoMeter`], [`AskError::NothingMeasured`] and [`AskError::NoChannel`] where there are none.
pub fn channels_of(
    store: &mut Store,
    code: Option<&str>,
    channel: Option<&str>,
) -> Result<Vec<StoredChannel>, AskError> {
    let channels = store.channels(code)?;
    match code {
        Some(code) if channels.is_empty() => Err(unknown_meter(store, code)?),
        None if channels.is_empty() => Ok(channels),
        _ => choose(channels, channel, || code.map_or("the database".to_owned(), |code| format!("meter {code}"))),
    }
}

/// The one channel of a meter or sensor that is meant.
///
/// # Errors
/// As [`channels_of`], and [`AskError::SeveralChannels`] where the name leaves several.
pub fn channel_named(store: &mut Store, code: &str, channel: Option<&str>) -> Result<StoredChannel, AskError> {
    let mut channels = channels_of(store, Some(code), channel)?;
    if channels.len() == 1 {
        return Ok(channels.remove(0));
    }
    Err(AskError::SeveralChannels { names: names(&channels) })
}

/// Those of `channels` that have the wanted name.
fn choose(
    channels: Vec<StoredChannel>,
    wanted: Option<&str>,
    whose: impl FnOnce() -> String,
) -> Result<Vec<StoredChannel>, AskError> {
    let Some(name) = wanted else { return Ok(channels) };
    let mut names = names(&channels);
    let chosen: Vec<_> = channels.into_iter().filter(|stored| stored.channel.name == name).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    names.sort();
    names.dedup();
    names.retain(|name| !name.is_empty());
    Err(AskError::NoChannel { whose: whose(), name: name.to_owned(), names })
}

fn names(channels: &[StoredChannel]) -> Vec<String> {
    channels.iter().map(|stored| stored.channel.name.clone()).collect()
}

/// The columns that say nothing about any of these channels.
pub fn unstated<'a>(channels: impl Iterator<Item = &'a Channel>) -> Vec<&'static str> {
    let mut unstated = vec!["channel", "unit"];
    for channel in channels {
        let says_nothing = |column: &&str| if *column == "unit" { &channel.unit } else { &channel.name }.is_empty();
        unstated.retain(says_nothing);
    }
    unstated
}

/// That a meter is not known, with codes that may have been meant; or that just its name is.
fn unknown_meter(store: &mut Store, code: &str) -> Result<AskError, AskError> {
    let exact = code.parse().map_or_else(|_| code.to_owned(), |sensor: SensorId| sensor.to_string());
    if !store.meters(&MeterFilter { code: Some(exact), ..MeterFilter::default() })?.is_empty() {
        return Ok(AskError::NothingMeasured { code: code.to_owned() });
    }
    Ok(AskError::NoMeter { code: code.to_owned(), near: near_codes(store, code)? })
}

/// Codes with the same digits but other leading zeros, else codes that begin alike.
fn near_codes(store: &mut Store, code: &str) -> Result<Vec<String>, AskError> {
    let mut near = Vec::new();
    let digits = code.trim().trim_start_matches('0');
    for width in digits.len()..=LONGEST_NUMBER {
        let padded = format!("{digits:0>width$}");
        if !padded.is_empty() && padded != code && !store.channels(Some(&padded))?.is_empty() {
            near.push(padded);
        }
    }
    let mut prefix = code.trim().to_owned();
    while near.is_empty() && !prefix.is_empty() {
        let filter = MeterFilter { prefix: Some(prefix.clone()), limit: Some(SUGGESTIONS), ..MeterFilter::default() };
        near = store.meters(&filter)?.into_iter().map(|meter| meter.name.unwrap_or(meter.code)).collect();
        prefix.pop();
    }
    Ok(near)
}
