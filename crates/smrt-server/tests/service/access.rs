//! Who may ask what, from where, and what texts from outside can do.

use crate::support::{Answer, Place, Running, day, upload_head};
use serde_json::Value;
use smrt_server::{Options, Scope, ServeError, Service, Token, new_token};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const PAGES: [&str; 8] =
    ["/", "/files", "/files/1", "/upload", "/meters", "/sensors", "/meters/0000000001", "/quality"];

/// A token of each scope.
struct Known {
    texts: BTreeMap<&'static str, String>,
    tokens: Vec<Token>,
    hashes: Vec<String>,
}

impl Known {
    fn new() -> Self {
        let mut known = Self { texts: BTreeMap::new(), tokens: Vec::new(), hashes: Vec::new() };
        for scope in [Scope::Read, Scope::Ingest, Scope::Admin] {
            let (text, hash) = new_token().unwrap();
            known.tokens.push(Token::known_by(scope.as_str(), &hash, vec![scope]).unwrap());
            known.texts.insert(scope.as_str(), format!("Bearer {text}"));
            known.hashes.push(hash);
        }
        known
    }

    /// The header of a token.
    fn of(&self, scope: &str) -> [(&'static str, &str); 1] {
        [("Authorization", &self.texts[scope])]
    }

    /// Its bare text.
    fn text(&self, scope: &str) -> &str {
        self.texts[scope].strip_prefix("Bearer ").unwrap()
    }
}

/// A place with a file in it.
fn place() -> Place {
    let place = Place::new();
    place.load("PN000001.SMRT", &day("PN000001", "0000000001"));
    place
}

/// All questions of programs: their paths, filled in, and the names of the parameters in their queries.
fn questions(service: &Running) -> Vec<(String, Vec<(String, Value)>)> {
    let document = service.get("/openapi.json").json();
    let paths = document["paths"].as_object().unwrap();
    let questions: Vec<_> = paths.iter().filter_map(|(path, methods)| Some((path, methods.get("get")?))).collect();
    assert!(questions.len() > 15, "{document}");
    let filled = |path: &str| path.replace("{code}", "0000000001").replace("{id}", "1").replace("{line}", "1");
    let of = |(path, get): (&String, &Value)| {
        let params = get["parameters"].as_array().into_iter().flatten();
        let params = params.filter(|param| param["in"] == "query");
        let params = params.map(|param| (param["name"].as_str().unwrap().to_owned(), param.clone()));
        (filled(path), params.collect())
    };
    questions.into_iter().map(of).collect()
}

/// A path with the parameters that it cannot do without.
fn needed(path: &str, params: &[(String, Value)]) -> String {
    let needed = params.iter().filter(|(_, param)| param["required"] == true);
    let pairs: Vec<_> = needed.map(|(name, param)| format!("{name}={}", param["example"].as_str().unwrap())).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn programs_need_a_token_with_the_right_scope() {
    let (place, known) = (place(), Known::new());
    let service = place.serve_with(|options| options.tokens.clone_from(&known.tokens));
    let stranger = format!("Bearer {}", new_token().unwrap().0);
    for (path, params) in questions(&service) {
        let path = needed(&path, &params);
        if path == "/healthz" {
            continue;
        }
        let wrong = [
            vec![],
            vec![("Authorization", stranger.as_str())],
            vec![("Authorization", "Basic cmVhZDpyZWFk")],
            vec![("Authorization", "Bearer")],
            vec![("Authorization", "Bearer ")],
            vec![("Authorization", "")],
            vec![("Cookie", "smrt_session=")],
            vec![("Cookie", "smrt_session=0000")],
        ];
        for fields in wrong {
            let answer = service.get_with(&path, &fields);
            answer.assert_problem(401, "token-needed");
            assert_eq!(answer.field("www-authenticate"), Some("Bearer realm=\"smrt\""), "{path}");
        }
        service.get_with(&path, &known.of("ingest")).assert_problem(403, "scope-needed");
        let expected = if path == "/api/v1/doctor" { 403 } else { 200 };
        let answer = service.get_with(&path, &known.of("read"));
        assert!(answer.status == expected || answer.status == 404, "{path}: {}", answer.text());
        let answer = service.get_with(&path, &known.of("admin"));
        assert!(matches!(answer.status, 200 | 404), "{path}: {}", answer.text());
    }
    let bare = known.text("read");
    for form in [format!("bearer {bare}"), format!("BEARER   {bare}  ")] {
        assert_eq!(service.get_with("/api/v1/meters", &[("Authorization", &form)]).status, 200, "{form}");
    }
    assert_eq!(service.get(&format!("/api/v1/meters?token={bare}")).status, 401, "an address gets into logs");
    let upload = |fields: &[(&str, &str)]| {
        let text = day("PN000002", "0000000002");
        service.ask("POST", "/api/v1/files?name=PN000002.SMRT", fields, text.as_bytes())
    };
    upload(&[]).assert_problem(401, "token-needed");
    upload(&known.of("read")).assert_problem(403, "scope-needed");
    assert_eq!(place.ledger(), ["PN000001.SMRT loaded"]);
    assert_eq!(upload(&known.of("ingest")).status, 201);
    assert_eq!(service.get("/healthz").body, b"ok\n", "this needs none");
}

#[test]
fn whether_a_thing_is_there_is_not_told_to_strangers() {
    let (place, known) = (place(), Known::new());
    let service = place.serve_with(|options| options.tokens.clone_from(&known.tokens));
    for path in ["/api/v1/meters/0000000001", "/api/v1/meters/nobody", "/api/v1/files/1", "/api/v1/files/99"] {
        let wrong = format!("{path}?x=1");
        for path in [path, wrong.as_str()] {
            let answer = service.get_with(path, &[("If-None-Match", "*")]);
            answer.assert_problem(401, "token-needed");
            assert_eq!(answer.field("etag"), None);
        }
    }
}

#[test]
fn people_sign_in_with_a_token_and_out_again() {
    let (place, known) = (place(), Known::new());
    let service = place.serve_with(|options| options.tokens.clone_from(&known.tokens));
    for page in PAGES {
        let answer = service.get_with(&format!("{page}?x=%26y"), &[("Accept", "text/html")]);
        assert_eq!(answer.status, 303, "{page}");
        let place = answer.field("location").unwrap();
        assert!(place.starts_with("/sign-in?next=%2F") && place.ends_with("%3Fx%3D%2526y"), "{place}");
        assert_eq!(service.get(place).status, 200);
    }
    let sign_in = |text: &str| {
        let form = format!("token={}", encoded(text));
        service.ask("POST", "/sign-in?next=%2Ffiles", &[], form.as_bytes())
    };
    for wrong in ["", "x", &new_token().unwrap().0, &known.hashes[0], "' OR 1=1 --", "\0", &"x".repeat(2_000)] {
        let answer = sign_in(wrong);
        assert_eq!((answer.status, answer.field("set-cookie")), (401, None), "{wrong:?}");
    }
    let answer = sign_in(known.text("read"));
    assert_eq!((answer.status, answer.field("location")), (303, Some("/files")));
    let cookie = answer.field("set-cookie").unwrap();
    assert!(["HttpOnly", "SameSite=Strict", "Path=/"].iter().all(|word| cookie.contains(word)), "{cookie}");
    assert!(!cookie.contains(known.text("read")), "{cookie}");
    let session = [("Cookie", cookie.split(';').next().unwrap())];
    for page in PAGES {
        assert_eq!(service.get_with(page, &session).status, 200, "{page}");
    }
    assert_eq!(service.get_with("/api/v1/meters", &session).status, 200);
    service.get_with("/api/v1/doctor", &session).assert_problem(403, "scope-needed");
    let stranger = [session[0], ("Authorization", "Bearer x")];
    assert_eq!(service.get_with("/api/v1/meters", &stranger).status, 401, "a wrong token is not passed over");
    let answer = service.ask("POST", "/sign-out", &session, b"");
    assert!(answer.field("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(service.get_with("/api/v1/meters", &session).status, 401, "the cookie is worth nothing now");
    assert_eq!(service.ask("GET", "/sign-out", &session, b"").status, 405, "no link can sign anybody out");
}

#[test]
fn nobody_is_sent_elsewhere_after_signing_in() {
    let (place, known) = (place(), Known::new());
    let service = place.serve_with(|options| options.tokens.clone_from(&known.tokens));
    let form = format!("token={}", known.text("read"));
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\r\n/evil.example",
        "/\t/evil.example",
        "/%2F/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "",
        "\0",
        "@evil.example",
    ] {
        let answer = service.ask("POST", &format!("/sign-in?next={}", encoded(next)), &[], form.as_bytes());
        let place = answer.field("location").unwrap();
        // As browsers read it: without tabs and line ends, with every slash the right way round.
        let read: String = place.chars().filter(|c| !c.is_ascii_control()).collect::<String>().replace('\\', "/");
        assert!(read.starts_with('/') && !read.starts_with("//"), "{next:?} leads to {place:?}");
    }
}

#[test]
fn names_that_are_not_known_are_not_answered() {
    let place = place();
    let known = Known::new();
    let service = place.serve_with(|options| {
        options.hosts = vec!["smrt.example".into()];
        options.tokens.clone_from(&known.tokens);
    });
    let token = format!("Bearer {}", known.text("read"));
    let port = service.address.port();
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1",
        "[::1]:80",
        "smrt.example",
        "Smrt.Example:443",
        &format!("127.0.0.1:{port}"),
    ] {
        assert_eq!(
            service.get_with("/api/v1/meters", &[("Host", host), ("Authorization", &token)]).status,
            200,
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "evil.localhost",
        "127.0.0.1.evil.example",
        "evil.smrt.example",
        "smrt.example.",
        "smrt.example, evil.example",
        "localhost@evil.example",
        "",
        "[",
        "[::1",
        ":80",
    ] {
        for (method, path) in
            [("GET", "/api/v1/meters"), ("GET", "/"), ("POST", "/api/v1/files?name=x"), ("GET", "/no")]
        {
            let answer = service.ask(method, path, &[("Host", host)], b"");
            assert!(answer.status == 400 || answer.status == 421, "{method} {path} of {host}: {}", answer.status);
            if answer.status == 421 {
                answer.assert_problem(421, "unknown-host");
            }
        }
    }
    service.raw("GET / HTTP/1.1\r\n\r\n").unwrap().assert_problem(421, "unknown-host");
    service.raw("GET / HTTP/1.0\r\n\r\n").unwrap().assert_problem(421, "unknown-host");
    let two = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n";
    service.raw(two).unwrap().assert_problem(421, "unknown-host");
    let whole = "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n";
    service.raw(whole).unwrap().assert_problem(421, "unknown-host");
    let whole = "GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(service.raw(whole).unwrap().status, 200);
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let place = place();
    let service = place.serve();
    let here = format!("http://{}", service.address);
    let text = day("PN000002", "0000000002");
    let post = |path: &str, fields: &[(&str, &str)]| service.ask("POST", path, fields, text.as_bytes());
    for path in ["/api/v1/files?name=PN000002.SMRT", "/sign-in", "/sign-out"] {
        for fields in [
            &[("Origin", "http://evil.example")][..],
            &[("Origin", "null")],
            &[("Origin", "")],
            &[("Origin", "http://localhost")],
            &[("Origin", &format!("{here}.evil.example"))],
            &[("Origin", &format!("http://evil.example@{}", service.address))],
            &[("Sec-Fetch-Site", "cross-site")],
            &[("Sec-Fetch-Site", "same-site")],
            &[("Origin", &here), ("Sec-Fetch-Site", "cross-site")],
        ] {
            post(path, fields).assert_problem(403, "foreign-origin");
        }
    }
    assert_eq!(place.ledger(), ["PN000001.SMRT loaded"]);
    let own = [("Origin", here.as_str()), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(post("/api/v1/files?name=PN000002.SMRT", &own).status, 201);
    let answer = service.get_with("/api/v1/meters", &[("Origin", "http://evil.example")]);
    assert!(answer.fields.iter().all(|(name, _)| !name.starts_with("access-control")), "no other page may read it");
}

#[test]
fn without_tokens_nobody_elsewhere_can_reach_it() {
    let place = Place::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = Service::bind(address.parse().unwrap(), &place.url, place.options.clone());
        assert!(matches!(refused, Err(ServeError::NeedsToken { .. })), "{address}: {refused:?}");
    }
    // Behind a proxy others reach it too, by its name.
    let named = Options { hosts: vec!["smrt.example".into()], ..place.options.clone() };
    let refused = Service::bind("127.0.0.1:0".parse().unwrap(), &place.url, named);
    assert!(matches!(refused, Err(ServeError::NamedNeedsToken { .. })), "{refused:?}");
    let with_tokens = Options { tokens: Known::new().tokens, ..place.options.clone() };
    Service::bind("0.0.0.0:0".parse().unwrap(), &place.url, with_tokens).unwrap();
}

#[test]
fn every_answer_tells_browsers_what_it_may_do() {
    let (place, known) = (place(), Known::new());
    let open = place.serve();
    let closed = place.serve_with(|options| {
        options.tokens.clone_from(&known.tokens);
        options.uploads = place.path("others");
    });
    let tag = open.get("/api/v1/meters").field("etag").unwrap().to_owned();
    let answers = [
        (200, open.get("/")),
        (200, open.get("/healthz")),
        (200, open.get("/metrics")),
        (200, open.get("/openapi.json")),
        (200, open.get("/docs")),
        (200, open.get("/sign-in")),
        (200, open.get("/api/v1/meters")),
        (201, open.upload("PN000003.SMRT", day("PN000003", "0000000003"))),
        (409, open.upload("PN000003.SMRT", day("PN000003", "0000000003"))),
        (422, open.upload("bad.SMRT", "bad")),
        (400, open.get("/api/v1/meters?x=1")),
        (404, open.get("/nowhere")),
        (404, open.get("/assets/nothing.js")),
        (404, open.get("/meters/nobody")),
        (400, open.get("/files?status=x")),
        (405, open.ask("DELETE", "/", &[], b"")),
        (406, open.get_with("/api/v1/meters", &[("Accept", "image/png")])),
        (415, open.ask("POST", "/api/v1/files?name=x", &[("Content-Encoding", "gzip")], b"")),
        (413, open.raw(upload_head("large.SMRT", 1 << 30)).unwrap()),
        (421, open.get_with("/", &[("Host", "evil.example")])),
        (403, open.ask("POST", "/sign-out", &[("Origin", "http://evil.example")], b"")),
        (401, closed.get("/api/v1/meters")),
        (401, closed.ask("POST", "/sign-in", &[], b"token=x")),
        (303, closed.get("/")),
        (403, closed.get_with("/api/v1/doctor", &known.of("read"))),
        (304, open.get_with("/api/v1/codes", &[("If-None-Match", "*")])),
    ];
    assert!(!tag.is_empty());
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{answer:?}");
        let policy = answer.field("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"), "{status}");
        assert_eq!(answer.field("x-frame-options"), Some("DENY"), "{status}");
        assert_eq!(answer.field("referrer-policy"), Some("same-origin"), "{status}");
        assert_eq!(answer.field("server"), None);
    }
}

#[test]
fn tokens_and_their_hashes_are_told_to_nobody() {
    let (place, known) = (place(), Known::new());
    let service = place.serve_with(|options| options.tokens.clone_from(&known.tokens));
    let mut answers: Vec<Answer> = Vec::new();
    for (path, params) in questions(&service) {
        for scope in ["read", "ingest", "admin"] {
            answers.push(service.get_with(&needed(&path, &params), &known.of(scope)));
        }
    }
    answers.extend(PAGES.map(|page| service.get_with(page, &known.of("admin"))));
    answers.push(service.ask("POST", "/sign-in", &[], format!("token={}x", known.text("read")).as_bytes()));
    answers.push(service.get_with("/api/v1/meters", &[("Authorization", &format!("Basic {}", known.text("read")))]));
    for answer in answers {
        let all = format!("{:?}{}", answer.fields, String::from_utf8_lossy(&answer.body)).to_lowercase();
        for (hash, text) in known.hashes.iter().zip(known.texts.values()) {
            assert!(!all.contains(hash.as_str()) && !all.contains(text.strip_prefix("Bearer ").unwrap()), "{all}");
        }
    }
}

/// Texts that mean something elsewhere: to databases, shells, browsers, spreadsheets, file systems and formatters.
const TEXTS: [&str; 44] = [
    "'",
    "\"",
    "''",
    "' OR '1'='1",
    "' OR 1=1 --",
    "\" OR \"\"=\"",
    "1; DROP TABLE reading; --",
    "'; DELETE FROM source_file; --",
    "' UNION SELECT name FROM sqlite_master --",
    "' AND (SELECT pg_sleep(30)) IS NULL --",
    "x') OR ('a'='a",
    "admin'/*",
    "/* */",
    "--",
    "#",
    ";",
    "$1",
    "?",
    ":name",
    "@p0",
    "%",
    "_",
    "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
    "\\",
    "\\'",
    "*",
    "[a-z]*",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "{{7*7}}",
    "${7*7}",
    "%s%s%s%n",
    "=1+1",
    "@SUM(1)",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "|id",
    "`id`",
    "\u{202e}gnp.exe",
    "\u{feff}",
    "ﬁ\u{301}\u{1f4a9}",
    "0000000001' --",
];

#[test]
fn texts_from_outside_stay_texts() {
    let place = place();
    let service = place.serve();
    let questions = questions(&service);
    let before = place.store().stats().unwrap().readings;
    let check = |path: &str, text: &str, is_filter: bool| {
        let begun = Instant::now();
        let answer = service.get(path);
        assert!(matches!(answer.status, 200 | 400 | 404), "{path} ({text}): {} {}", answer.status, answer.text());
        assert!(begun.elapsed() < Duration::from_secs(6), "{path} took {:?}", begun.elapsed());
        if is_filter && answer.status == 200 {
            let rows = answer.json()["items"].as_array().map(Vec::len);
            assert_eq!(rows.unwrap_or_default(), 0, "{path} ({text}): {}", answer.text());
        }
        if answer.field("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            let html = answer.text();
            assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{path}: {html}");
        }
    };
    let text_params = ["name", "prefix", "contains", "meter", "channel", "serial", "series"];
    for (number, text) in TEXTS.into_iter().enumerate() {
        let value = encoded(text);
        for (path, params) in &questions {
            let base = needed(path, params);
            let join = if base.contains('?') { '&' } else { '?' };
            let is_text = |name: &str| text_params.contains(&name);
            // What must be a date or one of a few words is checked before anything is asked.
            for (name, param) in params.iter().filter(|(name, _)| is_text(name) || number % 8 == 0) {
                let address = match param["required"] == true {
                    true => format!("{path}?{name}={value}"),
                    false => format!("{base}{join}{name}={value}"),
                };
                check(&address, text, is_text(name));
            }
            if number % 8 == 0 {
                check(&format!("{base}{join}{value}=1"), text, false);
            }
            if path.contains("0000000001") {
                check(&base.replace("0000000001", &value), text, true);
            }
        }
        for page in ["/files?name=", "/meters?prefix=", "/quality?prefix=", "/meters/", "/files/", "/sign-in?next="] {
            check(&format!("{page}{value}"), text, false);
        }
    }
    assert_eq!(place.store().stats().unwrap().readings, before);
    place.assert_sound();
}

#[test]
fn names_of_files_from_outside_stay_texts() {
    let place = Place::new();
    let service = place.serve();
    let mut loaded = 0;
    // Each is made durable several times over, so not all of them.
    for (number, name) in TEXTS.iter().step_by(2).enumerate() {
        let meter = format!("{:010}", number + 1);
        let answer = service.upload(&encoded(name), day(&format!("PN{number:06}"), &meter));
        assert!(matches!(answer.status, 201 | 400), "{name}: {}", answer.text());
        loaded += usize::from(answer.status == 201);
        if answer.status == 201 {
            assert_eq!(answer.json()["files"][0]["name"], *name);
        }
    }
    assert!(loaded > 15, "{loaded}");
    assert_eq!(service.get("/api/v1/files?limit=1000").json()["items"].as_array().unwrap().len(), loaded);
    for page in ["/", "/files", "/meters"] {
        let html = service.get(page).text();
        assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{page}");
    }
    let csv = service.get("/api/v1/files?format=csv&limit=1000").text();
    assert!(csv.lines().all(|line| !line.starts_with(['=', '@', '+', '-'])), "{csv}");
    place.assert_sound();
}

#[test]
fn the_ends_of_all_ranges_are_answered() {
    let place = place();
    let service = place.serve();
    let ends = [
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999+14:00",
        "0000-01-01T00:00:00-14:00",
        "-0001-01-01",
        "+99999-01-01",
        "292277026596-12-04",
        "2024-02-30",
        "2024-12-31T23:59:60Z",
        "9999-12",
        "0000-01",
        "0",
        "1",
        "1000",
        "100000",
        "99999d",
        "1s",
        "1d",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1.9223372036854775807",
        "1.-9223372036854775808",
        "9223372036854775807.9223372036854775807",
        "gas-meter:",
        "gas-meter:\u{10ffff}",
        "true",
        "csv",
        "meter",
    ];
    let check = |path: &str| {
        let begun = Instant::now();
        let answer = service.get(path);
        assert!(matches!(answer.status, 200 | 400 | 404), "{path}: {} {}", answer.status, answer.text());
        assert!(begun.elapsed() < Duration::from_secs(6), "{path} took {:?}", begun.elapsed());
    };
    for (path, params) in &questions(&service) {
        let base = needed(path, params);
        let join = if base.contains('?') { '&' } else { '?' };
        for end in ends.map(encoded) {
            for (name, _) in params.iter().filter(|(_, param)| param["required"] != true) {
                check(&format!("{base}{join}{name}={end}"));
            }
            check(&base.replace("0000000001", &end).replace("/1", &format!("/{end}")));
        }
        for (from, to) in [("0001-01-01", "9999-12-31"), ("9999-12-31", "0001-01-01"), ("2019-09-28", "2019-09-28")] {
            if params.iter().any(|(name, _)| name == "from") {
                check(&format!("{base}{join}from={from}&to={to}"));
            }
        }
    }
    for page in
        ["/files?from=", "/files?to=", "/meters/0000000001?from=", "/quality?month=", "/files?after=", "/files/"]
    {
        ends.map(encoded).iter().for_each(|end| check(&format!("{page}{end}")));
    }
    check("/meters/0000000001?from=0001-01-01&to=9999-12-31");
}

#[test]
fn who_signs_in_must_not_take_long_nor_send_much() {
    let (place, known) = (place(), Known::new());
    let service = place.serve_with(|options| options.tokens.clone_from(&known.tokens));
    let head = |length: usize| format!("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
    let slow = service.raw(head(99_999_999)).unwrap();
    slow.assert_problem(408, "too-slow");
    let large = service.raw(head(20_000) + &"x".repeat(20_000)).unwrap();
    large.assert_problem(413, "too-large");
}
