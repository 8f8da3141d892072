//! JSON as Python's `json` module writes it: with `NaN` and `Infinity`, which the standard lacks and its other readers refuse.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::value::Value;

/// The value that `text` is; `what` names the text in errors.
///
/// # Errors
/// Where the text is no JSON, nested too deeply, or has a key twice in one object.
pub(super) fn parse(text: &str, what: &str, budget: &Budget) -> Result<Value> {
    let mut parser = Parser { text, position: 0, what, budget };
    let value = parser.value(0)?;
    parser.blanks();
    if parser.position == text.len() { Ok(value) } else { Err(parser.unexpected("the end")) }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    what: &'a str,
    budget: &'a Budget,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn unexpected(&self, wanted: &str) -> Error {
        Error::corrupt(format!("{} is not JSON: no {wanted} at character {}", self.what, self.position))
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// Passes over `token` if it comes next.
    fn passes(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn value(&mut self, depth: u64) -> Result<Value> {
        const WORDS: [(&str, Value); 6] = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        self.budget.check_depth(depth)?;
        self.budget.charge_objects(1)?;
        self.blanks();
        if self.passes("{") {
            return self.object(depth);
        }
        if self.passes("[") {
            return self.array(depth);
        }
        if self.passes("\"") {
            return self.string().map(Value::Str);
        }
        for (word, value) in WORDS {
            if self.passes(word) {
                return Ok(value);
            }
        }
        self.number()
    }

    fn array(&mut self, depth: u64) -> Result<Value> {
        let mut items = Vec::new();
        self.blanks();
        if self.passes("]") {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            if self.passes("]") {
                return Ok(Value::List(items));
            }
            if !self.passes(",") {
                return Err(self.unexpected("comma"));
            }
        }
    }

    fn object(&mut self, depth: u64) -> Result<Value> {
        let mut entries = Vec::new();
        let mut keys = BTreeSet::new();
        self.blanks();
        if self.passes("}") {
            return Ok(Value::Map(entries));
        }
        loop {
            self.blanks();
            if !self.passes("\"") {
                return Err(self.unexpected("key"));
            }
            let key = self.string()?;
            self.blanks();
            if !self.passes(":") {
                return Err(self.unexpected("colon"));
            }
            // With a key twice, readers differ in which value they see.
            if !keys.insert(key.clone()) {
                return Err(Error::corrupt(format!("{} has the key `{key}` twice in one object", self.what)));
            }
            entries.push((key, self.value(depth + 1)?));
            self.blanks();
            if self.passes("}") {
                return Ok(Value::Map(entries));
            }
            if !self.passes(",") {
                return Err(self.unexpected("comma"));
            }
        }
    }

    /// A number: an integer if it is written as one and fits.
    fn number(&mut self) -> Result<Value> {
        let rest = self.rest();
        let text =
            rest.split(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).next().unwrap_or_default();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let starts_right = digits.starts_with(|c: char| c.is_ascii_digit());
        let leading_zero = digits.strip_prefix('0').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let value = text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::UInt));
        let value = value.ok().or_else(|| text.parse().ok().map(Value::Float));
        match value {
            Some(value) if starts_right && !leading_zero => {
                self.position += text.len();
                Ok(value)
            }
            _ => Err(self.unexpected("value")),
        }
    }

    /// The string behind its opening quote.
    fn string(&mut self) -> Result<String> {
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(['"', '\\']) else { return Err(self.unexpected("closing quote")) };
            let plain = rest.get(..end).unwrap_or_default();
            if plain.contains(|c: char| c < ' ') {
                return Err(self.unexpected("control character allowed in a string"));
            }
            out.push_str(plain);
            self.position += end;
            if self.passes("\"") {
                return Ok(out);
            }
            self.position += 1;
            out.push(self.escaped()?);
        }
    }

    /// The character behind a backslash.
    fn escaped(&mut self) -> Result<char> {
        const SHORT: [(&str, char); 8] = [
            ("\"", '"'),
            ("\\", '\\'),
            ("/", '/'),
            ("b", '\u{8}'),
            ("f", '\u{c}'),
            ("n", '\n'),
            ("r", '\r'),
            ("t", '\t'),
        ];
        for (letter, character) in SHORT {
            if self.passes(letter) {
                return Ok(character);
            }
        }
        let unit = self.unit()?;
        if !(0xd800..0xdc00).contains(&unit) {
            return char::from_u32(unit).ok_or_else(|| self.unexpected("character"));
        }
        // A character past 16 bits is two units.
        if !self.passes("\\") {
            return Err(self.unexpected("second half of a character"));
        }
        let low = self.unit()?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(self.unexpected("second half of a character"));
        }
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        char::from_u32(code).ok_or_else(|| self.unexpected("character"))
    }

    /// `u` and four hexadecimal digits.
    fn unit(&mut self) -> Result<u32> {
        let digits = self.rest().strip_prefix('u').and_then(|rest| rest.get(..4));
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(unit) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return Err(self.unexpected("escape"));
        };
        self.position += 5;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn read(text: &str) -> Result<Value> {
        parse(text, "the text", &Budget::new(Limits::default(), 0))
    }

    #[test]
    fn what_python_writes_is_read() {
        let value =
            read(r#" {"a": [1, -2.5e3, null, true], "b": {"c": "\u00e9\ud83d\ude00\n"}, "d": Infinity, "e": NaN} "#)
                .unwrap();
        assert_eq!(
            value.get("a"),
            Some(&Value::List(alloc::vec![Value::Int(1), Value::Float(-2500.0), Value::Null, Value::Bool(true)]))
        );
        assert_eq!(value.get("b").and_then(|b| b.get("c")).and_then(Value::as_str), Some("é😀\n"));
        assert_eq!(value.get("d"), Some(&Value::Float(f64::INFINITY)));
        assert_eq!(value.get("e"), Some(&Value::Float(f64::NAN)));
        assert_eq!(read("18446744073709551615").unwrap(), Value::UInt(u64::MAX));
        assert_eq!(read("0.1").unwrap(), Value::Float(0.1));
        assert_eq!(read("-0").unwrap(), Value::Int(0));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\" 1}",
            "\"a",
            "1 2",
            "+1",
            ".5",
            "01",
            "nul",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\x\"",
            "{\"a\":1,\"a\":2}",
            "\"\n\"",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"[".repeat(1 << 20)).is_err());
    }
}
