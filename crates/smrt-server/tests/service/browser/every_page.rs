//! What must hold for every page as it is seen: it never scrolls sideways, however narrow the window is, and its texts stand
//! out from what is behind them, light and dark.

use super::{Visit, example, world};
use std::fs;

/// By how much a page is wider than its window, and the texts that reach over its edge.
const WIDE: &str = "
    const wide = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = walk.nextNode());) {
        const range = document.createRange();
        range.selectNode(text);
        if (range.getBoundingClientRect().right > innerWidth) wide.push(text.data.slice(0, 60));
    }
    return [document.documentElement.scrollWidth - innerWidth, wide.slice(0, 9)]";

/// How well a text stands out from what is behind it, by the formula of WCAG 2: the texts for which it is below 4.5, or below
/// 3 where they are large.
const FAINT: &str = "
    const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    const mix = (colours) => {
        pen.clearRect(0, 0, 1, 1);
        for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => {
        const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faint = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = walk.nextNode());) {
        const e = text.parentElement;
        const box = e.getBoundingClientRect();
        if (!text.data.trim() || box.width < 2 || box.height < 2 || e.closest('noscript, .visually-hidden, .skip, :disabled, option')) continue;
        const style = getComputedStyle(e);
        const behind = [];
        for (let at = e; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
        const ink = e instanceof SVGElement ? style.fill : style.color;
        const [a, b] = [light(mix(behind)), light(mix([...behind, ink]))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 600);
        if (ratio < (large ? 3 : 4.5)) faint.add(`${ratio.toFixed(2)} ${e.tagName}.${e.getAttribute('class')} ${text.data.trim().slice(0, 30)}`);
    }
    return [...faint].slice(0, 12).join('\\n')";

/// A service that has something to show on every page, and the pages.
fn all_pages() -> Option<(Visit, Vec<String>)> {
    let place = world::with_year();
    world::load_examples(&place, &["data", "electricity", "sensors"]);
    let visit = Visit::to(place)?;
    visit.service.upload("a-name-that-is-quite-long-and-has-no-blank-at-which-it-could-be-broken_0123456789.csv", "x");
    visit.service.upload("PN000105.SMRT", fs::read(example("broken/PN000105.SMRT")).unwrap());
    let last = visit.place.store().files(&smrt_storage::FileFilter::default()).unwrap().len();
    let pages = ["/", "/files", "/upload", "/meters", "/sensors", "/quality", "/quality?month=2024-06", "/docs"];
    let mut pages: Vec<_> = pages.into_iter().chain(["/sign-in", "/nothing"]).map(str::to_owned).collect();
    pages.extend([last, last - 1].map(|id| format!("/files/{id}")));
    pages.push(format!("/meters/{}", world::METER));
    Some((visit, pages))
}

#[test]
fn pages_fit_their_window_and_their_texts_can_be_read() {
    let Some((visit, pages)) = all_pages() else { return };
    let browser = &visit.browser;
    let mut wrong = String::new();
    for page in &pages {
        browser.resize(1280, 900);
        visit.open(page);
        if page.starts_with("/meters/") {
            browser.wait_for("[data-daily][data-drawn]");
        }
        for dark in [false, true] {
            browser.set_dark(dark);
            let found = browser.run(FAINT, &[]);
            if found != "" {
                wrong += &format!("{page}, dark {dark}:\n{}\n", found.as_str().unwrap());
            }
        }
        for width in [320, 390, 768, 1280, 2200] {
            browser.resize(width, 900);
            // A chart follows its width a moment later.
            let quiet =
                "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
            browser.run(quiet, &[]);
            let found = browser.run(WIDE, &[]);
            if found[0].as_i64().unwrap() > 0 {
                wrong += &format!("{page} is too wide for {width}: {found}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    visit.assert_quiet(&[404]);
}
