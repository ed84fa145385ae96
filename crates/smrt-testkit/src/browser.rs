//! A throw-away Chromium without a window, for tests of pages as people use them.
//!
//! It is Debian's `chromium`, steered by its `chromedriver` (packages `chromium` and `chromium-driver`) over the W3C
//! WebDriver protocol. Where the programs are missing, [`Browser::start`] says so loudly and gives `None`, and the test
//! ends there; with `SMRT_TEST_BROWSER=require` that is a failure. Each browser has a profile of its own, so that nothing
//! is left of the one before. It ends when it is dropped, and when this process ends, however that happens.

use crate::{
    http::Head,
    postgres::say,
    process::{free_address, watchdog},
};
pub use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::{Duration, Instant},
};

/// The environment variable that decides whether tests may go without a browser.
const DEMAND: &str = "SMRT_TEST_BROWSER";
/// A page that takes longer than this for anything has failed.
const LONGEST: Duration = Duration::from_secs(20);
/// Under this name the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that write nothing, for [`Browser::press`].
pub mod keys {
    /// To the next control.
    pub const TAB: char = '\u{e004}';
    /// Enter.
    pub const ENTER: char = '\u{e007}';
    /// Escape.
    pub const ESCAPE: char = '\u{e00c}';
    /// To the end.
    pub const END: char = '\u{e010}';
    /// To the beginning.
    pub const HOME: char = '\u{e011}';
    /// To the left.
    pub const LEFT: char = '\u{e012}';
    /// Up.
    pub const UP: char = '\u{e013}';
    /// To the right.
    pub const RIGHT: char = '\u{e014}';
    /// Down.
    pub const DOWN: char = '\u{e015}';
}

/// A browser with one window, that runs until it is dropped.
#[derive(Debug)]
pub struct Browser {
    address: SocketAddr,
    session: String,
    /// Ends when what it waits for does, and takes driver, browser and profile with it.
    watchdog: Child,
}

/// What a browser wrote to its console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `INFO`, `WARNING`, `SEVERE`.
    pub level: String,
    /// `javascript`, `security`, `network`, `console-api`, …
    pub source: String,
    /// What was said.
    pub message: String,
}

/// An element of the page a browser is at.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Starts a browser; `None` where its programs are not on this machine.
    ///
    /// # Panics
    /// When the programs are there but do not work, and when there are none although `SMRT_TEST_BROWSER=require`.
    pub fn start() -> Option<Self> {
        let Some((driver, chromium)) = program(&["chromedriver"]).zip(program(&["chromium", "google-chrome"])) else {
            assert!(std::env::var(DEMAND).as_deref() != Ok("require"), "{DEMAND}=require, but no Chromium was found");
            say("no Chromium was found (apt install chromium chromium-driver): pages are NOT TESTED in a browser");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("smrt-browser-").tempdir().expect("a temporary folder").keep();
        let address = free_address();
        let watchdog = watched(&driver, address.port(), &folder);
        let mut browser = Self { address, session: String::new(), watchdog };
        browser.wait_for_driver();
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,900",
            &profile,
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments, "binary": chromium },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let answer = browser.ask("POST", "/session", Some(&wanted));
        let id = answer["sessionId"].as_str().expect("a session");
        browser.session = format!("/session/{id}");
        Some(browser)
    }

    /// Goes to an address and waits until the page with its scripts is loaded.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Where it is.
    pub fn url(&self) -> String {
        text_of(self.get("/url"))
    }

    /// The first element that a selector of CSS finds.
    ///
    /// # Panics
    /// When there is none.
    pub fn find(&self, css: &str) -> Element<'_> {
        self.all(css).into_iter().next().unwrap_or_else(|| panic!("no {css} at {}", self.url()))
    }

    /// All elements that a selector of CSS finds.
    pub fn all(&self, css: &str) -> Vec<Element<'_>> {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": css }));
        let ids = found.as_array().into_iter().flatten().filter_map(|element| element[ELEMENT].as_str());
        ids.map(|id| Element { browser: self, id: id.to_owned() }).collect()
    }

    /// Waits until a selector of CSS finds something, and gives the first of it.
    ///
    /// # Panics
    /// When it does not within some seconds.
    pub fn wait_for(&self, css: &str) -> Element<'_> {
        self.wait_until(css, "return document.querySelector(arguments[0]) !== null", &[css.into()]);
        self.find(css)
    }

    /// Waits until a script answers with something true, and gives it.
    ///
    /// # Panics
    /// When it does not within some seconds.
    pub fn wait_until(&self, what: &str, script: &str, arguments: &[Value]) -> Value {
        let until = Instant::now() + LONGEST;
        loop {
            let found = self.run(script, arguments);
            if !matches!(found, Value::Null | Value::Bool(false)) {
                return found;
            }
            let text = || text_of(self.run("return document.body.innerText.slice(0, 2000)", &[]));
            assert!(
                Instant::now() < until,
                "waited in vain at {}: {what}\n{}\n{:?}",
                self.url(),
                text(),
                self.console()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs the body of a function with `arguments`, and gives what it returns.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Presses keys one after the other, whatever has the focus.
    pub fn press(&self, keys: impl IntoIterator<Item = char>) {
        let strokes = keys.into_iter().flat_map(|key| {
            let key = key.to_string();
            [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
        });
        let strokes: Vec<_> = strokes.collect();
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] }));
    }

    /// Moves the pointer to a place in the window and clicks there.
    pub fn click_at(&self, left: f64, top: f64) {
        let moved = json!({ "type": "pointerMove", "duration": 0, "x": left.round(), "y": top.round() });
        let [down, up] = ["pointerDown", "pointerUp"].map(|kind| json!({ "type": kind, "button": 0 }));
        let pointer = json!({ "type": "pointer", "id": "mouse", "actions": [moved, down, up] });
        self.post("/actions", &json!({ "actions": [pointer] }));
    }

    /// Makes the window so large, smaller too than a desktop allows.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Whether the system is dark, as pages see it. Colours change at once, without a transition.
    pub fn set_dark(&self, dark: bool) {
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        self.command("Emulation.setEmulatedMedia", &json!({ "features": [scheme, still] }));
    }

    /// What the window shows, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        from_base64(&text_of(self.get("/screenshot")))
    }

    /// What came to the console since it was last asked.
    pub fn console(&self) -> Vec<Entry> {
        let found = self.post("/se/log", &json!({ "type": "browser" }));
        let entry = |entry: &Value| {
            let [level, source, message] = ["level", "source", "message"].map(|name| text_of(entry[name].clone()));
            Entry { level, source, message }
        };
        found.as_array().into_iter().flatten().map(entry).collect()
    }

    /// A command of the DevTools protocol.
    pub fn command(&self, name: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    fn get(&self, path: &str) -> Value {
        self.ask("GET", &format!("{}{path}", self.session), None)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("{}{path}", self.session), Some(body))
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.request(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        if let Some(error) = answer["value"]["error"].as_str() {
            let of = body.map(ToString::to_string).unwrap_or_default();
            panic!("{method} {path} {of:.300}: {error}: {}", text_of(answer["value"]["message"].clone()));
        }
        answer["value"].clone()
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<Value> {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let mut head = Head { first: format!("{method} {path} HTTP/1.1"), ..Head::default() };
        head.set("host", self.address.to_string());
        head.set("content-type", "application/json");
        head.set("content-length", body.len().to_string());
        head.set("connection", "close");
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(LONGEST * 3))?;
        stream.write_all(&[head.bytes(), body.into_bytes()].concat())?;
        let answer = Head::read(&mut stream)?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let mut body = Vec::new();
        stream.take(answer.length().unwrap_or(u64::MAX)).read_to_end(&mut body)?;
        Ok(serde_json::from_slice(&body)?)
    }

    fn wait_for_driver(&self) {
        let until = Instant::now() + LONGEST;
        let is_ready = |answer: Value| answer["value"]["ready"] == true;
        while !self.request("GET", "/status", None).is_ok_and(is_ready) {
            assert!(Instant::now() < until, "no chromedriver at {}", self.address);
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.request("DELETE", &self.session, None);
        }
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

impl Element<'_> {
    /// Clicks on its middle, as a person does: what lies over it is in the way.
    pub fn click(&self) {
        self.post("click", &json!({}));
    }

    /// Types text; in a field for files, the paths of files with a line for each.
    pub fn type_in(&self, text: &str) {
        self.post("value", &json!({ "text": text }));
    }

    /// The text that is to be seen of it.
    pub fn text(&self) -> String {
        text_of(self.get("text"))
    }

    /// An attribute as it is written.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.run("return this.getAttribute(arguments[0])", &[name.into()]).as_str().map(str::to_owned)
    }

    /// Whether there is anything to be seen of it.
    pub fn is_shown(&self) -> bool {
        self.get("displayed") == true
    }

    /// Runs the body of a function with this element as `this`, and gives what it returns.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let whole = format!("return (function () {{ {script} }}).apply(arguments[0], arguments[1])");
        self.browser.run(&whole, &[json!({ ELEMENT: self.id }), arguments.into()])
    }

    fn get(&self, what: &str) -> Value {
        self.browser.get(&format!("/element/{}/{what}", self.id))
    }

    fn post(&self, what: &str, body: &Value) {
        self.browser.post(&format!("/element/{}/{what}", self.id), body);
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The first of some programs that is on this machine.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).chain([PathBuf::from("/usr/bin")]).collect();
    let mut places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.find(|place| place.is_file())
}

/// Starts a shell that runs the driver and, when this process lets go or is gone, ends it and the browser it started, and
/// clears the folder. The browser is no longer in the group of its driver; its profile names it.
fn watched(driver: &Path, port: u16, folder: &Path) -> Child {
    const SCRIPT: &str = "folder=$1; shift; \"$@\" >/dev/null 2>&1 </dev/null & driver=$!; read -r _; \
         lock=$(readlink \"$folder/profile/SingletonLock\"); \
         for process in \"$driver\" ${lock##*-}; do kill \"$process\"; done; wait \"$driver\"; \
         for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf \"$folder\" && break; sleep 0.2; done";
    watchdog(SCRIPT)
        .args([folder, driver])
        .arg(format!("--port={port}"))
        // What they leave lying about lies in the folder that is cleared.
        .envs([("TMPDIR", folder), ("HOME", folder)])
        .current_dir("/")
        .spawn()
        .expect("a shell")
}

fn from_base64(text: &str) -> Vec<u8> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(text.len() / 4 * 3), 0, 0_u32);
    for sign in text.bytes().filter_map(|byte| (0_u32..).zip(SIGNS).find(|(_, sign)| **sign == byte)) {
        held = held << 6 | sign.0;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.extend((held >> bits).to_le_bytes().first());
        }
    }
    bytes
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.level, self.source, self.message)
    }
}

/// One line for each entry.
pub fn lines(entries: &[Entry]) -> String {
    entries.iter().fold(String::new(), |mut text, entry| {
        // Text takes everything.
        let _ = writeln!(text, "{entry}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_undone() {
        assert_eq!(from_base64("c21ydA=="), b"smrt");
        assert_eq!(from_base64("/+8A"), [0xff, 0xef, 0]);
        assert_eq!(from_base64(""), b"");
    }

    #[test]
    fn a_page_is_read_and_typed_into() {
        let Some(browser) = Browser::start() else { return };
        browser
            .open("data:text/html,<title>t</title><input id=name><p>seen</p><script>console.error('heard')</script>");
        let input = browser.find("#name");
        input.type_in("smrt");
        assert_eq!(input.run("return this.value + arguments[0]", &["!".into()]), "smrt!");
        assert_eq!(browser.find("p").text(), "seen");
        assert_eq!((input.attribute("id").as_deref(), input.attribute("none")), (Some("name"), None));
        assert!(browser.console().iter().any(|entry| entry.level == "SEVERE" && entry.message.contains("heard")));
        assert_eq!(browser.all("em").len(), 0);
        browser.resize(390, 800);
        assert_eq!(browser.run("return innerWidth", &[]), 390);
        assert!(browser.screenshot().starts_with(b"\x89PNG"));
    }
}
