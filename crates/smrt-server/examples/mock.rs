//! Renders every page from made-up content into a directory, to look at them without a server:
//! `cargo run -p smrt-server --example mock -- DIR`.

#[path = "../tests/service/samples/mod.rs"]
mod samples;

use smrt_server::pages::{Markup, api, error, file, files, meter, meters, overview, quality, upload};
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let dir = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "mock".into()));
    std::fs::create_dir_all(&dir)?;
    let pages: [(&str, Markup); 17] = [
        ("overview", overview::page(&samples::overview())),
        ("empty", overview::page(&overview::Overview::default())),
        ("files", files::page(&samples::files(false))),
        ("files-hostile", files::page(&samples::files(true))),
        ("files-empty", files::page(&files::Files::default())),
        ("file", file::page(&samples::report(false))),
        ("file-hostile", file::page(&samples::report(true))),
        ("upload", upload::page(&samples::upload_page())),
        ("meters", meters::page(&samples::meter_list(false, false))),
        ("meters-empty", meters::page(&meters::Meters::default())),
        ("sensors", meters::page(&samples::meter_list(true, false))),
        ("meter", meter::page(&samples::one_meter(false))),
        ("meter-hostile", meter::page(&samples::one_meter(true))),
        ("quality", quality::page(&samples::calendar(false))),
        ("quality-hostile", quality::page(&samples::calendar(true))),
        ("docs", api::page(&samples::openapi())),
        ("error", error::page(&samples::problem())),
    ];
    for (name, html) in pages {
        std::fs::write(dir.join(format!("{name}.html")), html.into_string())?;
    }
    Ok(())
}
