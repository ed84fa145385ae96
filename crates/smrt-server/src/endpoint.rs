//! What can be asked: each question declared once, with its address, its parameters and the shape of its answer.
//!
//! Routing, reading parameters, the forms of an answer, caching and the OpenAPI document all follow from the declaration;
//! a question itself is one function from a [`Question`] to rows, an object or a page.

use crate::{
    app::App,
    auth::Scope,
    body::Spill,
    form::Form,
    params::{Param, Params},
    problem::Problem,
};
use maud::Markup;
use serde_json::Value;
use smrt_views::{Cell, Column, Series, csv::CsvRows, json};
use std::io::{self, Write};

/// A question, and how it is answered.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Its address, with `{name}` for parameters of the path.
    pub(crate) path: &'static str,
    /// What it is called in programs.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) tag: &'static str,
    /// It in a few words.
    pub(crate) summary: &'static str,
    /// It in more words.
    pub(crate) about: &'static str,
    pub(crate) params: &'static [Param],
    pub(crate) answer: Answer,
    pub(crate) fresh: Fresh,
    pub(crate) scope: Scope,
    /// Whether it must be answered also when all connections for questions are taken.
    pub(crate) reserved: bool,
    pub(crate) ask: fn(&mut Question<'_>) -> Result<(), Problem>,
}

/// The shape of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// Rows of these columns.
    Rows(&'static [Column]),
    /// Rows of the first columns, or of the second ones where the parameter `resample` asks for them.
    Either(&'static [Column], &'static [Column]),
    /// One object with this schema.
    Object(fn() -> Value),
    /// Text.
    Text,
    /// Figures of the service.
    Figures,
    /// A page for people.
    Page,
}

/// How long an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fresh {
    /// As long as the database says the same.
    Data,
    /// No longer than a minute: it tells how old things are.
    Minute,
    /// It is asked anew each time.
    Never,
}

impl Answer {
    /// Whether it is for people.
    pub(crate) const fn is_page(&self) -> bool {
        matches!(self, Self::Page)
    }

    /// The forms there are, the usual one first.
    pub(crate) const fn forms(&self) -> &'static [Form] {
        match self {
            Self::Rows(_) | Self::Either(..) => &[Form::Json, Form::Ndjson, Form::Csv],
            Self::Object(_) => &[Form::Json],
            Self::Text => &[Form::Text],
            Self::Figures => &[Form::OpenMetrics, Form::Text],
            Self::Page => &[Form::Html],
        }
    }
}

/// One question that was asked.
pub(crate) struct Question<'a> {
    /// The database and its lake, in one state.
    pub(crate) series: &'a mut Series,
    pub(crate) params: &'a Params,
    pub(crate) app: &'a App,
    form: Form,
    out: &'a mut Spill<Problem>,
    /// Where the next page begins.
    next: Option<String>,
}

impl<'a> Question<'a> {
    pub(crate) fn new(
        series: &'a mut Series,
        params: &'a Params,
        app: &'a App,
        form: Form,
        out: &'a mut Spill<Problem>,
    ) -> Self {
        Self { series, params, app, form, out, next: None }
    }

    /// Where the next page begins, once that is known.
    pub(crate) fn into_next(self) -> Option<String> {
        self.next
    }

    /// Begins rows of these columns; gives what is asked for them beside.
    pub(crate) fn rows(&mut self, columns: &'static [Column]) -> Result<(&mut Series, Rows<'_>), Problem> {
        let out: &mut dyn Write = self.out;
        let sink = match self.form {
            Form::Ndjson => Sink::Lines(out),
            Form::Csv => Sink::Csv(Box::new(CsvRows::new(out, columns, false)?)),
            _ => {
                out.write_all(b"{\"items\":[")?;
                Sink::Items(out)
            }
        };
        Ok((self.series, Rows { sink, columns, count: 0, next: &mut self.next }))
    }

    /// Answers with one object.
    pub(crate) fn object(&mut self, object: &Cell<'_>) -> Result<(), Problem> {
        json::write(self.out, object)?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// Answers with text.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Problem> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Answers with a page.
    pub(crate) fn page(&mut self, page: Markup) -> Result<(), Problem> {
        self.text(&page.into_string())
    }
}

/// Rows on their way out.
pub(crate) struct Rows<'a> {
    sink: Sink<'a>,
    columns: &'static [Column],
    count: u64,
    next: &'a mut Option<String>,
}

enum Sink<'a> {
    Items(&'a mut dyn Write),
    Lines(&'a mut dyn Write),
    Csv(Box<CsvRows<&'a mut dyn Write>>),
}

impl Rows<'_> {
    /// Takes a row: one cell for each column.
    pub(crate) fn push(&mut self, cells: Vec<Cell<'_>>) -> io::Result<()> {
        debug_assert_eq!(cells.len(), self.columns.len(), "one cell for each column");
        self.count += 1;
        match &mut self.sink {
            Sink::Items(out) => {
                out.write_all(if self.count > 1 { b",\n" } else { b"\n" })?;
                json::write(*out, &Cell::row(self.columns, cells))
            }
            Sink::Lines(out) => json::write_line(*out, &Cell::row(self.columns, cells)),
            Sink::Csv(csv) => csv.row(&cells),
        }
    }

    /// How many there were so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Ends the rows; says where the next page begins, if there is one.
    pub(crate) fn finish(self, next: Option<String>) -> Result<(), Problem> {
        let ended = match self.sink {
            Sink::Items(out) => {
                let begin: &[u8] = if self.count > 0 { b"\n],\"next\":" } else { b"],\"next\":" };
                let cursor = next.as_deref().map_or(Cell::Null, Cell::text);
                out.write_all(begin).and_then(|()| json::write(out, &cursor)).and_then(|()| out.write_all(b"}\n"))
            }
            Sink::Lines(_) => Ok(()),
            Sink::Csv(mut csv) => csv.flush(),
        };
        *self.next = next;
        Ok(ended?)
    }
}
