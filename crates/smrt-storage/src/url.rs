//! Where the database is: text in, a checked [`DatabaseUrl`] out.
//!
//! Nothing is opened here, and no password ever comes out of here in a message.

use std::{fmt, path::Path, path::PathBuf, str::FromStr};

/// The address of a database: a SQLite file or a Postgres server.
///
/// Read from `sqlite:PATH`, `sqlite://PATH`, a bare path, `postgres://…` or `postgresql://…`.
///
/// ```
/// use smrt_storage::DatabaseUrl;
///
/// let file: DatabaseUrl = "smrt.db".parse()?;
/// assert_eq!(file.to_string(), "sqlite://smrt.db");
/// let server: DatabaseUrl = "postgres://reader:secret@db.example/readings".parse()?;
/// assert_eq!(server.to_string(), "postgres://reader:***@db.example/readings");
/// # Ok::<(), smrt_storage::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Address);

#[derive(Clone, PartialEq, Eq)]
enum Address {
    Sqlite(PathBuf),
    Postgres(String),
}

/// A text that is no address of a database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing, or a scheme with nothing behind it.
    #[error("expected the path of a database, found nothing")]
    Empty,
    /// A database in memory: it would be gone with the connection, and a writer could not share it.
    #[error("a database in memory keeps nothing: give the path of a file")]
    InMemory,
    /// A scheme that names no database smrt knows.
    #[error("expected sqlite://PATH or postgres://…, found the scheme {0:?}")]
    Scheme(String),
    /// A blank in the address of a server, which its library would repeat with all around it.
    #[error("the address of the server holds a blank: write %20 for it")]
    Blank,
    /// A byte that no path and no address can hold.
    #[error("the address of the database holds a NUL byte")]
    Nul,
}

impl DatabaseUrl {
    /// The SQLite database in the file at `path`.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Address::Sqlite(path.into()))
    }

    /// Whether it names a Postgres server.
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Address::Postgres(_))
    }

    /// The file of a SQLite database.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }

    /// The address as libpq takes it, with its password.
    pub(crate) fn server(&self) -> Option<&str> {
        match &self.0 {
            Address::Sqlite(_) => None,
            Address::Postgres(url) => Some(url),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.contains('\0') {
            return Err(UrlError::Nul);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if text.contains(char::is_whitespace) {
                return Err(UrlError::Blank);
            }
            return Ok(Self(Address::Postgres(text.to_owned())));
        }
        let path = match text.split_once("://") {
            Some(("sqlite", path)) => path,
            Some((scheme, _)) if is_scheme(scheme) => return Err(UrlError::Scheme(scheme.to_owned())),
            _ => text.strip_prefix("sqlite:").unwrap_or(text),
        };
        match path {
            "" => Err(UrlError::Empty),
            ":memory:" => Err(UrlError::InMemory),
            path => Ok(Self::sqlite(path)),
        }
    }
}

/// Whether a text before `://` is a scheme and not the start of an odd path.
fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

impl fmt::Display for DatabaseUrl {
    /// The address with any password replaced by `***`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Address::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    /// As `Display`: a password must not reach a log by way of `{:?}` either.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// `postgres://user:***@host/…`, and `password=***` in the parameters.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (place, parameters) = match rest.split_once('?') {
        Some((place, parameters)) => (place, Some(parameters)),
        None => (rest, None),
    };
    // The last `@`: a password may hold one that was not escaped.
    let place = match place.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => place.to_owned(),
        },
        None => place.to_owned(),
    };
    let Some(parameters) = parameters else { return format!("{scheme}://{place}") };
    let hidden: Vec<&str> = parameters
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some(("password" | "sslpassword", _)) => "password=***",
            _ => pair,
        })
        .collect();
    format!("{scheme}://{place}?{}", hidden.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_file_is_read() {
        for text in ["sqlite://a/b.db", "sqlite:a/b.db", "a/b.db"] {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap().path(), Some(Path::new("a/b.db")), "{text}");
        }
        assert_eq!("sqlite:///tmp/x".parse::<DatabaseUrl>().unwrap().path(), Some(Path::new("/tmp/x")));
        assert_eq!("?://x".parse::<DatabaseUrl>().unwrap().path(), Some(Path::new("?://x")));
    }

    #[test]
    fn what_is_no_database_is_refused() {
        assert_eq!("".parse::<DatabaseUrl>(), Err(UrlError::Empty));
        assert_eq!("sqlite://".parse::<DatabaseUrl>(), Err(UrlError::Empty));
        assert_eq!("sqlite::memory:".parse::<DatabaseUrl>(), Err(UrlError::InMemory));
        assert_eq!("mysql://h/d".parse::<DatabaseUrl>(), Err(UrlError::Scheme("mysql".into())));
        assert_eq!("a\0b".parse::<DatabaseUrl>(), Err(UrlError::Nul));
    }

    #[test]
    fn no_password_is_ever_shown() {
        for text in [
            "postgres://u:secret@h:5432/d",
            "postgresql://u:se@cret:secret@h/d?sslmode=require",
            "postgres:///d?host=/tmp&user=u&password=secret",
            "postgres://u:secret@/d?password=secret&port=1",
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert!(url.is_postgres());
            for shown in [url.to_string(), format!("{url:?}")] {
                assert!(!shown.contains("secret"), "{shown}");
                assert!(shown.contains("***"), "{shown}");
            }
        }
    }
}
