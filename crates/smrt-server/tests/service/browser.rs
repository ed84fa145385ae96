//! The pages as people use them, in a Chromium without a window. Every test ends with a console on which nothing was said:
//! neither by a script that failed nor by the policy that keeps foreign scripts out.

mod every_page;
mod screenshots;
mod showcase;
mod world;

use crate::support::{Place, Running};
use smrt_server::{Scope, Token, new_token};
use smrt_storage::MeterFilter;
use smrt_testkit::browser::{Browser, Element, Entry, keys, lines};
use std::{fs, path::PathBuf, time::Duration};
use world::{CHANNEL, FILE, METER, year};

/// A browser at a service.
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) service: Running,
    pub(crate) place: Place,
}

impl Visit {
    /// `None` where there is no browser on this machine.
    fn to(place: Place) -> Option<Self> {
        Self::with(place, Vec::new())
    }

    fn with(place: Place, tokens: Vec<Token>) -> Option<Self> {
        let browser = Browser::start()?;
        let service = place.serve_with(|options| options.tokens = tokens);
        Some(Self { browser, service, place })
    }

    fn open(&self, path: &str) {
        self.browser.open(&format!("http://{}{path}", self.service.address));
    }

    /// Opens the page of a meter and waits for its charts.
    fn open_meter(&self, path: &str) {
        self.open(path);
        self.browser.wait_for("[data-profile][data-drawn]");
        self.browser.wait_for("[data-heatmap][data-drawn]");
    }

    /// Waits until a link or a form has led to an address with this part: a click may return before it does.
    fn arrive(&self, part: &str) {
        let script = "return document.readyState === 'complete' && location.href.includes(arguments[0])";
        self.browser.wait_until(part, script, &[part.into()]);
    }

    /// The path of the page with its query.
    fn at(&self) -> String {
        let url = self.browser.url();
        url.strip_prefix(&format!("http://{}", self.service.address)).unwrap_or(&url).to_owned()
    }

    fn text(&self, css: &str) -> String {
        self.browser.find(css).text()
    }

    fn number(&self, css: &str, attribute: &str) -> f64 {
        let text = self.browser.find(css).attribute(attribute);
        text.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{css} has no number {attribute}"))
    }

    /// What became of the files that were sent from the page, once there are so many.
    fn outcomes(&self, count: usize) -> Vec<String> {
        let script = "const rows = [...document.querySelectorAll('[data-list] > li')]; \
                      return rows.length === arguments[0] && rows.every((row) => row.querySelector('.chip')) \
                      && rows.map((row) => row.innerText)";
        let rows = self.browser.wait_until("files are sent", script, &[count.into()]);
        rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap().to_owned()).collect()
    }

    /// Sends files from the page, by the field for files.
    fn send(&self, paths: &[PathBuf]) {
        self.open("/upload");
        let paths: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        self.browser.find("[data-pick]").type_in(&paths.join("\n"));
    }

    /// What was said on the console, but for answers of these statuses, of which browsers tell as well.
    fn said(&self, statuses: &[u16]) -> Vec<Entry> {
        let told = |entry: &Entry| {
            entry.source == "network"
                && statuses.iter().any(|status| entry.message.contains(&format!("status of {status} ")))
        };
        self.browser.console().into_iter().filter(|entry| !told(entry)).collect()
    }

    #[track_caller]
    fn assert_quiet(&self, statuses: &[u16]) {
        let said = self.said(statuses);
        assert!(said.is_empty(), "{}", lines(&said));
    }
}

/// A file of `examples/`.
fn example(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples")).join(name).canonicalize().unwrap()
}

fn row<'a>(rows: &'a [String], part: &str) -> &'a str {
    rows.iter().find(|row| row.contains(part)).unwrap_or_else(|| panic!("no {part} in {rows:?}"))
}

/// Left, top, right and bottom in the window.
fn edges(element: &Element<'_>) -> [f64; 4] {
    let found = element.run("const b = this.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]", &[]);
    [0, 1, 2, 3].map(|at| found[at].as_f64().unwrap())
}

#[test]
fn files_are_sent_refused_and_understood() {
    let Some(visit) = Visit::to(world::place()) else { return };
    let browser = &visit.browser;
    visit.send(&[example("data/PN000103.SMRT"), example("broken/PN000105.SMRT")]);
    let rows = visit.outcomes(2);
    let good = row(&rows, "PN000103");
    assert!(good.contains("loaded") && good.contains("inserted"), "{good}");
    let bad = row(&rows, "PN000105");
    // Line 3 reads 0,31, and the first column of its surplus field is the 42nd.
    assert!(bad.contains("rejected") && bad.contains(" at 3:"), "{bad}");
    assert!(visit.text("[data-summary]").contains("1 loaded"), "{}", visit.text("[data-summary]"));

    // From the refused file to its report; each mark stands under what it is about.
    let reports = browser.all("[data-list] a");
    let report = reports.iter().find(|link| link.run("return this.closest('li').innerText", &[]) == *bad);
    report.expect("a link to the report").click();
    visit.arrive("/files/");
    assert_eq!(visit.text("h1"), "PN000105.SMRT");
    assert!(visit.text(".reason").contains("at 3:"), "{}", visit.text(".reason"));
    let excerpts = browser.all(".excerpt");
    assert!(excerpts.len() >= 3, "{}", visit.text("main"));
    for excerpt in &excerpts {
        let script = "const [mark, caret] = ['mark', 'b'].map((name) => this.querySelector(name).getBoundingClientRect()); \
                      return [mark.left - caret.left, mark.right - caret.right, caret.top - mark.top, mark.width]";
        let found = excerpt.run(script, &[]);
        let [left, right, down, width] = [0, 1, 2, 3].map(|at| found[at].as_f64().unwrap());
        assert!(left.abs() < 1.0 && (right.abs() < 1.0 || width == 0.0) && down > 5.0, "{found} {}", excerpt.text());
    }
    assert!(excerpts.iter().any(|excerpt| excerpt.text().contains("20240231")), "{}", visit.text("main"));
    let line = browser.find(".finding-head .place").attribute("href").unwrap();
    assert!(line.ends_with("/lines/3"), "{line}");

    // The overview knows of both.
    visit.open("/");
    let today = visit.text(".tile-wide");
    assert!(today.contains("loaded") && today.contains("rejected"), "{today}");
    assert!(visit.text("[aria-labelledby=refused]").contains("PN000105.SMRT"));
    let bars = browser.all(".strip g:last-of-type rect[class^=f-]");
    assert_eq!(bars.len(), 2, "a bar for what was loaded and one for what was refused");
    for bar in &bars {
        let [left, top, right, bottom] = edges(bar);
        let fill = bar.run("return getComputedStyle(this).fill", &[]);
        assert!(
            right - left > 5.0 && bottom - top > 20.0 && fill != "rgb(0, 0, 0)",
            "{fill} {left} {top} {right} {bottom}"
        );
    }

    // The list of files, asked for those that were refused.
    visit.open("/files");
    assert_eq!(browser.all("table.files tbody tr").len(), 2);
    browser.find("select[name=status]").run("this.value = 'rejected'", &[]);
    browser.find("form.filter button[type=submit]").click();
    visit.arrive("status=rejected");
    assert_eq!(browser.all("table.files tbody tr").len(), 1);
    assert!(visit.text("table.files").contains("PN000105.SMRT"));
    visit.assert_quiet(&[422]);
}

#[test]
fn a_year_of_half_hours_is_found_drawn_and_downloaded() {
    let Some(visit) = Visit::to(world::with_year()) else { return };
    let browser = &visit.browser;
    let rows = year().rows.len();
    assert_eq!(rows, 365 * 48 - 2 + 2 - 48 - 6);

    visit.open("/meters");
    browser.find("input[name=prefix]").type_in("DE0042");
    browser.press([keys::ENTER]);
    visit.arrive("prefix=DE0042");
    browser.wait_for("td a.code").click();
    browser.wait_for("[data-profile][data-drawn]");
    browser.wait_for("[data-heatmap][data-drawn]");
    for chart in ["[data-profile]", "[data-heatmap]"] {
        let (points, took) = (visit.number(chart, "data-points"), visit.number(chart, "data-draw-ms"));
        eprintln!("{chart}: {points} points in {took} ms");
        assert_eq!(points, rows as f64, "{chart}");
        assert!(took <= 200.0, "{chart} took {took} ms");
    }
    browser.wait_for("[data-daily][data-drawn]");
    assert_eq!(visit.number("[data-daily]", "data-points"), 364.0);
    browser.wait_for("[data-examined]");
    let gaps = browser.wait_for("[data-gaps-table] table").text();
    assert!(gaps.contains("2024-06-10 00:00") && gaps.contains("2024-07-04 06:00 2024-07-04 09:00 6"), "{gaps}");
    let wrong = browser.wait_for("[data-anomalies-table] table").text();
    assert!(wrong.contains("gap") && wrong.contains("intervals are missing from 2024-06-10"), "{wrong}");
    assert!(visit.text("[data-quality-legend]").contains("anomaly"), "the profile marks them");
    assert_inked(&visit, "[data-heatmap] canvas");
    assert_inked(&visit, "[data-profile] canvas");

    // Zoomed in, fewer are shown; all come back.
    browser.find("[data-zoom=in]").click();
    assert!(browser.find("[data-zoom=reset]").run("return !this.disabled", &[]) == true);
    browser.find("[data-zoom=reset]").click();
    assert!(browser.find("[data-zoom=reset]").run("return this.disabled", &[]) == true);

    // What is downloaded is what the database has.
    let known = visit.place.store().meters(&MeterFilter { prefix: Some(METER.into()), ..MeterFilter::default() });
    let known = known.unwrap()[0].readings;
    assert_eq!(known, rows as u64);
    let folder = visit.place.path("downloads");
    fs::create_dir(&folder).unwrap();
    let allow = serde_json::json!({ "behavior": "allow", "downloadPath": folder });
    browser.command("Browser.setDownloadBehavior", &allow);
    browser.find("a[download][href*='/readings']").click();
    let downloaded = loop_until(|| {
        let entries = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path());
        let whole: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
        whole.first().cloned()
    });
    let text = fs::read_to_string(&downloaded).unwrap();
    assert_eq!(text.lines().count() as u64, known + 1, "{}", downloaded.display());
    visit.assert_quiet(&[]);
}

/// Waits until there is something.
fn loop_until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("waited in vain");
}

/// Something is to be seen on a canvas: pixels of several colours.
#[track_caller]
fn assert_inked(visit: &Visit, css: &str) {
    let script = "const { data } = this.getContext('2d').getImageData(0, 0, this.width, this.height); \
                  return new Set(new Uint32Array(data.buffer)).size";
    let colours = visit.browser.find(css).run(script, &[]).as_u64().unwrap();
    assert!(colours > 5, "{css} has {colours} colours");
}

#[test]
fn short_and_long_days_have_as_many_cells_as_half_hours() {
    let Some(visit) = Visit::to(world::with_year()) else { return };
    for (from, to, cells) in [
        ("2024-03-31", "2024-04-01", 46),
        ("2024-10-27", "2024-10-28", 50),
        ("2024-03-30", "2024-04-02", 142),
        ("2024-06-09", "2024-06-12", 96),
        ("2024-07-04", "2024-07-05", 42),
    ] {
        visit.open_meter(&format!("/meters/{METER}?channel={CHANNEL}&from={from}&to={to}"));
        assert_eq!(visit.number("[data-heatmap]", "data-points"), f64::from(cells), "{from}");
        assert_eq!(visit.number("[data-profile]", "data-points"), f64::from(cells), "{from}");
    }

    // The hour that comes twice is told apart by its offset.
    visit.open_meter(&format!("/meters/{METER}?from=2024-10-27&to=2024-10-28"));
    visit.browser.find("[data-heatmap]").run("this.focus()", &[]);
    let heard = |key| {
        visit.browser.press([key]);
        visit.text_of("[data-heat-announce]")
    };
    let hours: Vec<_> = (0..8).map(|_| heard(keys::DOWN)).collect();
    assert!(hours[3].contains("02:00–02:30 (+02:00)"), "{hours:?}");
    assert!(hours[5].contains("02:00–02:30 (+01:00)"), "{hours:?}");

    // The calendar says how much of each day is there.
    for (month, meant) in [("2024-03", "46/46"), ("2024-10", "50/50"), ("2024-07", "42/48"), ("2024-06", "0/48")] {
        visit.open(&format!("/quality?month={month}"));
        let cells = visit.browser.all(&format!(".matrix tbody td[title='{meant}']"));
        assert_eq!(cells.len(), 1, "{month}: {meant}");
        let full = visit.browser.all(".matrix tbody td.q4").len();
        let complete = if month == "2024-06" { 29 } else { 31 - usize::from(month == "2024-07") };
        assert_eq!(full, complete, "{month}");
    }
    assert!(visit.text(".matrix tbody td[title='0/48']").contains('×'));
    visit.assert_quiet(&[]);
}

impl Visit {
    /// The text of an element, also of one that is only heard.
    fn text_of(&self, css: &str) -> String {
        let text = self.browser.find(css).run("return this.textContent", &[]);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The panel that tells where a value comes from says what the file does.
    #[track_caller]
    fn assert_traced(&self) {
        self.browser.wait_for("[data-trace]:not([hidden]) dl");
        let when = self.text("[data-trace-body] .note");
        // "2024-07-01 11:30–12:00, Europe/Berlin (+02:00)"
        let offset = when.rsplit_once('(').unwrap().1.trim_end_matches(')');
        let (value, line) = year().rows[&format!("{} {offset}", &when[..16])];
        let figure = self.text("[data-trace-body] .figure");
        assert_eq!(figure.split(' ').next().unwrap().parse::<f64>().unwrap(), value, "{when}: {figure}");
        let facts = self.text("[data-trace-body] dl");
        assert!(facts.contains(FILE) && facts.contains(&format!("\n{line}\n")), "{when}: {line}, {facts}");
    }
}

#[test]
fn a_value_tells_its_file_and_line() {
    let Some(visit) = Visit::to(world::with_year()) else { return };
    let browser = &visit.browser;
    visit.open_meter(&format!("/meters/{METER}?from=2024-05-01&to=2024-06-01"));
    browser.wait_for("[data-daily][data-drawn]");
    for chart in ["[data-heatmap]", "[data-profile] .u-over"] {
        let element = browser.find(chart);
        element.run("this.scrollIntoView({ block: 'center' })", &[]);
        let [left, top, right, bottom] = edges(&element);
        browser.click_at(left + (right - left) * 0.4, top + (bottom - top) * 0.5);
        visit.assert_traced();
        browser.find("[data-trace-close]").click();
        assert!(!browser.find("[data-trace]").is_shown());
    }
    // Its file leads to the report, and its line to the line.
    browser.find("[data-heatmap]").run("this.focus()", &[]);
    browser.press([keys::DOWN, keys::ENTER]);
    let line = browser.wait_for("[data-trace] a[href^='/api/v1/files/1/lines/']").text();
    assert!(line.parse::<usize>().unwrap() > 1, "{line}");
    browser.find("[data-trace] a[href='/files/1']").click();
    visit.arrive("/files/1");
    assert_eq!(visit.text("h1"), FILE);
    visit.assert_quiet(&[]);
}

#[test]
fn everything_is_reached_and_told_without_a_mouse() {
    let Some(visit) = Visit::to(world::with_year()) else { return };
    let browser = &visit.browser;
    visit.open_meter(&format!("/meters/{METER}?from=2024-05-01&to=2024-05-15"));
    browser.wait_for("[data-daily][data-drawn]");
    let mut reached = Vec::new();
    let script = "const e = document.activeElement; const b = e.getBoundingClientRect(); \
                  return [e === document.body ? '' : e.matches('[data-profile]') ? 'profile' : e.matches('[data-heatmap]') ? 'heat map' : \
                  e.name || e.getAttribute('aria-label') || e.innerText, b.width > 0 && b.height > 0, \
                  getComputedStyle(e).outlineStyle !== 'none']";
    for _ in 0..60 {
        browser.press([keys::TAB]);
        let found = browser.run(script, &[]);
        let name = found[0].as_str().unwrap_or_default().to_owned();
        assert!(
            found[1] == true && found[2] == true || name.is_empty(),
            "{name} is not seen to have the focus: {found}"
        );
        reached.push(name);
    }
    for control in [
        "Skip to content",
        "Overview",
        "Meters",
        "API",
        "Theme: system",
        "from",
        "to",
        "Show",
        "The days before",
        "30 d",
        "Zoom in",
        "profile",
        "heat map",
        "As a table",
        "Readings, CSV",
    ] {
        assert!(reached.iter().any(|name| name == control), "{control} is not reached by the tab key: {reached:?}");
    }

    // Arrow keys walk over the cells, and each is told.
    browser.find("[data-heatmap]").run("this.focus()", &[]);
    let mut heard = Vec::new();
    for key in [keys::RIGHT, keys::DOWN, keys::DOWN, keys::END, keys::UP] {
        browser.press([key]);
        heard.push(visit.text_of("[data-heat-announce]"));
    }
    assert!(heard[0].starts_with("2024-05-02 00:00–00:30"), "{heard:?}");
    assert!(heard[2].starts_with("2024-05-02 01:00–01:30"), "{heard:?}");
    assert!(heard[3].starts_with("2024-05-14 01:00–01:30"), "{heard:?}");
    assert!(heard[4].starts_with("2024-05-14 00:30–01:00") && heard[4].contains(" kWh"), "{heard:?}");
    browser.press([keys::ENTER]);
    visit.assert_traced();
    browser.press([keys::ESCAPE]);
    assert!(!browser.find("[data-trace]").is_shown());
    assert_eq!(browser.run("return document.activeElement.matches('[data-heatmap]')", &[]), true);

    browser.find("[data-profile]").run("this.focus()", &[]);
    browser.press([keys::HOME, keys::RIGHT, keys::RIGHT]);
    assert!(visit.text_of("[data-profile-announce]").starts_with("2024-05-01 01:00–01:30"));
    browser.press([keys::ENTER]);
    visit.assert_traced();
    browser.press([keys::ESCAPE]);

    // The theme is chosen by a button and remembered.
    let ground = || browser.run("return getComputedStyle(document.body).backgroundColor", &[]);
    browser.set_dark(false);
    let light = ground();
    browser.find("[data-theme-toggle]").run("this.focus()", &[]);
    browser.press([keys::ENTER, keys::ENTER]);
    let dark = ground();
    assert_ne!(light, dark);
    assert_inked(&visit, "[data-heatmap] canvas");
    visit.open("/");
    assert_eq!((ground(), visit.text("[data-theme-name]")), (dark, "Dark".to_owned()));
    visit.assert_quiet(&[]);
}

#[test]
fn sensors_are_listed_and_drawn() {
    let place = world::place();
    world::load_examples(&place, &["sensors"]);
    let Some(visit) = Visit::to(place) else { return };
    visit.open("/sensors");
    let list = visit.text("main table");
    assert!(list.contains("boiler") && list.contains("attic"), "{list}");
    let links = visit.browser.all("td a.code");
    links.iter().find(|link| link.text().starts_with("efa4b573")).expect("the boiler").click();
    visit.browser.wait_for("[data-profile][data-drawn]");
    assert!(visit.text(".heading").contains("boiler"), "{}", visit.text(".heading"));
    assert!(visit.number("[data-profile]", "data-points") > 3.0);
    assert!(visit.number("[data-heatmap]", "data-points") > 3.0);
    visit.browser.wait_for("[data-examined]");
    assert_inked(&visit, "[data-heatmap] canvas");
    visit.assert_quiet(&[]);
}

/// Texts that would run a script on a page that took them for markup.
const PAYLOADS: [&str; 4] = [
    "<script>window.hit=1</script>",
    "\"><img src=x onerror=window.hit=1>",
    "'><svg onload=window.hit=1>",
    "javascript:window.hit=1",
];

#[test]
fn what_files_say_never_runs_as_a_script() {
    let Some(visit) = Visit::to(world::place()) else { return };
    let browser = &visit.browser;
    // As code of a meter, name of a channel, unit, serial number, plant and status.
    let mut profile = world::LP.to_owned();
    for payload in PAYLOADS {
        let quoted = format!("\"{}\"", payload.replace('"', "\"\""));
        for half in 0..48 {
            let time = format!("01/05/2024 {:02}:{:02}:00", half / 2, half % 2 * 30);
            profile += &format!("{quoted},{quoted},{quoted},{time},{quoted},1.5,kWh,{quoted}\n");
        }
    }
    // As name of a file, of a sensor, and as what is wrong with a file.
    let id = "efa4b573-e1b1-46b3-9e8a-0b303d2bb66e";
    let files = [
        (format!("{}.csv", PAYLOADS[1]), profile),
        (format!("{}.csv", PAYLOADS[2]), format!("sensor_name;sensor_uuid\n{};{id}\n", PAYLOADS[0])),
        ("s.csv".to_owned(), format!("timestamp;sensor_uuid;sensor_value\n2024-05-01 10:00:00;{id};1.5\n")),
        (
            "PN000009.SMRT".to_owned(),
            format!("\"HEADR\",\"SMRT\",\"{0}\",\"20240501\",\"000000\",\"PN000009\"\n{0},x\n\"TRAIL\"\n", PAYLOADS[2]),
        ),
    ];
    let folder = visit.place.path("sent");
    fs::create_dir(&folder).unwrap();
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(&files) {
        fs::write(path, text).unwrap();
    }
    visit.send(&paths);
    let rows = visit.outcomes(files.len());
    for (name, _) in &files[..3] {
        assert!(row(&rows, name).contains("loaded"), "{rows:?}");
    }
    assert!(row(&rows, "PN000009").contains("rejected"), "{rows:?}");
    assert_eq!(browser.run("return window.hit === undefined", &[]), true);

    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let mut pages: Vec<String> = ["/", "/files", "/meters", "/sensors", "/quality?month=2024-05", "/upload", "/docs"]
        .map(str::to_owned)
        .to_vec();
    pages.extend((1..=files.len()).map(|id| format!("/files/{id}")));
    for payload in PAYLOADS {
        let payload = encoded(payload);
        pages.push(format!("/files?name={payload}"));
        pages.push(format!("/meters?prefix={payload}"));
        pages.push(format!("/sign-in?next={payload}"));
        pages.push(format!("/none/{payload}"));
        pages.push(format!("/files?status={payload}"));
    }
    for page in &pages {
        visit.open(page);
        assert_eq!(browser.run("return window.hit === undefined", &[]), true, "{page}");
        assert_eq!(browser.run("return document.querySelectorAll('main img, main script').length", &[]), 0, "{page}");
    }
    visit.open("/meters");
    let hrefs =
        browser.run("return [...document.querySelectorAll('td a.code')].map((a) => a.getAttribute('href'))", &[]);
    let hrefs: Vec<_> = hrefs.as_array().unwrap().iter().map(|href| href.as_str().unwrap().to_owned()).collect();
    assert_eq!(hrefs.len(), PAYLOADS.len());
    for href in hrefs {
        visit.open_meter(&href);
        browser.find("[data-heatmap]").run("this.focus()", &[]);
        browser.press([keys::DOWN, keys::ENTER]);
        browser.wait_for("[data-trace]:not([hidden]) dl");
        assert!(PAYLOADS.iter().any(|payload| visit.text("[data-trace] dl").contains(payload)));
        assert_eq!(browser.run("return window.hit === undefined", &[]), true, "{href}");
        assert_eq!(browser.run("return document.querySelectorAll('main img, main script').length", &[]), 0, "{href}");
    }
    visit.assert_quiet(&[422, 404, 400]);
}

#[test]
fn who_has_a_token_signs_in_and_works() {
    let (token, hash) = new_token().unwrap();
    let known = Token::known_by("t", &hash, vec![Scope::Read, Scope::Ingest]).unwrap();
    let place = world::with_year();
    let Some(visit) = Visit::with(place, vec![known]) else { return };
    let browser = &visit.browser;
    visit.open(&format!("/meters/{METER}?from=2024-05-01&to=2024-05-15"));
    assert!(visit.at().starts_with("/sign-in?next="), "{}", visit.at());
    browser.press("smrt_wrong".chars());
    browser.press([keys::ENTER]);
    assert!(browser.wait_for("[role=alert]").text().contains("not known"));
    browser.find("input[name=token]").type_in(&token);
    browser.find("main button[type=submit]").click();
    browser.wait_for("[data-heatmap][data-drawn]");
    assert_eq!(visit.at(), format!("/meters/{METER}?from=2024-05-01&to=2024-05-15"));
    assert_eq!(visit.number("[data-heatmap]", "data-points"), 14.0 * 48.0);
    assert_eq!(
        browser.run("return document.cookie", &[]),
        "smrt_signed_in=1",
        "scripts see that there is a session, not more"
    );

    visit.send(&[example("data/PN000101.SMRT")]);
    let rows = visit.outcomes(1);
    assert!(rows[0].contains("loaded"), "{rows:?}");
    assert!(!browser.find("[data-token]").is_shown());
    visit.open("/files");
    assert!(visit.text("table.files").contains("PN000101.SMRT"));

    browser.find("[data-sign-out] button").click();
    browser.wait_for("input[name=token]");
    visit.open("/files");
    assert!(visit.at().starts_with("/sign-in?next="), "{}", visit.at());
    visit.assert_quiet(&[401]);
}
