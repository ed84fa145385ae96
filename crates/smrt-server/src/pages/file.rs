//! The report of one file: all that is known of it, every finding with its place, and the records kept out.

use maud::{Markup, html};

use super::files::{Counts, figures};
use super::layout::{Frame, Nav, layout};
use super::link;
use super::parts::{self, Severity, Status, chip, count, counted, name, severity, time, visible};

/// What the report shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Where it was read from.
    pub path: Option<String>,
    /// Its format, when it was recognised.
    pub format: Option<String>,
    /// What became of it.
    pub status: Status,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Who sent it, from its header.
    pub sender: Option<String>,
    /// When the sender made it, RFC 3339.
    pub created_at: Option<String>,
    /// When it came, RFC 3339.
    pub received_at: String,
    /// Its running number, such as `PN007505`.
    pub generation: Option<String>,
    /// Production or development.
    pub environment: Option<String>,
    /// What became of its records.
    pub counts: Counts,
    /// How long loading took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How often it was tried.
    pub attempts: u64,
    /// The run that took it in.
    pub run: Option<String>,
    /// The file it repeats: id and name.
    pub duplicate_of: Option<(i64, String)>,
    /// Why it was not loaded.
    pub reason: Option<Reason>,
    /// The first findings, at most a hundred.
    pub findings: Vec<Finding>,
    /// All findings, including those not listed.
    pub findings_total: u64,
    /// All findings by code, most frequent first.
    pub by_code: Vec<CodeCount>,
    /// All records kept out, with their reason; the first of them are listed.
    pub quarantined: Vec<Quarantined>,
}

/// Why a file was not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The code, such as `P008`.
    pub code: String,
    /// The reason in words.
    pub message: String,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
}

/// A remark about a place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How serious it is.
    pub severity: Severity,
    /// The code, such as `V012`.
    pub code: String,
    /// The remark.
    pub message: String,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
    /// The text around the place.
    pub excerpt: Option<Excerpt>,
    /// What the code means in general, when there is a text about it.
    pub explanation: Option<String>,
}

/// A short window of the source with the place marked under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// One line of text.
    pub text: String,
    /// Characters before the place.
    pub indent: usize,
    /// Characters the place takes; at least one is marked.
    pub width: usize,
}

/// How often a code occurs in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeCount {
    /// The code.
    pub code: String,
    /// How serious it is.
    pub severity: Severity,
    /// How often.
    pub count: u64,
}

/// A record kept out of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its line, from 1.
    pub line: u64,
    /// The code of the reason.
    pub code: String,
    /// The reason in words.
    pub message: String,
    /// The record as it was sent.
    pub text: String,
}

/// The longest message and the longest piece of a record a list shows; the whole is at its line, one click away.
const LONGEST: usize = 110;

/// Characters of an excerpt, and how many of them may stand before the place.
const WINDOW: usize = 96;
const BEFORE: usize = 60;

/// Quarantined records that are listed.
const RECORDS: usize = 25;

/// The page.
pub fn page(model: &File) -> Markup {
    let twin = format!("/api/v1/files/{}", model.id);
    let body = html! {
        nav.crumbs aria-label="Breadcrumb" { a href="/files" { "Files" } }
        div.heading { h1.code { (name(&model.name, 255)) } p.lede { (chip(model.status)) " received " (time(&model.received_at)) } }
        @if let Some(reason) = &model.reason { (reason_box(model, reason)) }
        @if let Some((id, other)) = &model.duplicate_of {
            p.notice { "The same content came before as " a href=(link::file(*id)) { (name(other, 120)) } ". No row changed." }
        }
        (figures(&model.counts))
        (facts(model))
        (findings(model))
        (quarantined(model))
    };
    layout(&Frame { title: &model.name, nav: Nav::Files, twin: Some(&twin), modules: &[], charts: false }, &body)
}

fn reason_box(file: &File, reason: &Reason) -> Markup {
    let tone = if file.status == Status::Rejected { "bad" } else { "warn" };
    html! {
        section.reason.(tone) aria-label="Reason" {
            h2 { (visible(&reason.message)) }
            p {
                code { (visible(&reason.code)) }
                @if reason.line.is_some() { " at " (place(file.id, reason.line, reason.column)) }
                " – "
                @match file.status {
                    Status::Rejected => "nothing of this file was loaded. Correct it and send it again, under the same name if you like.",
                    Status::NameConflict => "a file of this name is loaded already with other content. Send it under a new name.",
                    _ => "no row changed.",
                }
            }
        }
    }
}

fn facts(file: &File) -> Markup {
    let dash = || html! { span.none { "–" } };
    let text = |value: &Option<String>| value.as_deref().map_or_else(dash, |v| html! { (visible(v)) });
    let stamp = |value: &Option<String>| value.as_deref().map_or_else(dash, time);
    let rows: [(&str, Markup); 12] = [
        ("Format", text(&file.format)),
        (
            "Size",
            html! { (parts::bytes(file.size)) @if file.size >= 1_000 { span.note { " " (count(file.size)) " bytes" } } },
        ),
        ("Sender", text(&file.sender)),
        ("Created by sender", stamp(&file.created_at)),
        ("Received", time(&file.received_at)),
        ("Generation", text(&file.generation)),
        ("Environment", text(&file.environment)),
        ("Duration", file.duration_ms.map_or_else(dash, |ms| html! { (count(ms)) " ms" })),
        ("Attempts", html! { (file.attempts) }),
        ("Run", text(&file.run)),
        ("Path", html! { span.break { (text(&file.path)) } }),
        ("SHA-256", html! { code.break { (text(&file.sha256)) } }),
    ];
    html! {
        section.block aria-labelledby="facts" {
            h2 #facts { "Facts" }
            dl.facts { @for (label, value) in &rows { div { dt { (label) } dd { (value) } } } }
        }
    }
}

fn place(id: i64, line: Option<u64>, column: Option<u64>) -> Markup {
    html! {
        @if let Some(line) = line {
            a.place href={ "/api/v1/files/" (id) "/lines/" (line) } title="The original line" {
                (line) @if let Some(column) = column { ":" (column) }
            }
        }
    }
}

fn findings(file: &File) -> Markup {
    let shown = u64::try_from(file.findings.len()).unwrap_or(u64::MAX);
    html! {
        section.block aria-labelledby="findings" {
            h2 #findings { "Findings" @if file.findings_total > 0 { span.badge { (count(file.findings_total)) } } }
            @if file.findings.is_empty() { p.calm { "No rule had anything to say about this file." } }
            @if file.findings_total > shown {
                p { "The first " (count(shown)) " are listed. All of them by code:" }
                ul.codes {
                    @for code in &file.by_code { li { (severity(code.severity)) code { (visible(&code.code)) } b { (count(code.count)) } } }
                }
            }
            ol.findings { @for (i, finding) in file.findings.iter().enumerate() { (one(file, i, finding)) } }
        }
    }
}

fn one(file: &File, index: usize, finding: &Finding) -> Markup {
    // A code is explained where it occurs first; later ones point there by their code.
    let first = !file.findings.iter().take(index).any(|earlier| earlier.code == finding.code);
    html! {
        li {
            p.finding-head {
                (severity(finding.severity)) code { (visible(&finding.code)) } (place(file.id, finding.line, finding.column))
                span.finding-message { (parts::shorten(&visible(&finding.message), LONGEST)) }
            }
            @if let Some(excerpt) = &finding.excerpt { (window(excerpt)) }
            @if let Some(text) = finding.explanation.as_deref().filter(|_| first) {
                details { summary { "What " (visible(&finding.code)) " means" } p { (parts::prose(text)) } }
            }
        }
    }
}

/// The excerpt with `^^^^` under the place. Both lines count in characters as shown, so they stay aligned when a character
/// is shown in another way than it was written. A long line is cut on both sides of the place.
fn window(excerpt: &Excerpt) -> Markup {
    let all: Vec<char> = excerpt.text.chars().collect();
    let place = excerpt.indent.min(all.len());
    let skipped = place.saturating_sub(BEFORE);
    let end = all.len().min(skipped + WINDOW);
    let marked_end = end.min(place.saturating_add(excerpt.width.max(1)));
    let shown = |part: &[char]| visible(&part.iter().collect::<String>());
    let before = format!("{}{}", if skipped > 0 { "…" } else { "" }, shown(&all[skipped..place]));
    let marked = shown(&all[place..marked_end]);
    let carets = marked.chars().count().max(1);
    html! {
        pre.excerpt tabindex="0" aria-label="Source" dir="ltr" {
            (before) mark { (marked) } (shown(&all[marked_end..end])) @if end < all.len() { "…" } "\n"
            (" ".repeat(before.chars().count())) b { ("^".repeat(carets)) }
        }
    }
}

fn quarantined(file: &File) -> Markup {
    html! {
        @if !file.quarantined.is_empty() {
            section.block aria-labelledby="quarantine" {
                h2 #quarantine { "Quarantined records" span.badge { (count(file.quarantined.len() as u64)) } }
                p.note { "Kept out of the database, kept here with their reason. " (counted(file.counts.inserted + file.counts.replaced, "other record")) " of the file went in." }
                div.scroll {
                    table {
                        thead { tr { th.num { "Line" } th { "Code" } th { "Reason" } th { "Record" } } }
                        tbody {
                            @for record in file.quarantined.iter().take(RECORDS) {
                                tr {
                                    td.num { (place(file.id, Some(record.line), None)) }
                                    td { code { (visible(&record.code)) } }
                                    td { (parts::shorten(&visible(&record.message), LONGEST)) }
                                    td { code.record { bdi { (parts::shorten(&visible(&record.text), LONGEST)) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_the_place() {
        let html = window(&Excerpt { text: "a\tb,\"20240\u{202e}x".into(), indent: 4, width: 3 }).0;
        assert!(html.contains("a␉b,<mark>&quot;20</mark>240⟨U+202E⟩x\n    <b>^^^</b>"), "{html}");
    }

    #[test]
    fn a_place_past_the_end_is_marked_too() {
        let html = window(&Excerpt { text: "abc".into(), indent: 9, width: 0 }).0;
        assert!(html.contains("abc<mark></mark>\n   <b>^</b>"), "{html}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let html = window(&Excerpt { text: "x".repeat(500), indent: 300, width: 4 }).0;
        assert!(
            html.contains(&format!(
                "…{}<mark>xxxx</mark>{}…\n{}<b>^^^^</b>",
                "x".repeat(BEFORE),
                "x".repeat(WINDOW - BEFORE - 4),
                " ".repeat(BEFORE + 1)
            )),
            "{html}"
        );
    }
}
