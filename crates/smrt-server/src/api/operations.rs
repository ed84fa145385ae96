//! For those who keep the service running.

use super::FORMAT;
use crate::{
    auth::Scope,
    endpoint::{Answer, Endpoint, Fresh, Question},
    problem::{AWAY, Problem},
};
use smrt_views::{Cell, Column};

/// The columns of checks, one a row.
const CHECKS: &[Column] = &[Column::text("check"), Column::word("ok"), Column::text("detail")];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/readyz",
        name: "getReadiness",
        tag: "operations",
        summary: "Whether questions can be answered and files are taken in: the database is there, the folder is watched",
        about: "`/healthz` tells whether the process is there, whatever the database does, and needs no token.",
        params: &[],
        answer: Answer::Text,
        fresh: Fresh::Never,
        scope: Scope::Read,
        reserved: true,
        ask: ready,
    },
    Endpoint {
        path: "/metrics",
        name: "getMetrics",
        tag: "operations",
        summary: "Figures as Prometheus reads them",
        about: "",
        params: &[],
        answer: Answer::Figures,
        fresh: Fresh::Never,
        scope: Scope::Read,
        reserved: true,
        ask: metrics,
    },
    Endpoint {
        path: "/api/v1/doctor",
        name: "listChecks",
        tag: "operations",
        summary: "Whether the database keeps its promises",
        about: "Reads all of it, which takes a while where there is much; therefore it needs the scope `admin`.",
        params: &[FORMAT],
        answer: Answer::Rows(CHECKS),
        fresh: Fresh::Data,
        scope: Scope::Admin,
        reserved: false,
        ask: doctor,
    },
];

fn ready(question: &mut Question<'_>) -> Result<(), Problem> {
    if question.app.is_ending() {
        return Err(Problem::later(AWAY, 5, "the service is ending"));
    }
    if question.app.has_stopped_watching() {
        return Err(Problem::later(AWAY, 60, "the folder is no longer watched; the log of the service says why"));
    }
    question.series.store.change_mark()?;
    question.text("ready\n")
}

fn metrics(question: &mut Question<'_>) -> Result<(), Problem> {
    let stats = question.series.store.stats()?;
    let text = question.app.metrics.text(question.app, &stats)?;
    question.text(&text)
}

fn doctor(question: &mut Question<'_>) -> Result<(), Problem> {
    let checks = question.series.store.doctor()?;
    let (_, mut rows) = question.rows(CHECKS)?;
    for check in &checks {
        let row = vec![Cell::text(check.name), Cell::Truth(check.ok), Cell::text(&check.detail)];
        rows.push(row)?;
    }
    rows.finish(None)
}
