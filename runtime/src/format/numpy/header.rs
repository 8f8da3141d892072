//! The header of a `.npy` array.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::descr::{Descr, code_of};
use super::literal::{self, Literal};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;

/// What every `.npy` file starts with; the version follows, major and minor.
pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Bytes of magic and version.
const PREFIX_LEN: usize = 8;
/// Bytes of the text that are read. NumPy itself reads 10,000 unless told otherwise, and a literal takes many times the memory of
/// its text.
const MAX_TEXT_LEN: u64 = 4 << 20;
/// Axes of an array. NumPy has 64, and each field of a record repeats those of the array.
pub(super) const MAX_AXES: usize = 64;
/// Where the data starts: a multiple of this (64 since NumPy 1.14), so that it can be mapped.
const ALIGNMENT: usize = 64;

/// What a `.npy` header says.
#[derive(Debug)]
pub(super) struct Header {
    /// Bytes before the data.
    pub(super) len: u64,
    pub(super) descr: Descr,
    /// `descr` as it is written.
    pub(super) descr_text: String,
    /// Whether the first axis is the innermost.
    pub(super) fortran_order: bool,
    pub(super) axes: Vec<u64>,
}

impl Header {
    /// Reads the header of an array of `available` bytes; `fill` gives its bytes in order.
    pub(super) fn read(available: u64, budget: &Budget, mut fill: impl FnMut(&mut [u8]) -> Result<()>) -> Result<Self> {
        let mut prefix = [0; PREFIX_LEN];
        if available >= PREFIX_LEN as u64 {
            fill(&mut prefix)?;
        }
        let [magic @ .., major, minor] = prefix;
        if magic != *MAGIC {
            return Err(Error::new(ErrorKind::WrongFormat { expected: "npy", found: "another first byte".into() }));
        }
        let (length_len, text_len) = match (major, minor) {
            (1, 0) => {
                let mut bytes = [0; 2];
                fill(&mut bytes)?;
                (2, u64::from(u16::from_le_bytes(bytes)))
            }
            (2 | 3, 0) => {
                let mut bytes = [0; 4];
                fill(&mut bytes)?;
                (4, u64::from(u32::from_le_bytes(bytes)))
            }
            _ => {
                let version = format!("{major}.{minor}");
                return Err(Error::new(ErrorKind::UnknownVersion { format: "npy", version }));
            }
        };
        budget.check_header(text_len)?;
        let len = PREFIX_LEN as u64 + length_len + text_len;
        if text_len > MAX_TEXT_LEN {
            return Err(Error::refused(format!("the header of the array is {text_len} bytes, which no array needs")));
        }
        // Before memory is taken for the text.
        if len > available {
            return Err(Error::new(ErrorKind::Truncated { needed: len, available }));
        }
        let size = usize::try_from(text_len).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: text_len }))?;
        let mut bytes = alloc::vec![0; size];
        fill(&mut bytes)?;
        let text = if major == 3 {
            String::from_utf8(bytes).map_err(|_| Error::corrupt("the header of the array is not UTF-8"))?
        } else {
            bytes.into_iter().map(char::from).collect()
        };
        Self::parse(&text, len, budget)
    }

    fn parse(text: &str, len: u64, budget: &Budget) -> Result<Self> {
        let Literal::Dict(entries) = literal::parse(text)? else {
            return Err(Error::corrupt("the header of the array is no dict"));
        };
        let (mut descr, mut fortran_order, mut axes) = (None, None, None);
        for (key, value, place) in &entries {
            match (key.as_str(), value) {
                ("descr", value) => descr = Some((Descr::new(value, budget)?, text[place.clone()].into())),
                ("fortran_order", Literal::Bool(flag)) => fortran_order = Some(*flag),
                ("shape", Literal::Tuple(items)) if items.len() > MAX_AXES => {
                    return Err(Error::refused(format!("an array of more than {MAX_AXES} axes")));
                }
                ("shape", Literal::Tuple(items)) => axes = items.iter().map(axis).collect(),
                _ => return Err(Error::corrupt(format!("the header of the array has a wrong entry `{key}`"))),
            }
        }
        match (descr, fortran_order, axes) {
            (Some((descr, descr_text)), Some(fortran_order), Some(axes)) => {
                Ok(Self { len, descr, descr_text, fortran_order, axes })
            }
            _ => Err(Error::corrupt("the header of the array lacks `descr`, `fortran_order` or a `shape` of numbers")),
        }
    }
}

fn axis(literal: &Literal) -> Option<u64> {
    if let Literal::Int(axis) = literal { Some(*axis) } else { None }
}

/// The header of a row-major array, padded so that the data behind it is aligned.
pub(super) fn encode(dtype: DType, axes: &[usize]) -> Result<Vec<u8>> {
    let unrepresentable = |what| Error::new(ErrorKind::Unrepresentable { format: "npy", what });
    let code = code_of(dtype).ok_or_else(|| unrepresentable(format!("{dtype}, which NumPy has not")))?;
    if axes.len() > MAX_AXES {
        return Err(unrepresentable(format!("{} axes; NumPy has {MAX_AXES} at most", axes.len())));
    }
    let mut shape: Vec<String> = axes.iter().map(|axis| format!("{axis}")).collect();
    if let [_] = axes {
        shape.push(String::new());
    }
    let shape = shape.join(", ");
    let text = format!("{{'descr': '{code}', 'fortran_order': False, 'shape': ({}), }}", shape.trim_end());
    let before = PREFIX_LEN + size_of::<u16>();
    let padded = (before + text.len() + 1).next_multiple_of(ALIGNMENT) - before;
    // So few axes take far fewer bytes than the two of version 1.0 can count.
    let len = u16::try_from(padded).map_err(|_| unrepresentable("a header of 64 KiB".into()))?;
    let mut header = MAGIC.to_vec();
    header.extend([1, 0]);
    header.extend(len.to_le_bytes());
    header.extend(text.as_bytes());
    header.resize(before + padded - 1, b' ');
    header.push(b'\n');
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn read(bytes: &[u8]) -> Result<Header> {
        let mut rest = bytes;
        Header::read(bytes.len() as u64, &Budget::new(Limits::default(), 0), |out| {
            let Some((head, tail)) = rest.split_at_checked(out.len()) else {
                return Err(Error::new(ErrorKind::Truncated { needed: 1, available: 0 }));
            };
            out.copy_from_slice(head);
            rest = tail;
            Ok(())
        })
    }

    #[test]
    fn headers_are_written_as_numpy_writes_them() {
        for (axes, written) in [(&[][..], "()"), (&[3], "(3,)"), (&[3, 4], "(3, 4)")] {
            let header = encode(DType::F32, axes).unwrap();
            assert!(header.len().is_multiple_of(64) && header.ends_with(b" \n"));
            let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {written}, }}");
            assert_eq!(&header[..10], b"\x93NUMPY\x01\x00\x76\x00");
            assert!(header[10..].starts_with(text.as_bytes()));
            let read = read(&header).unwrap();
            assert_eq!(read.axes, axes.iter().map(|&axis| axis as u64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn axes_are_as_many_as_numpy_has() {
        assert_eq!(read(&encode(DType::U8, &[1; 64]).unwrap()).unwrap().axes.len(), 64);
        assert!(encode(DType::U8, &[1; 65]).is_err() && encode(DType::F8E4M3, &[1]).is_err());
        let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({})}}", "1,".repeat(65));
        assert!(Header::parse(&text, 0, &Budget::new(Limits::default(), 0)).is_err());
    }

    #[test]
    fn every_truncation_and_a_length_past_the_end_are_errors() {
        let header = encode(DType::F32, &[3]).unwrap();
        for len in 0..header.len() {
            assert!(read(&header[..len]).is_err());
        }
        let mut long = b"\x93NUMPY\x02\x00".to_vec();
        long.extend(u32::MAX.to_le_bytes());
        assert!(read(&long).is_err());
        assert!(matches!(read(b"\x93NUMPY\x09\x00aaaa").unwrap_err().kind(), ErrorKind::UnknownVersion { .. }));
    }

    #[test]
    fn the_three_keys_are_there_and_no_other() {
        let parse = |text: &str| Header::parse(text, 0, &Budget::new(Limits::default(), 0));
        assert!(parse("{'descr': '<f4', 'fortran_order': True, 'shape': ()}").is_ok_and(|h| h.fortran_order));
        for text in [
            "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': ('4',)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}",
            "('descr',)",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
