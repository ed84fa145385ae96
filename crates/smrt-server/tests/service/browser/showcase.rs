//! Files as a team gets them over a month, for the pictures of the pages: gas by the day, electricity by the day and by the
//! year, sensors, and the files that go wrong. Made up, and the same at every run but for the dates, which end with today.

use smrt_core::civil_from_days;
use std::{
    f64::consts::TAU,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// A meter with a year of half-hours, what it draws and what it feeds in.
pub(super) const NMI: &str = "4103051207";
/// A sensor.
pub(super) const SENSOR: &str = "b1a99a56-0e47-4f4d-9e07-963d3e228eca";
/// A file that is refused, with several findings; its name ends with the day.
pub(super) const REFUSED: &str = "PN009200.SMRT";

const NMIS: [&str; 8] =
    [NMI, "4103051244", "4103058810", "4103070035", "4103070116", "4103070243", "4103082090", "4103090771"];
const SENDERS: [&str; 6] = ["STADTWERKE", "NORDGAS", "ISARNETZ", "HAVELGAS", "ELBE ENERGIE", "RHEINGAS"];
const SENSORS: [(&str, &str); 3] = [
    ("efa4b573-e1b1-46b3-9e8a-0b303d2bb66e", "Boiler, supply"),
    (SENSOR, "Attic, north side"),
    ("0c7e9a44-98d1-4c5b-8a63-5be2d4f1a9d0", "Outside air"),
];

/// Days of gas meters by sender, from 0.
const METERS_OF_A_SENDER: usize = 4;

/// A number from 0 to 1 that is the same for the same place.
fn chance(seed: &[u64]) -> f64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for part in seed {
        state = (state ^ part).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 29;
        state = state.wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 32;
    }
    f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
}

fn date(day: i32) -> String {
    let (year, month, day) = civil_from_days(day);
    format!("{year:04}{month:02}{day:02}")
}

/// 1 in the middle of the northern winter, -1 in that of the summer.
fn winter(day: i32) -> f64 {
    (TAU * (f64::from(day) - 15.0) / 365.25).cos()
}

fn is_weekend(day: i32) -> bool {
    (day + 3).rem_euclid(7) >= 5
}

fn bump(hour: f64, centre: f64, width: f64) -> f64 {
    (-((hour - centre) / width).powi(2)).exp()
}

/// What a household draws in a half-hour, in kWh.
fn drawn(meter: usize, day: i32, slot: u64) -> f64 {
    let hour = f64::from(u32::try_from(slot).unwrap()) / 2.0;
    let seed = [meter as u64, u64::try_from(day).unwrap(), slot];
    let morning = if is_weekend(day) { bump(hour, 9.5, 2.2) } else { bump(hour, 7.0, 1.2) * 1.2 };
    let noon = if is_weekend(day) { bump(hour, 13.0, 2.5) * 0.7 } else { bump(hour, 12.5, 1.5) * 0.2 };
    let evening = bump(hour, 19.2, 2.1) * 1.5;
    // The south of the world: warm in January.
    let season = 1.0 - 0.35 * winter(day) + 0.25 * winter(day).max(0.0) * bump(hour, 16.5, 3.0);
    let away = if chance(&[meter as u64, u64::try_from(day / 9).unwrap(), 7]) > 0.95 { 0.25 } else { 1.0 };
    let scale = 0.6 + 0.12 * (meter % 5) as f64;
    (0.07 + (morning + noon + evening) * 0.42 * season * away * scale * (0.65 + 0.7 * chance(&seed))).max(0.02)
}

/// What its roof feeds in.
fn fed_in(meter: usize, day: i32, slot: u64) -> f64 {
    let hour = f64::from(u32::try_from(slot).unwrap()) / 2.0;
    let clouds = 0.25 + 0.75 * chance(&[99, u64::try_from(day).unwrap()]);
    let width = 3.0 + 0.8 * winter(day);
    let sun = bump(hour, 12.5, width) * (1.3 + 0.6 * winter(day)) * clouds;
    let sun = sun * (0.85 + 0.3 * chance(&[meter as u64, 5, u64::try_from(day).unwrap(), slot]));
    if sun < 0.06 { 0.0 } else { sun }
}

/// One day of a channel as 300 record and its 400 records; nothing where it did not come.
fn nem12_day(text: &mut String, meter: usize, day: i32, feed: bool, kind: &str) {
    let odd = chance(&[meter as u64, u64::try_from(day).unwrap(), 3]);
    let final_word = kind == "final";
    if !final_word && odd < 0.016 {
        return;
    }
    let value = |slot| if feed { fed_in(meter, day, slot) } else { drawn(meter, day, slot) };
    let values: Vec<_> = (0..48).map(|slot| format!("{:.3}", value(slot))).collect();
    let update = date(day + if final_word { 4 } else { 1 });
    let (flag, parts) = match odd {
        odd if final_word || odd > 0.035 => (if final_word { "F14" } else { "A" }, String::new()),
        odd if odd > 0.022 => ("S14", String::new()),
        _ => ("V", "400,1,16,A,,\n400,17,34,E52,76,no read from the meter\n400,35,48,A,,\n".to_owned()),
    };
    let reason = if flag.len() > 1 { "32" } else { "" };
    writeln!(text, "300,{},{},{flag},{reason},,{update}031500,\n{parts}", date(day), values.join(",")).unwrap();
    text.truncate(text.trim_end().len());
    text.push('\n');
}

/// The days of some meters, each with one channel or two.
fn nem12(created: i32, meters: &[usize], days: std::ops::Range<i32>, kind: &str) -> String {
    let mut text = format!("100,NEM12,{}0245,GRIDCO,SMRT\n", date(created));
    for &meter in meters {
        let has_roof = meter % 2 == 0;
        let all = if has_roof { "B1E1" } else { "E1" };
        for (suffix, feed) in [("E1", false), ("B1", true)].into_iter().filter(|(_, feed)| has_roof || !feed) {
            writeln!(text, "200,{},{all},1,{suffix},N1,M{:08},kWh,30,", NMIS[meter], 40_310 + meter).unwrap();
            for day in days.clone() {
                nem12_day(&mut text, meter, day, feed, kind);
            }
        }
    }
    text + "900\n"
}

fn smrt_head(sender: &str, created: i32, name: &str) -> String {
    format!("\"HEADR\",\"SMRT\",\"{sender}\",\"{}\",\"021000\",\"{name}\"\n", date(created))
}

/// A day of gas of some meters of a sender.
fn smrt(sender: usize, created: i32, name: &str, meters: &[usize]) -> String {
    let mut text = smrt_head(SENDERS[sender], created, name);
    for &meter in meters {
        let number = sender * 10 + meter;
        for hour in 0..24_u64 {
            let cold = 0.5 + 0.5 * winter(created);
            let at = f64::from(u32::try_from(hour).unwrap());
            let heat = (0.3 + bump(at, 7.0, 2.0) + 0.8 * bump(at, 19.0, 3.0)) * (0.3 + 1.8 * cold);
            let value = heat * (0.7 + 0.6 * chance(&[number as u64, u64::try_from(created).unwrap(), hour, 11]));
            writeln!(
                text,
                "\"CONSU\",\"{:010}\",\"{}\",\"{hour:02}00\",{value:.2}",
                701_200 + number,
                date(created - 1)
            )
            .unwrap();
        }
    }
    text + "\"TRAIL\"\n"
}

/// What sensors measured on a day, each quarter of an hour.
fn sensors(day: i32) -> String {
    let mut text = "timestamp;sensor_uuid;sensor_value\n".to_owned();
    let civil = date(day);
    let civil = format!("{}-{}-{}", &civil[..4], &civil[4..6], &civil[6..]);
    for slot in 0..96_u64 {
        let hour = f64::from(u32::try_from(slot).unwrap()) / 4.0;
        // From one day's weather into the next one's.
        let drift = |seed| {
            let of = |day: i32| chance(&[seed, u64::try_from(day).unwrap()]);
            5.0 * (of(day) + (of(day + 1) - of(day)) * hour / 24.0)
                + chance(&[seed, u64::try_from(day).unwrap(), slot]) * 0.6
        };
        let outside = 6.0 - 7.0 * winter(day) + 4.0 * (TAU * (hour - 9.5) / 24.0).sin() + drift(21);
        let boiler = 48.0 + 14.0 * bump(hour, 6.5, 1.6) + 11.0 * bump(hour, 19.0, 2.4) + drift(22);
        for ((id, _), value) in SENSORS.iter().zip([boiler, outside * 0.4 + 14.0, outside]) {
            // A sensor that lost its battery for an afternoon.
            if !(*id == SENSOR && day % 11 == 4 && (44..66).contains(&slot)) {
                writeln!(text, "{civil} {:02}:{:02}:00Z;{id};{value:.2}", slot / 4, slot % 4 * 15).unwrap();
            }
        }
    }
    text
}

/// Writes the files of the month before `today` into a folder; gives their paths in the order in which they came.
pub(super) fn write(folder: &Path, today: i32) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut put = |name: String, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        paths.push(path);
    };
    let first = today - 29;
    let names = SENSORS.map(|(id, name)| format!("{name};{id}\n")).concat();
    put(format!("mapping-{}.csv", date(first)), format!("sensor_name;sensor_uuid\n{names}"));
    // What came before the month was sent once more as two files of a year.
    put(format!("GRIDCO-year-A-{}.csv", date(first)), nem12(first, &[0, 1], today - 372..first, "first"));
    put(format!("GRIDCO-year-B-{}.csv", date(first)), nem12(first, &[2], today - 372..first, "first"));
    let mut number = 9_000;
    for day in first..=today {
        for sender in 0..SENDERS.len() {
            number += 1;
            let name = format!("PN{number:06}");
            let odd = chance(&[sender as u64, u64::try_from(day).unwrap(), 1]);
            // Two senders rest at the weekend, and one has fallen silent.
            if is_weekend(day) && sender > 3 || sender == 5 && day > today - 6 || sender == 3 && day == today {
                continue;
            }
            let meters: Vec<_> =
                (0..METERS_OF_A_SENDER).filter(|meter| !(*meter == 3 && sender == 1 && day > today - 12)).collect();
            let mut text = smrt(sender, day, &name, &meters);
            if odd > 0.965 {
                // Cut on its way.
                text.truncate(text.len() - 700);
            } else if odd > 0.945 {
                text = text.replacen("\"0500\",", "\"0500\",-", 1).replacen("\"1100\",", "\"2500\",", 2);
            } else if odd < 0.08 {
                text = text.replacen("\"1300\",", "\"1200\",", 1);
            }
            if odd > 0.90 && odd < 0.92 {
                put(format!("{name}-copy-{}.SMRT", date(day)), text.clone());
            }
            put(format!("{name}.SMRT"), text);
        }
        put(format!("GRIDCO-{}.csv", date(day)), nem12(day, &[0, 1, 2, 3, 4, 5, 6, 7], day - 1..day, "first"));
        if day % 7 == 2 {
            put(format!("GRIDCO-final-{}.csv", date(day)), nem12(day, &[0, 1, 2], day - 9..day - 2, "final"));
        }
        if day % 9 == 4 {
            put(format!("portal-export-{}.csv", date(day)), "Datum;Wert\n01.03.2024;1,5\n".to_owned());
        }
        put(format!("sensors-{}.csv", date(day)), sensors(day - 1));
    }
    let mut refused = smrt_head(SENDERS[0], today, "PN009200");
    for (meter, hour, value) in [
        ("0000701200", "0000", "0.27"),
        ("0000701200", "0100", "0,31"),
        ("0000701200", "0200", "0.33"),
        ("0000701200", "2500", "0.40"),
        ("0000701200", "0400", "-0.44"),
        ("0000701201", "0500", "1.3.6"),
        ("0000701201", "0600", "1.64"),
    ] {
        writeln!(refused, "\"CONSU\",\"{meter}\",\"{}\",\"{hour}\",{value}", date(today - 1)).unwrap();
    }
    put(REFUSED.to_owned(), refused + "\"TRAIL\"\n");
    paths
}

/// Files to send from the page: one that is good, one that is not, one that is known.
pub(super) fn to_send(folder: &Path, today: i32) -> Vec<PathBuf> {
    let mut broken = smrt(0, today, "PN009203", &[1]);
    broken = broken.replacen("\"0500\",", "\"0500\",x", 1);
    let files = [
        ("PN009202.SMRT".to_owned(), smrt(3, today, "PN009202", &[0, 1, 2, 3])),
        ("PN009203.SMRT".to_owned(), broken),
        (format!("GRIDCO-{} (1).csv", date(today)), nem12(today, &[0, 1, 2, 3, 4, 5, 6, 7], today - 1..today, "first")),
        ("notes.txt".to_owned(), "Call Nordgas about meter 701213.\n".to_owned()),
    ];
    files
        .into_iter()
        .map(|(name, text)| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        })
        .collect()
}
