//! From what people type to channels and instants: CODE, `--channel`, `--from`, `--to`.

use crate::{
    args::{AnyMeterArgs, ChannelArgs, MeterArgs, RangeArgs},
    exit::CliError,
    series::SECOND,
};
use smrt_core::{Channel, MarketZone, SensorId};
use smrt_storage::{MeterFilter, Store, StoredChannel};

/// Longest code that is padded with zeros in the search for one that was meant.
const LONGEST_NUMBER: usize = 20;
/// How many codes are suggested.
const SUGGESTIONS: u64 = 3;

impl MeterArgs {
    /// The channels that are meant.
    pub(crate) fn channels(&self, store: &mut Store) -> Result<Vec<StoredChannel>, CliError> {
        let channels = store.channels(Some(&self.code))?;
        if channels.is_empty() {
            return Err(unknown_meter(store, &self.code)?);
        }
        self.channel.choose(channels, &format!("meter {}", self.code))
    }
}

impl AnyMeterArgs {
    /// The channels that are meant; none only where the database is empty.
    pub(crate) fn channels(&self, store: &mut Store) -> Result<Vec<StoredChannel>, CliError> {
        match &self.code {
            Some(code) => MeterArgs { code: code.clone(), channel: self.channel.clone() }.channels(store),
            None => {
                let channels = store.channels(None)?;
                if channels.is_empty() { Ok(channels) } else { self.channel.choose(channels, "the database") }
            }
        }
    }
}

impl ChannelArgs {
    /// Those of `channels` that have the wanted name.
    fn choose(&self, channels: Vec<StoredChannel>, whose: &str) -> Result<Vec<StoredChannel>, CliError> {
        let Some(name) = &self.channel else { return Ok(channels) };
        let mut names: Vec<String> = channels.iter().map(|stored| stored.channel.name.clone()).collect();
        let chosen: Vec<_> = channels.into_iter().filter(|stored| &stored.channel.name == name).collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        names.sort();
        names.dedup();
        names.retain(|name| !name.is_empty());
        let hint = match names.len() {
            0 => "its only channel has no name: leave --channel out".to_owned(),
            _ => format!("there is {}", names.join(", ")),
        };
        Err(CliError::NotFound(format!("{whose} has no channel {name:?}"), Some(hint)))
    }
}

/// The columns that say nothing about any of these channels.
pub(crate) fn unstated<'a>(channels: impl Iterator<Item = &'a Channel>) -> Vec<&'static str> {
    let mut unstated = vec!["channel", "unit"];
    for channel in channels {
        let says_nothing = |column: &&str| if *column == "unit" { &channel.unit } else { &channel.name }.is_empty();
        unstated.retain(says_nothing);
    }
    unstated
}

/// That a meter is not known, with codes that may have been meant; or that just its name is.
fn unknown_meter(store: &mut Store, code: &str) -> Result<CliError, CliError> {
    let exact = code.parse().map_or_else(|_| code.to_owned(), |sensor: SensorId| sensor.to_string());
    if !store.meters(&MeterFilter { code: Some(exact), ..MeterFilter::default() })?.is_empty() {
        let hint = "a mapping has named it; load the files with its measurements, `smrt files` lists those that are";
        return Ok(CliError::NotFound(format!("sensor {code:?} has no measurements yet"), Some(hint.into())));
    }
    let hint = match near_codes(store, code)? {
        codes if codes.is_empty() => "`smrt meters` lists the meters".to_owned(),
        codes => format!("did you mean {}? `smrt meters` lists all", codes.join(" or ")),
    };
    Ok(CliError::NotFound(format!("no meter {code:?} is known"), Some(hint)))
}

/// Codes with the same digits but other leading zeros, else codes that begin alike.
fn near_codes(store: &mut Store, code: &str) -> Result<Vec<String>, CliError> {
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

impl RangeArgs {
    /// Both ends as instants, those without a zone taken in `zone`.
    pub(crate) fn instants(&self, zone: MarketZone) -> Result<(Option<i64>, Option<i64>), CliError> {
        let (from, to) = self.micros(zone)?;
        // An instant within a second begins behind it, and ends within it.
        let second = |micros: i64| micros.div_euclid(SECOND) + i64::from(micros.rem_euclid(SECOND) > 0);
        Ok((from.map(second), to.map(second)))
    }

    /// Both ends as epoch microseconds, those without a zone taken in `zone`.
    pub(crate) fn micros(&self, zone: MarketZone) -> Result<(Option<i64>, Option<i64>), CliError> {
        let micros = |what: &str, text: Option<&str>| {
            let parsed = text.map(|text| zone.parse_micros(text)).transpose();
            parsed.map_err(|error| CliError::Usage(format!("{what}: {error}")))
        };
        match (micros("--from", self.from.as_deref())?, micros("--to", self.to.as_deref())?) {
            (Some(first), Some(behind)) if first >= behind => {
                Err(CliError::Usage("--from must be earlier than --to, which is no longer meant itself".into()))
            }
            range => Ok(range),
        }
    }

    /// The days that begin within the range, as days since 1970-01-01 in `zone`: first and first behind.
    pub(crate) fn days(&self, zone: MarketZone) -> Result<(Option<i32>, Option<i32>), CliError> {
        let (from, to) = self.instants(zone)?;
        let beginning_at_or_behind = |epoch: i64| {
            let day = zone.day(epoch);
            if zone.day_start(day) < epoch { day.saturating_add(1) } else { day }
        };
        Ok((from.map(beginning_at_or_behind), to.map(beginning_at_or_behind)))
    }
}

/// An instant from what was typed.
pub(crate) fn instant(what: &str, text: Option<&str>, zone: MarketZone) -> Result<Option<i64>, CliError> {
    text.map(|text| zone.parse_instant(text).map_err(|error| CliError::Usage(format!("{what}: {error}")))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> RangeArgs {
        RangeArgs { from: Some(from.into()), to: Some(to.into()) }
    }

    #[test]
    fn days_are_those_that_begin_within() {
        let days = |from, to| range(from, to).days(MarketZone::Utc).unwrap();
        assert_eq!(days("1970-01-02", "1970-01-04"), (Some(1), Some(3)));
        assert_eq!(days("1970-01-02T00:00:01Z", "1970-01-03T12:00:00Z"), (Some(2), Some(3)));
        let eastern = range("1970-01-02", "1970-01-03T00:00:00Z").days(MarketZone::Fixed(600)).unwrap();
        assert_eq!(eastern, (Some(1), Some(3)));
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_refused() {
        assert!(range("2020-01-02", "2020-01-02").instants(MarketZone::Utc).is_err());
        let error = range("yesterday", "2020-01-02").instants(MarketZone::Utc).unwrap_err();
        assert!(error.to_string().starts_with("--from: \"yesterday\" is no time"), "{error}");
    }
}
