//! Python literals, as far as `.npy` headers are written in them: strings, integers, truth values, tuples, lists and dicts.
//! There are no names, calls or operators in this grammar, so that nothing can be evaluated.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{Error, Result};

/// Levels of brackets. NumPy's own headers have one for the dict, and two for each level of a structured dtype.
const MAX_DEPTH: usize = 64;

/// Keys of a dict: a header has three, and looking for one that is there twice takes time with the square of them.
const MAX_KEYS: usize = 16;

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Str(String),
    /// An integer that is not negative; no header has a use for others.
    Int(u64),
    Bool(bool),
    Tuple(Vec<Literal>),
    List(Vec<Literal>),
    /// Keys, values, and where in the text each value is written.
    Dict(Vec<(String, Literal, Range<usize>)>),
}

/// The literal that `text` is, with nothing but white space around it.
pub(super) fn parse(text: &str) -> Result<Literal> {
    let mut parser = Parser { text, at: 0 };
    let literal = parser.value(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.error("something follows the literal"));
    }
    Ok(literal)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Literal> {
        if depth > MAX_DEPTH {
            return Err(self.error("the brackets are nested too deeply"));
        }
        self.blanks();
        match self.peek() {
            Some('\'' | '"') => self.string().map(Literal::Str),
            Some('0'..='9') => self.integer().map(Literal::Int),
            Some('(') => self.tuple(depth),
            Some('[') => {
                self.at += 1;
                self.items(']', depth).map(|(items, _)| Literal::List(items))
            }
            Some('{') => self.dict(depth),
            _ if self.take("True") => Ok(Literal::Bool(true)),
            _ if self.take("False") => Ok(Literal::Bool(false)),
            _ => Err(self.error("this is no literal that a header is made of")),
        }
    }

    /// `()`, `(a,)`, `(a, b)`; a value alone in parentheses is that value.
    fn tuple(&mut self, depth: usize) -> Result<Literal> {
        self.at += 1;
        let (mut items, comma) = self.items(')', depth)?;
        match items.pop() {
            Some(only) if items.is_empty() && !comma => Ok(only),
            Some(last) => {
                items.push(last);
                Ok(Literal::Tuple(items))
            }
            None => Ok(Literal::Tuple(items)),
        }
    }

    /// Items with commas between them up to `close`, and whether the last had one too.
    fn items(&mut self, close: char, depth: usize) -> Result<(Vec<Literal>, bool)> {
        let (mut items, mut comma) = (Vec::new(), true);
        loop {
            self.blanks();
            if self.take_char(close) {
                return Ok((items, comma));
            }
            if !comma {
                return Err(self.error("a comma is missing"));
            }
            items.push(self.value(depth + 1)?);
            self.blanks();
            comma = self.take_char(',');
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Literal> {
        self.at += 1;
        let (mut entries, mut comma): (Vec<(String, Literal, Range<usize>)>, _) = (Vec::new(), true);
        loop {
            self.blanks();
            if self.take_char('}') {
                return Ok(Literal::Dict(entries));
            }
            if !comma || entries.len() == MAX_KEYS {
                return Err(self.error("a comma is missing, or there are too many keys"));
            }
            // Which of two values counts, readers do not agree about.
            let key = self.string()?;
            if entries.iter().any(|(known, ..)| *known == key) {
                return Err(self.error("a key is written twice"));
            }
            self.blanks();
            if !self.take_char(':') {
                return Err(self.error("a colon is missing"));
            }
            self.blanks();
            let start = self.at;
            let value = self.value(depth + 1)?;
            entries.push((key, value, start..self.at));
            self.blanks();
            comma = self.take_char(',');
        }
    }

    fn integer(&mut self) -> Result<u64> {
        let mut number = 0u64;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let next = number.checked_mul(10).and_then(|tens| tens.checked_add(digit.into()));
            number = next.ok_or_else(|| self.error("a number is out of range"))?;
            self.at += 1;
        }
        // Python 2 wrote its long integers so.
        self.take_char('L');
        Ok(number)
    }

    fn string(&mut self) -> Result<String> {
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Err(self.error("a string is missing"));
        };
        self.at += 1;
        let mut string = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(string),
                Some('\\') => string.push(self.escape()?),
                Some(c) if c != '\n' => string.push(c),
                _ => return Err(self.error("a string has no end")),
            }
        }
    }

    /// The escapes that `repr` writes.
    fn escape(&mut self) -> Result<char> {
        let digits = match self.next() {
            Some(c @ ('\\' | '\'' | '"')) => return Ok(c),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err(self.error("an escape is unknown")),
        };
        let code = self.text.get(self.at..self.at + digits).filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        let code = code.ok_or_else(|| self.error("an escape is no character"))?;
        self.at += digits;
        Ok(code)
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn take_char(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        self.at += if there { c.len_utf8() } else { 0 };
        there
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if there { word.len() } else { 0 };
        there
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\n' | '\t' | '\r')) {
            self.at += 1;
        }
    }

    fn error(&self, what: &str) -> Error {
        Error::corrupt(format!("the header of the array is malformed at character {}: {what}", self.at))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    #[test]
    fn what_headers_are_made_of_is_read() {
        let header = "{'descr': [('a', '<i4', (2,))], \"fortran_order\": False, 'shape': (3L, 4), }\n ";
        let Ok(Literal::Dict(entries)) = parse(header) else { panic!("a dict") };
        let field = Literal::Tuple(vec![
            Literal::Str("a".into()),
            Literal::Str("<i4".into()),
            Literal::Tuple(vec![Literal::Int(2)]),
        ]);
        assert_eq!(entries[0].1, Literal::List(vec![field]));
        assert_eq!(&header[entries[0].2.clone()], "[('a', '<i4', (2,))]");
        assert_eq!(entries[1].1, Literal::Bool(false));
        assert_eq!(entries[2].1, Literal::Tuple(vec![Literal::Int(3), Literal::Int(4)]));
        assert_eq!(parse(r"'\x41\u03b2\'\\\n'").unwrap(), Literal::Str("Aβ'\\\n".into()));
        assert_eq!(parse("()").unwrap(), Literal::Tuple(vec![]));
        assert_eq!(parse("(7)").unwrap(), Literal::Int(7));
    }

    #[test]
    fn whatever_else_python_would_evaluate_is_an_error() {
        for text in [
            "",
            "{",
            "(1",
            "(1 2)",
            "[,]",
            "{'a' 1}",
            "{'a': 1, 'a': 2}",
            "-4",
            "4.0",
            "1e3",
            "1+1",
            "f()",
            "__import__",
            "'a",
            r"'\N{DOT}'",
            r"'\ud800'",
            "'a' 'b'",
            "18446744073709551616",
            "None",
            "1 #",
            "True1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let text = "(".repeat(60_000) + &")".repeat(60_000);
        assert!(parse(&text).unwrap_err().to_string().contains("nested too deeply"));
    }
}
