//! What takes both databases at once, or none.

use crate::support::{File, Fixture, HALF_HOUR, SEPTEMBER, assert_healthy, batch, channel, reading, values};
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::{Integer, Text},
};
use smrt_storage::{DatabaseUrl, Store, StoreError};
use std::{collections::BTreeSet, fs, path::Path};

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
const SCHEMA: &str = include_str!("../../src/schema.rs");

/// The same readings, with their channels in another order and in other files.
fn load(fixture: &Fixture, turned: bool) -> Store {
    let mut writer = fixture.writer();
    let mut meters = [channel("1"), channel("2"), smrt_core::Channel { name: "B1".to_owned(), ..channel("2") }];
    let number = |n: u32| if turned { 2 - n } else { n };
    if turned {
        meters.reverse();
    }
    let all: Vec<_> =
        (0..3).flat_map(|n| (0..9000).map(move |slot| reading(number(n), slot, slot * i64::from(n), 1))).collect();
    let parts: Vec<_> = if turned { all.chunks(13_000).rev().collect() } else { all.chunks(27_000).collect() };
    for (n, part) in parts.into_iter().enumerate() {
        File::new(&format!("f{n}"), vec![batch(&meters, part)]).load(&mut writer);
    }
    fixture.store()
}

#[test]
fn the_digest_is_that_of_the_readings_alone() {
    let plain = load(&Fixture::sqlite(), false).digest().unwrap();
    assert_eq!(load(&Fixture::sqlite(), true).digest().unwrap(), plain);
    if let Some(postgres) = Fixture::postgres() {
        assert_eq!(load(&postgres, true).digest().unwrap(), plain);
    }
    let other = Fixture::sqlite();
    let mut store = load(&other, false);
    File::of_meter("more", &[(5, 77)]).load(&mut other.writer());
    assert_ne!(store.digest().unwrap(), plain);
    // SHA-256 of nothing.
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Fixture::sqlite().store().digest().unwrap(), empty);
}

/// A database as the first smrt left it: a file of two readings, one of them replaced by another file.
fn of_the_first_schema(fixture: &Fixture) {
    let backend = if fixture.url.path().is_some() { "sqlite" } else { "postgres" };
    let first = Path::new(MIGRATIONS).join(backend).join("00000000000001_first/up.sql");
    fixture.execute(&fs::read_to_string(first).unwrap());
    fixture.execute(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP); \
         INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000001'); \
         INSERT INTO run (id, started_at, command, version) VALUES ('run', 1, 'ingest', '0'); \
         INSERT INTO meter_point (id, scheme, code) VALUES (1, 'gas-meter', '1'); \
         INSERT INTO channel VALUES (1, 1, '', 'm3', 'M3', '', '', '', 'UTC'); \
         INSERT INTO reading VALUES (1, 1567296000, 30, 10, 0, 1, 1), (1, 1567297800, 30, 20, 0, 1, 2); \
         UPDATE reading SET quantity = 21, file_id = 2, line = 1 WHERE start = 1567297800; \
         INSERT INTO daily_summary VALUES (1, 18140, 2, 0, 31, 10, 21, 48);",
    );
    for (id, name, inserted, replaced) in [(1, "a", 2, 0), (2, "b", 0, 1)] {
        let (sha256, records) = (File::of_meter(name, &[]).sha256(), inserted + replaced);
        fixture.execute(&format!(
            "INSERT INTO source_file (id, name, path, format, sha256, size, received_at, status, records, inserted, \
             replaced, unchanged, refused, findings, duration_ms, attempts, run_id) VALUES ({id}, '{name}', '{name}', \
             'smrt', '{sha256}', 1, 100, 'loaded', {records}, {inserted}, {replaced}, 0, 0, 0, 5, 1, 'run')"
        ));
    }
}

#[test]
fn a_database_of_the_first_schema_is_upgraded_and_keeps_its_digest() {
    let new = Fixture::sqlite();
    File::of_meter("a", &[(0, 10), (1, 20)]).load(&mut new.writer());
    File::of_meter("b", &[(1, 21)]).load(&mut new.writer());
    let expected = new.store().digest().unwrap();
    // What the first smrt computed of these readings.
    assert_eq!(expected, "d2b6967d5cb09454a76356622fd870951938575d3cc55dbe609e409e9145e5af");
    for fixture in [Some(Fixture::sqlite()), Fixture::postgres()].into_iter().flatten() {
        of_the_first_schema(&fixture);
        let mut store = fixture.store();
        assert!(!store.is_new());
        assert_eq!(store.digest().unwrap(), expected);
        assert_eq!(values(&mut store), [10, 21]);
        assert_eq!(store.trace(1, SEPTEMBER + HALF_HOUR).unwrap().history.len(), 1);
        assert_healthy(&mut store);
        assert_eq!(File::of_meter("c", &[(1, 22), (2, 30)]).load(&mut fixture.writer()), (1, 1, 0));
        assert_healthy(&mut store);
    }
}

#[test]
fn both_folders_hold_the_same_migrations() {
    let list = |backend: &str| -> BTreeSet<String> {
        let folder = Path::new(MIGRATIONS).join(backend);
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .inspect(|entry| {
                for file in ["up.sql", "down.sql"] {
                    assert!(entry.path().join(file).is_file(), "{} has no {file}", entry.path().display());
                }
            })
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(list("sqlite"), list("postgres"));
    assert!(!list("sqlite").is_empty());
}

/// Table, column, type and whether it may be empty, as schema.rs has them.
fn columns_of_schema() -> BTreeSet<(String, String, String, bool)> {
    let mut columns = BTreeSet::new();
    let mut table = String::new();
    for line in SCHEMA.lines().map(str::trim) {
        if let Some((name, _)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            table = name.to_owned();
        } else if let Some((name, kind)) = line.trim_end_matches(',').split_once(" -> ")
            && !line.contains("joinable")
        {
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            columns.insert((table.clone(), name.to_owned(), inner.unwrap_or(kind).to_lowercase(), inner.is_some()));
        }
    }
    columns
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Integer)]
    nullable: i32,
}

fn named(rows: Vec<Column>) -> BTreeSet<(String, String, String, bool)> {
    rows.into_iter().map(|row| (row.table_name, row.column_name, row.kind, row.nullable == 1)).collect()
}

#[test]
fn the_tables_of_sqlite_are_those_of_the_schema() {
    let fixture = Fixture::sqlite();
    fixture.store();
    let mut connection = SqliteConnection::establish(fixture.url.path().unwrap().to_str().unwrap()).unwrap();
    // An id that is an alias of the row's own must be called INTEGER in SQLite, and holds 64 bits all the same.
    let sql = "SELECT m.name AS table_name, c.name AS column_name, CASE WHEN c.name = 'id' AND c.type = 'INTEGER' \
         THEN 'bigint' ELSE lower(c.type) END AS kind, 1 - c.\"notnull\" AS nullable \
         FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'";
    assert_eq!(named(sql_query(sql).load(&mut connection).unwrap()), columns_of_schema());
    let sql = "SELECT m.name AS table_name, f.\"from\" AS column_name, '' AS kind, 0 AS nullable \
         FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND NOT EXISTS (SELECT 1 \
         FROM pragma_index_list(m.name) i, pragma_index_info(i.name) c WHERE c.seqno = 0 AND c.name = f.\"from\" AND i.partial = 0)";
    let bare: Vec<Column> = sql_query(sql).load(&mut connection).unwrap();
    assert!(named(bare).is_empty(), "references without an index");
}

#[test]
fn the_tables_of_postgres_are_those_of_the_schema() {
    let Some(fixture) = Fixture::postgres() else { return };
    fixture.store();
    let mut connection = PgConnection::establish(&fixture.url.to_string()).unwrap();
    let sql = "SELECT c.table_name::text, c.column_name::text, replace(replace(c.data_type::text, 'character varying', 'text'), ' precision', '') AS kind, \
         (c.is_nullable = 'YES')::int AS nullable FROM information_schema.columns c \
         JOIN information_schema.tables t USING (table_schema, table_name) WHERE c.table_schema = 'public' \
         AND t.table_type = 'BASE TABLE' AND left(c.table_name, 2) <> '__'";
    assert_eq!(named(sql_query(sql).load(&mut connection).unwrap()), columns_of_schema());
    let sql = "SELECT k.conrelid::regclass::text AS table_name, a.attname::text AS column_name, '' AS kind, 0 AS nullable \
         FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] \
         WHERE k.contype = 'f' AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid \
         AND i.indkey[0] = k.conkey[1] AND i.indpred IS NULL)";
    let bare: Vec<Column> = sql_query(sql).load(&mut connection).unwrap();
    assert!(named(bare).is_empty(), "references without an index");
}

#[test]
fn what_cannot_be_opened_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let missing = DatabaseUrl::sqlite(folder.path().join("no/such/folder/x.db"));
    let result = Store::open(&missing);
    assert!(
        matches!(&result, Err(StoreError::CannotOpen { database, .. }) if database.ends_with("x.db")),
        "{result:?}"
    );
    let text = folder.path().join("notes.txt");
    fs::write(&text, "no database, but a text of some length\n".repeat(100)).unwrap();
    let result = Store::open(&DatabaseUrl::sqlite(&text));
    assert!(matches!(result, Err(StoreError::Corrupt { .. })), "{result:?}");
    let away: DatabaseUrl = "postgres://u:secret@127.0.0.1:1/d".parse().unwrap();
    let error = Store::open(&away).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }) && error.is_temporary(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn odd_names_of_files_are_names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["file:x.db?mode=memory", "a b%20c.db", "ü.db"] {
        let path = folder.path().join(name);
        Store::open(&DatabaseUrl::sqlite(&path)).unwrap();
        assert!(path.is_file(), "{name}");
    }
}

#[test]
fn a_server_that_goes_away_is_a_reason_to_try_again() {
    let Some(fixture) = Fixture::postgres() else { return };
    let mut writer = fixture.writer();
    crate::support::begin(&mut writer);
    let file = File::of_meter("a", &[(0, 1)]);
    file.finish(file.write(&mut writer).unwrap()).unwrap();
    fixture.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    let error = writer.commit().unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    // A new writer looks the file up: it is not there, so it is loaded again.
    let mut writer = fixture.writer();
    assert_eq!(writer.loaded_named("a").unwrap(), None);
    assert_eq!(file.load(&mut writer), (1, 0, 0));
}
