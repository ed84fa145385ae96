//! One meter point: its channels, and for the chosen one the load profile, the heat map, daily sums, gaps and register reads.
//! The server renders the frame and the addresses; the scripts fetch the numbers once and draw them.

use maud::{Markup, html};

use super::files::download;
use super::icon::{Icon, icon};
use super::layout::{Frame, Nav, layout};
use super::parts::{count, counted, empty, name, time, visible};
use super::{day, link};

/// What the page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meter {
    /// Its code.
    pub code: String,
    /// Its name, when it has one.
    pub name: Option<String>,
    /// What kind of code it is: `nmi`, `mpan`, `sensor`, …
    pub scheme: String,
    /// Readings of all channels.
    pub readings: u64,
    /// Its channels, in the order to offer them.
    pub channels: Vec<Channel>,
    /// Which of them is shown.
    pub chosen: usize,
    /// The first day shown, `YYYY-MM-DD`.
    pub from: String,
    /// The day after the last one shown.
    pub to: String,
    /// Register reads of the meter in that range, newest first.
    pub registers: Vec<RegisterRead>,
}

/// One measured flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// Its name; a meter with a single unnamed channel has none.
    pub name: Option<String>,
    /// The unit of its readings.
    pub unit: Option<String>,
    /// The serial number of the device.
    pub serial: Option<String>,
    /// The register it is read from.
    pub register: Option<String>,
    /// The plant it belongs to.
    pub plant: Option<String>,
    /// The zone its days are in, as an IANA name or `+10:00`.
    pub zone: String,
    /// The first day with a reading.
    pub first: Option<String>,
    /// The last day with a reading.
    pub last: Option<String>,
}

/// What a register showed at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRead {
    /// When it was read, RFC 3339.
    pub time: String,
    /// Which register.
    pub register: String,
    /// What it showed, as decimal text.
    pub value: String,
    /// Its unit.
    pub unit: Option<String>,
    /// The quality in a word.
    pub quality: String,
    /// The file it came in: id and name.
    pub file: Option<(i64, String)>,
}

impl Meter {
    /// Sensors measure instants: what they give does not add up, and has no zero that must be seen.
    fn is_sensor(&self) -> bool {
        self.scheme == "sensor"
    }
}

/// The page. The form sends `channel`, `from` and `to`.
pub fn page(model: &Meter) -> Markup {
    let sensor = model.is_sensor();
    let nav = if sensor { Nav::Sensors } else { Nav::Meters };
    let twin = format!("/api/v1{}", link::meter(&model.code));
    let (list, title) = if sensor { ("/sensors", "Sensors") } else { ("/meters", "Meters") };
    let body = html! {
        nav.crumbs aria-label="Breadcrumb" { a href=(list) { (title) } }
        (head(model))
        @if let Some(channel) = model.channels.get(model.chosen) {
            (channels(model))
            (facts(channel))
            (range(model, channel))
            (charts(model, channel))
        } @else {
            (empty("This meter has no channel with interval readings.", &html! { p { "Its file may still be on the way." } }))
        }
        (registers(&model.registers))
    };
    layout(&Frame { title: &model.code, nav, twin: Some(&twin), modules: &["meter"], charts: true }, &body)
}

fn head(model: &Meter) -> Markup {
    html! {
        div.heading {
            @if let Some(text) = &model.name { h1 { (name(text, 160)) } } @else { h1.code { (name(&model.code, 255)) } }
            p.lede {
                span.tag { (visible(&model.scheme)) }
                @if model.name.is_some() { code { (name(&model.code, 255)) } }
                span { (counted(model.readings, if model.is_sensor() { "measurement" } else { "reading" })) }
            }
        }
    }
}

/// This page with another choice. Only the query is named: a long code would otherwise be repeated in every link.
fn here(channel: &Channel, from: &str, to: &str) -> String {
    link::with_query("?", &[("channel", channel.name.as_deref().unwrap_or("")), ("from", from), ("to", to)])
}

fn channels(model: &Meter) -> Markup {
    html! {
        @if model.channels.len() > 1 {
            nav.tabs aria-label="Channels" {
                @for (i, channel) in model.channels.iter().enumerate().take(60) {
                    a href=(here(channel, &model.from, &model.to)) aria-current=[(i == model.chosen).then_some("true")] {
                        (name(channel.name.as_deref().unwrap_or("unnamed"), 40))
                        @if let Some(unit) = &channel.unit { small { (visible(unit)) } }
                    }
                }
            }
        }
    }
}

fn facts(channel: &Channel) -> Markup {
    let rows = [
        ("Channel", channel.name.as_deref()),
        ("Unit", channel.unit.as_deref()),
        ("Serial", channel.serial.as_deref()),
        ("Register", channel.register.as_deref()),
        ("Plant", channel.plant.as_deref()),
        ("Zone", Some(channel.zone.as_str())),
        ("First day", channel.first.as_deref()),
        ("Last day", channel.last.as_deref()),
    ];
    html! {
        dl.facts.facts-line {
            @for (label, value) in rows {
                @if let Some(value) = value { div { dt { (label) } dd { (name(value, 120)) } } }
            }
        }
    }
}

/// Ready-made ranges: the last days there are, and the same span before and after the one shown.
fn range(model: &Meter, channel: &Channel) -> Markup {
    let end = channel.last.as_deref().and_then(day::parse).map(|last| last + 1);
    let start = channel.first.as_deref().and_then(day::parse);
    let shown = day::parse(&model.from).zip(day::parse(&model.to));
    let href = |from: i64, to: i64| here(channel, &day::format(from), &day::format(to));
    let quick = end.map(|end| {
        let all = start.unwrap_or(end - 1);
        [("7 d", end - 7, end), ("30 d", end - 30, end), ("1 year", end - 365, end), ("All", all, end)]
    });
    html! {
        form.filter.range method="get" action=(link::meter(&model.code)) {
            @if let Some(channel) = &channel.name { input type="hidden" name="channel" value=(channel); }
            label.field { span { "From" } input type="date" name="from" value=(model.from) required; }
            label.field { span { "up to, not including" } input type="date" name="to" value=(model.to) required; }
            div.actions {
                button.button.primary type="submit" { "Show" }
                @if let Some((from, to)) = shown {
                    @let days = (to - from).max(1);
                    a.button.square href=(href(from - days, from)) title="The days before" aria-label="The days before" { (icon(Icon::Left)) }
                    a.button.square href=(href(to, to + days)) title="The days after" aria-label="The days after" { (icon(Icon::Right)) }
                }
            }
            @if let Some(quick) = quick {
                div.segments role="group" aria-label="Quick ranges" {
                    @for (text, from, to) in quick {
                        a href=(href(from, to)) aria-current=[(shown == Some((from, to))).then_some("true")] { (text) }
                    }
                }
            }
        }
    }
}

fn charts(model: &Meter, channel: &Channel) -> Markup {
    let api = format!("/api/v1{}", link::meter(&model.code));
    let channel_name = channel.name.as_deref().unwrap_or("");
    let span = [("channel", channel_name), ("from", model.from.as_str()), ("to", model.to.as_str())];
    let of_meter = [("meter", model.code.as_str()), span[0], span[1], span[2]];
    let readings = link::with_query(&format!("{api}/readings"), &span);
    html! {
        div.meter-view
            data-meter-view
            data-signal[model.is_sensor()]
            data-profile-url=(link::with_query(&format!("{api}/profile"), &span))
            data-daily-url=(link::with_query("/api/v1/daily", &of_meter))
            data-gaps-url=(link::with_query("/api/v1/gaps", &of_meter))
            data-trace-url=(link::with_query(&format!("{api}/trace"), &span[..1]))
            data-anomalies-url=(link::with_query("/api/v1/anomalies", &of_meter))
            data-zone=(channel.zone) {
            p.notice data-state role="status" { "Loading…" }
            noscript { p.notice { "The charts need JavaScript. The numbers are in the CSV below." } }
            div data-charts hidden { (profile(model.is_sensor())) (heat_map()) (daily(model.is_sensor())) }
            (gaps_and_anomalies())
            (trace())
        }
        section.block aria-labelledby="download" {
            h2 #download { "Download" }
            p.links {
                (download(&link::with_query(&readings, &[("format", "csv")]), if model.is_sensor() { "Measurements, CSV" } else { "Readings, CSV" }))
                (download(&link::with_query("/api/v1/daily", &[of_meter[0], span[0], span[1], span[2], ("format", "csv")]), if model.is_sensor() { "Days, CSV" } else { "Daily sums, CSV" }))
                a href=(readings) type="application/json" { (if model.is_sensor() { "Measurements, JSON" } else { "Readings, JSON" }) }
            }
        }
    }
}

fn profile(sensor: bool) -> Markup {
    let title = if sensor { "Measurements" } else { "Load profile" };
    let tools =
        [("earlier", "Earlier", "←"), ("later", "Later", "→"), ("in", "Zoom in", "+"), ("out", "Zoom out", "−")];
    html! {
        section.block aria-labelledby="profile" {
            div.block-head {
                h2 #profile { (title) }
                div.tools role="group" aria-label="Zoom" {
                    @for (action, text, sign) in tools {
                        button.button.square type="button" data-zoom=(action) title=(text) aria-label=(text) { (sign) }
                    }
                    button.button type="button" data-zoom="reset" disabled { "Reset" }
                }
            }
            ul.legend data-quality-legend {}
            div.chart data-profile tabindex="0" role="application" aria-roledescription="chart" aria-label=(title) aria-describedby="profile-keys" {}
            p.note #profile-keys {
                "Drag to zoom, double-click for all. Keys: " kbd { "←" } " " kbd { "→" } " move, " kbd { "+" } " " kbd { "−" }
                " zoom, " kbd { "Enter" } " tells where the value comes from. The wheel zooms with " kbd { "Ctrl" } ", or once the chart has the focus."
            }
            p.visually-hidden role="status" aria-live="polite" data-profile-announce {}
        }
    }
}

fn heat_map() -> Markup {
    html! {
        section.block aria-labelledby="heat" {
            div.block-head { h2 #heat { "Days and hours" } div.scale data-heat-scale {} }
            div.chart.heat data-heatmap tabindex="0" role="application" aria-roledescription="heat map"
                aria-label="Readings by day and time of day" aria-describedby="heat-keys" {}
            p.note #heat-keys {
                "A column is a day, from its midnight down; days of 23 and 25 hours end earlier and later. Hatched is missing. "
                kbd { "←" } " " kbd { "↑" } " " kbd { "→" } " " kbd { "↓" } " move, " kbd { "Enter" } " or a click opens the day and traces the value."
            }
            p.visually-hidden role="status" aria-live="polite" data-heat-announce {}
        }
    }
}

fn daily(sensor: bool) -> Markup {
    let title = if sensor { "Daily means" } else { "Daily sums" };
    html! {
        section.block data-daily-block hidden aria-labelledby="daily" {
            div.block-head {
                h2 #daily { (title) }
                ul.legend {
                    li { span.swatch.f-day aria-hidden="true" {} "complete" }
                    li { span.swatch.f-part aria-hidden="true" {} "incomplete" }
                }
            }
            div.chart data-daily role="img" aria-label=(title) {}
            details.as-table { summary { "As a table" } div.scroll data-daily-table {} }
        }
    }
}

fn gaps_and_anomalies() -> Markup {
    html! {
        section.block data-gaps hidden aria-labelledby="gaps" { h2 #gaps { "Gaps" } div.scroll data-gaps-table {} }
        section.block data-anomalies hidden aria-labelledby="anomalies" { h2 #anomalies { "Anomalies" } div.scroll data-anomalies-table {} }
    }
}

fn trace() -> Markup {
    html! {
        aside.trace data-trace hidden tabindex="-1" aria-labelledby="trace-title" {
            div.block-head {
                h2 #trace-title { "Where this value comes from" }
                button.button.square type="button" data-trace-close aria-label="Close" { (icon(Icon::Cross)) }
            }
            div data-trace-body aria-live="polite" {}
        }
    }
}

fn registers(reads: &[RegisterRead]) -> Markup {
    html! {
        @if !reads.is_empty() {
            section.block aria-labelledby="registers" {
                h2 #registers { "Register reads" span.badge { (count(u64::try_from(reads.len()).unwrap_or(0))) } }
                div.scroll {
                    table {
                        thead { tr { th { "Read at" } th { "Register" } th.num { "Value" } th { "Unit" } th { "Quality" } th { "File" } } }
                        tbody {
                            @for read in reads.iter().take(50) {
                                tr {
                                    td { (time(&read.time)) }
                                    td { (name(&read.register, 40)) }
                                    td.num { (visible(&read.value)) }
                                    td { (visible(read.unit.as_deref().unwrap_or(""))) }
                                    td { (visible(&read.quality)) }
                                    td { @if let Some((id, file)) = &read.file { a href=(link::file(*id)) { (name(file, 60)) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
