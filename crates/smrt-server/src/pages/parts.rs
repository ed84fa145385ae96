//! What several pages share: chips, times, numbers, names that may be hostile, empty states and page links.

use maud::{Markup, html};

use super::icon::{Icon, icon};

/// What became of one source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All its records are in the database.
    Loaded,
    /// Refused whole; nothing of it is in the database.
    Rejected,
    /// The same name and content were loaded before.
    AlreadyLoaded,
    /// Known content under a new name.
    Duplicate,
    /// A known name with other content.
    NameConflict,
    /// Not looked at, for a reason that is told.
    Skipped,
}

impl Status {
    /// Every status, in the order filters offer them.
    pub const ALL: [Self; 6] =
        [Self::Loaded, Self::Rejected, Self::NameConflict, Self::Duplicate, Self::AlreadyLoaded, Self::Skipped];

    /// Those that a received file can have for good.
    pub const IN_LEDGER: [Self; 4] = [Self::Loaded, Self::Rejected, Self::NameConflict, Self::Duplicate];

    /// The status of that name, as JSON and the command line write it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The name, as JSON and the command line write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Rejected => "rejected",
            Self::AlreadyLoaded => "already-loaded",
            Self::Duplicate => "duplicate",
            Self::NameConflict => "name-conflict",
            Self::Skipped => "skipped",
        }
    }

    fn tone(self) -> (&'static str, Icon) {
        match self {
            Self::Loaded => ("ok", Icon::Check),
            Self::Rejected => ("bad", Icon::Cross),
            Self::NameConflict => ("warn", Icon::Alert),
            Self::Duplicate | Self::AlreadyLoaded => ("mute", Icon::Equal),
            Self::Skipped => ("mute", Icon::Skip),
        }
    }
}

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be accepted as it is.
    Error,
    /// Accepted, but worth a look.
    Warning,
    /// For the record.
    Note,
}

impl Severity {
    /// The severity of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Error, Self::Warning, Self::Note].into_iter().find(|severity| severity.name() == name)
    }

    /// The name, as messages write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Files counted by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Loaded.
    pub loaded: u64,
    /// Refused.
    pub rejected: u64,
    /// Duplicates and files already loaded.
    pub duplicate: u64,
    /// Known names with other content.
    pub name_conflict: u64,
}

impl Outcomes {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.loaded + self.rejected + self.duplicate + self.name_conflict
    }

    /// Each outcome with its count, in the order charts stack them.
    pub(crate) fn each(&self) -> [(Status, u64); 4] {
        [
            (Status::Loaded, self.loaded),
            (Status::Duplicate, self.duplicate),
            (Status::NameConflict, self.name_conflict),
            (Status::Rejected, self.rejected),
        ]
    }
}

/// A status as a coloured word with an icon.
pub fn chip(status: Status) -> Markup {
    let (tone, shape) = status.tone();
    html! { span.chip.(tone) { (icon(shape)) (status.name()) } }
}

/// A severity as a coloured word with an icon.
pub fn severity(severity: Severity) -> Markup {
    let (tone, shape) = match severity {
        Severity::Error => ("bad", Icon::Cross),
        Severity::Warning => ("warn", Icon::Alert),
        Severity::Note => ("mute", Icon::Info),
    };
    html! { span.chip.(tone) { (icon(shape)) (severity.name()) } }
}

/// Characters that are not shown as they are: controls, and the invisible ones that reorder the text around them.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text with what is invisible made visible: a control picture, or `⟨U+202E⟩`.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            c if is_unprintable(c) => out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// At most `max` characters of the text; what is left out is in the middle, because names differ at their ends.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    let tail = max / 3;
    let head: String = text.chars().take(max - tail - 1).collect();
    head + "…" + &text.chars().skip(count - tail).collect::<String>()
}

/// A name or code from outside, isolated from the direction of the text around it.
pub fn name(text: &str, max: usize) -> Markup {
    html! { bdi.name { (shorten(&visible(text), max)) } }
}

/// A whole number in groups of three, held together by narrow spaces.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun, in the singular when it is one.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A size in the unit that keeps it short.
pub fn bytes(size: u64) -> String {
    let (unit, name) = match size {
        0..1_000 => return format!("{size} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = size / (unit / 10);
    if tenths >= 1_000 {
        format!("{} {name}", count(tenths / 10))
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// A span of time in its largest sensible unit.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min", seconds / 60),
        6_000..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", count(seconds / 86_400)),
    }
}

/// An RFC 3339 time, shown to the minute with its zone; in full on hover and for machines.
pub fn time(text: &str) -> Markup {
    let shape = text.get(..10).zip(text.get(11..16));
    html! {
        time datetime=(text) title=(text) {
            @if let Some((date, minute)) = shape {
                (date) " " (minute) span.zone { (zone(text)) }
            } @else { (visible(text)) }
        }
    }
}

fn zone(text: &str) -> &str {
    let tail = text.get(16..).unwrap_or("");
    let sign = tail.rfind(['Z', 'z', '+', '-']).unwrap_or(tail.len());
    let zone = &tail[sign..];
    zone.strip_suffix(":00").unwrap_or(zone)
}

/// A percentage of whole numbers, cut (never rounded up to 100).
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = u128::from(part) * 1_000 / u128::from(whole);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The heading of a page with a line about it.
pub fn heading(title: &str, lede: &Markup) -> Markup {
    html! { div.heading { h1 { (title) } p.lede { (lede) } } }
}

/// A text in which `code` is marked by backticks, as messages and documents write it.
pub(crate) fn prose(text: &str) -> Markup {
    html! {
        @for (i, part) in visible(text).split('`').enumerate() { @if i % 2 == 1 { code { (part) } } @else { (part) } }
    }
}

/// A kind word where data are missing, with what to do next.
pub fn empty(title: &str, next: &Markup) -> Markup {
    html! { div.empty { p.empty-title { (title) } div.empty-next { (next) } } }
}

/// How data come in, for empty states.
pub(crate) fn how_to_load() -> Markup {
    html! {
        p { "Drop files on the " a href="/upload" { "upload page" } ", or load a folder from the command line:" }
        pre.command { code { "smrt ingest DIR" } }
    }
}

/// A link back to the first page and on to the next, where there are any.
pub(crate) fn pager(first: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.pager aria-label="Pages" {
                @if let Some(href) = first { a.button href=(href) { (icon(Icon::Left)) "First page" } }
                @if let Some(href) = next { a.button href=(href) rel="next" { "Next page" (icon(Icon::Right)) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
        assert_eq!(bytes(1_449_999), "1.4 MB");
        assert_eq!(percent(9_999, 10_000), "99.9 %");
    }

    #[test]
    fn times_keep_their_zone() {
        assert!(time("2024-03-31T07:12:33+02:00").0.contains("2024-03-31 07:12<span class=\"zone\">+02</span>"));
        assert!(time("2024-03-31T07:12:33.5Z").0.contains(">Z<"));
        assert!(time("2024-03-31T07:12:33+09:30").0.contains(">+09:30<"));
        assert!(time("<b>").0.contains("&lt;b&gt;"));
    }

    #[test]
    fn invisible_characters_are_shown() {
        assert_eq!(visible("a\u{202e}b\n\u{7f}"), "a⟨U+202E⟩b␊⟨U+007F⟩");
        assert_eq!(shorten("abcdefghij", 7), "abcd…ij");
    }

    #[test]
    fn names_of_states_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::named(status.name()), Some(status));
        }
        assert_eq!(Severity::named("warning"), Some(Severity::Warning));
        assert_eq!(Severity::named("?"), None);
    }
}
