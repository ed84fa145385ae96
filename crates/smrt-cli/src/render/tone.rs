//! What a terminal shows: text as one line, and in colour where that is wanted.

use smrt_views::Tone;
use std::borrow::Cow;

/// Colours text.
pub(crate) trait Paint {
    /// Text in this tone, where colour is wanted.
    fn paint(self, text: &str, colour: bool) -> Cow<'_, str>;
}

impl Paint for Tone {
    fn paint(self, text: &str, colour: bool) -> Cow<'_, str> {
        let code = match self {
            Self::Plain => return text.into(),
            _ if !colour => return text.into(),
            Self::Good => "32",
            Self::Warn => "33",
            Self::Bad => "1;31",
            Self::Dim => "2",
            Self::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m").into()
    }
}

/// Text that a terminal can show as one line: control characters, by which a file name could move the cursor or
/// colour what follows, become `�`.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        let shown = |c: char| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        };
        text.chars().map(shown).collect::<String>().into()
    } else {
        text.into()
    }
}
