//! Data quality as a calendar: a row for each meter, a column for each day of a month, shaded by how much of the day is there.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::layout::{Frame, Nav, layout};
use super::parts::{empty, heading, how_to_load, name, pager, percent, shorten, visible};
use super::{day, link};

/// What the calendar shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quality {
    /// The month, `YYYY-MM`.
    pub month: String,
    /// What codes must begin with; empty for all.
    pub query: String,
    /// The cursor of this page; empty for the first.
    pub after: String,
    /// The rows of this page, by code.
    pub rows: Vec<Coverage>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The month of one meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The code of the meter.
    pub code: String,
    /// Its name, when it has one.
    pub name: Option<String>,
    /// The days of the month, from the first.
    pub days: Vec<Cell>,
}

/// One day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Intervals received.
    pub received: u32,
    /// Intervals the day should have; 0 when nothing was expected of it.
    pub expected: u32,
}

/// How much of a day is there. The class carries the colour, the sign what colour alone must not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bucket {
    Complete,
    Most,
    Half,
    Little,
    Nothing,
    NotExpected,
    More,
}

impl Bucket {
    const ALL: [Self; 7] =
        [Self::Complete, Self::Most, Self::Half, Self::Little, Self::Nothing, Self::More, Self::NotExpected];

    fn of(cell: Cell) -> Self {
        let (received, expected) = (u64::from(cell.received), u64::from(cell.expected));
        match () {
            () if received == 0 && expected == 0 => Self::NotExpected,
            () if received > expected => Self::More,
            () if received == expected => Self::Complete,
            () if received == 0 => Self::Nothing,
            () if received * 100 >= expected * 95 => Self::Most,
            () if received * 2 >= expected => Self::Half,
            () => Self::Little,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Complete => "q4",
            Self::Most => "q3",
            Self::Half => "q2",
            Self::Little => "q1",
            Self::Nothing => "q0",
            Self::NotExpected => "qx",
            Self::More => "qp",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Nothing => "×",
            Self::More => "+",
            _ => "",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Most => "95 % or more",
            Self::Half => "half or more",
            Self::Little => "less than half",
            Self::Nothing => "nothing",
            Self::NotExpected => "not expected",
            Self::More => "more than expected",
        }
    }
}

/// The page. The form sends `month` and `prefix`.
pub fn page(model: &Quality) -> Markup {
    let href = |path: &str, month: &str, after: &str| {
        link::with_query(path, &[("month", month), ("prefix", &model.query), ("after", after)])
    };
    let first_day = |by| day::month_after(&model.month, by).map(|month| format!("{month}-01")).unwrap_or_default();
    let span = [("from", first_day(0)), ("to", first_day(1)), ("prefix", model.query.clone())];
    let [from, to, prefix] = span.each_ref().map(|(name, value)| (*name, value.as_str()));
    let twin = link::with_query("/api/v1/coverage", &[from, to, prefix, ("after", &model.after), ("limit", "50")]);
    let first = (!model.after.is_empty()).then(|| href("/quality", &model.month, ""));
    let next = model.next.as_deref().map(|after| href("/quality", &model.month, after));
    let title = format!("Data quality, {}", day::month_name(&model.month));
    let body = html! {
        (heading("Data quality", &html! { "How much of each day has come, of what that day should have." }))
        (form(model, &|by| day::month_after(&model.month, by).map(|month| href("/quality", &month, ""))))
        @if !model.rows.is_empty() {
            (legend())
            (matrix(model))
            (pager(first.as_deref(), next.as_deref()))
        } @else if model.query.is_empty() {
            (empty("No meter has anything in this month.", &how_to_load()))
        } @else {
            (empty("No meter begins with that.", &html! { p { a href=(link::with_query("/quality", &[("month", &model.month)])) { "Show all meters" } "." } }))
        }
    };
    layout(&Frame { title: &title, nav: Nav::Quality, twin: Some(&twin), modules: &[], charts: false }, &body)
}

fn form(model: &Quality, beside: &dyn Fn(i64) -> Option<String>) -> Markup {
    let step = |by: i64, text: &str, shape: Icon| {
        html! { @if let Some(href) = beside(by) { a.button.square href=(href) title=(text) aria-label=(text) { (icon(shape)) } } }
    };
    html! {
        form.filter method="get" action="/quality" role="search" {
            div.field {
                label for="month" { "Month" }
                div.joined {
                    (step(-1, "Previous month", Icon::Left))
                    input #month type="month" name="month" value=(model.month) pattern="[0-9]{4}-[0-9]{2}" placeholder="YYYY-MM";
                    (step(1, "Next month", Icon::Right))
                }
            }
            label.field.grow { span { "Meter begins with" }
                input type="search" name="prefix" value=(model.query) autocomplete="off" spellcheck="false";
            }
            div.actions { button.button.primary type="submit" { "Show" } }
        }
    }
}

fn legend() -> Markup {
    html! {
        ul.legend aria-label="Legend" {
            @for bucket in Bucket::ALL {
                li { span.cell.(bucket.class()) aria-hidden="true" { (bucket.sign()) } (bucket.words()) }
            }
        }
    }
}

fn matrix(model: &Quality) -> Markup {
    let width = model.rows.iter().map(|row| row.days.len()).max().unwrap_or(0);
    let start = day::parse(&format!("{}-01", model.month));
    let days = (0i64..).zip(1..=width).map(|(i, number)| (number, start.map(|start| start + i)));
    html! {
        h2.visually-hidden { (day::month_name(&model.month)) }
        div.scroll {
            table.matrix {
                caption.visually-hidden { "Intervals received of those expected, by meter and day of " (day::month_name(&model.month)) }
                thead {
                    tr {
                        th scope="col" { "Meter" }
                        @for (number, date) in days {
                            th.weekend[date.is_some_and(day::is_weekend)] scope="col" title=[date.map(day::weekday)] { (number) }
                        }
                        th.num scope="col" { "Month" }
                    }
                }
                tbody { @for row in &model.rows { (coverage(row, start)) } }
            }
        }
    }
}

fn coverage(row: &Coverage, start: Option<i64>) -> Markup {
    let received: u64 = row.days.iter().map(|cell| u64::from(cell.received.min(cell.expected))).sum();
    let expected: u64 = row.days.iter().map(|cell| u64::from(cell.expected)).sum();
    let length = i64::try_from(row.days.len()).unwrap_or(31);
    let (from, to) = start.map_or_else(Default::default, |day| (day::format(day), day::format(day + length)));
    let href = link::with_query(&link::meter(&row.code), &[("from", &from), ("to", &to)]);
    html! {
        tr {
            th scope="row" {
                @if let Some(text) = &row.name {
                    a.named href=(href) title=(shorten(&visible(&row.code), 60)) { (name(text, 28)) }
                } @else {
                    a href=(href) { (name(&row.code, 28)) }
                }
            }
            @for cell in &row.days {
                @let bucket = Bucket::of(*cell);
                @if bucket == Bucket::NotExpected { td.qx {} }
                // Kept as short as it can be: a page has 1,550 of these.
                @else { td.(bucket.class()) title={ (cell.received) "/" (cell.expected) } { (bucket.sign()) } }
            }
            td.num { (percent(received, expected)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_into_buckets() {
        let bucket = |received, expected| Bucket::of(Cell { received, expected });
        assert_eq!(bucket(48, 48), Bucket::Complete);
        assert_eq!(bucket(46, 48), Bucket::Most);
        assert_eq!(bucket(45, 48), Bucket::Half);
        assert_eq!(bucket(23, 48), Bucket::Little);
        assert_eq!(bucket(0, 48), Bucket::Nothing);
        assert_eq!(bucket(0, 0), Bucket::NotExpected);
        assert_eq!(bucket(50, 48), Bucket::More);
        assert_eq!(bucket(3, 0), Bucket::More);
    }
}
