//! The list of files: what was received, when, with what outcome. Fifty rows a page, the next one by cursor.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::layout::{Frame, Nav, layout};
use super::link;
use super::parts::{self, Status, chip, count, empty, heading, how_to_load, name, pager, shorten, time, visible};

/// What the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// What was asked for, so that the form and the links keep it.
    pub filter: Filter,
    /// The rows of this page, newest first.
    pub rows: Vec<FileRow>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// Whether the database holds any file at all.
    pub any: bool,
}

/// The filter, as it came in the query; an empty text means "any".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The name of a status.
    pub status: String,
    /// Text to look for in names.
    pub name: String,
    /// True when names must begin with the text, false when they may contain it anywhere.
    pub begins: bool,
    /// First day received.
    pub from: String,
    /// Day before which it was received.
    pub to: String,
    /// The cursor of this page.
    pub after: String,
}

/// One file of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Its id, for the link.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its format, when it was recognised.
    pub format: Option<String>,
    /// What became of it.
    pub status: Status,
    /// When it came, RFC 3339.
    pub received_at: String,
    /// Its size in bytes.
    pub size: u64,
    /// What became of its records.
    pub counts: Counts,
    /// How many findings it has.
    pub findings: u64,
    /// Why it was not loaded: code and message.
    pub reason: Option<String>,
}

/// What became of the records of a file. `records` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records in the file.
    pub records: u64,
    /// New readings.
    pub inserted: u64,
    /// Readings that took the place of earlier ones.
    pub replaced: u64,
    /// Readings that were there already with the same value.
    pub unchanged: u64,
    /// Records kept out.
    pub refused: u64,
}

impl Filter {
    fn is_set(&self) -> bool {
        [&self.status, &self.name, &self.from, &self.to].into_iter().any(|text| !text.is_empty())
    }

    /// The same list as JSON.
    fn twin(&self) -> String {
        let name = if self.begins { "prefix" } else { "contains" };
        let pairs = [
            ("status", self.status.as_str()),
            (name, &self.name),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
            ("limit", "50"),
        ];
        link::with_query("/api/v1/files", &pairs)
    }

    fn href(&self, path: &str, after: &str) -> String {
        let begins = if self.begins && !self.name.is_empty() { "begins" } else { "" };
        let pairs = [
            ("status", self.status.as_str()),
            ("name", &self.name),
            ("match", begins),
            ("from", &self.from),
            ("to", &self.to),
            ("after", after),
        ];
        link::with_query(path, &pairs)
    }
}

/// The page. The form sends `status`, `name`, `match` (`contains` or `begins`), `from` and `to`.
pub fn page(model: &Files) -> Markup {
    let filter = &model.filter;
    let twin = filter.twin();
    let first = (!filter.after.is_empty()).then(|| filter.href("/files", ""));
    let next = model.next.as_deref().map(|after| filter.href("/files", after));
    let body = html! {
        (heading("Files", &html! { "Every file that was received, with what became of it. The newest is first." }))
        (form(filter))
        @if model.rows.is_empty() {
            @if model.any || filter.is_set() {
                (empty("No file matches.", &html! { p { "Ask for less: " a href="/files" { "show all files" } "." } }))
            } @else {
                (empty("No file has come in yet.", &how_to_load()))
            }
        } @else {
            (table(&model.rows))
            (pager(first.as_deref(), next.as_deref()))
        }
    };
    layout(&Frame { title: "Files", nav: Nav::Files, twin: Some(&twin), modules: &[], charts: false }, &body)
}

fn form(filter: &Filter) -> Markup {
    html! {
        form.filter method="get" action="/files" role="search" aria-label="Filter files" {
            label.field { span { "Status" }
                select name="status" {
                    option value="" { "any" }
                    @for status in Status::IN_LEDGER {
                        option value=(status.name()) selected[status.name() == filter.status] { (status.name()) }
                    }
                }
            }
            div.field {
                label for="name" { "Name" }
                div.joined {
                    select name="match" aria-label="How the name is compared" {
                        option value="contains" { "contains" }
                        option value="begins" selected[filter.begins] { "begins with" }
                    }
                    input #name type="search" name="name" value=(filter.name) autocomplete="off" spellcheck="false";
                }
            }
            label.field { span { "Received from" } input type="date" name="from" value=(filter.from); }
            label.field { span { "before" } input type="date" name="to" value=(filter.to); }
            div.actions {
                button.button.primary type="submit" { "Show" }
                @if filter.is_set() { a.button href="/files" { "Clear" } }
            }
        }
    }
}

fn table(rows: &[FileRow]) -> Markup {
    html! {
        div.scroll {
            table.files {
                caption.visually-hidden { "Files, newest first" }
                thead {
                    tr {
                        th { "Status" } th { "Name" } th { "Format" } th { "Received" } th.num { "Size" } th.num { "Records" }
                        th.num { "Inserted" } th.num { "Replaced" } th.num { "Unchanged" } th.num { "Refused" } th.num { "Findings" }
                    }
                }
                tbody { @for row in rows { (file(row)) } }
            }
        }
    }
}

fn file(row: &FileRow) -> Markup {
    let counts = &row.counts;
    html! {
        tr {
            td { (chip(row.status)) }
            td.wide {
                a href=(link::file(row.id)) { (name(&row.name, 80)) }
                @if let Some(reason) = &row.reason { div.reason-line { (shorten(&visible(reason), 120)) } }
            }
            td { (row.format.as_deref().unwrap_or("–")) }
            td { (time(&row.received_at)) }
            td.num { (parts::bytes(row.size)) }
            @for number in [counts.records, counts.inserted, counts.replaced, counts.unchanged, counts.refused, row.findings] {
                td.num.zero[number == 0] { (count(number)) }
            }
        }
    }
}

/// The five counts of a file as a row of figures.
pub(crate) fn figures(counts: &Counts) -> Markup {
    let each = [
        ("records", counts.records),
        ("inserted", counts.inserted),
        ("replaced", counts.replaced),
        ("unchanged", counts.unchanged),
        ("refused", counts.refused),
    ];
    html! {
        dl.figures { @for (label, number) in each { div { dt { (label) } dd.zero[number == 0] { (count(number)) } } } }
    }
}

/// A link that downloads.
pub(crate) fn download(href: &str, text: &str) -> Markup {
    html! { a.button href=(href) download { (icon(Icon::Download)) (text) } }
}
