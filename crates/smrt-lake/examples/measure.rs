//! What a lake costs: writing, making durable, publishing, asking, compacting.
//!
//! `cargo run --release -p smrt-lake --example measure -- FOLDER [SENSORS DAYS EVERY_MINUTES FILES]`

use smrt_core::{Dataset, SensorId, Signal};
use smrt_lake::{Home, Lake, LakeError, MeasuredRows, Operation, Publication, Query};
use std::{
    error::Error,
    io::{Write, stdout},
    ops::ControlFlow,
    time::Instant,
};

const DAY: i64 = 86_400_000_000;
/// 2025-07-01.
const START: i64 = 20_270 * DAY;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder for the lake")?;
    let mut number = |default: u32| arguments.next().map_or(Ok(default), |text| text.parse());
    let (sensors, days, minutes, files) = (number(26)?, number(176)?, number(5)?, number(1)?);
    let rows = rows(sensors, days, minutes, files);
    let count = rows.at.len();
    let say = |what: &str, since: Instant, rest: String| {
        writeln!(stdout(), "{what:<12} {:>9.1} ms  {rest}", since.elapsed().as_secs_f64() * 1e3)
    };

    let lake = Lake::create(Home::folder(&folder), "measure")?;
    let since = Instant::now();
    let mut data = lake.write(&rows)?;
    let bytes: u64 = data.iter().map(|file| file.size).sum();
    let rate = count as f64 / since.elapsed().as_secs_f64() / 1e6;
    let per_row = bytes as f64 / count as f64;
    say(
        "write",
        since,
        format!("{count} rows, {} files, {bytes} B, {per_row:.2} B/row, {rate:.2} M rows/s", data.len()),
    )?;
    let since = Instant::now();
    lake.sync(&data)?;
    say("sync", since, String::new())?;
    let number = lake.published(Dataset::Measurements)?.unwrap_or(0) + 1;
    let publication =
        Publication { number, made_at: 1_790_000_000, operation: Operation::Load, adds: data.clone(), removes: vec![] };
    for what in ["publish", "again"] {
        let since = Instant::now();
        let new = lake.publish(Dataset::Measurements, &publication)?;
        say(what, since, format!("new: {new}"))?;
    }

    let middle = START + i64::from(days / 2) * DAY;
    let one = Query { sensors: Some((id(sensors / 2), id(sensors / 2))), from: Some(middle), to: Some(middle + DAY) };
    for (what, query) in [
        ("one day", one),
        ("one day", one),
        ("one sensor", Query { from: None, to: None, ..one }),
        ("one day, all", Query { sensors: None, ..one }),
        ("all", Query::default()),
    ] {
        let since = Instant::now();
        let mut sum = 0.0;
        let stats = lake.scan(&data, &query, &mut |rows| {
            sum += rows.iter().map(|row| row.value.get()).sum::<f64>();
            ControlFlow::Continue(())
        })?;
        let share = 100.0 * stats.bytes_read as f64 / bytes as f64;
        say(what, since, format!("{stats:?}, {share:.3} % of the lake, sum {sum:.6}"))?;
    }
    let since = Instant::now();
    let digest = lake.digest(&data)?;
    say("digest", since, format!("{:02x?}", &digest[..4]))?;

    let since = Instant::now();
    let compacted = compact(&lake, &data)?;
    let rate = count as f64 / since.elapsed().as_secs_f64() / 1e6;
    say("compact", since, format!("{} files, {rate:.2} M rows/s", compacted.len()))?;
    data = compacted;
    assert_eq!(lake.digest(&data)?, digest);
    Ok(())
}

fn compact(lake: &Lake, files: &[smrt_core::DataFile]) -> Result<Vec<smrt_core::DataFile>, LakeError> {
    let mut current = Vec::new();
    for day in files.chunk_by(|a, b| a.day == b.day) {
        current.extend(lake.compact(day, true)?.current);
    }
    Ok(current)
}

fn id(sensor: u32) -> SensorId {
    // Spread like identities at random.
    SensorId(u128::from(sensor + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

/// Rows as a logger writes them: instant by instant, all sensors, values with 17 digits at random.
fn rows(sensors: u32, days: u32, minutes: u32, files: u32) -> MeasuredRows {
    let mut rows = MeasuredRows { sensors: (0..sensors).map(id).collect(), ..MeasuredRows::default() };
    let instants = days * (1_440 / minutes);
    let mut state = 1_u64;
    let mut line = 1;
    for instant in 0..instants {
        for sensor in 0..sensors {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = (state >> 11) as f64 / (1_u64 << 53) as f64;
            line += 1;
            rows.sensor.push(sensor);
            rows.at.push(START + i64::from(instant) * i64::from(minutes) * 60_000_000);
            rows.value.push(Signal::new((random - 0.5) * 200.0).unwrap_or_default());
            rows.file.push(i64::from(1 + instant % files.max(1)));
            rows.line.push(line);
        }
    }
    rows
}
