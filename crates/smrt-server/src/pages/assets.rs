//! Everything the pages ask for besides HTML, built into the program so that it works offline.

/// One file of `assets/`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Its place under `/assets/`.
    pub path: &'static str,
    /// The media type to send.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

impl std::fmt::Debug for Asset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asset({}, {} bytes)", self.path, self.bytes.len())
    }
}

macro_rules! assets {
    ($($path:literal $media_type:expr;)*) => {
        &[$(Asset { path: $path, media_type: $media_type, bytes: include_bytes!(concat!("../../assets/", $path)) }),*]
    };
}

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// All assets.
pub const ALL: &[Asset] = assets! {
    "icon.svg" "image/svg+xml";
    "css/base.css" CSS;
    "css/layout.css" CSS;
    "css/components.css" CSS;
    "css/charts.css" CSS;
    "js/theme-early.js" JS;
    "js/frame.js" JS;
    "js/dom.js" JS;
    "js/api.js" JS;
    "js/clock.js" JS;
    "js/colour.js" JS;
    "js/series.js" JS;
    "js/meter.js" JS;
    "js/profile.js" JS;
    "js/profile-draw.js" JS;
    "js/tip.js" JS;
    "js/heatmap.js" JS;
    "js/heatmap-draw.js" JS;
    "js/daily.js" JS;
    "js/tables.js" JS;
    "js/trace.js" JS;
    "js/upload.js" JS;
    "js/upload-row.js" JS;
    "vendor/uPlot.iife.min.js" JS;
    "vendor/uPlot.min.css" CSS;
    "vendor/uPlot.LICENSE" TEXT;
};

/// The asset at that place under `/assets/`.
pub fn find(path: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.path == path)
}
