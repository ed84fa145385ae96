//! From the start to the end of a service, and of a file that comes to it.

use crate::support::{Place, SHORT, Wire, archive, day, hours, smrt, upload_head};
use smrt_ingest::WatchOptions;
use smrt_storage::DatabaseUrl;
use smrt_testkit::postgres;
use std::{
    fs,
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    thread::{self, sleep},
    time::{Duration, Instant},
};

fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn what_comes_twice_is_loaded_once() {
    let place = Place::new();
    let service = place.serve();
    let text = day("PN000001", "0000000001");
    let status = |name: &str, text: &str| {
        let answer = service.upload(name, text);
        if answer.status != 201 {
            answer.assert_problem(409, "already-known");
        }
        let report = answer.json();
        assert_eq!(report["files"].as_array().unwrap().len(), 1, "{report}");
        report["files"][0]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status("PN000001.SMRT", &text), "loaded");
    assert_eq!(status("PN000001.SMRT", &text), "already-loaded");
    assert_eq!(status("PN000001.SMRT", &day("PN000001", "0000000002")), "name-conflict");
    assert_eq!(status("PN000002.SMRT", &text), "duplicate");
    assert_eq!(place.store().stats().unwrap().readings, 24);
    assert_eq!(files_below(&place.options.uploads).len(), place.ledger().len(), "what is known is kept, nothing else");
    place.assert_sound();
}

#[test]
fn a_file_that_is_refused_loads_nothing_and_is_told_with_its_place() {
    let place = Place::new();
    let service = place.serve();
    let bad = smrt("PN000001", &[("0000000001", 1, "1.5"), ("0000000001", 2, "abc"), ("0000000001", 3, "x")]);
    let answer = service.upload("PN000001.SMRT", &bad);
    answer.assert_problem(422, "file-refused");
    let report = answer.json();
    let file = &report["files"][0];
    assert_eq!(
        (&file["status"], &file["reason"]["line"], &file["findings"]),
        (&"rejected".into(), &3.into(), &2.into())
    );
    assert_eq!(report["totals"]["rejected"], 1);
    assert!(report["detail"].as_str().unwrap().contains(file["reason"]["code"].as_str().unwrap()), "{report}");
    assert_eq!(place.store().stats().unwrap().readings, 0);
    assert_eq!(place.ledger(), ["PN000001.SMRT rejected"]);
    let listed = service.get(&format!("/api/v1/files/{}", file["id"])).json();
    assert_eq!((&listed["status"], listed["shown"].as_array().map(Vec::len)), (&"rejected".into(), Some(2)));
    for text in ["", "\n", "no such format", "\"HEADR\"", &bad[..bad.len() - 5]] {
        let answer = service.upload("other", text);
        assert!(matches!(answer.status, 409 | 422), "{text:?}: {}", answer.text());
    }
    let some = service.ask("POST", "/api/v1/files?name=PN000001.SMRT&on_bad_record=quarantine", &[], bad.as_bytes());
    assert_eq!(some.status, 201, "{}", some.text());
    assert_eq!((&some.json()["files"][0]["inserted"], &some.json()["files"][0]["refused"]), (&1.into(), &2.into()));
    place.assert_sound();
}

#[test]
fn an_archive_tells_of_each_of_its_files() {
    let place = Place::new();
    let service = place.serve();
    let good = day("PN000001", "0000000001");
    let bad = smrt("PN000002", &[("0000000002", 1, "abc")]);
    let answer = service.upload("two.zip", archive(&[("PN000001.SMRT", &good), ("PN000002.SMRT", &bad)]));
    answer.assert_problem(422, "file-refused");
    let report = answer.json();
    let statuses: Vec<_> = report["files"].as_array().unwrap().iter().map(|file| file["status"].clone()).collect();
    assert_eq!(statuses, ["loaded", "rejected"]);
    assert!(report["files"].as_array().unwrap().iter().all(|file| file["id"].is_u64()), "{report}");
    assert_eq!(place.store().stats().unwrap().readings, 24);
    assert_eq!(service.upload("one.zip", archive(&[("PN000003.SMRT", &day("PN000003", "0000000003"))])).status, 201);
    let outside = archive(&[("../../evil.SMRT", &day("PN000004", "0000000004"))]);
    let answer = service.upload("outside.zip", outside);
    assert!(matches!(answer.status, 201 | 422), "{}", answer.text());
    assert!(
        files_below(place.folder.path()).iter().all(|path| !path.ends_with("evil.SMRT")),
        "nothing is unpacked there"
    );
    place.assert_sound();
}

#[test]
fn names_with_folders_are_refused() {
    let place = Place::new();
    let service = place.serve();
    let long = "x".repeat(256);
    for name in ["..%2fx.SMRT", "a%2fb", "%2fetc%2fpasswd", "a%5cb", "..", ".", ".hidden", "a%0ab", "%00", "", &long] {
        let answer = service.upload(name, day("PN000001", "0000000001"));
        answer.assert_problem(400, "invalid-parameter");
        assert_eq!(answer.json()["parameter"], "name", "{name}");
    }
    for query in ["", "?nam=x", "?name=x&name=y", "?name=x&format=pdf", "?name=x&on_bad_record=keep", "?name=x&y=z"] {
        let answer = service.ask("POST", &format!("/api/v1/files{query}"), &[], b"x");
        answer.assert_problem(400, "invalid-parameter");
    }
    assert_eq!((place.ledger(), files_below(&place.options.uploads)), (vec![], vec![]));
}

#[test]
fn what_comes_in_when_the_end_is_asked_for_is_finished_first() {
    let place = Place::new();
    let service = place.serve();
    let text = day("PN000001", "0000000001");
    let (first, rest) = text.split_at(100);
    let mut late = service.connect();
    late.send(upload_head("PN000001.SMRT", text.len()) + first);
    service.wait_until("it comes in", |service| service.figure("smrt_uploads_waiting") == 1.0);
    service.begin_end();
    sleep(millis(200));
    late.send(rest);
    assert_eq!(late.answer().unwrap().status, 201);
    assert!(service.end() < millis(8000));
    assert_eq!(place.ledger(), ["PN000001.SMRT loaded"]);
}

#[test]
fn what_does_not_come_in_time_for_the_end_is_not_loaded() {
    let place = Place::new();
    let service = place.serve_with(|options| {
        options.limits.grace = millis(500);
        options.limits.idle = millis(60_000);
        options.limits.upload_time = millis(60_000);
        options.limits.header_time = millis(60_000);
    });
    let text = day("PN000001", "0000000001");
    let mut half: Wire = service.connect();
    half.send(upload_head("PN000001.SMRT", text.len()) + &text[..100]);
    let mut head = service.connect();
    head.send("GET / HT");
    let _silent = service.connect();
    service.wait_until("it comes in", |service| service.figure("smrt_uploads_waiting") == 1.0);
    let took = service.end();
    assert!(took < millis(8000), "it took {took:?}");
    assert!(half.answer().is_err() && head.answer().is_err());
    assert_eq!((place.ledger(), place.incoming()), (vec![], 0));
    let service = place.serve();
    assert_eq!(service.upload("PN000001.SMRT", text).status, 201);
}

#[test]
fn what_is_being_loaded_at_the_end_is_there_as_a_whole_or_not_at_all() {
    /// So many that it takes longer than somebody needs to ask for the end.
    const READINGS: i32 = 150_000;
    for grace in [0, 100, 10_000] {
        let place = Place::new();
        let service = place.serve_with(|options| {
            options.limits.grace = millis(grace);
            options.limits.upload_bytes = 20 << 20;
        });
        let text = hours("PN000001", READINGS);
        let mut loading = service.connect();
        loading.send(upload_head("PN000001.SMRT", text.len()) + &text);
        service.wait_until("it came in", |_| !files_below(&place.options.uploads).is_empty() && place.incoming() == 0);
        sleep(millis(100));
        let took = service.end();
        assert!(took < millis(grace.min(3000) + 8000), "{grace}: it took {took:?}");
        let answered = loading.answer().is_ok_and(|answer| answer.status == 201);
        let readings = place.store().stats().unwrap().readings;
        if answered || grace == 10_000 {
            assert!(answered && readings == READINGS as u64, "{grace}: {answered} {readings}");
        }
        // With no grace at all it is rolled back, as it takes longer than it has had.
        assert!(readings == 0 || readings == READINGS as u64 && grace > 0, "{grace}: {readings}");
        place.assert_sound();
        let known = place.ledger().len();
        assert_eq!(files_below(&place.options.uploads).len(), known, "{grace}: what is not known is taken away");
        let service = place.serve_with(|options| options.limits.upload_bytes = 20 << 20);
        assert_eq!(service.upload("PN000001.SMRT", &text).status, if readings == 0 { 201 } else { 409 });
    }
}

#[test]
fn readers_that_do_not_read_hold_no_end_up() {
    let place = Place::large();
    let service = place.serve_with(|options| {
        options.limits.grace = millis(500);
        options.limits.idle = millis(60_000);
        options.limits.answer_time = millis(60_000);
    });
    let asked = |path: &str| {
        let mut wire = service.connect();
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        wire
    };
    let mut slow = [(); SHORT.readers].map(|()| asked("/api/v1/meters/0000000001/readings"));
    slow.iter_mut().for_each(|wire| assert_eq!(wire.head().unwrap().status, 200));
    let _waits = asked("/api/v1/meters");
    sleep(millis(100));
    let took = service.end();
    assert!(took < millis(8000), "it took {took:?}");
}

#[test]
fn what_came_in_by_halves_is_taken_away_at_the_next_start() {
    let place = Place::new();
    let kept = place.options.uploads.join("2024-01-01/x/PN000001.SMRT");
    let half = place.options.uploads.join(".incoming/x/PN000002.SMRT");
    for path in [&kept, &half] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    let service = place.serve();
    service.wait_until("it is away", |_| !half.exists());
    assert!(kept.exists());
}

#[test]
fn what_one_service_takes_in_is_not_taken_away_by_another() {
    let place = Place::new();
    let service = place.serve();
    let text = day("PN000001", "0000000001");
    let mut coming = service.connect();
    coming.send(upload_head("PN000001.SMRT", text.len()) + &text[..100]);
    service.wait_until("it comes in", |_| place.incoming() == 1);
    let other = place.serve();
    assert_eq!(other.get("/healthz").status, 200, "it has begun");
    coming.send(&text[100..]);
    assert_eq!(coming.answer().unwrap().status, 201);
}

#[test]
fn two_services_take_turns_at_one_database() {
    let place = Place::new();
    let patient = |uploads: &str| {
        let uploads = place.path(uploads);
        place.serve_with(|options| {
            options.uploads = uploads;
            options.ingest.patience = millis(30_000);
        })
    };
    let services = [patient("a"), patient("b")];
    let texts: Vec<_> =
        (0..6).map(|n| (format!("PN{n:06}.SMRT"), day(&format!("PN{n:06}"), &format!("{n:010}")))).collect();
    let statuses: Vec<Vec<u16>> = thread::scope(|scope| {
        let sends = services.iter().map(|service| {
            let texts = &texts;
            scope.spawn(move || texts.iter().map(|(name, text)| service.upload(name, text).status).collect())
        });
        let sends: Vec<_> = sends.collect();
        sends.into_iter().map(|send| send.join().unwrap()).collect()
    });
    for number in 0..texts.len() {
        let mut both = [statuses[0][number], statuses[1][number]];
        both.sort_unstable();
        assert_eq!(both, [201, 409], "{statuses:?}");
    }
    for service in &services {
        assert_eq!(service.get("/api/v1/stats").json()["readings"], 144);
    }
    assert_eq!(services[0].upload("PN000009.SMRT", day("PN000009", "0000000009")).status, 201);
    assert_eq!(services[1].get("/api/v1/stats").json()["readings"], 168, "what one loads the other tells at once");
    place.assert_sound();
}

#[test]
fn a_watched_folder_is_loaded_and_counted() {
    let place = Place::new();
    let inbox = place.path("inbox");
    fs::create_dir(&inbox).unwrap();
    let quick = WatchOptions { settle: millis(50), rescan: millis(100), ..WatchOptions::default() };
    let service = place.serve_with(|options| options.watch = Some((inbox.clone(), quick)));
    for (name, text) in [
        ("PN000001.SMRT", day("PN000001", "0000000001")),
        ("PN000002.SMRT", day("PN000002", "0000000002")),
        ("PN000003.SMRT", smrt("PN000003", &[("0000000003", 1, "abc")])),
    ] {
        fs::write(inbox.join(name), text).unwrap();
    }
    service.wait_until("all three are known", |service| {
        service.figure("smrt_files{status=\"loaded\"}") == 2.0
            && service.figure("smrt_files{status=\"rejected\"}") == 1.0
    });
    assert_eq!(service.figure("smrt_readings"), 48.0);
    service.wait_until("none waits", |service| service.figure("smrt_watched_files_waiting") == 0.0);
    assert_eq!(service.upload("PN000004.SMRT", day("PN000004", "0000000004")).status, 201);
    assert!(service.end() < millis(8000), "the watch ends, too");
}

#[test]
fn questions_are_answered_while_another_process_writes() {
    let place = Place::new();
    place.load("PN000001.SMRT", &day("PN000001", "0000000001"));
    let service = place.serve();
    let mut other = place.store().writer().unwrap();
    other.begin(millis(5000), &mut |_| true).unwrap();
    for path in ["/api/v1/meters", "/api/v1/meters/0000000001/readings", "/", "/readyz", "/metrics"] {
        let begun = Instant::now();
        assert_eq!(service.get(path).status, 200, "{path}");
        assert!(begun.elapsed() < millis(5000), "{path}");
    }
    let text = day("PN000002", "0000000002");
    let busy = service.upload("PN000002.SMRT", &text);
    busy.assert_problem(503, "unavailable");
    assert_eq!(busy.field("retry-after"), Some("5"));
    other.roll_back().unwrap();
    assert_eq!(service.upload("PN000002.SMRT", &text).status, 201);
    assert_eq!(files_below(&place.options.uploads).len(), 1);
    place.assert_sound();
}

#[test]
fn what_cannot_be_kept_is_told_and_not_loaded() {
    let place = Place::new();
    let service = place.serve();
    assert_eq!(service.get("/healthz").status, 200, "it has begun");
    // A file is where the folder should be; unlike rights, that stops root as well.
    fs::write(&place.options.uploads, "x").unwrap();
    let answer = service.upload("PN000001.SMRT", day("PN000001", "0000000001"));
    answer.assert_problem(507, "storage-full");
    assert!(answer.field("retry-after").is_some());
    fs::remove_file(&place.options.uploads).unwrap();
    assert_eq!(service.upload("PN000001.SMRT", day("PN000001", "0000000001")).status, 201);
}

/// A way to a server of Postgres that can be cut and mended.
struct Line {
    folder: tempfile::TempDir,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_cut: AtomicU8,
    open: Mutex<Vec<UnixStream>>,
}

impl Line {
    /// A line to the server of a database, and the address of the database over it.
    fn to(url: &str) -> (Self, DatabaseUrl) {
        let (server, name) = url.strip_prefix("postgres://postgres@").unwrap().split_once('/').unwrap();
        let server = PathBuf::from(server.replace("%2F", "/")).join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let line = Self { folder, state: Arc::default() };
        let state = Arc::clone(&line.state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if state.is_cut.load(Ordering::Relaxed) == 0 {
                    let server = UnixStream::connect(&server).unwrap();
                    let mut open = state.open.lock().unwrap();
                    for (mut from, mut to) in [(&client, &server), (&server, &client)]
                        .map(|(from, to)| (from.try_clone().unwrap(), to.try_clone().unwrap()))
                    {
                        thread::spawn(move || {
                            let _ = pass(&mut from, &mut to);
                            let _ = to.shutdown(Shutdown::Both);
                        });
                    }
                    open.extend([client, server]);
                }
            }
        });
        let host = line.folder.path().display().to_string().replace('/', "%2F");
        let url = format!("postgres://postgres@{host}/{name}").parse().unwrap();
        (line, url)
    }

    /// Breaks all connections.
    fn break_all(&self) {
        self.state.open.lock().unwrap().drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    }

    /// Breaks all connections and lets no new one through.
    fn cut(&self) {
        self.state.is_cut.store(1, Ordering::Relaxed);
        self.break_all();
    }

    fn mend(&self) {
        self.state.is_cut.store(0, Ordering::Relaxed);
    }
}

fn pass(from: &mut UnixStream, to: &mut UnixStream) -> io::Result<()> {
    let mut block = [0; 1 << 14];
    loop {
        let count = from.read(&mut block)?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(&block[..count])?;
    }
}

#[test]
fn on_postgres_it_is_the_same_and_a_server_that_is_away_comes_back() {
    let Some(url) = postgres::database() else { return };
    let mut place = Place::new();
    let (line, url) = Line::to(&url);
    place.url = url;
    let service = place.serve();
    let text = day("PN000001", "0000000001");
    assert_eq!(service.upload("PN000001.SMRT", &text).status, 201);
    assert_eq!(service.upload("PN000001.SMRT", &text).json()["files"][0]["status"], "already-loaded");
    let before = service.get("/api/v1/meters/0000000001/readings");
    assert_eq!(before.json()["items"].as_array().map(Vec::len), Some(24));
    let tag = before.field("etag").unwrap();
    let same = service.get_with("/api/v1/meters/0000000001/readings", &[("If-None-Match", tag)]);
    assert_eq!(same.status, 304);

    line.cut();
    for path in ["/api/v1/meters", "/api/v1/meters/0000000001/readings", "/readyz", "/metrics"] {
        let away = service.get(path);
        away.assert_problem(503, "unavailable");
        assert_eq!(away.field("retry-after"), Some("5"), "{path}");
    }
    assert_eq!(service.get("/").status, 503);
    assert_eq!(service.get("/healthz").status, 200, "the process is there");
    let text = day("PN000002", "0000000002");
    service.upload("PN000002.SMRT", &text).assert_problem(503, "unavailable");

    line.mend();
    assert_eq!(service.get("/api/v1/meters/0000000001/readings").body, before.body);
    assert_eq!(service.upload("PN000002.SMRT", &text).status, 201);
    // A server that was started anew has closed all connections, which is seen when they are used.
    line.break_all();
    assert_eq!(service.get("/api/v1/stats").json()["readings"], 48);
    assert_eq!(service.get("/api/v1/meters").status, 200);
    place.assert_sound();
}
