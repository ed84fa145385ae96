//! What the tests look at: a year of half-hours of a meter in Berlin, with a short day, a long one and gaps.

use crate::support::Place;
use smrt_core::MarketZone;
use smrt_ingest::{Quiet, Stop, ingest};
use std::{collections::HashMap, fmt::Write, fs, path::PathBuf, sync::OnceLock};

/// The meter.
pub(super) const METER: &str = "DE0042000001";
/// Its channel.
pub(super) const CHANNEL: &str = "Import";
/// The file that it came in.
pub(super) const FILE: &str = "berlin-2024.csv";
/// 2024-01-01 and 2024-12-31 at midnight in Berlin, as seconds since 1970.
const YEAR: (i64, i64) = (1_704_063_600, 1_735_599_600);
/// A day of which nothing came: 2024-06-10; and three hours of another: 2024-07-04 from six to nine.
const GAPS: [(i64, i64); 2] = [(1_717_970_400, 1_718_056_800), (1_720_065_600, 1_720_076_400)];
const HALF_HOUR: i64 = 1800;

/// What a file of readings says.
#[derive(Debug, Default)]
pub(super) struct Year {
    pub(super) text: String,
    /// By the civil time of the start with its offset: value and line.
    pub(super) rows: HashMap<String, (f64, usize)>,
}

/// The first line of a file of load profiles.
pub(super) const LP: &str = "MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Data Value,Units,Status\n";

/// A year in which every value is told from its neighbours.
pub(super) fn year() -> &'static Year {
    static YEAR_OF_ALL: OnceLock<Year> = OnceLock::new();
    YEAR_OF_ALL.get_or_init(|| {
        let zone: MarketZone = "Europe/Berlin".parse().unwrap();
        let mut year = Year { text: LP.to_owned(), ..Year::default() };
        let mut line = 1;
        let mut at = YEAR.0;
        while at < YEAR.1 {
            if !GAPS.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                line += 1;
                let civil = zone.rfc3339(at);
                let (date, time) = (&civil[..10], &civil[11..16]);
                let value = format!("{}.{:03}", (at / HALF_HOUR) % 3, (at / HALF_HOUR * 37) % 1000);
                let parts: Vec<&str> = date.split('-').collect();
                let day = format!("{}/{}/{}", parts[2], parts[1], parts[0]);
                writeln!(year.text, "{METER},S1,,{day} {time}:00,{CHANNEL},{value},kWh,").unwrap();
                let stamp = format!("{date} {time} {}", &civil[19..]);
                assert!(year.rows.insert(stamp, (value.parse().unwrap(), line)).is_none());
            }
            at += HALF_HOUR;
        }
        year
    })
}

/// A place for a service, with the year in its database.
pub(super) fn with_year() -> Place {
    static DATABASE: OnceLock<Vec<u8>> = OnceLock::new();
    let place = place();
    let database = DATABASE.get_or_init(|| {
        let made = self::place();
        made.load(FILE, &year().text);
        fs::read(made.path("smrt.db")).unwrap()
    });
    fs::write(place.path("smrt.db"), database).unwrap();
    place
}

/// A place for a service that waits as long as a service does, whose files without a zone come from Berlin.
pub(super) fn place() -> Place {
    let mut place = Place::new();
    place.options.limits = smrt_server::Limits::default();
    place.options.ingest.parse.zone = Some("Europe/Berlin".parse().unwrap());
    place
}

/// Loads files and folders of `examples`.
pub(super) fn load_examples(place: &Place, names: &[&str]) {
    let examples = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"));
    let paths: Vec<_> = names.iter().map(|name| examples.join(name)).collect();
    let mut writer = place.store().writer().unwrap();
    let report = ingest(&mut writer, &paths, &place.options.ingest, &Stop::default(), &Quiet).unwrap();
    assert!(report.totals().loaded > 0, "{:?}", report.files);
}
