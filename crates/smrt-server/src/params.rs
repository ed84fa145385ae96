//! Parameters: declared once, read strictly, documented from the same words.
//!
//! What is not declared is refused, and so is what comes twice, is empty or not of its kind: a question that was mistyped
//! must not be answered as another one.

use crate::problem::Problem;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use smrt_analytics::Step;
use smrt_core::{MarketZone, Scheme};
use smrt_storage::Month;
use std::collections::BTreeMap;

/// Longest text of a parameter, in characters.
const LONGEST: usize = 256;

/// One parameter of an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
    pub(crate) example: &'static str,
    pub(crate) place: Place,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the path: always there.
    Path,
    /// Behind the question mark, if anybody wants.
    Query,
    /// Behind the question mark, always.
    Needed,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Text that is not empty.
    Text,
    /// RFC 3339 or a date; without a zone it is in the channel's.
    Time,
    /// A date.
    Date,
    /// A month, `YYYY-MM`.
    Month,
    /// A length of time such as `15m`.
    Length,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A whole number in a range.
    Whole(u64, u64),
    /// Where the next page begins, as the page before said: behind a meter point.
    BehindMeter,
    /// The same, behind two numbers.
    BehindNumbers,
    /// The name of a file, without folders.
    FileName,
}

impl Param {
    /// One behind the question mark.
    pub(crate) const fn query(name: &'static str, kind: Kind, about: &'static str, example: &'static str) -> Self {
        Self { name, kind, about, example, place: Place::Query }
    }

    /// One in the path.
    pub(crate) const fn path(name: &'static str, kind: Kind, about: &'static str, example: &'static str) -> Self {
        Self { name, kind, about, example, place: Place::Path }
    }

    /// The same, but it must be there.
    pub(crate) const fn needed(self) -> Self {
        Self { place: Place::Needed, ..self }
    }

    /// As OpenAPI has it.
    pub(crate) fn document(&self) -> Value {
        let place = if self.place == Place::Path { "path" } else { "query" };
        let example = match self.kind {
            Kind::Whole(..) => self.example.parse::<u64>().map_or(Value::Null, Value::from),
            _ => Value::from(self.example),
        };
        let mut document = json!({
            "name": self.name, "in": place, "description": self.about, "required": self.place != Place::Query,
            "schema": self.kind.schema(),
        });
        if !self.example.is_empty()
            && let Value::Object(fields) = &mut document
        {
            fields.insert("example".into(), example);
        }
        document
    }

    /// Whether a text can be what it has to be.
    fn check(&self, text: &str) -> Result<(), Problem> {
        let wrong =
            |expected: String| Err(Problem::parameter(self.name, format!("expected {expected}, found {text:?}")));
        if text.is_empty() {
            return wrong("a value".into());
        }
        if text.chars().count() > LONGEST || text.contains('\0') {
            return Err(Problem::parameter(self.name, format!("expected at most {LONGEST} characters without NUL")));
        }
        let told = |error: &dyn std::error::Error| Problem::parameter(self.name, error.to_string());
        let (is_good, expected) = match self.kind {
            Kind::Time => return MarketZone::Utc.parse_micros(text).map(drop).map_err(|error| told(&error)),
            Kind::Length => return text.parse::<Step>().map(drop).map_err(|error| told(&error)),
            // What the others mean is looked at where it is used.
            Kind::Text | Kind::BehindMeter | Kind::BehindNumbers | Kind::FileName => return Ok(()),
            Kind::Date => (day(text).is_some(), "a date YYYY-MM-DD".into()),
            Kind::Month => (text.parse::<Month>().is_ok(), "a month YYYY-MM".into()),
            Kind::Word(words) => (words.contains(&text), words.join(" or ")),
            Kind::Whole(least, most) => {
                let is_within = whole(text).is_some_and(|number| (least..=most).contains(&number));
                (is_within, format!("a number from {least} to {most}"))
            }
        };
        if is_good { Ok(()) } else { wrong(expected) }
    }
}

impl Kind {
    fn schema(self) -> Value {
        match self {
            Self::Text => json!({"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[^\\u0000]+$"}),
            Self::Time => json!({"type": "string", "anyOf": [
                {"format": "date"}, {"format": "date-time"},
                {"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"},
            ]}),
            Self::Date => json!({"type": "string", "format": "date"}),
            Self::Month => json!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}),
            Self::Length => json!({"type": "string",
                "pattern": "^([1-9][0-9]{0,3}s|[1-9][0-9]{0,2}m|([1-9]|1[0-9]|2[0-4])h|1d)$"}),
            Self::Word(words) => json!({"type": "string", "enum": words}),
            Self::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
            Self::BehindMeter => json!({"type": "string", "maxLength": LONGEST,
                "pattern": "^(gas-meter|nmi|meter-point|sensor):[^\\u0000]*$"}),
            Self::BehindNumbers => json!({"type": "string", "pattern": "^-?[0-9]{1,18}[.]-?[0-9]{1,18}$"}),
            Self::FileName => json!({"type": "string", "minLength": 1, "maxLength": 255,
                "pattern": "^[^./\\\\\\u0000-\\u001f\\u007f-\\u009f][^/\\\\\\u0000-\\u001f\\u007f-\\u009f]*$"}),
        }
    }
}

/// A number of digits alone.
fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A date as days since 1970-01-01.
fn day(text: &str) -> Option<i32> {
    let instant = MarketZone::Utc.parse_instant(text).ok().filter(|_| text.len() == "YYYY-MM-DD".len())?;
    Some(MarketZone::Utc.day(instant))
}

/// The parameters of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<&'static str, String>);

impl Params {
    /// Those of a query and of a path, which must be those that are declared.
    pub(crate) fn read<'p>(
        declared: &'static [Param],
        path: impl Iterator<Item = (&'p str, &'p str)>,
        query: Option<&str>,
    ) -> Result<Self, Problem> {
        let mut params = Self::default();
        for (name, value) in path {
            params.take(declared, Place::Path, name, value.to_owned())?;
        }
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name, &name.replace('+', " "))?;
            // A plus is a space, but where people write the zone of a time it is a plus.
            let is_time = declared.iter().any(|param| param.name == name && matches!(param.kind, Kind::Time));
            let value = if is_time { value.to_owned() } else { value.replace('+', " ") };
            let value = decoded(&name, &value)?;
            params.take(declared, Place::Query, &name, value)?;
        }
        match declared.iter().find(|param| param.place != Place::Query && !params.0.contains_key(param.name)) {
            Some(missing) => Err(Problem::parameter(missing.name, format!("expected {} in the address", missing.name))),
            None => Ok(params),
        }
    }

    fn take(&mut self, declared: &'static [Param], place: Place, name: &str, value: String) -> Result<(), Problem> {
        let is_path = |param: &&Param| (param.place == Place::Path) == (place == Place::Path);
        let Some(param) = declared.iter().filter(is_path).find(|param| param.name == name) else {
            let names: Vec<_> = declared.iter().filter(is_path).map(|param| param.name).collect();
            let known = if names.is_empty() { "no parameters".into() } else { names.join(", ") };
            return Err(Problem::parameter(name, format!("expected {known}, found {name:?}")));
        };
        param.check(&value)?;
        match self.0.insert(param.name, value) {
            None => Ok(()),
            Some(_) => Err(Problem::parameter(name, format!("expected {name} once, found it again"))),
        }
    }

    /// The text of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The text of a parameter that is always there.
    pub(crate) fn needed(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// A whole number.
    pub(crate) fn whole(&self, name: &str) -> Option<u64> {
        self.text(name).and_then(whole)
    }

    /// A date as days since 1970-01-01.
    pub(crate) fn day(&self, name: &str) -> Option<i32> {
        self.text(name).and_then(day)
    }

    /// An instant, UTC where no zone is given, in epoch seconds.
    pub(crate) fn instant(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| MarketZone::Utc.parse_instant(text).ok())
    }

    /// Anything that is read from its text.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// A stretch of time.
    pub(crate) fn range(&self) -> smrt_views::Range {
        let owned = |name| self.text(name).map(str::to_owned);
        smrt_views::Range { from: owned("from"), to: owned("to") }
    }

    /// A place between meter points, which [`cursor_of`] made.
    pub(crate) fn meter_cursor(&self) -> Result<Option<(String, Scheme)>, Problem> {
        let Some(text) = self.text("after") else { return Ok(None) };
        let parts = text.split_once(':').and_then(|(scheme, code)| Some((code.to_owned(), scheme.parse().ok()?)));
        parts.map(Some).ok_or_else(|| not_a_cursor(text))
    }

    /// Two numbers, which a cursor is made of.
    pub(crate) fn numbers_cursor(&self) -> Result<Option<(i64, i64)>, Problem> {
        let Some(text) = self.text("after") else { return Ok(None) };
        let parts = text.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        parts.map(Some).ok_or_else(|| not_a_cursor(text))
    }

    /// All of them in one text, the same however they were written.
    pub(crate) fn key(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={}\n", value.escape_default())).collect()
    }
}

/// Where the page behind a meter point begins.
pub(crate) fn cursor_of(code: &str, scheme: Scheme) -> String {
    format!("{scheme}:{code}")
}

/// Text in an address.
pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn not_a_cursor(text: &str) -> Problem {
    Problem::parameter("after", format!("expected what `next` of the page before said, found {text:?}"))
}

/// Text of an address as it was meant.
fn decoded(name: &str, text: &str) -> Result<String, Problem> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(Problem::parameter(name, "expected text in UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: &[Param] = &[
        Param::path("code", Kind::Text, "", ""),
        Param::query("from", Kind::Time, "", ""),
        Param::query("date", Kind::Date, "", ""),
        Param::query("limit", Kind::Whole(1, 100), "", "10"),
        Param::query("per", Kind::Word(&["channel", "meter"]), "", ""),
        Param::query("resample", Kind::Length, "", ""),
        Param::query("month", Kind::Month, "", ""),
        Param::query("after", Kind::BehindMeter, "", ""),
    ];

    fn read(query: &str) -> Result<Params, Problem> {
        Params::read(DECLARED, [("code", "a/b")].into_iter(), Some(query))
    }

    #[test]
    fn what_is_declared_is_read() {
        let query = "from=2024-01-01T00:00:00%2B01:00&date=2024-02-29&limit=7&per=meter&resample=1h&month=2024-02";
        let params = read(query).unwrap();
        assert_eq!((params.needed("code"), params.whole("limit")), ("a/b", Some(7)));
        assert_eq!(params.day("date"), Some(19_782));
        assert_eq!(params.instant("from"), Some(1_704_063_600));
        assert_eq!(read("from=2024-01-01T00:00:00+01:00").unwrap().instant("from"), Some(1_704_063_600));
        assert_eq!(read("per=meter&limit=7").unwrap().key(), read("limit=7&per=meter&").unwrap().key());
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for (query, name) in [
            ("form=2024-01-01", "form"),
            ("code=x", "code"),
            ("from=yesterday", "from"),
            ("from=", "from"),
            ("from", "from"),
            ("date=2023-02-29", "date"),
            ("date=2024-01-01T00:00", "date"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=+7", "limit"),
            ("limit=7&limit=7", "limit"),
            ("per=day", "per"),
            ("resample=2d", "resample"),
            ("month=2024-13", "month"),
            ("from=%ff", "from"),
            ("after=%00", "after"),
        ] {
            assert_eq!(read(query).unwrap_err().parameter.as_deref(), Some(name), "{query}");
        }
        const NEEDED: &[Param] = &[Param::query("time", Kind::Time, "", "").needed()];
        assert_eq!(Params::read(NEEDED, std::iter::empty(), None).unwrap_err().parameter.as_deref(), Some("time"));
    }

    #[test]
    fn a_cursor_comes_back() {
        let after = cursor_of("a:b", Scheme::GasMeter);
        let params = read(&format!("after={}", encoded(&after))).unwrap();
        assert_eq!(params.meter_cursor().unwrap(), Some(("a:b".to_owned(), Scheme::GasMeter)));
        assert_eq!(read("after=12.-3").unwrap().numbers_cursor().unwrap(), Some((12, -3)));
        for wrong in ["after=x", "after=x:y", "after=1.x"] {
            let params = read(wrong).unwrap();
            assert!(params.meter_cursor().is_err() && params.numbers_cursor().is_err(), "{wrong}");
        }
    }
}
