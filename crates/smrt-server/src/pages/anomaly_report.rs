//! What is wrong with series, as one file: the worst first, each with its picture and the reasons. Nothing is fetched, so it
//! can be mailed and kept.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// All series that were looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// The series, in any order.
    pub series: Vec<Reported>,
}

/// One series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reported {
    /// What people call it.
    pub name: String,
    /// The channel; empty where it has no name.
    pub channel: String,
    /// A sentence on the series as a whole.
    pub verdict: String,
    /// The text of an SVG file of smrt's own making.
    pub picture: String,
    /// The zone of the times in it.
    pub zone: String,
    /// Kind, severity and reason of each anomaly, in the order of time.
    pub anomalies: Vec<(&'static str, f64, String)>,
}

/// It is a file and no answer of a service, so it brings its style along.
const STYLE: &str = ":root{color-scheme:light;font:16px/1.5 system-ui,sans-serif}body{max-width:76rem;margin:2rem auto;\
padding:0 1rem;color:#1b2124;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2.5rem 0 .25rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d8dcd6;\
vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}a{color:#0b6477}\
.k{white-space:nowrap;font-family:ui-monospace,monospace;font-size:.85rem}.note{color:#4c5a60}svg{width:100%;height:auto;\
margin:.5rem 0}";

impl Reported {
    fn worst(&self) -> f64 {
        self.anomalies.iter().map(|(_, severity, _)| *severity).fold(0.0, f64::max)
    }

    fn title(&self) -> String {
        if self.channel.is_empty() { self.name.clone() } else { format!("{} {}", self.name, self.channel) }
    }
}

/// The page.
pub fn page(report: &Report) -> Markup {
    let mut ranked: Vec<&Reported> = report.series.iter().collect();
    ranked.sort_by(|a, b| b.worst().total_cmp(&a.worst()).then_with(|| a.title().cmp(&b.title())));
    let sick = ranked.iter().filter(|series| !series.anomalies.is_empty()).count();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Anomalies" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "What is wrong with these series" }
                p.note {
                    (ranked.len()) " series were looked at on " (report.made_at) "; something is wrong with " (sick)
                    " of them. Severity is how many times the usual scatter a value is off, or how many times longer than usual "
                    "a gap or a run is."
                }
                (ranking(&ranked))
                @for (number, series) in ranked.iter().enumerate() { (one(number, series)) }
            }
        }
    }
}

fn ranking(ranked: &[&Reported]) -> Markup {
    html! {
        table {
            thead { tr { th { "Series" } th.n { "Anomalies" } th.n { "Worst" } th { "In a sentence" } } }
            tbody {
                @for (number, series) in ranked.iter().enumerate() {
                    tr {
                        td { a href={ "#s" (number) } { (series.title()) } }
                        td.n { (series.anomalies.len()) }
                        td.n { @if !series.anomalies.is_empty() { (format!("{:.1}", series.worst())) } }
                        td { (series.verdict) }
                    }
                }
            }
        }
    }
}

fn one(number: usize, series: &Reported) -> Markup {
    html! {
        section {
            h2 id={ "s" (number) } { (series.title()) }
            p.note { (series.verdict) ". Times are those of " (series.zone) "." }
            (PreEscaped(&series.picture))
            @if !series.anomalies.is_empty() {
                table {
                    thead { tr { th { "Kind" } th.n { "Severity" } th { "Reason" } } }
                    tbody {
                        @for (kind, severity, reason) in &series.anomalies {
                            tr { td.k { (kind) } td.n { (format!("{severity:.1}")) } td { (reason) } }
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
    fn the_worst_comes_first_and_names_are_only_names() {
        let series = |name: &str, severity: f64| Reported {
            name: name.into(),
            anomalies: vec![("spike", severity, "<b>high</b>".into())],
            picture: "<svg></svg>".into(),
            ..Reported::default()
        };
        let sound = Reported { name: "sound".into(), verdict: "all well".into(), ..Reported::default() };
        let series = vec![sound, series("mild", 7.0), series("<script>", 90.0)];
        let html = page(&Report { made_at: "2024-01-01T00:00:00Z".into(), series }).into_string();
        assert!(!html.contains("<script>") && !html.contains("<b>high"));
        let at = |text: &str| html.find(text).unwrap();
        assert!(at("&lt;script&gt;") < at("mild") && at("mild") < at("sound"));
        assert!(html.contains("something is wrong with 2 of them"));
    }
}
