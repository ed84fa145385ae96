//! The few icons, drawn on a 16 × 16 grid with the colour of the text around them. They are decoration: a word stands beside each.

use maud::{Markup, html};

/// What an icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Check,
    Cross,
    Equal,
    Alert,
    Info,
    Skip,
    Upload,
    Left,
    Right,
    Download,
    Theme,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Check => "M3 8.5 6.5 12 13 4.5",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Equal => "M3.5 6h9M3.5 10h9",
            Self::Alert => "M8 3v6M8 12.2v.3",
            Self::Info => "M8 7v5.5M8 3.8v.3",
            Self::Skip => "M4 8h8",
            Self::Upload => "M8 11V3M4.5 6 8 2.5 11.5 6M3 13.5h10",
            Self::Left => "M10 3 5 8l5 5",
            Self::Right => "M6 3l5 5-5 5",
            Self::Download => "M8 2.5v8M4.5 7.5 8 11l3.5-3.5M3 13.5h10",
            Self::Theme => "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M8 2v12M8 5l4-1.5M8 8.5l5.8-2M8 12l5-3",
        }
    }
}

/// The icon as inline SVG.
pub(crate) fn icon(icon: Icon) -> Markup {
    html! { svg.icon viewBox="0 0 16 16" aria-hidden="true" { path d=(icon.path()) {} } }
}
