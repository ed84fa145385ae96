//! The lists of meter points and of sensors: one page, two schemes.

use maud::{Markup, html};

use super::layout::{Frame, Nav, layout};
use super::link;
use super::parts::{count, empty, heading, how_to_load, name, pager, visible};

/// What the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meters {
    /// True for the list of sensors.
    pub sensors: bool,
    /// What codes and names must begin with; empty for all.
    pub query: String,
    /// The cursor of this page; empty for the first.
    pub after: String,
    /// The rows of this page, by code.
    pub rows: Vec<MeterRow>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// One meter point or sensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterRow {
    /// Its code.
    pub code: String,
    /// Its name, when it has one.
    pub name: Option<String>,
    /// What kind of code it is: `nmi`, `mpan`, `sensor`, …
    pub scheme: String,
    /// How many channels it has.
    pub channels: u64,
    /// How many readings.
    pub readings: u64,
    /// The first day with a reading.
    pub first: Option<String>,
    /// The last day with a reading.
    pub last: Option<String>,
}

/// The page. The form sends `prefix`.
pub fn page(model: &Meters) -> Markup {
    let (nav, path, title, one) = if model.sensors {
        (Nav::Sensors, "/sensors", "Sensors", "sensor")
    } else {
        (Nav::Meters, "/meters", "Meters", "meter")
    };
    let twin_path = format!("/api/v1/meters?kind={one}&limit=50");
    let href = |path: &str, after: &str| link::with_query(path, &[("prefix", &model.query), ("after", after)]);
    let twin = href(&twin_path, &model.after);
    let first = (!model.after.is_empty()).then(|| href(path, ""));
    let next = model.next.as_deref().map(|after| href(path, after));
    let lede = html! { "Every " (one) " that has delivered, with what there is of it." };
    let body = html! {
        (heading(title, &lede))
        form.filter method="get" action=(path) role="search" {
            label.field.grow { span { "Code or name begins with" }
                input type="search" name="prefix" value=(model.query) autocomplete="off" spellcheck="false";
            }
            div.actions {
                button.button.primary type="submit" { "Search" }
                @if !model.query.is_empty() { a.button href=(path) { "Clear" } }
            }
        }
        @if !model.rows.is_empty() {
            (table(&model.rows, model.sensors))
            (pager(first.as_deref(), next.as_deref()))
        } @else if model.query.is_empty() {
            (empty(&format!("No {one} has delivered yet."), &how_to_load()))
        } @else {
            (empty(&format!("No {one} begins with that."), &html! { p { "Type less of it, or " a href=(path) { "show all" } "." } }))
        }
    };
    layout(&Frame { title, nav, twin: Some(&twin), modules: &[], charts: false }, &body)
}

fn table(rows: &[MeterRow], sensors: bool) -> Markup {
    let title = if sensors { "Measurements" } else { "Readings" };
    let dash = |day: &Option<String>| html! { @if let Some(day) = day { (visible(day)) } @else { "–" } };
    let has_names = rows.iter().any(|row| row.name.is_some());
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "Code" } @if has_names { th { "Name" } } th { "Scheme" } th.num { "Channels" } th.num { (title) } th { "First day" } th { "Last day" }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            td.wide { a.code href=(link::meter(&row.code)) { (name(&row.code, 60)) } }
                            @if has_names { td.wide { @if let Some(text) = &row.name { (name(text, 80)) } } }
                            td { (visible(&row.scheme)) }
                            td.num { (count(row.channels)) }
                            td.num { (count(row.readings)) }
                            td.day { (dash(&row.first)) }
                            td.day { (dash(&row.last)) }
                        }
                    }
                }
            }
        }
    }
}
