//! Text as it is printed for people.

use std::fmt;
use std::path::Path;

/// Whether a character says something to a terminal instead of showing something on it.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Text of a file on one line: hidden characters escaped, cut after so many characters.
pub(crate) struct Escaped<'a>(pub(crate) &'a str, pub(crate) usize);

/// What is shown of a name. Errors show as much.
pub(crate) const NAME: usize = 500;
/// What is shown of a metadata value: whole configurations are in some.
pub(crate) const VALUE: usize = 120;

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, shown) = *self;
        for c in text.chars().take(shown) {
            if is_hidden(c) { write!(f, "{}", c.escape_unicode())? } else { write!(f, "{c}")? }
        }
        if text.chars().nth(shown).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// A path as it is shown.
pub(crate) fn path(path: &Path) -> String {
    Escaped(&path.to_string_lossy(), NAME).to_string()
}
