//! What an array's elements are: NumPy's `descr`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::header::MAX_AXES;
use super::literal::Literal;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::limits::Budget;

/// An array's elements.
#[derive(Debug)]
pub(super) enum Descr {
    /// Numbers.
    Plain(Scalar),
    /// Records of named fields.
    Record {
        /// Bytes of a record.
        size: u64,
        /// Its fields, those of inner records among them, by dotted names.
        fields: Vec<Field>,
    },
    /// No tensor, and why.
    Refused(String),
}

/// A number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) dtype: DType,
    pub(super) big_endian: bool,
}

impl Scalar {
    /// Whether its bytes are in the other order than in memory.
    pub(super) fn is_swapped(self) -> bool {
        self.big_endian && self.dtype.size() != Some(1)
    }
}

/// A field of a record.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// Where in the record it starts.
    pub(super) offset: u64,
    /// Its own axes, behind those of the array.
    pub(super) axes: Vec<u64>,
    /// A number, or why the field is no tensor.
    pub(super) scalar: Result<Scalar, String>,
}

impl Descr {
    /// What the value of the header's key `descr` says.
    pub(super) fn new(literal: &Literal, budget: &Budget) -> Result<Self> {
        match literal {
            Literal::Str(code) => Ok(match parse_code(code)? {
                Code { scalar: Ok(scalar), .. } => Self::Plain(scalar),
                Code { scalar: Err(why), .. } => Self::Refused(why),
            }),
            Literal::List(items) => {
                let mut fields = Vec::new();
                let size = record(items, "", 0, budget, &mut fields)?;
                // One object makes NumPy pickle the whole array, so that there are no records in the file.
                let object = fields.iter().find_map(|field| match &field.scalar {
                    Err(why) if why.starts_with(OBJECTS) => Some(why.clone()),
                    _ => None,
                });
                Ok(object.map_or(Self::Record { size, fields }, Self::Refused))
            }
            _ => Err(Error::refused("the array's `descr` is neither a dtype's code nor a list of fields")),
        }
    }
}

/// How the refusal of objects starts.
const OBJECTS: &str = "Python objects";

/// Collects the fields of a record whose first byte is at `base`; returns its size.
fn record(items: &[Literal], prefix: &str, base: u64, budget: &Budget, fields: &mut Vec<Field>) -> Result<u64> {
    let too_large = || Error::corrupt("the array's records are too large to address");
    let mut size = 0u64;
    for item in items {
        let Literal::Tuple(parts) = item else {
            return Err(Error::corrupt("a field of the array's `descr` is no tuple"));
        };
        let (name, what, own) = match parts.as_slice() {
            [name, what] => (name, what, &[][..]),
            [name, what, Literal::Tuple(axes)] => (name, what, axes.as_slice()),
            [name, what, axis @ Literal::Int(_)] => (name, what, core::slice::from_ref(axis)),
            _ => return Err(Error::corrupt("a field of the array's `descr` is not name, dtype and shape")),
        };
        let name = match name {
            Literal::Str(name) => name,
            // A title beside the name.
            Literal::Tuple(names) => match names.as_slice() {
                [_, Literal::Str(name)] => name,
                _ => return Err(Error::corrupt("a field of the array's `descr` has no name")),
            },
            _ => return Err(Error::corrupt("a field of the array's `descr` has no name")),
        };
        if own.len() > MAX_AXES {
            return Err(Error::refused(format!("a field of more than {MAX_AXES} axes")));
        }
        let mut axes = Vec::new();
        let mut count = 1u64;
        for axis in own {
            let Literal::Int(axis) = axis else {
                return Err(Error::corrupt("an axis of a field of the array's `descr` is no number"));
            };
            count = count.checked_mul(*axis).ok_or_else(too_large)?;
            axes.push(*axis);
        }
        let offset = base.checked_add(size).ok_or_else(too_large)?;
        let path = join_names(prefix, name, budget)?;
        let one = match what {
            Literal::Str(code) => {
                let Code { size, scalar } = parse_code(code)?;
                // Fields without a name are the padding of aligned records.
                if !(name.is_empty() && code.contains('V')) {
                    fields.push(Field { name: path, offset, axes, scalar });
                }
                size
            }
            Literal::List(_) if !own.is_empty() => {
                return Err(Error::refused(format!("field `{path}` is an array of records inside a record")));
            }
            Literal::List(inner) => record(inner, &path, offset, budget, fields)?,
            _ => return Err(Error::corrupt("a field of the array's `descr` has no dtype")),
        };
        size = one.checked_mul(count).and_then(|bytes| size.checked_add(bytes)).ok_or_else(too_large)?;
    }
    let mut names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    if let Some([name, ..]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::corrupt(format!("the array's records have two fields `{name}`")));
    }
    Ok(size)
}

/// A dotted name. Many short names behind a long one take far more memory than the file, which the budget bounds.
pub(in crate::format) fn join_names(outer: &str, inner: &str, budget: &Budget) -> Result<String> {
    if outer.is_empty() {
        return Ok(inner.into());
    }
    budget.check_name((outer.len() + 1 + inner.len()) as u64)?;
    budget.charge_expanded(outer.len() as u64)?;
    Ok(format!("{outer}.{inner}"))
}

/// What a dtype's code says.
struct Code {
    /// Bytes an element.
    size: u64,
    scalar: Result<Scalar, String>,
}

/// The number that a code such as `<f4` stands for, and whether it is big-endian; or why it is none.
#[cfg(feature = "pickle")]
pub(in crate::format) fn number_of(code: &str) -> Result<Result<(DType, bool), String>> {
    Ok(parse_code(code)?.scalar.map(|scalar| (scalar.dtype, scalar.big_endian)))
}

/// The dtype of a code such as `<f4`: byte order, kind, bytes an element.
fn parse_code(code: &str) -> Result<Code> {
    let malformed = || Error::corrupt(format!("`{code}` is no NumPy dtype"));
    let mut chars = code.chars();
    let (Some(order @ ('<' | '>' | '|')), Some(kind)) = (chars.next(), chars.next()) else {
        return Err(malformed());
    };
    // Dates have a unit behind: `<M8[ns]`.
    let digits = match chars.as_str().split_once('[') {
        Some((digits, unit)) if matches!(kind, 'M' | 'm') && unit.ends_with(']') => digits,
        Some(_) => return Err(malformed()),
        None => chars.as_str(),
    };
    let refused = |size: u64, why: &str| Ok(Code { size, scalar: Err(format!("{why} (dtype `{code}`)")) });
    if kind == 'O' && digits.is_empty() {
        return refused(8, &format!("{OBJECTS} are pickled, and are never unpickled here"));
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed());
    }
    let size: u64 = digits.parse().map_err(|_| malformed())?;
    let dtype = match (kind, size) {
        ('f', 8) => DType::F64,
        ('f', 4) => DType::F32,
        ('f', 2) => DType::F16,
        // NumPy knows no bfloat16: arrays of the package that adds it are saved as two bytes without a type.
        ('V', 2) => DType::BF16,
        ('i', 8) => DType::I64,
        ('i', 4) => DType::I32,
        ('i', 2) => DType::I16,
        ('i', 1) => DType::I8,
        ('u', 8) => DType::U64,
        ('u', 4) => DType::U32,
        ('u', 2) => DType::U16,
        ('u', 1) => DType::U8,
        ('b', 1) => DType::Bool,
        ('c', 16) => DType::C128,
        ('c', 8) => DType::C64,
        ('O', _) => return refused(size, &format!("{OBJECTS} are pickled, and are never unpickled here")),
        ('U', _) => {
            // Four bytes a character.
            return refused(size.checked_mul(4).ok_or_else(malformed)?, "text is no tensor");
        }
        ('S' | 'a', _) => return refused(size, "text is no tensor"),
        ('M' | 'm', 8) => return refused(size, "dates and times are no tensor"),
        ('V', _) => return refused(size, "bytes without a type are no tensor"),
        ('f' | 'c', 10..=32) => {
            return refused(size, "long doubles differ between machines, and the file does not say whose");
        }
        _ => return Err(malformed()),
    };
    if order == '|' && size > 1 && kind != 'V' {
        return Err(Error::corrupt(format!("`{code}` has no byte order")));
    }
    Ok(Code { size, scalar: Ok(Scalar { dtype, big_endian: order == '>' }) })
}

/// The code of a dtype in a `descr`; `None` where NumPy has none.
pub(super) fn code_of(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::F64 => "<f8",
        DType::F32 => "<f4",
        DType::F16 => "<f2",
        DType::BF16 => "<V2",
        DType::I64 => "<i8",
        DType::I32 => "<i4",
        DType::I16 => "<i2",
        DType::I8 => "|i1",
        DType::U64 => "<u8",
        DType::U32 => "<u4",
        DType::U16 => "<u2",
        DType::U8 => "|u1",
        DType::Bool => "|b1",
        DType::C128 => "<c16",
        DType::C64 => "<c8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::super::literal::parse;
    use super::*;
    use crate::limits::Limits;

    fn descr(text: &str) -> Result<Descr> {
        Descr::new(&parse(text)?, &Budget::new(Limits::default(), 0))
    }

    #[test]
    fn every_dtype_that_is_written_is_read_back() {
        for &dtype in DType::ALL {
            let Some(code) = code_of(dtype) else { continue };
            let Ok(Code { size, scalar: Ok(scalar) }) = parse_code(code) else { panic!("{code}") };
            assert_eq!((Some(size), scalar.dtype), (dtype.size().map(|size| size as u64), dtype));
        }
    }

    #[test]
    fn fields_of_inner_records_have_dotted_names_and_padding_is_left_out() {
        let text =
            "[('a', '|u1'), ('', '|V3'), ('b', [(('title', 'x'), '>f8'), ('y', '<U2')], ), ('c', '<i2', (2, 3))]";
        let Ok(Descr::Record { size, fields }) = descr(text) else { panic!("a record") };
        let listed: Vec<_> =
            fields.iter().map(|f| (f.name.as_str(), f.offset, f.axes.len(), f.scalar.is_ok())).collect();
        assert_eq!(listed, [("a", 0, 0, true), ("b.x", 4, 0, true), ("b.y", 12, 0, false), ("c", 20, 2, true)]);
        assert_eq!(size, 32);
    }

    #[test]
    fn many_fields_behind_a_long_name_are_charged_to_the_budget() {
        let inner: String = (0..2000).fold(String::new(), |text, i| text + &format!("('f{i}', '|u1'), "));
        let text = format!("[('{}', [{inner}])]", "x".repeat(60_000));
        assert!(descr(&text).unwrap_err().to_string().contains("max_expansion_ratio"));
    }

    #[test]
    fn one_object_refuses_the_whole_array() {
        for text in ["'|O'", "'|O8'", "[('a', '<f4'), ('b', '|O')]"] {
            let Ok(Descr::Refused(why)) = descr(text) else { panic!("{text}") };
            assert!(why.contains("pickled"), "{why}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_code() {
        for text in ["'<U2'", "'|S5'", "'<M8[D]'", "'|V7'", "'<f16'", "'<c32'"] {
            let Ok(Descr::Refused(why)) = descr(text) else { panic!("{text}") };
            assert!(why.contains(text.trim_matches('\'')), "{why}");
        }
    }

    #[test]
    fn what_is_no_dtype_is_an_error() {
        for text in
            ["''", "'<'", "'<f'", "'<f3'", "'f4'", "'=f4'", "'|f4'", "'<f4x'", "'<f4[D]'", "4", "[('a',)]", "[4]"]
        {
            assert!(descr(text).is_err(), "{text}");
        }
        assert!(descr("[('a', '<f4'), ('a', '<f4')]").is_err());
        assert!(descr("[('a', '<f8', (4294967296, 4294967296))]").is_err());
    }
}
