//! The first page: whether yesterday's files came, what was refused, who is silent.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::layout::{Frame, Nav, layout};
use super::parts::{Outcomes, Status, chip, count, counted, empty, how_to_load, name, shorten, span, time, visible};
use super::{link, strip};

pub use super::strip::DayOutcomes;

/// What the overview shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overview {
    /// Files ever received; none means an empty database.
    pub files: u64,
    /// Readings in the database.
    pub readings: u64,
    /// Meter points and sensors.
    pub meters: u64,
    /// Files received today, by outcome.
    pub today: Outcomes,
    /// How many files a day usually brings, when there is enough history to say.
    pub usual_per_day: Option<u64>,
    /// The end of the newest interval.
    pub newest: Option<Newest>,
    /// How far behind the loading is.
    pub lag: Lag,
    /// Files refused lately, newest first.
    pub refused: Vec<Refused>,
    /// The meters that have been silent longest, at most ten.
    pub silent: Vec<Silent>,
    /// How many are silent altogether.
    pub silent_total: u64,
    /// Files per day, oldest first, ending with today.
    pub days: Vec<DayOutcomes>,
    /// Files that arrived last, newest first.
    pub latest: Vec<Arrived>,
}

/// The newest interval there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// Its end, RFC 3339.
    pub end: String,
    /// How long ago that was, in seconds.
    pub age_seconds: u64,
}

/// How far loading is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// Files that wait to be loaded.
    pub waiting: u64,
    /// How long the oldest of them has waited, in seconds.
    pub oldest_seconds: Option<u64>,
    /// The usual delay from the sender's time to loaded, in seconds.
    pub typical_seconds: Option<u64>,
}

/// A file that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its id, for the link.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// When it came, RFC 3339.
    pub received_at: String,
    /// Rejected or a name conflict.
    pub status: Status,
    /// The code of the reason, such as `P008`.
    pub code: String,
    /// The reason in words.
    pub message: String,
}

/// A meter that used to deliver and has nothing for yesterday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// Its code.
    pub code: String,
    /// The last day it has readings for.
    pub last_day: String,
    /// Days without a reading since.
    pub days: u64,
}

/// A file that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its id, for the link.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub status: Status,
    /// When it came, RFC 3339.
    pub received_at: String,
    /// Its records.
    pub records: u64,
}

/// Refused files that are named; the list of files has the others.
const REFUSED: usize = 7;

/// The page.
pub fn page(model: &Overview) -> Markup {
    let body = html! {
        @if model.files == 0 {
            h1 { "Overview" }
            (empty("No file has come in yet.", &how_to_load()))
        } @else {
            (verdict(model))
            (tiles(model))
            section.block aria-labelledby="days" {
                h2 #days { "Files per day" }
                (strip::strip(&model.days, model.usual_per_day))
            }
            div.columns {
                (refused(&model.refused))
                (silent(model))
            }
            (latest(&model.latest))
        }
    };
    let frame =
        Frame { title: "Overview", nav: Nav::Overview, twin: Some("/api/v1/overview"), modules: &[], charts: false };
    layout(&frame, &body)
}

/// One sentence that answers "did yesterday's files come?".
fn verdict(model: &Overview) -> Markup {
    let yesterday = model.days.iter().rev().nth(1).map_or(Outcomes::default(), |day| day.outcomes);
    let came = yesterday.loaded;
    // Senders vary a little from day to day; a fifth less than usual is worth saying.
    let short = model.usual_per_day.is_some_and(|usual| came * 5 < usual * 4);
    let (tone, shape, sentence) = match (came, short, yesterday.rejected + yesterday.name_conflict) {
        (0, ..) => ("bad", Icon::Cross, "No file was loaded yesterday"),
        (_, true, _) => ("warn", Icon::Alert, "Fewer files than usual came yesterday"),
        (_, false, 0) if model.silent_total > 0 => {
            ("warn", Icon::Alert, "Yesterday’s files came, some meters are silent")
        }
        (_, false, 0) => ("ok", Icon::Check, "Yesterday’s files came"),
        _ => ("warn", Icon::Alert, "Yesterday’s files came, some were refused"),
    };
    html! {
        div.verdict.(tone) {
            span.verdict-icon { (icon(shape)) }
            div {
                h1 { (sentence) }
                p {
                    (count(came)) " loaded"
                    @if let Some(usual) = model.usual_per_day { " of about " (count(usual)) " on a usual day" }
                    @if yesterday.rejected > 0 { ", " (count(yesterday.rejected)) " rejected" }
                    @if yesterday.name_conflict > 0 { ", " (counted(yesterday.name_conflict, "name conflict")) }
                    @if model.silent_total > 0 { "; " a href="#silent" { (counted(model.silent_total, "meter")) } " silent" }
                    "."
                }
            }
        }
    }
}

fn tiles(model: &Overview) -> Markup {
    html! {
        div.tiles {
            section.tile.tile-wide {
                h2 { "Files today" }
                p.figure { (count(model.today.total())) @if let Some(usual) = model.usual_per_day { small { " of about " (count(usual)) } } }
                @if let Some(usual) = model.usual_per_day.filter(|usual| *usual > 0) {
                    progress max=(usual) value=(model.today.total().min(usual)) aria-label="Files today against a usual day" {}
                }
                ul.outcomes {
                    @for (status, files) in model.today.each() {
                        li { a href=(link::with_query("/files", &[("status", status.name())])) { (chip(status)) b { (count(files)) } } }
                    }
                }
            }
            (tile("Readings", &html! { (count(model.readings)) }, &html! { "from " (counted(model.files, "file")) }))
            (tile("Meters", &html! { (count(model.meters)) }, &html! { a href="/meters" { "browse" } }))
            @if let Some(newest) = &model.newest {
                (tile("Newest interval", &html! { (span(newest.age_seconds)) small { " ago" } }, &html! { "ends " (time(&newest.end)) }))
            } @else {
                (tile("Newest interval", &html! { "–" }, &html! { "no reading yet" }))
            }
            (lag(model.lag))
        }
    }
}

fn tile(title: &str, figure: &Markup, note: &Markup) -> Markup {
    html! { section.tile { h2 { (title) } p.figure { (figure) } p.note { (note) } } }
}

fn lag(lag: Lag) -> Markup {
    let figure = html! {
        @if let Some(oldest) = lag.oldest_seconds { (span(oldest)) small { " oldest" } } @else { "none" small { " waiting" } }
    };
    let note = html! {
        @if lag.waiting > 0 { (counted(lag.waiting, "file")) " waiting; " }
        @if let Some(typical) = lag.typical_seconds { "usually " (span(typical)) " from sender to loaded" } @else { "delay not known yet" }
    };
    tile("Ingest lag", &figure, &note)
}

fn refused(files: &[Refused]) -> Markup {
    html! {
        section.block aria-labelledby="refused" {
            div.block-head { h2 #refused { "Refused lately" } a href="/files?status=rejected" { "all rejected" } }
            @if files.is_empty() { p.calm { (icon(Icon::Check)) "Nothing was refused lately." } }
            @else {
                ul.list {
                    @for file in files.iter().take(REFUSED) {
                        li {
                            div.list-line { a href=(link::file(file.id)) { (name(&file.name, 60)) } (time(&file.received_at)) }
                            div.list-note { (chip(file.status)) span { code { (visible(&file.code)) } " " (shorten(&visible(&file.message), 160)) } }
                        }
                    }
                }
            }
        }
    }
}

fn silent(model: &Overview) -> Markup {
    html! {
        section.block aria-labelledby="silent" {
            div.block-head { h2 #silent { "Silent meters" } a href="/quality" { "data quality" } }
            @if model.silent.is_empty() { p.calm { (icon(Icon::Check)) "No meter that delivered within the last 30 days is without yesterday." } }
            @else {
                div.scroll {
                    table {
                        thead { tr { th { "Meter" } th { "Last day" } th.num { "Days silent" } } }
                        tbody {
                            @for meter in &model.silent {
                                tr {
                                    td { a href=(link::meter(&meter.code)) { (name(&meter.code, 40)) } }
                                    td.day { (visible(&meter.last_day)) }
                                    td.num { (count(meter.days)) }
                                }
                            }
                        }
                    }
                }
                @let shown = u64::try_from(model.silent.len()).unwrap_or(0);
                @if model.silent_total > shown { p.note { "and " (counted(model.silent_total - shown, "meter")) " more" } }
            }
        }
    }
}

fn latest(files: &[Arrived]) -> Markup {
    html! {
        section.block aria-labelledby="latest" {
            div.block-head { h2 #latest { "Arrived last" } a href="/files" { "all files" } }
            div.scroll {
                table {
                    thead { tr { th { "Status" } th { "Name" } th { "Received" } th.num { "Records" } } }
                    tbody {
                        @for file in files {
                            tr {
                                td { (chip(file.status)) }
                                td.wide { a href=(link::file(file.id)) { (name(&file.name, 80)) } }
                                td { (time(&file.received_at)) }
                                td.num { (count(file.records)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
