//! Parquet as an answer, an export and a conversion: read back by a library that knows nothing of smrt.

use crate::bench::{Bench, DAY, run, smrt};
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, reader::RowIter},
};
use std::{fs, fs::File};

/// Instants that are no whole seconds, one said twice, and a number of many digits.
const SENSOR: &str = "timestamp;sensor_uuid;sensor_value\n\
    2026-03-28 23:00:00.25Z;efa4b573-e1b1-46b3-9e8a-0b303d2bb66e;20.5\n\
    2026-03-28 23:00:01Z;efa4b573-e1b1-46b3-9e8a-0b303d2bb66e;0.1\n\
    2026-03-28 23:00:01Z;efa4b573-e1b1-46b3-9e8a-0b303d2bb66e;0.30000000000000004\n\
    2026-03-29 00:00:02Z;efa4b573-e1b1-46b3-9e8a-0b303d2bb66e;-1e-7\n";
/// What it is of.
const UUID: &str = "efa4b573-e1b1-46b3-9e8a-0b303d2bb66e";

/// Columns as `name type` and rows as texts, types told apart.
fn read(path: &std::path::Path) -> (Vec<String>, Vec<Vec<String>>) {
    let file = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = file.metadata().file_metadata().schema_descr_ptr();
    let columns = schema.columns().iter().map(|column| match column.logical_type_ref() {
        Some(logical) => format!("{} {logical:?}", column.name()),
        None => format!("{} {:?}", column.name(), column.physical_type()),
    });
    let columns = columns.map(|column| column.split_once('(').map_or(column.clone(), |(name, _)| name.to_owned()));
    let text = |field: &Field| match field {
        Field::TimestampMicros(at) => format!("{at}us"),
        Field::Date(day) => format!("{day}d"),
        Field::Double(number) => format!("{number}f"),
        field => field.to_string(),
    };
    let rows = RowIter::from_file_into(Box::new(SerializedFileReader::new(File::open(path).unwrap()).unwrap()));
    let rows = rows.map(|row| row.unwrap().get_column_iter().map(|(_, field)| text(field)).collect()).collect();
    (columns.collect(), rows)
}

/// Runs a verb with `-o parquet` and reads what it answers.
fn answer(bench: &Bench, line: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let output = bench.command(&format!("-o parquet {line}")).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let path = bench.path("answer.parquet");
    fs::write(&path, &output.stdout).unwrap();
    read(&path)
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.put("PN000001.SMRT", &smrt("PN000001", DAY));
    bench.put(&format!("sensors/{UUID}.csv"), SENSOR);
    bench
}

fn loaded() -> Bench {
    let bench = bench();
    bench.ok("ingest PN000001.SMRT");
    bench
}

fn with_sensor() -> Bench {
    let bench = loaded();
    bench.ok("ingest sensors");
    bench
}

#[test]
fn readings_of_meters_are_exact_and_times_are_instants() {
    let bench = loaded();
    let (columns, rows) = answer(&bench, "readings 0000000001");
    assert_eq!(
        columns,
        [
            "meter String",
            "channel String",
            "start Timestamp",
            "end Timestamp",
            "value Decimal",
            "unit String",
            "quality String",
            "file String",
            "line INT64",
            "reason INT64",
            "reason_text String",
        ]
    );
    let second = [
        "\"0000000001\"",
        "null",
        "1569632400000000us",
        "1569636000000000us",
        "1.520000",
        "null",
        "\"unstated\"",
        "\"PN000001.SMRT\"",
        "3",
        "null",
        "null",
    ];
    assert_eq!((rows.len(), &rows[1][..]), (3, &second.map(str::to_owned)[..]));
    let again = |line: &str| bench.command(line).output().unwrap().stdout;
    assert_eq!(again("-o parquet readings 0000000001"), again("-o parquet readings 0000000001"));
}

#[test]
fn every_verb_of_rows_answers_and_the_rows_are_those_of_json() {
    let bench = with_sensor();
    for line in [
        "readings 0000000001",
        "readings 0000000001 --resample 1d",
        &format!("readings {UUID}"),
        &format!("readings {UUID} --resample 1h"),
        "daily",
        "daily --per meter",
        "gaps",
        "meters",
        "registers 0000000001",
        "files",
        "outliers PN000001.SMRT",
        &format!("trace {UUID} 2026-03-28T23:00:01Z"),
    ] {
        let (columns, rows) = answer(&bench, line);
        let run = bench.run(&format!("-o ndjson {line}"));
        assert_eq!(rows.len(), run.out.lines().count(), "{line}");
        if let Some(first) = run.out.lines().next() {
            let row: serde_json::Value = serde_json::from_str(first).unwrap();
            assert_eq!(columns.len(), row.as_object().unwrap().len(), "{line}: {columns:?}");
        }
    }
    bench.put("PN000002.SMRT", &smrt("PN000002", &[("0000000001", 0, "9")]));
    let output = bench.command("-o parquet diff PN000001.SMRT PN000002.SMRT").output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    fs::write(bench.path("diff.parquet"), output.stdout).unwrap();
    let (columns, rows) = read(&bench.path("diff.parquet"));
    assert_eq!((&columns[7][..], &rows[0][7][..], &rows[0][8][..]), ("sum_a Decimal", "14.020000", "9.000000"));
    assert!(rows[0][9].contains("1.52"), "{rows:?}");
}

#[test]
fn what_sensors_measured_keeps_every_bit_and_makes_columns_floating() {
    let bench = with_sensor();
    let (columns, rows) = answer(&bench, &format!("readings {UUID}"));
    assert!(columns.contains(&"value DOUBLE".to_owned()), "{columns:?}");
    let told: Vec<_> = rows.iter().map(|row| (row[2].as_str(), row[4].as_str())).collect();
    assert_eq!(
        told,
        [
            ("1774738800250000us", "20.5f"),
            ("1774738801000000us", "0.30000000000000004f"),
            ("1774742402000000us", "-0.0000001f"),
        ]
    );
    let (columns, rows) = answer(&bench, "daily");
    let types: Vec<_> = columns.iter().map(String::as_str).collect();
    assert_eq!(
        types[2..],
        [
            "date Date",
            "unit String",
            "count INT64",
            "expected INT64",
            "sum DOUBLE",
            "min DOUBLE",
            "max DOUBLE",
            "mean DOUBLE"
        ]
    );
    let meter = rows.iter().find(|row| row[0] == "\"0000000001\"").unwrap();
    assert_eq!((&meter[2][..], &meter[6][..], &meter[9][..]), ("18167d", "14.02f", "4.673333f"));
}

#[test]
fn verbs_that_tell_no_rows_are_refused_before_they_do_anything() {
    let bench = bench();
    for line in ["ingest PN000001.SMRT", "stats", "digest", "validate PN000001.SMRT", "files retry", "explain P011"] {
        let run = bench.run(&format!("-o parquet {line}"));
        assert_eq!(run.code, 2, "{line}: {run:?}");
        assert!(run.err.contains("-o parquet") && run.out.is_empty(), "{line}: {run:?}");
    }
    assert!(!bench.path("smrt.db").exists());
}

#[test]
fn exports_are_the_same_bytes_again_in_every_part() {
    let bench = loaded();
    bench.put("PN000002.SMRT", &smrt("PN000002", &[("=cmd", 23, "1.000001")]));
    bench.ok("ingest PN000002.SMRT");
    for what in ["readings", "daily"] {
        bench.ok(&format!("export --format parquet --what {what} --partition year,month --dest {what}"));
        bench.ok(&format!("export --format parquet --what {what} --partition year,month --dest again-{what}"));
        let path = format!("{what}/year=2019/month=09/{what}.parquet");
        let bytes = fs::read(bench.path(&path)).unwrap();
        assert_eq!(fs::read(bench.path(&format!("again-{path}"))).unwrap(), bytes);
        let manifest = fs::read(bench.path(&format!("{what}/manifest.json"))).unwrap();
        assert_eq!(fs::read(bench.path(&format!("again-{what}/manifest.json"))).unwrap(), manifest);
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let (_, rows) = read(&bench.path(&path));
        assert_eq!((&manifest["format"], &manifest["files"][0]["rows"]), (&"parquet".into(), &rows.len().into()));
        assert_eq!(manifest["files"][0]["sha256"], sha256(&bytes));
        assert!(rows.iter().any(|row| row[0] == "\"=cmd\""), "text is as it was sent: {rows:?}");
    }
    bench.ok("export --format parquet --from 2030-01-01 --dest none");
    assert_eq!(read(&bench.path("none/readings.parquet")).1, Vec::<Vec<String>>::new());
    // Another form takes the place of the one before.
    bench.ok("export --dest readings");
    assert_eq!(crate::bench::names(&bench.path("readings")), ["manifest.json", "readings.csv"]);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn many_parts_of_two_kinds_of_series_are_exported() {
    let bench = with_sensor();
    bench.ok("export --format parquet --partition year,month,day --dest out");
    let (columns, rows) = read(&bench.path("out/year=2019/month=09/day=28/readings.parquet"));
    assert_eq!((rows.len(), &rows[1][4][..]), (3, "1.52f"));
    let (of_sensor, rows) = read(&bench.path("out/year=2026/month=03/day=29/readings.parquet"));
    assert_eq!((rows.len(), columns), (3, of_sensor));
}

#[test]
fn conversions_are_typed_whole_and_proven() {
    let bench = bench();
    let refused = bench.run("convert PN000001.SMRT --to parquet");
    assert!(refused.code == 2 && refused.err.contains("--out"), "{refused:?}");
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    bench.put("in/PN000002.SMRT", &smrt("PN000002", &[("3", 0, "1"), ("3", 1, "x")]));
    bench.put("in/PN000003.SMRT", &smrt("PN000003", &[("3", 0, "0.000001")]));
    for (shape, count) in [("long", 4), ("daily", 2), ("wide", 2)] {
        let line = format!("convert in --to parquet --shape {shape} --out {shape}.parquet --stats {shape}.json");
        assert_eq!(bench.run(&line).code, 3);
        let bytes = fs::read(bench.path(&format!("{shape}.parquet"))).unwrap();
        let stats: serde_json::Value =
            serde_json::from_slice(&fs::read(bench.path(&format!("{shape}.json"))).unwrap()).unwrap();
        assert_eq!((&stats["consistent"], &stats["outputs"][0]["rows"]), (&true.into(), &count.into()), "{stats}");
        assert_eq!(stats["outputs"][0]["sha256"], sha256(&bytes));
        assert_eq!(stats["outputs"][0]["bytes"], bytes.len());
        let (columns, rows) = read(&bench.path(&format!("{shape}.parquet")));
        assert_eq!(rows.len(), count, "{columns:?}");
        assert_eq!(bench.run(&line).code, 3);
        assert_eq!(fs::read(bench.path(&format!("{shape}.parquet"))).unwrap(), bytes);
    }
    let (columns, rows) = read(&bench.path("long.parquet"));
    assert_eq!(columns[2..5], ["start Timestamp", "end Timestamp", "value Decimal"]);
    assert_eq!((&rows[1][2][..], &rows[1][4][..], &rows[3][4][..]), ("1569632400000000us", "1.520000", "0.000001"));
    let (columns, rows) = read(&bench.path("daily.parquet"));
    assert_eq!(columns[2..7], ["date Date", "unit String", "count INT64", "expected INT64", "sum Decimal"]);
    assert_eq!((&rows[0][2][..], &rows[0][6][..]), ("18167d", "14.020000"));
    let (columns, rows) = read(&bench.path("wide.parquet"));
    assert_eq!((&columns[7][..], &rows[0][7][..], &rows[0][8][..]), ("01:00 Decimal", "1.520000", "null"));
    assert_eq!(bench.run("convert in --to parquet --out out/").code, 3);
    assert_eq!(crate::bench::names(&bench.path("out")), ["PN000001.SMRT.parquet", "PN000003.SMRT.parquet"]);
}

#[test]
fn files_of_sensors_are_converted_or_refused_with_the_reason() {
    let bench = bench();
    let file = format!("sensors/{UUID}.csv");
    let text = bench.ok(&format!("convert {file}"));
    let line = format!("\n{UUID},,2026-03-28T23:00:01Z,,0.30000000000000004,,unstated,");
    assert!(text.lines().count() == 5 && text.contains(&line), "{text}");
    let lines = bench.ok(&format!("convert {file} --to ndjson"));
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((&last["value"], &last["start"]), (&(-1e-7).into(), &"2026-03-29T00:00:02Z".into()));
    assert!(bench.ok(&format!("convert {file} --to sql")).contains("0.30000000000000004"));

    bench.ok(&format!("convert {file} --to parquet --out s.parquet --stats s.json"));
    let (columns, rows) = read(&bench.path("s.parquet"));
    let told: Vec<_> = rows.iter().map(|row| (row[2].as_str(), row[4].as_str())).collect();
    assert_eq!((&columns[4][..], told[0]), ("value DOUBLE", ("1774738800250000us", "20.5f")));
    assert_eq!(told[2], ("1774738801000000us", "0.30000000000000004f"));
    let stats: serde_json::Value = serde_json::from_slice(&fs::read(bench.path("s.json")).unwrap()).unwrap();
    assert_eq!(stats["consistent"], true, "{stats}");
    assert_eq!(
        (&stats["files"][0]["measurements"], &stats["files"][0]["first"]),
        (&4.into(), &"2026-03-28T23:00:00Z".into())
    );

    for (line, why) in [
        ("--shape daily", "smrt daily"),
        ("--shape wide", "--shape long"),
        ("--to nem12", "--to"),
        ("--to sql --upsert", "--upsert"),
    ] {
        let run = bench.run(&format!("convert {file} {line}"));
        assert!(run.code == 4 && !run.out.contains(UUID) && run.err.contains("F021"), "{line}: {run:?}");
        assert!(run.err.contains(why), "{line}: {run:?}");
    }
    for line in [format!("diff {file} {file}"), format!("outliers {file}")] {
        let run = bench.run(&line);
        assert!(run.code == 4 && run.err.contains("found a file of sensors"), "{line}: {run:?}");
    }
    bench.put("names.csv", &format!("sensor_name;sensor_uuid\nsensor_00000;{UUID}\n"));
    let run = bench.run("convert names.csv");
    assert!(run.code == 4 && run.err.contains("what sensors are called"), "{run:?}");
}

mod bucket {
    use super::*;
    use smrt_testkit::{
        proxy::{Fault, FaultProxy},
        s3::S3Server,
    };

    fn export(bench: &Bench, server: &S3Server, endpoint: &str, line: &str) -> crate::bench::Run {
        let mut command = bench.command(&format!("export {line}"));
        command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ACCESS_KEY_ID", server.access_key_id());
        run(command.env("AWS_SECRET_ACCESS_KEY", server.secret_access_key()))
    }

    /// The keys that were written or removed through a proxy.
    fn changed(proxy: &FaultProxy) -> Vec<String> {
        let change = |method: &str| method == "PUT" || method == "DELETE" || method == "POST";
        let seen = proxy.seen().into_iter().filter(|request| change(&request.method));
        seen.map(|request| format!("{} {}", request.method, request.target.rsplit('/').next().unwrap_or(""))).collect()
    }

    #[test]
    fn objects_are_those_of_a_folder_and_what_is_there_already_is_not_put_again() {
        let Some(server) = S3Server::shared() else { return };
        let bench = loaded();
        let name = server.bucket();
        for format in ["csv", "parquet"] {
            let line = format!("--format {format} --partition year,month --dest");
            bench.ok(&format!("export {line} {format}"));
            let dest = format!("s3://{name}/{format}/");
            let run = export(&bench, server, &server.endpoint(), &format!("{line} {dest}"));
            assert_eq!(run.code, 0, "{run:?}");
            let file = format!("year=2019/month=09/readings.{format}");
            for path in [file.as_str(), "manifest.json"] {
                let there = server.get(&name, &format!("{format}/{path}"));
                assert!(there == fs::read(bench.path(&format!("{format}/{path}"))).unwrap(), "{format}/{path}");
            }
            let proxy = FaultProxy::start(server.address(), |_| Fault::None);
            assert_eq!(export(&bench, server, &proxy.endpoint(), &format!("{line} {dest}")).code, 0);
            assert_eq!(changed(&proxy), ["PUT manifest.json", "DELETE manifest.json-pending"]);
            // Other parts: the object of before goes.
            let whole = export(&bench, server, &server.endpoint(), &format!("--format {format} --dest {dest}"));
            assert_eq!(whole.code, 0, "{whole:?}");
            let gone = server.request("GET", &format!("/{name}/{format}/{file}"), b"");
            assert_eq!(gone.status, 404);
        }
    }

    #[test]
    fn an_export_that_broke_off_is_put_right_by_the_next_one_whatever_it_has() {
        let Some(server) = S3Server::shared() else { return };
        let bench = loaded();
        let name = server.bucket();
        let dest = format!("--dest s3://{name}/out");
        assert_eq!(export(&bench, server, &server.endpoint(), &dest).code, 0);
        let before = server.get(&name, "out/readings.csv");

        let other = Bench::new();
        other.put("PN000009.SMRT", &smrt("PN000009", &[("9", 0, "9")]));
        other.ok("ingest PN000009.SMRT");
        let proxy = FaultProxy::start(server.address(), |request| {
            let is_last = request.method == "PUT" && request.target.ends_with("/manifest.json");
            if is_last { Fault::Status(503) } else { Fault::None }
        });
        let broken = export(&other, server, &proxy.endpoint(), &dest);
        assert!(broken.code == 75 && broken.err.contains("run the same command again later"), "{broken:?}");
        assert_ne!(server.get(&name, "out/readings.csv"), before, "the object is the new one already");

        // By the manifest the object would still be that of before.
        assert_eq!(export(&bench, server, &server.endpoint(), &dest).code, 0);
        assert_eq!(server.get(&name, "out/readings.csv"), before);
        assert_eq!(server.request("GET", &format!("/{name}/out/manifest.json-pending"), b"").status, 404);
    }

    #[test]
    fn what_is_wrong_is_told_and_nothing_of_somebody_else_is_touched() {
        let Some(server) = S3Server::shared() else { return };
        let bench = loaded();
        let name = server.bucket();
        server.put(&name, "web/manifest.json", b"{\"name\": \"a web app\"}");
        let foreign = export(&bench, server, &server.endpoint(), &format!("--dest s3://{name}/web"));
        assert!(foreign.code == 2 && foreign.err.contains("choose another --dest"), "{foreign:?}");
        for (dest, why) in [
            ("s3://no-such-bucket-here/x".to_owned(), "not found"),
            (format!("s3://{name}/a//b"), "without empty parts"),
            (format!("s3://{name}/../b"), "without empty parts"),
            ("s3://x".to_owned(), "3 to 63"),
        ] {
            let run = export(&bench, server, &server.endpoint(), &format!("--dest {dest}"));
            assert!(run.code == 2 && run.err.contains(why), "{dest}: {run:?}");
        }
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let away = export(&bench, server, &format!("http://{nobody}"), &format!("--dest s3://{name}/x"));
        assert_eq!(away.code, 75, "{away:?}");
    }
}
