//! Made-up content for every page: believable, and hostile where a sender could be.

use smrt_server::pages::files::{Counts, FileRow, Files, Filter};
use smrt_server::pages::overview::{Arrived, DayOutcomes, Lag, Newest, Overview, Refused, Silent};
use smrt_server::pages::{Outcomes, Severity, Status, error, file, meter, meters, quality, upload};

/// A name that tries everything: markup, quotes, a template, controls, reversed text, length.
pub(crate) fn hostile(length: usize) -> String {
    let seed = "<script>alert(\"x\")</script>'&amp;\u{202e}gpj.exe\u{0}\n\u{1b}[31m{{7*7}} שלום ";
    seed.chars().cycle().take(length).collect()
}

pub(crate) fn overview() -> Overview {
    let days = (0..30u64).map(|i| DayOutcomes {
        date: if i < 4 { format!("2024-10-{:02}", 28 + i) } else { format!("2024-11-{:02}", i - 3) },
        outcomes: Outcomes {
            loaded: if i == 17 { 0 } else { 88 + (i * 37) % 13 },
            rejected: if i % 6 == 4 { i % 5 + 1 } else { 0 },
            duplicate: (i * 5) % 7,
            name_conflict: u64::from(i % 9 == 2) * 3,
        },
    });
    Overview {
        files: 33_482,
        readings: 184_203_917,
        meters: 12_408,
        today: Outcomes { loaded: 61, rejected: 2, duplicate: 3, name_conflict: 1 },
        usual_per_day: Some(96),
        newest: Some(Newest { end: "2024-11-26T23:00:00Z".into(), age_seconds: 37_300 }),
        lag: Lag { waiting: 4, oldest_seconds: Some(190), typical_seconds: Some(5_100) },
        refused: vec![
            refused(812, "PN000104.SMRT", Status::Rejected, "P008", "expected a closing quote on the same line"),
            refused(
                809,
                &hostile(255),
                Status::Rejected,
                "P004",
                "expected the trailer TRAIL at the end, found the end of the file: it is cut short or still being written",
            ),
            refused(
                790,
                "NEM12-20241124.csv",
                Status::NameConflict,
                "N002",
                "a file of this name is loaded with other content",
            ),
        ],
        silent: ["4100000000", "0000000103", "DE00098700000000000000000000012345", "4100000117", &hostile(60)]
            .iter()
            .zip([41, 12, 9, 3, 2])
            .map(|(code, days)| Silent { code: (*code).into(), last_day: "2024-11-14".into(), days })
            .collect(),
        silent_total: 23,
        days: days.collect(),
        latest: (0..8)
            .map(|i| Arrived {
                id: 900 - i,
                name: if i == 3 { hostile(255) } else { format!("PN00{:04}.SMRT", 910 - i) },
                status: [Status::Loaded, Status::Loaded, Status::Rejected, Status::Duplicate]
                    [usize::try_from(i).expect("a small number") % 4],
                received_at: format!("2024-11-27T09:{:02}:12+01:00", 58 - i * 3),
                records: 1_440,
            })
            .collect(),
    }
}

fn refused(id: i64, name: &str, status: Status, code: &str, message: &str) -> Refused {
    let received_at = "2024-11-27T08:12:44+01:00".into();
    Refused { id, name: name.into(), received_at, status, code: code.into(), message: message.into() }
}

pub(crate) fn files(hostile_names: bool) -> Files {
    let rows = (0..50i64).map(|i| {
        let status = Status::ALL[usize::try_from(i).expect("a small number") * 7 / 10 % 6];
        let status = if i % 3 != 1 { Status::Loaded } else { status };
        FileRow {
            id: 1_000 - i,
            name: if hostile_names || i == 6 { hostile(255) } else { format!("NEM12-{:08}.csv", 20_241_127 - i) },
            format: (i % 11 != 5).then(|| "NEM12".into()),
            status,
            received_at: format!("2024-11-{:02}T06:15:00+01:00", 27 - i / 4),
            size: 1_843_221 * (u64::try_from(i).expect("a small number") % 5 + 1) / 3,
            counts: Counts { records: 17_520, inserted: 17_000, replaced: 120, unchanged: 400, refused: 0 },
            findings: u64::try_from(i).expect("a small number") % 4,
            reason: if hostile_names {
                Some(hostile(400))
            } else {
                (status == Status::Rejected).then(|| "P008: expected a closing quote on the same line".into())
            },
        }
    });
    let filter = Filter { name: if hostile_names { hostile(255) } else { String::new() }, ..Filter::default() };
    Files { filter, rows: rows.collect(), next: Some("951".into()), any: true }
}

pub(crate) fn report(hostile_text: bool) -> file::File {
    let text = |plain: &str| if hostile_text { hostile(255) } else { plain.to_owned() };
    let finding = |i: u64| {
        file::Finding {
        severity: [Severity::Error, Severity::Warning, Severity::Note][usize::try_from(i).expect("a small number") % 3],
        code: ["P008", "D002", "D006"][usize::try_from(i).expect("a small number") % 3].into(),
        message: text("expected a closing quote on the same line"),
        line: Some(7 + i),
        column: Some(22),
        excerpt: Some(file::Excerpt { text: text("\"CONSU\",\"0000000101\",\"20240115T07"), indent: 21, width: 6 }),
        explanation: Some("A text field begins with a quote and must end with one before the line ends. A file cut short while it was written looks like this.".into()),
    }
    };
    file::File {
        id: 812,
        name: text("PN000104.SMRT"),
        path: Some(text("/srv/in/2024/11/PN000104.SMRT")),
        format: Some("SMRT".into()),
        status: Status::Rejected,
        sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
        size: 1_843_221,
        sender: Some(text("GASNET")),
        created_at: Some("2024-11-27T05:58:00Z".into()),
        received_at: "2024-11-27T08:12:44+01:00".into(),
        generation: Some("PN000104".into()),
        environment: Some("production".into()),
        counts: Counts { records: 144, inserted: 0, replaced: 0, unchanged: 0, refused: 3 },
        duration_ms: Some(41),
        attempts: 2,
        run: Some("2024-11-27-0812".into()),
        duplicate_of: hostile_text.then(|| (4, hostile(255))),
        reason: Some(file::Reason {
            code: "P008".into(),
            message: text("expected a closing quote on the same line"),
            line: Some(7),
            column: Some(22),
        }),
        findings: (0..if hostile_text { 100 } else { 5 }).map(finding).collect(),
        findings_total: if hostile_text { 2_345 } else { 5 },
        by_code: vec![
            file::CodeCount { code: "P008".into(), severity: Severity::Error, count: 2_000 },
            file::CodeCount { code: "D002".into(), severity: Severity::Warning, count: 345 },
        ],
        quarantined: (0..if hostile_text { 100 } else { 3 })
            .map(|i| file::Quarantined {
                line: 40 + i,
                code: "V012".into(),
                message: text("negative quantity on an import channel"),
                text: text("\"CONSU\",\"0000000101\",\"2024011507\",\"-1.25\""),
            })
            .collect(),
    }
}

pub(crate) fn meter_list(sensors: bool, hostile_names: bool) -> meters::Meters {
    let rows = (0..50u64).map(|i| meters::MeterRow {
        code: if hostile_names || i == 4 { hostile(255) } else { format!("41000{:05}", i * 37) },
        name: (hostile_names || i % 3 == 0)
            .then(|| if hostile_names { hostile(255) } else { format!("Feeder {i}, substation North") }),
        scheme: if sensors { "sensor".into() } else { "nmi".into() },
        channels: i % 4 + 1,
        readings: 17_520 * (i % 4 + 1),
        first: Some("2024-01-01".into()),
        last: (i != 9).then(|| "2024-11-26".into()),
    });
    meters::Meters {
        sensors,
        query: String::new(),
        after: String::new(),
        rows: rows.collect(),
        next: Some("4100001850".into()),
    }
}

pub(crate) fn one_meter(hostile_text: bool) -> meter::Meter {
    let text = |plain: &str| if hostile_text { hostile(255) } else { plain.to_owned() };
    let channel = |name: &str, unit: &str| meter::Channel {
        name: Some(text(name)),
        unit: Some(unit.into()),
        serial: Some(text("M00000042")),
        register: Some("E1".into()),
        plant: None,
        zone: "Europe/Berlin".into(),
        first: Some("2024-01-01".into()),
        last: Some("2024-12-31".into()),
    };
    meter::Meter {
        code: text("4100000042"),
        name: Some(text("Bakery, Hauptstraße 7")),
        scheme: "nmi".into(),
        readings: 35_088,
        channels: if hostile_text {
            (0..60).map(|_| channel("E1", "kWh")).collect()
        } else {
            vec![channel("E1", "kWh"), channel("B1", "kWh"), channel("Q1", "kvarh")]
        },
        chosen: 0,
        from: "2024-01-01".into(),
        to: "2025-01-01".into(),
        registers: (0..if hostile_text { 50 } else { 3 })
            .map(|i| meter::RegisterRead {
                time: format!("2024-{:02}-01T00:00:00+01:00", 12 - i % 12),
                register: text("E1"),
                value: format!("{}.5", 48_211 - i * 1_200),
                unit: Some("kWh".into()),
                quality: "actual".into(),
                file: Some((77, text("TOU-202412.csv"))),
            })
            .collect(),
    }
}

pub(crate) fn calendar(hostile_names: bool) -> quality::Quality {
    let cell = |row: u32, day: u32| {
        let expected = if day == 31 { 46 } else { 48 };
        let received = match (row * 31 + day * 17) % 41 {
            0 => 0,
            1 => 46,
            2 => 30,
            3 => 9,
            4 => 50,
            _ => expected,
        };
        let gone = row == 7 && day > 14;
        let before = row == 11 && day < 9;
        quality::Cell {
            received: if gone || before { 0 } else { received },
            expected: if before { 0 } else { expected },
        }
    };
    let rows = (0..50u32).map(|row| quality::Coverage {
        code: if hostile_names || row == 3 { hostile(255) } else { format!("41000{:05}", row * 37) },
        name: (row % 2 == 0).then(|| "Attic".into()),
        days: (1..=31).map(|day| cell(row, day)).collect(),
    });
    quality::Quality {
        month: "2024-03".into(),
        query: String::new(),
        after: String::new(),
        rows: rows.collect(),
        next: Some("4100001850".into()),
    }
}

pub(crate) fn upload_page() -> upload::Upload {
    upload::Upload { largest_bytes: Some(256_000_000) }
}

pub(crate) fn problem() -> error::Problem {
    error::Problem {
        status: 404,
        title: "No such meter".into(),
        detail: format!("there is no meter point {}", hostile(60)),
    }
}

pub(crate) fn openapi() -> serde_json::Value {
    serde_json::from_str(include_str!("openapi.json")).expect("valid JSON")
}
