//! The channels of a file, found in the database or made there.
//!
//! Descriptions in the order of the file's own numbering come in; for each number the id of the stored channel and
//! the start of its last reading go out. A file may bring a million channels, so no more than that is kept for each,
//! and they are looked up many at a time.

use crate::{
    StoreError,
    backend::Database,
    bulk::{self, Cells, InsertChannels, InsertMeterPoints, NewChannel, NewMeterPoint, Shape},
    error::Doing,
    schema,
    summary::Summaries,
};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use smrt_core::{Channel, MarketZone, Scheme};
use std::collections::{HashMap, HashSet};

const WHAT: &str = "looking up channels";

/// How many channels are looked up, and made, at a time.
const PART: usize = 1024;

/// The channels of one file by their numbers in it.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    slots: Vec<Slot>,
    zones: Vec<u16>,
    seen: Seen,
    /// Ids that the file gave two numbers, say before and after an exchange of the meter. What their last reading is
    /// cannot be told from one of their slots.
    doubled: HashSet<i64>,
    /// Ids with days that a version is stored of.
    versioned: Seen,
    any_in_days: bool,
    next: Option<NextIds>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    id: i64,
    /// Start of the last reading that is stored; `i64::MIN` where there is none.
    latest: i64,
    /// Whether its days are sent whole.
    in_days: bool,
}

#[derive(Clone, Copy, Debug)]
struct NextIds {
    meter_point: i64,
    channel: i64,
}

/// A set of ids: they are dense, so a bit for each is little.
#[derive(Debug, Default)]
struct Seen(Vec<u64>);

impl Seen {
    /// Takes an id in; whether it was new.
    fn insert(&mut self, id: i64) -> bool {
        let id = usize::try_from(id).unwrap_or(0);
        let (word, bit) = (id / 64, 1 << (id % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    fn contains(&self, id: i64) -> bool {
        let id = usize::try_from(id).unwrap_or(0);
        self.0.get(id / 64).is_some_and(|word| word & 1 << (id % 64) != 0)
    }
}

/// A stored channel, or none, for the description at `ordinal`.
#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = BigInt)]
    meter_point: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    channel: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    source_unit: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    serial: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    register: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    plant: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    zone: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    latest: Option<i64>,
    /// Any day that a version is stored of.
    #[diesel(sql_type = Nullable<Integer>)]
    versioned: Option<i32>,
}

/// A description that is looked up.
struct Wanted<'a> {
    ordinal: i64,
    channel: &'a Channel,
}

/// Looks channels up by what they are.
struct FindChannels;

impl Shape for FindChannels {
    type Row<'r> = Wanted<'r>;
    const HEAD: &'static str = "SELECT v.column1 AS ordinal, m.id AS meter_point, c.id AS channel, c.source_unit, \
         c.serial, c.register, c.plant, c.zone, \
         (SELECT max(r.start) FROM reading r WHERE r.channel_id = c.id) AS latest, \
         (SELECT d.day FROM day_version d WHERE d.channel_id = c.id LIMIT 1) AS versioned FROM (VALUES ";
    const TAIL: &'static str = ") AS v JOIN meter_point m ON m.scheme = v.column2 AND m.code = v.column3 \
         LEFT JOIN channel c ON c.meter_point_id = m.id AND c.name = v.column4 AND c.unit = v.column5";

    fn bind<'b>(row: &'b Wanted<'_>, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.ordinal)?;
        cells.text(row.channel.scheme.as_str())?;
        cells.text(&row.channel.meter)?;
        cells.text(&row.channel.name)?;
        cells.text(&row.channel.unit)
    }
}

impl Channels {
    /// The stored id of the channel with a number in the file.
    pub(crate) fn id(&self, number: u32) -> Result<i64, StoreError> {
        let slot = self.slots.get(number as usize);
        slot.map(|slot| slot.id).ok_or(StoreError::Misuse("a batch names a channel that no batch has described"))
    }

    /// How many channels the file has described.
    pub(crate) fn described(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// The number of the zone of a channel; see [`Summaries::zone`].
    pub(crate) fn zone(&self, number: u32) -> u16 {
        self.zones[number as usize]
    }

    /// Whether a reading lies behind everything its channel holds, so that its key must be new.
    pub(crate) fn is_new(&self, number: u32, start: i64) -> bool {
        let slot = self.slots[number as usize];
        start > slot.latest && (self.doubled.is_empty() || !self.doubled.contains(&slot.id))
    }

    /// Whether a version may be stored of any day of any channel of the file.
    pub(crate) fn any_versioned(&self) -> bool {
        !self.versioned.0.is_empty()
    }

    /// Whether a version is stored of any day of the channel with this id.
    pub(crate) fn is_versioned(&self, id: i64) -> bool {
        self.versioned.contains(id)
    }

    /// Whether the days of a channel are sent whole, as those of NMIs are: what a file says of one is all of it.
    pub(crate) fn is_in_days(&self, number: u32) -> bool {
        self.slots[number as usize].in_days
    }

    /// Whether the days of any channel of the file are sent whole.
    pub(crate) fn any_in_days(&self) -> bool {
        self.any_in_days
    }

    /// Notes that a version is stored of a day of the channel with this id.
    pub(crate) fn set_versioned(&mut self, id: i64) {
        self.versioned.insert(id);
    }

    /// Notes that a reading is stored.
    pub(crate) fn stored(&mut self, number: u32, start: i64) {
        let slot = &mut self.slots[number as usize];
        slot.latest = slot.latest.max(start);
    }

    /// Takes in the channels that follow those the file has described so far.
    pub(crate) fn resolve(
        &mut self,
        connection: &mut Database,
        summaries: &mut Summaries,
        channels: &[Channel],
    ) -> Result<(), StoreError> {
        for part in channels.chunks(PART) {
            if part.iter().any(|channel| describes(channel).any(|text| text.contains('\0'))) {
                return Err(StoreError::Misuse("the description of a channel holds a NUL character"));
            }
            self.resolve_part(connection, summaries, part)?;
        }
        Ok(())
    }

    fn resolve_part(
        &mut self,
        connection: &mut Database,
        summaries: &mut Summaries,
        part: &[Channel],
    ) -> Result<(), StoreError> {
        let wanted: Vec<Wanted<'_>> = (0..).zip(part).map(|(ordinal, channel)| Wanted { ordinal, channel }).collect();
        let found: Vec<Found> = bulk::load::<FindChannels, _>(connection, &wanted).doing(WHAT)?;
        let mut by_ordinal: Vec<Option<Found>> = Vec::new();
        by_ordinal.resize_with(part.len(), || None);
        for found in found {
            let place = usize::try_from(found.ordinal).ok().and_then(|at| by_ordinal.get_mut(at));
            *place.ok_or_else(|| StoreError::corrupt("a channel that was not asked for"))? = Some(found);
        }
        let mut made = Made { next: self.next_ids(connection)?, ..Made::default() };
        for (channel, found) in part.iter().zip(by_ordinal) {
            let in_days = channel.scheme == Scheme::Nmi;
            self.any_in_days |= in_days;
            let slot = match found {
                Some(Found { channel: Some(id), zone: Some(ref stored_zone), ref latest, .. }) => {
                    let zone = parse_zone(stored_zone)?;
                    self.zones.push(summaries.zone(zone)?);
                    let latest = latest.unwrap_or(i64::MIN);
                    if found.as_ref().is_some_and(|found| found.versioned.is_some()) {
                        self.versioned.insert(id);
                    }
                    describe_again(connection, id, channel, &found)?;
                    Slot { id, latest, in_days }
                }
                other => {
                    self.zones.push(summaries.zone(channel.zone)?);
                    let id = made.channel(channel, other.map(|found| found.meter_point));
                    Slot { id, latest: i64::MIN, in_days }
                }
            };
            if !self.seen.insert(slot.id) {
                self.doubled.insert(slot.id);
            }
            self.slots.push(slot);
        }
        self.next = Some(made.next);
        made.write(connection)
    }

    /// The ids that come next. The write lock is held, so nobody else gives any away.
    fn next_ids(&mut self, connection: &mut Database) -> Result<NextIds, StoreError> {
        if let Some(next) = self.next {
            return Ok(next);
        }
        Ok(NextIds {
            meter_point: connection.number(WHAT, "SELECT coalesce(max(id), 0) + 1 AS n FROM meter_point")?,
            channel: connection.number(WHAT, "SELECT coalesce(max(id), 0) + 1 AS n FROM channel")?,
        })
    }
}

impl Default for NextIds {
    fn default() -> Self {
        Self { meter_point: 1, channel: 1 }
    }
}

/// Meter points and channels to be made together.
#[derive(Default)]
struct Made<'a> {
    next: NextIds,
    meter_points: HashMap<(&'static str, &'a str), i64>,
    new_meter_points: Vec<NewMeterPoint<'a>>,
    channels: HashMap<(i64, &'a str, &'a str), i64>,
    new_channels: Vec<NewChannel<'a>>,
}

impl<'a> Made<'a> {
    /// The id of a channel that is not stored; two descriptions of one channel share it.
    fn channel(&mut self, channel: &'a Channel, meter_point: Option<i64>) -> i64 {
        let meter_point = meter_point.unwrap_or_else(|| self.meter_point(channel));
        let next = &mut self.next.channel;
        let new_channels = &mut self.new_channels;
        *self.channels.entry((meter_point, &channel.name, &channel.unit)).or_insert_with(|| {
            let id = *next;
            *next += 1;
            new_channels.push(NewChannel {
                id,
                meter_point,
                name: &channel.name,
                unit: &channel.unit,
                source_unit: &channel.source_unit,
                serial: &channel.serial,
                register: &channel.register,
                plant: &channel.plant,
                zone: channel.zone.to_string(),
            });
            id
        })
    }

    fn meter_point(&mut self, channel: &'a Channel) -> i64 {
        let (scheme, code) = (channel.scheme.as_str(), channel.meter.as_str());
        let next = &mut self.next.meter_point;
        let new_meter_points = &mut self.new_meter_points;
        *self.meter_points.entry((scheme, code)).or_insert_with(|| {
            let id = *next;
            *next += 1;
            new_meter_points.push(NewMeterPoint { id, scheme, code });
            id
        })
    }

    fn write(self, connection: &mut Database) -> Result<(), StoreError> {
        bulk::execute::<InsertMeterPoints>(connection, &self.new_meter_points).doing("writing meter points")?;
        bulk::execute::<InsertChannels>(connection, &self.new_channels).doing("writing channels")?;
        Ok(())
    }
}

/// Brings the description of a stored channel up to date. Its zone stays: its days are cut already.
fn describe_again(
    connection: &mut Database,
    id: i64,
    channel: &Channel,
    stored: &Option<Found>,
) -> Result<(), StoreError> {
    use schema::channel::dsl;
    let same = |stored: &Option<String>, text: &str| stored.as_deref() == Some(text);
    if stored.as_ref().is_some_and(|stored| {
        same(&stored.source_unit, &channel.source_unit)
            && same(&stored.serial, &channel.serial)
            && same(&stored.register, &channel.register)
            && same(&stored.plant, &channel.plant)
    }) {
        return Ok(());
    }
    diesel::update(dsl::channel.find(id))
        .set((
            dsl::source_unit.eq(&channel.source_unit),
            dsl::serial.eq(&channel.serial),
            dsl::register.eq(&channel.register),
            dsl::plant.eq(&channel.plant),
        ))
        .execute(connection)
        .map(drop)
        .doing("writing channels")
}

/// All texts of a description.
fn describes(channel: &Channel) -> impl Iterator<Item = &str> {
    let Channel { scheme: _, meter, name, unit, source_unit, serial, register, plant, zone: _ } = channel;
    [meter, name, unit, source_unit, serial, register, plant].into_iter().map(String::as_str)
}

/// The zone a stored channel names.
pub(crate) fn parse_zone(text: &str) -> Result<MarketZone, StoreError> {
    text.parse().map_err(|error: smrt_core::ZoneError| StoreError::corrupt(error.to_string()))
}
