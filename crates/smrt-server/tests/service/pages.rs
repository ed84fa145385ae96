//! What must hold for every page: hostile text stays text, nothing is inline, pages stay small, assets are what they say.

use crate::samples;
use sha2::{Digest, Sha256};
use smrt_server::pages::{api, assets, error, file, files, layout, meter, meters, overview, quality, upload};

/// Every page, with ordinary and with the worst content.
fn pages() -> Vec<(&'static str, String)> {
    let mut worst = samples::overview();
    worst.refused = (0..20).map(|_| worst.refused[1].clone()).collect();
    worst.latest = (0..50).map(|_| worst.latest[3].clone()).collect();
    let all = [
        ("overview", overview::page(&samples::overview())),
        ("overview, long", overview::page(&worst)),
        ("overview, empty", overview::page(&overview::Overview::default())),
        ("files", files::page(&samples::files(false))),
        ("files, hostile", files::page(&samples::files(true))),
        ("files, empty", files::page(&files::Files::default())),
        ("file", file::page(&samples::report(false))),
        ("file, hostile", file::page(&samples::report(true))),
        ("upload", upload::page(&samples::upload_page())),
        ("meters", meters::page(&samples::meter_list(false, false))),
        ("meters, hostile", meters::page(&samples::meter_list(false, true))),
        ("sensors, empty", meters::page(&meters::Meters { sensors: true, ..Default::default() })),
        ("meter", meter::page(&samples::one_meter(false))),
        ("meter, hostile", meter::page(&samples::one_meter(true))),
        ("meter, empty", meter::page(&meter::Meter { code: "..".into(), ..Default::default() })),
        ("quality", quality::page(&samples::calendar(false))),
        ("quality, hostile", quality::page(&samples::calendar(true))),
        ("quality, empty", quality::page(&quality::Quality::default())),
        ("api", api::page(&samples::openapi())),
        ("api, empty", api::page(&serde_json::Value::Null)),
        ("error", error::page(&samples::problem())),
    ];
    all.into_iter().map(|(name, html)| (name, html.into_string())).collect()
}

/// The start tags of a document. Attribute values are quoted by maud and hold no bare `<`.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic())).map(|tag| {
        let mut quoted = false;
        let end = tag.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        &tag[..end.expect("an open tag")]
    })
}

/// The names of the attributes of a start tag.
fn attributes(tag: &str) -> Vec<&str> {
    let outside: Vec<&str> = tag.split('"').step_by(2).collect();
    outside.iter().flat_map(|part| part.split_whitespace()).skip(1).map(|name| name.trim_end_matches('=')).collect()
}

#[test]
fn hostile_text_stays_text() {
    for (name, html) in pages() {
        // What a form sends back must be what was asked for, so values of fields are as they came.
        let html: String =
            html.split(" value=\"").map(|rest| rest.split_once('"').map_or(rest, |(_, after)| after)).collect();
        assert!(!html.contains("<script>"), "{name}");
        assert!(!html.contains("alert(\"x\")"), "{name}");
        assert!(!html.contains('\u{202e}'), "{name}: reverses the text around it");
        assert!(!html.contains('\u{0}') && !html.contains('\u{1b}'), "{name}: a control character");
    }
}

#[test]
fn nothing_is_inline() {
    for (name, html) in pages() {
        for tag in tags(&html) {
            let attributes = attributes(tag);
            assert!(!attributes.contains(&"style") && !tag.starts_with("style"), "{name}: {tag}");
            assert!(!attributes.iter().any(|a| a.starts_with("on")), "{name}: {tag}");
            assert!(!tag.starts_with("script") || attributes.contains(&"src"), "{name}: {tag}");
        }
    }
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for (name, html) in pages() {
        for sign in ["src=\"", "href=\"", "action=\""] {
            for part in html.split(sign).skip(1) {
                assert!(
                    part.starts_with('/') && !part.starts_with("//") || part.starts_with(['#', '?']),
                    "{name}: {:.40}",
                    part
                );
            }
        }
    }
}

#[test]
fn pages_stay_small() {
    for (name, html) in pages() {
        eprintln!("{name}: {} bytes", html.len());
        assert!(html.len() <= 100_000, "{name} has {} bytes", html.len());
    }
}

#[test]
fn pages_can_be_walked() {
    for (name, html) in pages() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert!(html.contains("href=\"#main\"") && html.contains("id=\"main\""), "{name}");
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: an id occurs twice");
    }
}

#[test]
fn assets_that_pages_name_exist() {
    for (name, html) in pages() {
        for path in html.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(assets::find(path).is_some(), "{name}: {path}");
        }
    }
}

#[test]
fn modules_import_what_is_served() {
    for asset in assets::ALL.iter().filter(|asset| asset.path.starts_with("js/")) {
        let text = std::str::from_utf8(asset.bytes).unwrap();
        assert!(!text.contains("innerHTML") && !text.contains("insertAdjacentHTML"), "{}", asset.path);
        for import in text.split(" from \"./").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(assets::find(&format!("js/{import}")).is_some(), "{} imports {import}", asset.path);
        }
    }
}

#[test]
fn every_asset_is_listed() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for folder in ["css", "js", "vendor"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap());
            assert!(assets::find(&path).is_some(), "{path}");
        }
    }
}

#[test]
fn scripts_stay_small() {
    let total: usize =
        assets::ALL.iter().filter(|asset| asset.path.ends_with(".js")).map(|asset| asset.bytes.len()).sum();
    eprintln!("all scripts: {total} bytes");
    assert!(total <= 150_000, "{total}");
}

#[test]
fn vendored_files_are_the_published_ones() {
    let manifest = include_str!("../../assets/VENDOR.toml");
    let value = |line: &str, key: &str| {
        Some(line.strip_prefix(key)?.trim_start_matches([' ', '=']).trim_matches('"').to_owned())
    };
    let paths: Vec<String> = manifest.lines().filter_map(|line| value(line, "path")).collect();
    let hashes: Vec<String> = manifest.lines().filter_map(|line| value(line, "sha256")).collect();
    let vendored = assets::ALL.iter().filter(|asset| asset.path.starts_with("vendor/")).count();
    assert_eq!((paths.len(), hashes.len()), (vendored, vendored));
    for (path, hash) in paths.iter().zip(hashes) {
        let found: String =
            Sha256::digest(assets::find(path).expect(path).bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, hash, "{path}");
    }
}

#[test]
fn every_page_names_its_twin() {
    let html = meters::page(&samples::meter_list(true, false)).into_string();
    assert!(
        html.contains("rel=\"alternate\" type=\"application/json\" href=\"/api/v1/meters?kind=sensor&amp;limit=50\"")
    );
    let frame = layout::Frame { title: "t", nav: layout::Nav::Nowhere, twin: None, modules: &[], charts: false };
    assert!(!layout::layout(&frame, &maud::html! { h1 { "x" } }).into_string().contains("alternate"));
}
