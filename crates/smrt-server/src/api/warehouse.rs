//! Tables of other databases that are followed.

use super::FORMAT;
use crate::{
    auth::Scope,
    endpoint::{Answer, Endpoint, Fresh, Question},
    params::{Kind, Param},
    problem::Problem,
};
use smrt_storage::Level;
use smrt_views::{AskError, statistics};

const SERIES: Param = Param::query("series", Kind::Text, "Only the series of this name", "entity");
const BY: Param = Param::query(
    "by",
    Kind::Word(&["day", "month", "year"]),
    "How much is added up; months if it is left out",
    "month",
);
const FROM: Param = Param::query("from", Kind::Month, "First month", "2022-05");
const TO: Param = Param::query("to", Kind::Month, "First month that is no longer meant", "2022-06");

pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    path: "/api/v1/warehouse/statistics",
    name: "listStatistics",
    tag: "warehouse",
    summary: "What the rows of followed tables add up to by day, month or year",
    about: "",
    params: &[SERIES, BY, FROM, TO, FORMAT],
    answer: Answer::Rows(statistics::COLUMNS),
    fresh: Fresh::Data,
    scope: Scope::Read,
    reserved: false,
    ask: all_statistics,
}];

fn all_statistics(question: &mut Question<'_>) -> Result<(), Problem> {
    let params = question.params;
    let level = match params.text("by") {
        Some("day") => Level::Day,
        Some("year") => Level::Year,
        _ => Level::Month,
    };
    let range = (params.parsed("from"), params.parsed("to"));
    let chosen = statistics::chosen(&mut question.series.store, params.text("series"))?;
    let (series, mut rows) = question.rows(statistics::COLUMNS)?;
    for followed in &chosen {
        for found in series.store.statistics(followed, level, range).map_err(AskError::from)? {
            rows.push(statistics::row(followed, &found))?;
        }
    }
    rows.finish(None)
}
