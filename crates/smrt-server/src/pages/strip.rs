//! Files per day as a strip of stacked bars: SVG drawn by the server, and the same numbers as a table for those who do not see it.

use maud::{Markup, html};

use super::parts::{Outcomes, count};
use super::{Status, day};

/// What came on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOutcomes {
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// Files by outcome.
    pub outcomes: Outcomes,
}

const STEP: u64 = 40;
const BAR: u64 = 28;
const HEIGHT: u64 = 112;
const TOP: u64 = 16;

/// The strip with its legend and its table. `usual` is drawn as a line to compare with.
pub(crate) fn strip(days: &[DayOutcomes], usual: Option<u64>) -> Markup {
    let most = days.iter().map(|d| d.outcomes.total()).chain(usual).max().unwrap_or(0).max(1);
    let width = STEP * u64::try_from(days.len()).unwrap_or(0);
    html! {
        figure.strip {
            (legend(usual))
            div.strip-scroll tabindex="0" role="group" aria-label="Chart, scrolls sideways" {
                svg width=(width) height=(HEIGHT + TOP + 24) viewBox={ "0 0 " (width) " " (HEIGHT + TOP + 24) } role="img"
                    aria-label={ "Files per day, at most " (most) } {
                    @for (i, day) in (0u64..).zip(days) { (bar(i * STEP + (STEP - BAR) / 2, day, most)) }
                    line.base x1="0" x2=(width) y1=(TOP + HEIGHT) y2=(TOP + HEIGHT) {}
                    @if let Some(usual) = usual {
                        @let y = TOP + HEIGHT - usual * HEIGHT / most;
                        line.usual x1="0" x2=(width) y1=(y) y2=(y) {}
                    }
                }
            }
            details.as-table { summary { "As a table" } (table(days)) }
        }
    }
}

fn legend(usual: Option<u64>) -> Markup {
    html! {
        ul.legend {
            @for (status, _) in Outcomes::default().each() {
                li { span.swatch.{ "f-" (status.name()) } aria-hidden="true" {} (status.name()) }
            }
            @if let Some(usual) = usual { li { span.swatch.usual aria-hidden="true" {} "usual day: " (count(usual)) } }
        }
    }
}

fn bar(x: u64, day: &DayOutcomes, most: u64) -> Markup {
    let each = day.outcomes.each();
    let mut below = 0;
    let parts: Vec<(Status, u64, u64)> = each
        .into_iter()
        .filter(|(_, files)| *files > 0)
        .map(|(status, files)| {
            let bottom = below * HEIGHT / most;
            below += files;
            // A single rejected file among thousands must still be seen.
            let height = (below * HEIGHT / most).saturating_sub(bottom).max(2);
            (status, TOP + HEIGHT - bottom - height, height)
        })
        .collect();
    let days = day::parse(&day.date);
    let label = day.date.get(8..10).unwrap_or("");
    let first = label == "01";
    html! {
        g {
            title { (day.date) ": " (words(&day.outcomes)) }
            rect.hit x=(x) y="0" width=(BAR) height=(TOP + HEIGHT) fill="transparent" {}
            @if parts.is_empty() { rect.none x=(x) y=(TOP + HEIGHT - 3) width=(BAR) height="3" {} }
            @for (status, y, height) in &parts {
                rect.{ "f-" (status.name()) } x=(x) y=(y) width=(BAR) height=(height) {}
            }
            text.tick.weekend[days.is_some_and(day::is_weekend)].month[first] x=(x + BAR / 2) y=(TOP + HEIGHT + 16) {
                @if first { (month(&day.date)) } @else { (label) }
            }
        }
    }
}

fn month(date: &str) -> String {
    date.get(..7).map(day::month_name).unwrap_or_default().chars().take(3).collect()
}

fn words(outcomes: &Outcomes) -> String {
    let parts: Vec<String> = outcomes
        .each()
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(status, n)| format!("{n} {}", status.name()))
        .collect();
    if parts.is_empty() { "no file".to_owned() } else { parts.join(", ") }
}

fn table(days: &[DayOutcomes]) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { th { "Day" } @for (status, _) in Outcomes::default().each() { th.num { (status.name()) } } } }
                tbody {
                    @for day in days {
                        tr { th scope="row" { (day.date) } @for (_, files) in day.outcomes.each() { td.num { (count(files)) } } }
                    }
                }
            }
        }
    }
}
