//! Who may do what: bearer tokens with scopes, and sessions of browsers that have shown one.
//!
//! Just the SHA-256 of a token is known here. A token has 256 random bits, so a slow hash would protect nothing more;
//! comparing takes the same time wherever two hashes differ.

use crate::{
    clock,
    problem::{Problem, SCOPE, TOKEN},
};
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt::Write,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
};
use subtle::{Choice, ConstantTimeEq};

/// The cookie of a session.
const COOKIE: &str = "smrt_session";
/// The cookie by which pages know that there is one; it opens nothing.
const HINT: &str = "smrt_signed_in";
/// How long a session lasts, in seconds.
const SESSION: i64 = 12 * 3600;
/// Most sessions at a time.
const MOST_SESSIONS: usize = 1000;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Ask.
    Read,
    /// Upload files.
    Ingest,
    /// Everything.
    Admin,
}

/// A word that is no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected read, ingest or admin, found {0:?}")]
pub struct UnknownScope(String);

impl Scope {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Ingest => "ingest",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        [Self::Read, Self::Ingest, Self::Admin]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// A token that is known, by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub name: String,
    /// SHA-256 of its text.
    pub sha256: [u8; 32],
    /// What it allows.
    pub scopes: Vec<Scope>,
}

/// A text that is no SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a SHA-256 of 64 hexadecimal digits; `smrt token NAME` makes a token and tells its own")]
pub struct NoHash;

impl Token {
    /// A token by the hexadecimal hash of its text.
    ///
    /// # Errors
    /// [`NoHash`] for what is none.
    pub fn known_by(name: &str, sha256: &str, scopes: Vec<Scope>) -> Result<Self, NoHash> {
        let mut hash = [0; 32];
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoHash);
        }
        for (byte, digits) in hash.iter_mut().zip(sha256.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NoHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoHash)?;
        }
        Ok(Self { name: name.to_owned(), sha256: hash, scopes })
    }

    fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }
}

/// A new token, and the hexadecimal SHA-256 by which it is known.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_token() -> Result<(String, String), getrandom::Error> {
    let text = format!("smrt_{}", random()?);
    let hash = hex(&hash(&text));
    Ok((text, hash))
}

/// 256 random bits in hexadecimal digits.
fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Text takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Who is known.
#[derive(Debug, Default)]
pub(crate) struct Auth {
    tokens: Vec<Token>,
    /// Sessions by the hash of what is in their cookie: which token was shown, and when they end.
    sessions: Mutex<HashMap<[u8; 32], (usize, i64)>>,
}

impl Auth {
    pub(crate) fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, sessions: Mutex::default() }
    }

    /// Whether nobody needs a token.
    pub(crate) fn is_open(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Whether whoever sent these headers may do something.
    pub(crate) fn allows(&self, headers: &HeaderMap, scope: Scope) -> Result<(), Problem> {
        if self.is_open() {
            return Ok(());
        }
        let Some(token) = self.token(headers) else {
            let expected = "expected a token in the header Authorization: Bearer TOKEN";
            let found = if headers.contains_key(header::AUTHORIZATION) { "one that is not known" } else { "none" };
            return Err(Problem::new(TOKEN, format!("{expected}, found {found}")));
        };
        if token.allows(scope) {
            return Ok(());
        }
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let detail =
            format!("expected a token with the scope {}, found one with {}", scope.as_str(), scopes.join(", "));
        Err(Problem::new(SCOPE, detail))
    }

    /// The token that was shown: now, or when the session began.
    fn token(&self, headers: &HeaderMap) -> Option<&Token> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let value = value.to_str().ok()?;
            let (kind, text) = value.split_once(' ')?;
            let text = text.trim();
            return kind.eq_ignore_ascii_case("bearer").then(|| self.find(text)).flatten().map(|at| &self.tokens[at]);
        }
        let (at, ends) = *self.sessions().get(&hash(cookie(headers)?))?;
        self.tokens.get(at).filter(|_| clock::now() < ends)
    }

    /// The token with a text. All are compared, each to its end.
    fn find(&self, text: &str) -> Option<usize> {
        let hash = hash(text);
        let mut found = None;
        for (at, token) in self.tokens.iter().enumerate() {
            let is_equal: Choice = token.sha256.ct_eq(&hash);
            if bool::from(is_equal) {
                found = Some(at);
            }
        }
        found
    }

    /// Begins a session for a token; the cookies for it, or nothing where the token is not known.
    pub(crate) fn sign_in(&self, text: &str) -> Option<[String; 2]> {
        let at = self.find(text.trim())?;
        let secret = random().ok()?;
        let now = clock::now();
        let mut sessions = self.sessions();
        sessions.retain(|_, (_, ends)| *ends > now);
        if sessions.len() >= MOST_SESSIONS
            && let Some(oldest) = sessions.iter().min_by_key(|(_, (_, ends))| *ends).map(|(key, _)| *key)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(hash(&secret), (at, now + SESSION));
        Some(cookies(&secret, "1", SESSION))
    }

    /// Ends the session that a browser is in; the cookies that take its cookies away.
    pub(crate) fn sign_out(&self, headers: &HeaderMap) -> [String; 2] {
        if let Some(secret) = cookie(headers) {
            self.sessions().remove(&hash(secret));
        }
        cookies("", "", 0)
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<[u8; 32], (usize, i64)>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The cookie of a session and the one that tells that there is one, to be kept for so many seconds.
fn cookies(secret: &str, hint: &str, seconds: i64) -> [String; 2] {
    [
        format!("{COOKIE}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict"),
        format!("{HINT}={hint}; Path=/; Max-Age={seconds}; SameSite=Strict"),
    ]
}

/// What a browser was given when its session began.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str, scopes: &[Scope]) -> Token {
        Token::known_by("t", &hex(&Sha256::digest(text.as_bytes())), scopes.to_vec()).unwrap()
    }

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn bearer(text: &str) -> HeaderMap {
        headers(header::AUTHORIZATION, &format!("Bearer {text}"))
    }

    #[test]
    fn a_token_allows_what_its_scopes_say() {
        let auth =
            Auth::new(vec![known("r", &[Scope::Read]), known("i", &[Scope::Ingest]), known("a", &[Scope::Admin])]);
        for (token, scope, expected) in [
            ("r", Scope::Read, None),
            ("r", Scope::Ingest, Some(SCOPE)),
            ("i", Scope::Ingest, None),
            ("i", Scope::Read, Some(SCOPE)),
            ("a", Scope::Read, None),
            ("a", Scope::Admin, None),
            ("x", Scope::Read, Some(TOKEN)),
        ] {
            assert_eq!(auth.allows(&bearer(token), scope).err().map(|problem| problem.kind), expected, "{token}");
        }
        assert!(auth.allows(&HeaderMap::new(), Scope::Read).is_err());
        assert!(auth.allows(&headers(header::AUTHORIZATION, "Basic r"), Scope::Read).is_err());
        assert!(Auth::default().allows(&HeaderMap::new(), Scope::Admin).is_ok());
    }

    #[test]
    fn a_session_stands_for_its_token_until_it_ends() {
        let auth = Auth::new(vec![known("r", &[Scope::Read])]);
        assert_eq!(auth.sign_in("x"), None);
        let [cookie, hint] = auth.sign_in(" r\n").unwrap();
        assert!(!hint.contains("HttpOnly") && hint.starts_with("smrt_signed_in=1;"));
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        let pair = cookie.split(';').next().unwrap();
        let session = headers(header::COOKIE, &format!("a=b; {pair}"));
        assert!(auth.allows(&session, Scope::Read).is_ok() && auth.allows(&session, Scope::Ingest).is_err());
        auth.sign_out(&session);
        assert!(auth.allows(&session, Scope::Read).is_err());
    }

    #[test]
    fn new_tokens_are_new_and_known_by_their_hash() {
        let (text, hash) = new_token().unwrap();
        assert_ne!(text, new_token().unwrap().0);
        let auth = Auth::new(vec![Token::known_by("n", &hash, vec![Scope::Read]).unwrap()]);
        assert!(auth.allows(&bearer(&text), Scope::Read).is_ok());
        assert_eq!(Token::known_by("n", "abc", vec![]), Err(NoHash));
    }
}
