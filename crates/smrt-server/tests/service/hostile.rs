//! Clients that are slow, large, many, or no clients of HTTP at all.

use crate::support::{Answer, Place, Running, SHORT, Wire, day, request, upload_head};
use std::{
    env, fs,
    io::Read,
    net::Shutdown,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

/// More than the buffers of a connection hold, so that it has to wait for whoever reads.
const LARGE: &str = "/api/v1/meters/0000000001/readings";
/// What tells that an answer has come to its end.
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The service answers at once.
#[track_caller]
fn assert_quick(service: &Running, path: &str) {
    let begun = Instant::now();
    assert_eq!(service.get(path).status, 200);
    assert!(begun.elapsed() < millis(3000), "{path} took {:?}", begun.elapsed());
}

/// Asks a question on a connection that is not read from.
fn asked(service: &Running, path: &str) -> Wire {
    let mut wire = service.connect();
    wire.send(request(service.address, "GET", path, &[], b""));
    wire
}

#[test]
fn heads_that_come_slowly_are_cut_and_stop_nobody() {
    let place = Place::new();
    let service = place.serve();
    let mut slow: Vec<Wire> = (0..200).map(|_| service.connect()).collect();
    for byte in b"GET / H".chunks(1) {
        for wire in &mut slow {
            wire.send(byte);
        }
        assert_quick(&service, "/healthz");
        assert_quick(&service, "/api/v1/meters");
        sleep(millis(200));
    }
    for wire in &mut slow {
        let lived = wire.closed();
        assert!(lived < millis(8000), "it lived for {lived:?}");
    }
}

#[test]
fn connections_that_say_nothing_are_closed() {
    let place = Place::new();
    let service = place.serve();
    let mut silent = service.connect();
    let mut used = service.connect();
    for _ in 0..2 {
        used.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(used.answer().unwrap().status, 200);
    }
    assert!(silent.closed() < millis(8000));
    assert!(used.closed() < millis(8000));
}

#[test]
fn a_body_that_stops_or_trickles_is_refused_and_nothing_is_loaded() {
    let place = Place::new();
    let text = day("PN000001", "0000000001");
    let (first, rest) = text.split_at(200);
    let service = place.serve_with(|options| options.limits.upload_time = millis(60_000));
    let mut stops = service.connect();
    stops.send(upload_head("stops.SMRT", text.len()) + first);
    let begun = Instant::now();
    stops.answer().unwrap().assert_problem(408, "too-slow");
    assert!(begun.elapsed() < millis(8000), "{:?}", begun.elapsed());
    drop(service);
    let service = place.serve();
    let mut trickles = service.connect();
    trickles.send(upload_head("trickles.SMRT", text.len()) + first);
    let begun = Instant::now();
    for byte in rest.as_bytes().chunks(1) {
        if !trickles.is_quiet() {
            break;
        }
        trickles.send(byte);
        sleep(millis(100));
    }
    trickles.answer().unwrap().assert_problem(408, "too-slow");
    assert!((millis(1500)..millis(8000)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    assert_eq!((place.ledger(), place.incoming()), (vec![], 0));
    assert_eq!(service.upload("stops.SMRT", &text).status, 201, "its name is free");
}

#[test]
fn readers_that_do_not_read_keep_nobody_else_from_asking() {
    let place = Place::large();
    let service = place.serve_with(|options| options.limits.idle = millis(6000));
    let mut slow: Vec<Wire> = (0..SHORT.readers).map(|_| asked(&service, LARGE)).collect();
    slow.iter_mut().for_each(|wire| assert_eq!(wire.head().unwrap().status, 200));
    let refused = service.get(LARGE);
    refused.assert_problem(503, "unavailable");
    assert_eq!(refused.field("retry-after"), Some("10"));
    for path in ["/healthz", "/readyz", "/metrics", "/", "/api/v1/meters", "/meters/0000000001"] {
        assert_quick(&service, path);
    }
    sleep(millis(7000));
    for wire in &mut slow {
        assert!(!wire.rest().ends_with(LAST_CHUNK), "a part must not look like the whole");
    }
    service.wait_until("their places are free", |service| service.get(LARGE).status == 200);
}

#[test]
fn an_answer_that_takes_too_long_in_all_is_cut() {
    let place = Place::large();
    let service = place.serve_with(|options| {
        options.limits.idle = millis(60_000);
        options.limits.answer_time = millis(1000);
    });
    let mut steady = asked(&service, LARGE);
    let begun = Instant::now();
    let (mut bytes, mut block) = (Vec::new(), vec![0; 16 << 10]);
    while let Ok(count @ 1..) = steady.stream.read(&mut block) {
        bytes.extend_from_slice(&block[..count]);
        sleep(millis(if begun.elapsed() < millis(1200) { 20 } else { 0 }));
    }
    assert!(!bytes.ends_with(LAST_CHUNK), "a part must not look like the whole");
    assert!(begun.elapsed() < millis(12_000), "{:?}", begun.elapsed());
}

#[test]
fn whoever_goes_away_leaves_nothing_running() {
    let place = Place::large();
    let service = place.serve();
    for _ in 0..2 * SHORT.readers {
        let mut wire = asked(&service, LARGE);
        wire.head().unwrap();
        wire.shut(Shutdown::Both);
    }
    service.wait_until("their places are free", |service| service.get(LARGE).status == 200);
    service.wait_until("all are free", |service| service.figure("smrt_pool_used") == 0.0);
}

#[test]
fn connections_beyond_the_limit_are_told_to_come_again() {
    let place = Place::new();
    let service = place.serve_with(|options| {
        options.limits.connections = 5;
        options.limits.header_time = millis(2000);
    });
    let mut held: Vec<Wire> = (0..5).map(|_| service.connect()).collect();
    for wire in &mut held {
        wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(wire.answer().unwrap().status, 200);
    }
    for _ in 0..10 {
        let mut more = service.connect();
        more.send(request(service.address, "GET", "/healthz", &[], b""));
        let answer = more.answer().unwrap();
        assert_eq!((answer.status, answer.field("retry-after")), (503, Some("2")));
        more.closed();
    }
    drop(held);
    service.wait_until("there is room again", |service| {
        let answer = service.raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        answer.is_ok_and(|answer| answer.status == 200)
    });
    assert!(service.figure("smrt_connections_refused_total") >= 10.0);
}

#[test]
fn bodies_that_are_too_large_are_refused_before_they_are_read() {
    let place = Place::new();
    let service = place.serve();
    let most = usize::try_from(SHORT.upload_bytes).unwrap();
    let mut told = service.connect();
    told.send(upload_head("large.SMRT", most + 1));
    told.answer().unwrap().assert_problem(413, "too-large");
    let mut untold = service.connect();
    untold.send("POST /api/v1/files?name=a.SMRT HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 1 << 16], b"\r\n"].concat();
    let mut sent = 0;
    while untold.is_quiet() && sent < 1000 {
        untold.send(&chunk);
        sent += 1;
        sleep(millis(2));
    }
    untold.answer().unwrap().assert_problem(413, "too-large");
    // What lies in the buffers of the connection was sent without anybody reading it.
    assert!((16..500).contains(&sent), "{sent} chunks were taken");
    let mut promised = service.connect();
    promised.send(upload_head("large.SMRT", usize::MAX / 2));
    promised.answer().unwrap().assert_problem(413, "too-large");
    assert_eq!((place.ledger(), place.incoming()), (vec![], 0));
}

#[test]
fn lengths_that_lie_load_nothing() {
    let place = Place::new();
    let service = place.serve();
    let text = day("PN000001", "0000000001");
    let mut too_long = service.connect();
    too_long.send(upload_head("long.SMRT", text.len() + 1000) + &text);
    too_long.shut(Shutdown::Write);
    if let Ok(answer) = too_long.answer() {
        answer.assert_problem(400, "invalid-parameter");
    }
    assert_eq!((place.ledger(), place.incoming()), (vec![], 0));
    // All that was promised came, so it is a file, though a broken one; the rest is no request.
    let mut too_short = service.connect();
    too_short.send(upload_head("short.SMRT", 100) + &text);
    too_short.answer().unwrap().assert_problem(422, "file-refused");
    assert!(too_short.answer().map_or(true, |answer| answer.status == 400));
    assert_eq!(place.ledger(), ["short.SMRT rejected"]);
    for length in ["-1", "1x", "0x10", "", "99999999999999999999999", "10, 11"] {
        let head = format!("POST /api/v1/files?name=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        let answer = service.raw(head + "0123456789").unwrap();
        assert_eq!(answer.status, 400, "{length}");
    }
    // A length and chunks at once are how one request is smuggled behind another.
    let both = "POST /api/v1/files?name=b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\
                Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut smuggling = service.connect();
    smuggling.send(both);
    let first = smuggling.answer().unwrap();
    assert!(first.status >= 400, "{first:?}");
    assert!(smuggling.answer().is_err(), "no second answer");
    assert_eq!(place.store().stats().unwrap().readings, 0);
}

#[test]
fn broken_chunks_load_nothing() {
    let place = Place::new();
    let service = place.serve();
    for (number, body) in
        ["5\r\nhello\r\nZZ\r\n", "5\r\nhelloworld", "-5\r\nhello\r\n0\r\n\r\n", "ffffffffffffffffff\r\nx"]
            .iter()
            .enumerate()
    {
        let head = format!(
            "POST /api/v1/files?name={number} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let answer = service.raw(head + body).unwrap();
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
    }
    assert_eq!((place.ledger(), place.incoming()), (vec![], 0));
    let text = day("PN000001", "0000000001");
    let mut chunked = service.connect();
    chunked.send("POST /api/v1/files?name=c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    for part in text.as_bytes().chunks(97) {
        chunked.send([format!("{:x};a=b\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
    }
    chunked.send("0\r\nTrailer: x\r\n\r\n");
    assert_eq!(chunked.answer().unwrap().status, 201, "whole ones are loaded");
}

#[test]
fn whoever_asks_first_is_told_to_go_on() {
    let place = Place::new();
    let service = place.serve();
    let text = day("PN000001", "0000000001");
    let head = |length: usize| upload_head("a.SMRT", length).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    let mut polite = service.connect();
    polite.send(head(text.len()));
    assert_eq!(polite.answer().unwrap().status, 100);
    polite.send(&text);
    assert_eq!(polite.answer().unwrap().status, 201);
    let mut large = service.connect();
    large.send(head(1 << 30));
    large.answer().unwrap().assert_problem(413, "too-large");
}

#[test]
fn what_is_no_file_as_it_is_is_refused() {
    let place = Place::new();
    let service = place.serve();
    for field in [
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Content-Type", "Multipart/Mixed"),
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "identity, gzip"),
    ] {
        let answer = service.ask("POST", "/api/v1/files?name=a.SMRT", &[field], b"--x");
        answer.assert_problem(415, "media-type");
    }
    assert_eq!((place.ledger(), place.incoming()), (vec![], 0));
}

#[test]
fn heads_that_are_too_large_are_refused() {
    let place = Place::new();
    let service = place.serve();
    let long = "x".repeat(100_000);
    let many = "X: y\r\n".repeat(200);
    for head in [
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET /?{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{long}: x\r\n\r\n"),
        format!("{long} / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ] {
        // Who does not stop sending may see the connection closed instead.
        if let Ok(answer) = service.raw(&head) {
            assert!(matches!(answer.status, 400 | 414 | 431), "{} for {}…", answer.status, &head[..40]);
        }
    }
    for path in [format!("/{}", "x".repeat(20_000)), format!("/api/v1/files?name={}", "x".repeat(20_000))] {
        let status = service.get(&path).status;
        assert!(matches!(status, 400 | 404 | 414), "{status}");
    }
    assert_quick(&service, "/healthz");
}

#[test]
fn what_is_not_http_is_answered_or_closed_and_hurts_nobody() {
    let place = Place::new();
    let service = place.serve();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n",
        b"GET  /healthz  HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
    ] {
        let mut wire = service.connect();
        wire.send(bytes);
        if let Ok(answer) = wire.answer() {
            assert!((400..506).contains(&answer.status), "{answer:?} for {}", bytes.escape_ascii());
        }
        wire.closed();
    }
    assert_quick(&service, "/healthz");
}

#[test]
fn methods_and_versions_are_answered_as_http_has_it() {
    let place = Place::new();
    let service = place.serve();
    let whole = service.get("/api/v1/meters");
    let head = service.ask("HEAD", "/api/v1/meters", &[], b"");
    assert_eq!(head.status, 200);
    assert_eq!(head.field("content-length"), Some(whole.body.len().to_string().as_str()));
    assert_eq!(head.field("etag"), whole.field("etag"));
    for (method, path) in
        [("POST", "/api/v1/meters"), ("DELETE", "/api/v1/files"), ("OPTIONS", "/healthz"), ("TRACE", "/"), ("FOO", "/")]
    {
        let answer = service.ask(method, path, &[("X-Secret", "abc")], b"");
        answer.assert_problem(405, "method-not-allowed");
        assert!(answer.field("allow").is_some_and(|allow| allow.contains("GET")), "{method} {path}: {answer:?}");
        assert!(!answer.text().contains("abc"), "nothing is sent back");
    }
    for head in ["OPTIONS * HTTP/1.1\r\nHost: localhost", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost"] {
        let answer = service.raw(format!("{head}\r\n\r\n")).unwrap();
        assert!((400..500).contains(&answer.status), "{head}: {answer:?}");
    }
    let mut old = service.connect();
    old.send("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_eq!(old.answer().unwrap().body, b"ok\n");
    old.closed();
}

#[test]
fn requests_in_a_row_are_answered_in_a_row() {
    let place = Place::new();
    let service = place.serve();
    let mut wire = service.connect();
    let paths = ["/healthz", "/api/v1/meters", "/nowhere", "/api/v1/files", "/healthz"];
    wire.send(paths.map(|path| String::from_utf8(request(service.address, "GET", path, &[], b"")).unwrap()).concat());
    let statuses = paths.map(|_| wire.answer().unwrap().status);
    assert_eq!(statuses, [200, 200, 404, 200, 200]);
}

#[test]
fn nothing_in_a_request_becomes_a_header_of_the_answer() {
    let place = Place::new();
    place.load("PN000001.SMRT", &day("PN000001", "0000000001"));
    let service = place.serve();
    let breaks =
        ["%0d%0aX-Evil:1", "%0D%0AX-Evil%3A1", "%0aX-Evil:1", "%E5%98%8A%E5%98%8DX-Evil:1", "%00", "%ff%fe", "%"];
    for text in breaks {
        for path in [
            format!("/api/v1/meters/{text}"),
            format!("/api/v1/meters/{text}/readings?format=csv"),
            format!("/api/v1/files?prefix={text}&limit=1"),
            format!("/api/v1/files?after={text}"),
            format!("/meters/{text}"),
            format!("/sign-in?next=/{text}"),
            format!("/assets/{text}"),
            format!("/{text}"),
        ] {
            let answer = service.get(&path);
            assert!(answer.status < 500, "{path}: {}", answer.status);
            assert_eq!(answer.field("x-evil"), None, "{path}");
        }
        let answer = service.upload(text, "x");
        assert!(matches!(answer.status, 400 | 422), "{text}: {}", answer.status);
        assert_eq!(answer.field("x-evil"), None, "{text}");
    }
}

#[test]
fn uploads_beyond_those_that_may_wait_are_told_to_come_again() {
    let place = Place::new();
    let service = place.serve_with(|options| options.limits.uploads = 2);
    let text = day("PN000001", "0000000001");
    let mut held: Vec<Wire> = (0..2).map(|_| service.connect()).collect();
    for (number, wire) in held.iter_mut().enumerate() {
        wire.send(upload_head(&format!("{number}.SMRT"), text.len()));
    }
    service.wait_until("both are coming in", |service| service.figure("smrt_uploads_waiting") == 2.0);
    let refused = service.upload("c.SMRT", &text);
    refused.assert_problem(429, "too-many-requests");
    assert_eq!(refused.field("retry-after"), Some("5"));
    held[0].send(&text);
    assert_eq!(held[0].answer().unwrap().status, 201);
    held[1].shut(Shutdown::Both);
    service.wait_until("there is room again", |service| service.figure("smrt_uploads_waiting") == 0.0);
    assert_eq!(service.upload("c.SMRT", day("PN000003", "0000000003")).status, 201);
}

#[test]
fn questions_beyond_those_that_may_wait_are_told_to_come_again() {
    let place = Place::large();
    let service = place.serve_with(|options| {
        options.limits.readers = 1;
        options.limits.waiting = 1;
    });
    let slow = |day: usize| format!("/api/v1/daily?meter=0000000001&from=1990-01-{day:02}");
    let mut all: Vec<Wire> = (1..=20).map(|day| asked(&service, &slow(day))).collect();
    // Whether the service is well is told all the same.
    assert_quick(&service, "/readyz");
    assert_quick(&service, "/metrics");
    let answers: Vec<Answer> = all.iter_mut().map(|wire| wire.answer().unwrap()).collect();
    let (answered, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(answered.len() >= 2, "the first, and who waited, are answered: {}", answered.len());
    assert!(!refused.is_empty());
    for answer in refused {
        answer.assert_problem(503, "unavailable");
        assert_eq!(answer.field("retry-after"), Some("2"));
    }
}

#[test]
fn thousands_of_questions_leave_memory_as_it_was() {
    if !is_alone("hostile::thousands_of_questions_leave_memory_as_it_was") {
        return;
    }
    let place = Place::new();
    place.load("PN000001.SMRT", &day("PN000001", "0000000001"));
    let service = place.serve();
    let ask = |count: usize| {
        let mut wire = service.connect();
        let row = request(service.address, "GET", "/api/v1/meters", &[("Accept-Encoding", "gzip")], b"").repeat(50);
        for _ in 0..count / 50 {
            wire.send(&row);
            (0..50).for_each(|_| assert_eq!(wire.answer().unwrap().status, 200));
        }
    };
    ask(1000);
    let before = resident();
    ask(9000);
    let grown = resident().saturating_sub(before);
    assert!(grown < 12 << 10, "{grown} KiB more");
}

/// Whether this process runs this test and no other; else one is started that does.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "SMRT_TEST_ALONE";
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.args(["--exact", test, "--nocapture"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// KiB of memory that this process takes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[test]
fn whoever_sends_what_nobody_asked_for_is_answered_all_the_same() {
    let place = Place::new();
    let service = place.serve();
    let mut wire = service.connect();
    wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
    let answer: Answer = wire.answer().unwrap();
    assert_eq!(answer.status, 200);
    assert!(wire.closed() < millis(8000));
}
