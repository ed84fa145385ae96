//! Tables of a real Postgres, followed into either database.

use crate::support::{Fixture, assert_healthy};
use smrt_storage::{FollowedTable, Level, Month, Source, Statistic, SyncReport, Warehouse, WarehouseError, Watcher};
use std::cell::Cell;

struct Patient;

impl Watcher for Patient {}

/// The table that everybody follows.
fn entity() -> FollowedTable {
    FollowedTable {
        name: "entity".into(),
        table: "entity".parse().unwrap(),
        time: "created_at".into(),
        value: "value".into(),
        keys: Vec::new(),
        zone: "UTC".into(),
    }
}

/// A source with the table `entity` of these columns; `None` where there is no Postgres.
fn source(columns: &str) -> Option<Fixture> {
    let source = Fixture::postgres()?;
    source.execute(&format!("CREATE TABLE entity ({columns})"));
    Some(source)
}

const PLAIN: &str = "entity_id bigserial PRIMARY KEY, created_at timestamp NOT NULL, value double precision NOT NULL";

fn sync(fixture: &Fixture, source: &Fixture, table: &FollowedTable) -> Result<SyncReport, WarehouseError> {
    sync_month(fixture, source, table, None)
}

fn sync_month(
    fixture: &Fixture,
    source: &Fixture,
    table: &FollowedTable,
    month: Option<&str>,
) -> Result<SyncReport, WarehouseError> {
    let mut warehouse = Warehouse::open(&fixture.store())?;
    let month = month.map(|month| month.parse().unwrap());
    warehouse.sync(&mut Source::open(&source.url)?, table, month, &Patient)
}

fn statistics(fixture: &Fixture, level: Level) -> Vec<Statistic> {
    let mut store = fixture.store();
    let series = store.followed("entity").unwrap();
    store.statistics(&series, level, (None, None)).unwrap()
}

/// Statistics as `2022-2-3 ["a"] 4 rows sum min max`.
fn told(fixture: &Fixture, level: Level) -> Vec<String> {
    let part = |part: Option<i32>| part.map_or(String::new(), |part| format!("-{part}"));
    let tell = |s: Statistic| {
        let keys = if s.keys == "[]" { String::new() } else { format!(" {}", s.keys) };
        format!("{}{}{}{keys}: {} rows {} {} {}", s.year, part(s.month), part(s.day), s.rows, s.sum, s.min, s.max)
    };
    statistics(fixture, level).into_iter().map(tell).collect()
}

fn changed(report: &SyncReport) -> Vec<String> {
    let tell = |p: &smrt_storage::PeriodSync| format!("{} {}->{}", p.period, p.rows_before, p.rows_after);
    report.periods.iter().filter(|period| period.changed).map(tell).collect()
}

/// A row an hour of these months of 2022, with values that repeat.
fn fill(source: &Fixture, from: &str, to: &str) {
    source.execute(&format!(
        "INSERT INTO entity (created_at, value) SELECT t, 100 + extract(day FROM t) \
         FROM generate_series(TIMESTAMP '{from}', TIMESTAMP '{to}' - interval '1 hour', interval '1 hour') AS t"
    ));
}

pub(crate) fn totals_follow_the_source_whatever_happens_there(fixture: &Fixture) {
    let Some(source) = source(PLAIN) else { return };
    fill(&source, "2022-01-01", "2022-04-01");
    let table = entity();
    assert_eq!(
        changed(&sync(fixture, &source, &table).unwrap()),
        ["2022-01 0->744", "2022-02 0->672", "2022-03 0->744"]
    );
    assert_eq!(changed(&sync(fixture, &source, &table).unwrap()), [""; 0], "nothing is fetched twice");
    let before = told(fixture, Level::Day);
    assert_eq!((before.len(), before[31].as_str()), (90, "2022-2-1: 24 rows 2424 101 101"));
    // A month deleted and inserted again has other ids and says the same.
    source.execute("DELETE FROM entity WHERE created_at >= '2022-02-01' AND created_at < '2022-03-01'");
    fill(&source, "2022-02-01", "2022-03-01");
    assert_eq!(changed(&sync(fixture, &source, &table).unwrap()), [""; 0]);
    // A late row, the same row twice, a value that changed, a row that vanished, a month that vanished.
    source.execute(
        "INSERT INTO entity (created_at, value) VALUES ('2022-02-03 04:05:06', 0.5), ('2022-02-03 04:05:06', 0.5); \
         UPDATE entity SET value = 1 WHERE created_at = '2022-01-31 23:00'; \
         DELETE FROM entity WHERE created_at = '2022-01-01 00:00'; \
         DELETE FROM entity WHERE created_at >= '2022-03-01'",
    );
    let report = sync(fixture, &source, &table).unwrap();
    assert_eq!(changed(&report), ["2022-01 744->743", "2022-02 672->674", "2022-03 744->0"]);
    let days = told(fixture, Level::Day);
    assert_eq!(days.len(), 59);
    assert_eq!(days[0], "2022-1-1: 23 rows 2323 101 101");
    assert_eq!(days[30], "2022-1-31: 24 rows 3014 1 131");
    assert_eq!(days[33], "2022-2-3: 26 rows 2473 0.5 103");
    // 24 rows a day of 100 + day, with those changes.
    assert_eq!(told(fixture, Level::Month), ["2022-1: 743 rows 86073 1 131", "2022-2: 674 rows 76945 0.5 128"]);
    assert_eq!(told(fixture, Level::Year), ["2022: 1417 rows 163018 0.5 131"]);
    let mean = statistics(fixture, Level::Year)[0].mean();
    assert!((mean - 163_018.0 / 1417.0).abs() < 1e-9, "a mean of all rows: {mean}");
    assert_eq!(
        fixture.ask("SELECT CAST(rows AS TEXT) AS line FROM warehouse_yearly"),
        ["1417"],
        "the views say the same"
    );
    assert_healthy(&mut fixture.store());
}

pub(crate) fn the_doctor_finds_a_lost_row_and_a_lost_day(fixture: &Fixture) {
    let Some(source) = source(PLAIN) else { return };
    fill(&source, "2022-01-01", "2022-03-01");
    sync(fixture, &source, &entity()).unwrap();
    let broken = || {
        let checks = fixture.store().doctor().unwrap().into_iter().filter(|check| !check.ok);
        checks.map(|check| check.name).collect::<Vec<_>>()
    };
    for fault in ["DELETE FROM warehouse_row WHERE number = 5", "DELETE FROM warehouse_day WHERE day = 5"] {
        assert_eq!(broken(), [""; 0]);
        fixture.execute(fault);
        assert_eq!(broken(), ["warehouse-rows-agree"], "{fault}");
        // What is damaged here is fetched again once the period is forgotten.
        fixture.execute("DELETE FROM warehouse_day; DELETE FROM warehouse_row; DELETE FROM warehouse_period");
        assert_eq!(sync(fixture, &source, &entity()).unwrap().changed(), 2);
    }
}

pub(crate) fn one_month_is_followed_alone(fixture: &Fixture) {
    let Some(source) = source(PLAIN) else { return };
    fill(&source, "2021-12-01", "2022-02-01");
    let table = entity();
    assert_eq!(changed(&sync_month(fixture, &source, &table, Some("2022-01")).unwrap()), ["2022-01 0->744"]);
    assert_eq!(told(fixture, Level::Month).len(), 1);
    source.execute("DELETE FROM entity");
    assert_eq!(changed(&sync_month(fixture, &source, &table, Some("2021-12")).unwrap()), [""; 0]);
    assert_eq!(changed(&sync_month(fixture, &source, &table, Some("2022-01")).unwrap()), ["2022-01 744->0"]);
    assert_eq!(told(fixture, Level::Day), [""; 0]);
    assert_healthy(&mut fixture.store());
}

pub(crate) fn numbers_of_every_type_are_added_up_exactly(fixture: &Fixture) {
    for (kind, values, expected) in [
        ("smallint", "(-3), (5)", "2 -3 5"),
        ("integer", "(2147483647), (1)", "2147483648 1 2147483647"),
        (
            "bigint",
            "(9007199254740993), (1), (-9223372036854775807)",
            "-9214364837600034813 -9223372036854775807 9007199254740993",
        ),
        ("double precision", "(0.1), (0.2), (0.3), ('-0.0')", "0.6 0 0.3"),
        ("double precision", "(1e15), (0.5), (-1e15), (1e-3)", "0.501 -1000000000000000 1000000000000000"),
        ("double precision", "(1e300), (1e300)", &format!("{} {} {}", 2e300, 1e300, 1e300)),
        (
            "double precision",
            "(-75.33380361808872), (1.0000000000000002)",
            "-74.33380361808872 -75.33380361808872 1.0000000000000002",
        ),
        ("real", "(0.1), (0.7)", "0.8 0.1 0.7"),
        ("numeric(12,3)", "(12.345), (0.005)", "12.35 0.005 12.345"),
    ] {
        let fixture = if fixture.url.is_postgres() { Fixture::postgres() } else { Some(Fixture::sqlite()) };
        let (Some(fixture), Some(source)) = (fixture, source(&format!("created_at timestamp, value {kind}"))) else {
            return;
        };
        source.execute(&format!(
            "INSERT INTO entity SELECT '2022-02-03 04:05:06.789', v FROM (VALUES {values}) AS v (v)"
        ));
        sync(&fixture, &source, &entity()).unwrap();
        let rows = values.matches('(').count();
        assert_eq!(told(&fixture, Level::Year), [format!("2022: {rows} rows {expected}")], "{kind}");
        assert_eq!(changed(&sync(&fixture, &source, &entity()).unwrap()), [""; 0], "{kind}");
    }
}

pub(crate) fn sums_go_on_where_64_bits_end(fixture: &Fixture) {
    let Some(source) = source("created_at timestamp, value bigint") else { return };
    source.execute(
        "INSERT INTO entity SELECT t, 9223372036854775807 FROM generate_series(TIMESTAMP '2022-01-01', \
         TIMESTAMP '2022-01-02', interval '12 hours') AS t",
    );
    sync(fixture, &source, &entity()).unwrap();
    for (level, rows) in [(Level::Day, [2.0, 1.0]), (Level::Year, [3.0, 0.0])] {
        for (found, rows) in statistics(fixture, level).iter().zip(rows) {
            let expected = rows * 9_223_372_036_854_775_807.0;
            assert!((found.sum.value() / expected - 1.0).abs() < 1e-15, "{found:?}");
        }
    }
    assert_eq!(fixture.ask("SELECT CAST(rows AS TEXT) AS line FROM warehouse_monthly"), ["3"]);
}

pub(crate) fn a_source_may_print_as_it_likes(fixture: &Fixture) {
    let Some(source) = source(PLAIN) else { return };
    source.execute(
        "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET extra_float_digits = 0'; \
         EXECUTE 'ALTER DATABASE ' || current_database() || ' SET DateStyle = ''German'' '; END $$; \
         INSERT INTO entity (created_at, value) VALUES ('2022-01-01', 0.12345678901234567), ('2022-01-02', -1e-7)",
    );
    let table = FollowedTable { keys: vec!["created_at".into()], ..entity() };
    sync(fixture, &source, &table).unwrap();
    assert_eq!(
        told(fixture, Level::Day)[1],
        "2022-1-2 [\"2022-01-02 00:00:00\"]: 1 rows -0.0000001 -0.0000001 -0.0000001"
    );
    assert_eq!(statistics(fixture, Level::Day)[0].min.value(), 0.123_456_789_012_345_67);
}

pub(crate) fn a_month_alone_is_not_followed_otherwise(fixture: &Fixture) {
    let Some(source) = source("created_at timestamp, value integer, other integer") else { return };
    source.execute("INSERT INTO entity VALUES ('2022-01-01', 1, 10), ('2022-02-01', 2, 20)");
    sync(fixture, &source, &entity()).unwrap();
    let other = FollowedTable { value: "other".into(), ..entity() };
    let error = sync_month(fixture, &source, &other, Some("2022-01")).unwrap_err();
    assert!(matches!(error, WarehouseError::Otherwise { .. }), "{error}");
    assert!(error.to_string().contains("entity was followed as value of entity"), "{error}");
    assert_eq!(told(fixture, Level::Year), ["2022: 2 rows 3 1 2"]);
    // As a whole it may be.
    assert_eq!(sync(fixture, &source, &other).unwrap().changed(), 2);
    assert_eq!(told(fixture, Level::Year), ["2022: 2 rows 30 10 20"]);
    assert_eq!(changed(&sync_month(fixture, &source, &other, Some("2022-01")).unwrap()), [""; 0]);
    for keys in [vec!["other", "other"], vec!["year"]] {
        source.execute("ALTER TABLE entity ADD COLUMN IF NOT EXISTS year integer");
        let table = FollowedTable { keys: keys.into_iter().map(Into::into).collect(), ..entity() };
        assert!(matches!(sync(fixture, &source, &table), Err(WarehouseError::WrongKey { .. })));
    }
}

pub(crate) fn a_tenth_added_up_often_has_no_noise(fixture: &Fixture) {
    let Some(source) = source(PLAIN) else { return };
    source.execute(
        "INSERT INTO entity (created_at, value) SELECT TIMESTAMP '2022-01-01' + n * interval '1 second', 0.1 \
         FROM generate_series(0, 19999) AS n",
    );
    sync(fixture, &source, &entity()).unwrap();
    assert_eq!(told(fixture, Level::Day), ["2022-1-1: 20000 rows 2000 0.1 0.1"]);
    assert_eq!(statistics(fixture, Level::Day)[0].mean().to_string(), "0.1");
}

pub(crate) fn rows_without_a_time_or_a_number_are_left_out_and_told(fixture: &Fixture) {
    let Some(source) = source("created_at timestamp, value double precision") else { return };
    source.execute(
        "INSERT INTO entity VALUES (NULL, 1), ('2022-01-01', NULL), ('2022-01-01', 'NaN'), ('2022-01-01', 'Infinity'), \
         ('infinity', 5), ('2022-01-01', 7)",
    );
    let report = sync(fixture, &source, &entity()).unwrap();
    assert_eq!((report.left_out, changed(&report)), (5, vec!["2022-01 0->1".to_owned()]));
    assert_eq!(told(fixture, Level::Year), ["2022: 1 rows 7 7 7"]);
    // In a month alone, those without a time are nobody's.
    assert_eq!(sync_month(fixture, &source, &entity(), Some("2022-01")).unwrap().left_out, 3);
}

pub(crate) fn days_are_those_of_the_zone(fixture: &Fixture) {
    let Some(source) = source("created_at timestamptz, value integer") else { return };
    source.execute(
        "INSERT INTO entity SELECT t, 1 FROM generate_series(TIMESTAMPTZ '2022-03-25 00:00+00', \
         TIMESTAMPTZ '2022-11-02 00:00+00', interval '1 hour') AS t",
    );
    let table = FollowedTable { zone: "Europe/Berlin".into(), ..entity() };
    sync(fixture, &source, &table).unwrap();
    let days = told(fixture, Level::Day);
    for day in
        ["2022-3-25: 23 rows", "2022-3-27: 23 rows", "2022-3-28: 24 rows", "2022-10-30: 25 rows", "2022-11-1: 24 rows"]
    {
        assert!(days.iter().any(|told| told.starts_with(day)), "{day}: {days:?}");
    }
    assert_eq!(told(fixture, Level::Month)[1], "2022-4: 720 rows 720 1 1");
    // A month by itself begins at its midnight there, not at that of UTC.
    source.execute("INSERT INTO entity VALUES ('2022-04-30 21:30+00', 5), ('2022-04-30 22:30+00', 7)");
    assert_eq!(changed(&sync_month(fixture, &source, &table, Some("2022-04")).unwrap()), ["2022-04 720->721"]);
    assert_eq!(changed(&sync(fixture, &source, &table).unwrap()), ["2022-05 744->745"]);
    // In another zone all months are others.
    assert_eq!(changed(&sync(fixture, &source, &entity()).unwrap()).len(), 9);
    assert!(told(fixture, Level::Day).iter().any(|day| day.starts_with("2022-3-27: 24 rows")));
}

pub(crate) fn rows_are_grouped_by_keys(fixture: &Fixture) {
    let Some(source) = source("\"At\" date, \"It's \"\"it\"\"\" bigint, site text, line integer") else { return };
    source.execute(
        "INSERT INTO entity VALUES ('2022-01-01', 1, 'a', 1), ('2022-01-01', 2, 'a', 1), ('2022-01-01', 4, 'a', 2), \
         ('2022-01-02', 8, 'ü\"\\', NULL), ('2022-02-01', 16, NULL, 1)",
    );
    let table = FollowedTable {
        time: "At".into(),
        value: "It's \"it\"".into(),
        keys: vec!["site".into(), "line".into()],
        ..entity()
    };
    sync(fixture, &source, &table).unwrap();
    let expected = [
        "2022-1 [\"a\",\"1\"]: 2 rows 3 1 2",
        "2022-1 [\"a\",\"2\"]: 1 rows 4 4 4",
        "2022-1 [\"ü\\\"\\\\\",null]: 1 rows 8 8 8",
        "2022-2 [null,\"1\"]: 1 rows 16 16 16",
    ];
    assert_eq!(told(fixture, Level::Month), expected);
    source.execute("UPDATE entity SET line = 2 WHERE site = 'a'");
    assert_eq!(changed(&sync(fixture, &source, &table).unwrap()), ["2022-01 4->4"]);
    assert_eq!(told(fixture, Level::Year)[0], "2022 [\"a\",\"2\"]: 3 rows 7 1 4");
    assert_healthy(&mut fixture.store());
}

pub(crate) fn names_are_names_and_no_sql(fixture: &Fixture) {
    let Some(source) = Fixture::postgres() else { return };
    source.execute(
        "CREATE SCHEMA \"odd.schema\"; CREATE TABLE \"odd.schema\".\"drop table x; --\" (\"t\"\"; --\" timestamptz, v int); \
         INSERT INTO \"odd.schema\".\"drop table x; --\" VALUES ('2022-01-01', 3)",
    );
    let table = FollowedTable {
        table: "\"odd.schema\".\"drop table x; --\"".parse().unwrap(),
        time: "t\"; --".into(),
        value: "v".into(),
        ..entity()
    };
    sync(fixture, &source, &table).unwrap();
    assert_eq!(told(fixture, Level::Year), ["2022: 1 rows 3 3 3"]);
    let zone = FollowedTable { zone: "UTC'; DROP TABLE x; --".into(), ..table };
    assert!(matches!(sync(fixture, &source, &zone), Err(WarehouseError::NoZone(_))));
}

pub(crate) fn what_cannot_be_followed_is_told(fixture: &Fixture) {
    let Some(source) = source("created_at timestamp, value integer, note text") else { return };
    let with = |change: &dyn Fn(&mut FollowedTable)| {
        let mut table = entity();
        change(&mut table);
        sync(fixture, &source, &table).unwrap_err().to_string()
    };
    assert!(with(&|t| t.table = "Entity".parse().unwrap()).contains("no table Entity"));
    assert!(with(&|t| t.time = "at".into()).contains("no column at; it has created_at, value, note"));
    assert!(with(&|t| t.keys = vec!["site".into()]).contains("no column site"));
    assert!(with(&|t| t.value = "note".into()).contains("note of entity is text: expected whole or floating-point"));
    assert!(with(&|t| t.time = "value".into()).contains("value of entity is integer: expected timestamps"));
    assert!(matches!(Source::open(&Fixture::sqlite().url), Err(WarehouseError::NoServer)));
    let away = Source::open(&"postgres://u:secret@127.0.0.1:1/x".parse().unwrap()).unwrap_err();
    let text = away.to_string();
    assert!(away.is_temporary() && text.contains("127.0.0.1") && !text.contains("secret"), "{text}");
    let missing = fixture.store().followed("entity").unwrap_err().to_string();
    assert!(missing.contains("no series entity; nothing was fetched yet"), "{missing}");
}

pub(crate) fn a_source_that_lies_or_breaks_off_changes_nothing(fixture: &Fixture) {
    let Some(source) = source(PLAIN) else { return };
    fill(&source, "2022-01-01", "2022-03-01");
    sync(fixture, &source, &entity()).unwrap();
    let before = told(fixture, Level::Day);
    let other = |table: &str| FollowedTable { table: table.parse().unwrap(), ..entity() };
    // What is said of it and what is sent are not the same.
    source.execute("CREATE VIEW lies AS SELECT created_at, value + random() AS value FROM entity");
    let torn = sync(fixture, &source, &other("lies")).unwrap_err();
    assert!(matches!(torn, WarehouseError::Torn { .. }), "{torn}");
    // It fails in the middle of the rows.
    source.execute(
        "CREATE SEQUENCE asked; CREATE FUNCTION breaks(value float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN \
         IF current_query() LIKE 'COPY%' AND value = 127 THEN RAISE 'worn out'; END IF; RETURN value + 1; END $$; \
         CREATE VIEW breaks AS SELECT created_at, breaks(value) AS value FROM entity",
    );
    let broke = sync(fixture, &source, &other("breaks")).unwrap_err();
    assert!(matches!(broke, WarehouseError::Source { .. }), "{broke}");
    // The connection is cut in the middle of the rows.
    source.execute(
        "CREATE FUNCTION dies(value float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN \
         IF current_query() LIKE 'COPY%' AND value = 127 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; \
         RETURN value + 1; END $$; CREATE VIEW dies AS SELECT created_at, dies(value) AS value FROM entity",
    );
    let died = sync(fixture, &source, &other("dies")).unwrap_err();
    assert!(matches!(died, WarehouseError::Source { .. }) && died.is_temporary(), "{died}");
    assert_eq!(told(fixture, Level::Day), before);
    assert_healthy(&mut fixture.store());
    assert_eq!(changed(&sync(fixture, &source, &entity()).unwrap()), [""; 0]);
}

pub(crate) fn a_run_that_is_ended_changes_nothing(fixture: &Fixture) {
    struct Impatient(Cell<u64>);
    impl Watcher for Impatient {
        fn came(&self, rows: u64) {
            self.0.set(self.0.get() + rows);
        }
        fn is_enough(&self) -> bool {
            self.0.get() > 4000
        }
    }
    let Some(source) = source(PLAIN) else { return };
    fill(&source, "2021-01-01", "2022-01-01");
    let mut warehouse = Warehouse::open(&fixture.store()).unwrap();
    let mut opened = Source::open(&source.url).unwrap();
    let ended = warehouse.sync(&mut opened, &entity(), None, &Impatient(Cell::new(0))).unwrap_err();
    assert!(matches!(ended, WarehouseError::Interrupted), "{ended}");
    assert_eq!(fixture.ask("SELECT CAST(count(*) AS TEXT) AS line FROM warehouse_row"), ["0"]);
    // The same connections go on.
    drop(opened);
    let report = warehouse.sync(&mut Source::open(&source.url).unwrap(), &entity(), None, &Patient).unwrap();
    assert_eq!(report.changed(), 12);
}

pub(crate) fn one_run_at_a_time(fixture: &Fixture) {
    let first = Warehouse::open(&fixture.store()).unwrap();
    let second = Warehouse::open(&fixture.store()).unwrap_err();
    assert!(matches!(second, WarehouseError::Busy(_)) && second.is_temporary(), "{second}");
    drop(first);
    Warehouse::open(&fixture.store()).unwrap();
}

pub(crate) fn the_source_is_seen_in_one_state_and_never_written(fixture: &Fixture) {
    let Some(source) = source(PLAIN) else { return };
    fill(&source, "2022-01-01", "2022-02-01");
    let mut opened = Source::open(&source.url).unwrap();
    let mut warehouse = Warehouse::open(&fixture.store()).unwrap();
    warehouse.sync(&mut opened, &entity(), Some(Month::new(2022, 2).unwrap()), &Patient).unwrap();
    source.execute("DELETE FROM entity");
    let report = warehouse.sync(&mut opened, &entity(), None, &Patient).unwrap();
    assert_eq!(changed(&report), ["2022-01 0->744"], "what it said first is what it sends");
    // A connection can be asked again after rows have come over it.
    assert_eq!(changed(&warehouse.sync(&mut opened, &entity(), None, &Patient).unwrap()), [""; 0]);
    let states = "SELECT state || ' ' || query AS line FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid()";
    assert!(
        source.ask(states).iter().any(|state| state.starts_with("idle in transaction")),
        "{:?}",
        source.ask(states)
    );
    source.execute("CREATE FUNCTION writes() RETURNS float8 LANGUAGE sql AS 'DELETE FROM entity RETURNING value'");
    source.execute("CREATE VIEW writes AS SELECT TIMESTAMP '2022-01-01' AS created_at, writes() AS value");
    let table = FollowedTable { table: "writes".parse().unwrap(), ..entity() };
    drop(warehouse);
    let refused = format!("{:?}", sync(fixture, &source, &table).unwrap_err());
    assert!(refused.contains("read-only"), "{refused}");
}
