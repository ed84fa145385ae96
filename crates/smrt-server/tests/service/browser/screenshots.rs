//! Pictures of every page, light and dark, for `docs/screenshots`:
//!
//! `cargo test -p smrt-server --test service -- --ignored screenshots`
//!
//! The database is Postgres, because files that all came just now are given the days on which they would have come. Where
//! `pngquant` is on this machine the pictures are made small with it.

use super::{Visit, showcase, world};
use crate::support::Place;
use smrt_ingest::{Quiet, Stop, ingest};
use smrt_server::{Scope, Token, new_token};
use smrt_testkit::{browser::keys, postgres};
use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

/// The width of a usual picture, and of a narrow one.
const WIDTH: u32 = 1280;
const NARROW: u32 = 390;
/// Longer pages are cut here.
const LONGEST: u64 = 2100;

fn today() -> i32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i32::try_from(seconds / 86_400).unwrap()
}

/// A place whose database has a month of arrivals.
fn month() -> Option<Place> {
    let url = postgres::database()?;
    let mut place = world::place();
    place.url = url.parse().unwrap();
    let inbox = place.path("inbox");
    fs::create_dir(&inbox).unwrap();
    let paths = showcase::write(&inbox, today());
    let mut writer = place.store().writer().unwrap();
    let report = ingest(&mut writer, &paths, &place.options.ingest, &Stop::default(), &Quiet).unwrap();
    assert!(report.totals().loaded > 200, "{:?}", report.totals());
    // When they would have come: some minutes after they were made, or in the night after the day they are named after.
    let later = "(abs(hashtext(name)) % 2400 + 120)";
    let named =
        "extract(epoch FROM to_timestamp(substring(name FROM '[0-9]{8}') || ' 0310', 'YYYYMMDD HH24MI'))::bigint";
    let now = "extract(epoch FROM now())::bigint - id % 40 * 7";
    for sql in [
        format!("UPDATE source_file SET received_at = least({now}, created_at + {later}) WHERE created_at IS NOT NULL"),
        format!(
            "UPDATE source_file SET received_at = least({now}, {named} + {later}) \
             WHERE created_at IS NULL AND name ~ '[0-9]{{8}}'"
        ),
        "UPDATE source_file SET path = '/srv/smrt/done/' || name".to_owned(),
    ] {
        postgres::ask(&url, &sql);
    }
    Some(place)
}

impl Visit {
    /// Takes a picture of the page as it is, light and dark.
    fn picture(&self, name: &str, width: u32) {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/screenshots"));
        fs::create_dir_all(&folder).unwrap();
        self.browser.resize(width, 440);
        let height = self.browser.run("return document.documentElement.scrollHeight", &[]).as_u64().unwrap();
        self.browser.resize(width, u32::try_from(height.clamp(440, LONGEST)).unwrap());
        self.browser.run("scrollTo(0, 0)", &[]);
        for (dark, theme) in [(false, "light"), (true, "dark")] {
            self.browser.set_dark(dark);
            // A chart follows its width, and colours their theme, a moment later.
            self.browser.run("return new Promise((done) => setTimeout(() => done(true), 300))", &[]);
            let path = folder.join(format!("{name}-{theme}.png"));
            fs::write(&path, self.browser.screenshot()).unwrap();
            // Where it is not there the picture stays as it is.
            let _ = Command::new("pngquant").args(["--force", "--skip-if-larger", "--ext=.png"]).arg(&path).status();
        }
        self.browser.set_dark(false);
    }

    fn look(&self, name: &str, path: &str) {
        self.open(path);
        self.picture(name, WIDTH);
    }
}

#[test]
#[ignore = "writes docs/screenshots; takes a minute and a half"]
fn screenshots() {
    let Some(place) = month() else { return };
    let Some(visit) = Visit::to(place) else { return };
    let browser = &visit.browser;
    visit.look("overview", "/");
    visit.look("files", "/files");
    visit.open(&format!("/files?name={}", showcase::REFUSED));
    let report = browser.find("table.files a").attribute("href").unwrap();
    visit.look("file", &report);
    visit.look("meters", "/meters");
    visit.look("quality", "/quality");
    visit.look("api", "/docs");

    let meter = format!("/meters/{}", showcase::NMI);
    visit.open_meter(&format!("{meter}?channel=E1"));
    browser.wait_for("[data-daily][data-drawn]");
    browser.wait_for("[data-examined]");
    visit.picture("meter", WIDTH);
    browser.resize(NARROW, 900);
    visit.picture("meter-narrow", NARROW);

    // A day looked at closely, and where one of its values comes from.
    browser.resize(WIDTH, 900);
    visit.open_meter(&format!("{meter}?channel=E1&from={0}&to={1}", civil(today() - 15), civil(today() - 1)));
    browser.find("[data-heatmap]").run("this.focus()", &[]);
    browser.press([keys::RIGHT; 4].into_iter().chain([keys::DOWN; 37]).chain([keys::ENTER]));
    browser.wait_for("[data-trace]:not([hidden]) dl");
    visit.picture("trace", WIDTH);

    visit.open_meter(&format!("/meters/{}", showcase::SENSOR));
    browser.wait_for("[data-examined]");
    visit.picture("sensor", WIDTH);
    visit.look("sensors", "/sensors");

    let sent = visit.place.path("sent");
    fs::create_dir(&sent).unwrap();
    visit.send(&showcase::to_send(&sent, today()));
    visit.outcomes(4);
    visit.picture("upload", WIDTH);

    let (_, hash) = new_token().unwrap();
    let known = Token::known_by("t", &hash, vec![Scope::Read]).unwrap();
    let visit = Visit::with(world::place(), vec![known]).unwrap();
    visit.look("sign-in", "/files");
}

fn civil(day: i32) -> String {
    let (year, month, day) = smrt_core::civil_from_days(day);
    format!("{year:04}-{month:02}-{day:02}")
}
