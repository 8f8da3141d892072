//! Strings as protocol 0 writes them: source text with escapes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, Result};

/// The bytes of a Python 2 string literal in quotes, its escapes resolved.
pub(super) fn unquote(line: &[u8]) -> Result<Vec<u8>> {
    let malformed = || Error::corrupt("a string is not a Python literal in quotes");
    let ([b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"']) = line else { return Err(malformed()) };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let [escape, after @ ..] = rest else { return Err(malformed()) };
        rest = after;
        bytes.push(match escape {
            b'\\' | b'\'' | b'"' => *escape,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'x' => {
                let (digits, after) = rest.split_at_checked(2).ok_or_else(malformed)?;
                rest = after;
                u8::try_from(hex(digits).ok_or_else(malformed)?).map_err(|_| malformed())?
            }
            _ => return Err(malformed()),
        });
    }
    Ok(bytes)
}

/// Text with `\uXXXX` and `\UXXXXXXXX` escapes; all other bytes are Latin-1.
pub(super) fn raw_unicode(line: &[u8]) -> Result<String> {
    let malformed = || Error::corrupt("a text has a malformed `\\u` escape");
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    loop {
        let len = match rest {
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            [byte, after @ ..] => {
                text.push(char::from(*byte));
                rest = after;
                continue;
            }
            [] => return Ok(text),
        };
        let (digits, after) = rest[2..].split_at_checked(len).ok_or_else(malformed)?;
        text.push(hex(digits).and_then(char::from_u32).ok_or_else(malformed)?);
        rest = after;
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_and_broken_ones_told() {
        assert_eq!(unquote(br"'a\n\x00\'\\b'").unwrap(), b"a\n\0'\\b");
        assert_eq!(unquote(b"\"it's\"").unwrap(), b"it's");
        for line in [&b"'a"[..], b"a", b"'", b"'\\'", b"'\\x0'", b"'\\xzz'", b"'\\q'"] {
            assert!(unquote(line).is_err(), "{line:?}");
        }
        assert_eq!(raw_unicode(b"a\\u03b2\xe9\\U0001f600\\n").unwrap(), "aβé😀\\n");
        for line in [&b"\\u12"[..], b"\\ud800", b"\\Uffffffff", b"\\uzzzz"] {
            assert!(raw_unicode(line).is_err(), "{line:?}");
        }
    }
}
