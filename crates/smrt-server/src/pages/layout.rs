//! The frame around every page: navigation, the link to the JSON twin, the footer.

use maud::{DOCTYPE, Markup, html};

use super::icon::{Icon, icon};

/// The entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    /// `/`
    Overview,
    /// `/files`
    Files,
    /// `/meters`
    Meters,
    /// `/sensors`
    Sensors,
    /// `/quality`
    Quality,
    /// `/upload`
    Upload,
    /// `/docs`
    Api,
    /// A page outside the navigation, such as an error.
    Nowhere,
}

const ENTRIES: [(Nav, &str, &str); 7] = [
    (Nav::Overview, "/", "Overview"),
    (Nav::Files, "/files", "Files"),
    (Nav::Meters, "/meters", "Meters"),
    (Nav::Sensors, "/sensors", "Sensors"),
    (Nav::Quality, "/quality", "Data quality"),
    (Nav::Upload, "/upload", "Upload"),
    (Nav::Api, "/docs", "API"),
];

const STYLES: [&str; 4] = ["base", "layout", "components", "charts"];

/// What the frame needs to know of a page.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The title of the window, without the name of the product.
    pub title: &'a str,
    /// The entry to mark as current.
    pub nav: Nav,
    /// The same content as JSON.
    pub twin: Option<&'a str>,
    /// Modules of `assets/js` the page needs, without `.js`.
    pub modules: &'a [&'a str],
    /// Whether the page draws with uPlot.
    pub charts: bool,
}

/// A whole document.
pub fn layout(frame: &Frame<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (super::parts::visible(frame.title)) " · smrt" }
                link rel="icon" type="image/svg+xml" href="/assets/icon.svg";
                // Not a module: it must run before the first paint, or a remembered theme would flash.
                script src="/assets/js/theme-early.js" {}
                @if frame.charts {
                    link rel="stylesheet" href="/assets/vendor/uPlot.min.css";
                    script src="/assets/vendor/uPlot.iife.min.js" defer {}
                }
                @for style in STYLES { link rel="stylesheet" href={ "/assets/css/" (style) ".css" }; }
                script type="module" src="/assets/js/frame.js" {}
                @for module in frame.modules { script type="module" src={ "/assets/js/" (module) ".js" } {} }
                @if let Some(twin) = frame.twin { link rel="alternate" type="application/json" href=(twin); }
            }
            body {
                a.skip href="#main" { "Skip to content" }
                (header(frame.nav))
                main #main tabindex="-1" { (body) }
                (footer(frame.twin))
            }
        }
    }
}

fn header(current: Nav) -> Markup {
    html! {
        header.top {
            div.bar {
                a.mark href="/" aria-label="smrt, overview" {
                    svg viewBox="0 0 24 16" aria-hidden="true" { path d="M1 13h4V7h4v3h4V3h4v5h4v5h2" {} }
                    "smrt"
                }
                nav.main-nav aria-label="Main" {
                    ul {
                        @for (nav, href, text) in ENTRIES {
                            li { a href=(href) aria-current=[(nav == current).then_some("page")] { (text) } }
                        }
                    }
                }
                button.theme type="button" data-theme-toggle hidden { (icon(Icon::Theme)) span data-theme-name { "System" } }
            }
        }
    }
}

fn footer(twin: Option<&str>) -> Markup {
    html! {
        footer.foot {
            p { "smrt " (env!("CARGO_PKG_VERSION")) }
            @if let Some(twin) = twin {
                p { "This page as " a href=(twin) type="application/json" { "JSON" } }
            }
            p { a href="/docs" { "API" } }
            // Shown by the script where there is a session to end.
            form method="post" action="/sign-out" data-sign-out hidden { button.button type="submit" { "Sign out" } }
        }
    }
}
