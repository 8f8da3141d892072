//! Datatypes: what the elements of datasets and attributes are.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::header::{Header, Message, kind};
use super::medium::Medium;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// Levels of nesting of a datatype: more than any program writes, and few enough for the stack.
const MAX_NESTING: u64 = 32;

/// The type of an element.
#[derive(Clone, Debug)]
pub(crate) struct Datatype {
    /// Bytes an element.
    pub(crate) size: usize,
    pub(crate) class: Class,
    /// The address of the committed datatype that this is.
    pub(crate) committed: Option<u64>,
}

/// The class of a datatype, with what the class needs.
#[derive(Clone, Debug)]
pub(crate) enum Class {
    /// An integer that fills its bytes.
    Integer { signed: bool, big_endian: bool },
    /// A float of a known layout.
    Float { dtype: DType, big_endian: bool },
    /// A string of fixed length.
    String { padding: Padding },
    /// Bits that fill their bytes.
    Bitfield { big_endian: bool },
    /// Bytes of no stated meaning.
    Opaque,
    /// Named members at offsets, in the file's order.
    Compound(Vec<Member>),
    /// The address of an object in this file.
    ObjectReference,
    /// Names for values of an integer type.
    Enum { base: Box<Datatype>, members: Vec<(String, Vec<u8>)> },
    /// A string of any length, in a global heap.
    VarString,
    /// A sequence of any length, in a global heap.
    Sequence(Box<Datatype>),
    /// A fixed number of elements.
    Array { base: Box<Datatype>, dims: Vec<u64> },
    /// A real and an imaginary part (HDF5 2.0).
    Complex(Box<Datatype>),
    /// What this reader does not give values for, with its description.
    Other(String),
}

/// How a string of fixed length ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    /// At the first zero byte.
    ZeroTerminated,
    /// Before trailing zero bytes.
    Zeros,
    /// Before trailing spaces.
    Spaces,
}

/// A member of a compound.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) offset: usize,
    pub(crate) datatype: Datatype,
}

impl Datatype {
    /// The datatype of a message, found where it is if it is shared.
    pub(super) fn of_message(medium: &Medium, message: &Message) -> Result<Self> {
        let cursor = medium.cursor(&message.body, message.address);
        if message.is_shared() { Self::shared(medium, cursor) } else { Self::parse(medium, &mut { cursor }, 0) }
    }

    /// The committed datatype that a shared message points at.
    pub(super) fn shared(medium: &Medium, mut cursor: Cursor<'_>) -> Result<Self> {
        const IN_HEAP: u8 = 1;
        let (version, how) = (cursor.u8()?, cursor.u8()?);
        match version {
            1 => cursor.skip(6)?,
            2 => {}
            3 if how != IN_HEAP => {}
            3 => return Err(Error::refused("messages shared through a heap")),
            _ => return Err(cursor.corrupt(format!("version {version} of a shared message"))),
        }
        let address = medium.defined(&mut cursor, "a committed datatype")?;
        Self::committed(medium, address)
    }

    /// The committed datatype at `address`. Its attributes are not read: those of JLD2's types have types that are committed too,
    /// the first of them by itself.
    pub(crate) fn committed(medium: &Medium, address: u64) -> Result<Self> {
        let header = Header::read(medium, address)?;
        match header.only(kind::DATATYPE, "datatype")? {
            Some(message) if !message.is_shared() => {
                let mut datatype = Self::parse(medium, &mut medium.cursor(&message.body, message.address), 0)?;
                datatype.committed = Some(address);
                Ok(datatype)
            }
            _ => Err(Error::corrupt(format!("no committed datatype at address {address}"))),
        }
    }

    pub(super) fn parse(medium: &Medium, cursor: &mut Cursor<'_>, depth: u64) -> Result<Self> {
        if depth > MAX_NESTING {
            return Err(cursor.corrupt("a datatype nested too deeply"));
        }
        medium.budget.charge_objects(1)?;
        let place = cursor.clone();
        let class_and_version = cursor.u8()?;
        let (class, version) = (class_and_version & 0x0f, class_and_version >> 4);
        if !(1..=5).contains(&version) {
            return Err(place.corrupt(format!("version {version} of a datatype")));
        }
        let bits = cursor.array::<3>()?;
        let size = cursor.u32()?;
        let mut parser = Parser { medium, cursor, depth, version, bits, size };
        let class = match class {
            0 => parser.integer()?,
            1 => parser.float()?,
            2 => Class::Other("a time".into()),
            3 => Class::String { padding: parser.padding(bits[0] & 0x0f)? },
            4 => parser.bitfield()?,
            5 => parser.opaque()?,
            6 => parser.compound()?,
            7 => parser.reference(),
            8 => parser.enumeration()?,
            9 => parser.variable_length()?,
            10 => parser.array()?,
            11 => Class::Complex(Box::new(parser.base()?)),
            _ => return Err(place.corrupt(format!("class {class} of a datatype"))),
        };
        let size = usize::try_from(size).map_err(|_| place.corrupt("a datatype past this machine's memory"))?;
        // Elements are divided out of bytes by their size; only variable parts of no bytes never occur.
        if size == 0 {
            return Err(place.corrupt("a datatype of no bytes"));
        }
        Ok(Self { size, class, committed: None })
    }

    /// The dtype whose elements have this type's layout, and whether their bytes are in reverse order.
    pub(crate) fn tensor_dtype(&self) -> Option<(DType, bool)> {
        match &self.class {
            Class::Integer { signed, big_endian } => {
                let dtype = match (self.size, signed) {
                    (1, true) => DType::I8,
                    (2, true) => DType::I16,
                    (4, true) => DType::I32,
                    (8, true) => DType::I64,
                    (1, false) => DType::U8,
                    (2, false) => DType::U16,
                    (4, false) => DType::U32,
                    (8, false) => DType::U64,
                    _ => return None,
                };
                Some((dtype, *big_endian))
            }
            Class::Float { dtype, big_endian } => Some((*dtype, *big_endian)),
            // As the programs that write such files see them: bits are unsigned integers.
            Class::Bitfield { big_endian } => {
                let as_integer = Class::Integer { signed: false, big_endian: *big_endian };
                Self { size: self.size, class: as_integer, committed: None }.tensor_dtype()
            }
            Class::Enum { .. } if self.is_bool() => Some((DType::Bool, false)),
            Class::Enum { base, .. } => base.tensor_dtype(),
            // NumPy has no bfloat16: its extension types are stored as opaque bytes, and this is the one of two bytes.
            Class::Opaque if self.size == 2 => Some((DType::BF16, false)),
            Class::Complex(part) => complex(&[part]),
            Class::Compound(members) => match members.as_slice() {
                [re, im] if is_complex_pair(re, im) => complex(&[&re.datatype, &im.datatype]),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether this is the enum that h5py writes for truth values: `FALSE` is 0, `TRUE` is 1, in one byte.
    pub(crate) fn is_bool(&self) -> bool {
        let Class::Enum { members, .. } = &self.class else { return false };
        let value = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_slice());
        members.len() == 2 && value("FALSE") == Some(&[0]) && value("TRUE") == Some(&[1])
    }

    /// Whether nothing of an element is in a heap or elsewhere.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.class, Class::String { .. } | Class::VarString)
    }
}

fn is_complex_pair(re: &Member, im: &Member) -> bool {
    let named = matches!((&*re.name, &*im.name), ("r", "i") | ("re" | "real", "im" | "imag"));
    named && re.offset == 0 && im.offset == re.datatype.size
}

fn complex(parts: &[&Datatype]) -> Option<(DType, bool)> {
    let mut kinds = parts.iter().map(|part| part.tensor_dtype());
    let first = kinds.next().flatten()?;
    if kinds.any(|kind| kind != Some(first)) {
        return None;
    }
    match first.0 {
        DType::F32 => Some((DType::C64, first.1)),
        DType::F64 => Some((DType::C128, first.1)),
        _ => None,
    }
}

/// The parts of a datatype that its class decides.
struct Parser<'p, 'c> {
    medium: &'p Medium,
    cursor: &'p mut Cursor<'c>,
    depth: u64,
    version: u8,
    bits: [u8; 3],
    size: u32,
}

impl Parser<'_, '_> {
    fn base(&mut self) -> Result<Datatype> {
        Datatype::parse(self.medium, self.cursor, self.depth + 1)
    }

    fn padding(&self, code: u8) -> Result<Padding> {
        match code {
            0 => Ok(Padding::ZeroTerminated),
            1 => Ok(Padding::Zeros),
            2 => Ok(Padding::Spaces),
            _ => Err(self.cursor.corrupt(format!("padding {code} of a string"))),
        }
    }

    /// Bit offset and precision; whether they are those of a number that fills its bytes.
    fn fills_its_bytes(&mut self) -> Result<bool> {
        let (offset, precision) = (self.cursor.u16()?, self.cursor.u16()?);
        Ok(offset == 0 && u64::from(precision) == u64::from(self.size) * 8)
    }

    fn integer(&mut self) -> Result<Class> {
        let (signed, big_endian) = (self.bits[0] & 0x08 != 0, self.bits[0] & 1 != 0);
        let whole = self.fills_its_bytes()?;
        Ok(if whole {
            Class::Integer { signed, big_endian }
        } else {
            Class::Other("an integer with unused bits".into())
        })
    }

    fn bitfield(&mut self) -> Result<Class> {
        let big_endian = self.bits[0] & 1 != 0;
        let whole = self.fills_its_bytes()?;
        Ok(if whole { Class::Bitfield { big_endian } } else { Class::Other("a bit field with unused bits".into()) })
    }

    fn float(&mut self) -> Result<Class> {
        let whole = self.fills_its_bytes()?;
        // Exponent's place and bits, mantissa's place and bits.
        let parts = self.cursor.array::<4>()?;
        let bias = self.cursor.u32()?;
        // The high bit of the mantissa is implied in all of these; the sign is the highest bit.
        let sign_on_top = u32::from(self.bits[1]) + 1 == self.size.saturating_mul(8);
        let implied = self.bits[0] & 0x30 == 0x20;
        let dtype = match (parts, bias) {
            ([52, 11, 0, 52], 1023) => DType::F64,
            ([23, 8, 0, 23], 127) => DType::F32,
            ([10, 5, 0, 10], 15) => DType::F16,
            ([7, 8, 0, 7], 127) => DType::BF16,
            ([3, 4, 0, 3], 7) => DType::F8E4M3,
            ([2, 5, 0, 2], 15) => DType::F8E5M2,
            _ => return Ok(Class::Other(format!("a float of {} bytes in a layout of its own", self.size))),
        };
        let order = self.bits[0] & 0x41;
        if !whole || !sign_on_top || !implied || order & 0x40 != 0 || dtype.size() != Some(self.size as usize) {
            return Ok(Class::Other("a float in a layout of its own".into()));
        }
        Ok(Class::Float { dtype, big_endian: order == 1 })
    }

    fn opaque(&mut self) -> Result<Class> {
        self.cursor.skip(usize::from(self.bits[0]).min(self.cursor.remaining()))?;
        Ok(Class::Opaque)
    }

    fn reference(&self) -> Class {
        // Kinds above 0 are regions and the references of version 4, whose bytes are not an address.
        let is_object = matches!(self.bits[0] & 0x0f, 0) && self.size as usize == self.medium.offset_size;
        if is_object { Class::ObjectReference } else { Class::Other("a reference that is not to an object".into()) }
    }

    fn name(&mut self, what: &str) -> Result<String> {
        let start = self.cursor.position();
        let name = self.cursor.until_zero()?;
        let name = self.cursor.text(name, what)?;
        // Padded with zeros to eight bytes up to version 2.
        if self.version < 3 {
            self.cursor.pad_to_eight(start)?;
        }
        Ok(name)
    }

    fn compound(&mut self) -> Result<Class> {
        let count = u16::from_le_bytes([self.bits[0], self.bits[1]]);
        let mut members = Vec::new();
        let mut names = BTreeSet::new();
        for _ in 0..count {
            let name = self.name("a member's name")?;
            // From version 3 on an offset takes no more bytes than the compound's size needs.
            let width = if self.version < 3 { 4 } else { (self.size.checked_ilog2().unwrap_or(0) / 8 + 1) as usize };
            let offset = self.cursor.uint(width)?;
            if self.version == 1 {
                let dims = self.cursor.u8()?;
                // A permutation and four lengths, both unused where there is no axis.
                self.cursor.skip(3 + 4 + 4 + 16)?;
                if dims != 0 {
                    return Err(Error::refused("a compound of version 1 with an array member"));
                }
            }
            let datatype = self.base()?;
            let end = offset.checked_add(datatype.size as u64);
            // A member past the end would be read out of the next element.
            if end.is_none_or(|end| end > u64::from(self.size)) {
                return Err(self.cursor.corrupt(format!("member `{name}` ends past its compound")));
            }
            let offset = super::medium::to_usize(offset)?;
            if !names.insert(name.clone()) {
                return Err(self.cursor.corrupt(format!("two members are named `{name}`")));
            }
            members.push(Member { name, offset, datatype });
        }
        Ok(Class::Compound(members))
    }

    fn enumeration(&mut self) -> Result<Class> {
        let count = u16::from_le_bytes([self.bits[0], self.bits[1]]);
        let base = self.base()?;
        if base.size != self.size as usize || !matches!(base.class, Class::Integer { .. }) {
            return Err(self.cursor.corrupt("an enum is of an integer type of its own size"));
        }
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.name("an enum's name")?);
        }
        let mut members = Vec::new();
        for name in names {
            members.push((name, self.cursor.take(base.size)?.to_vec()));
        }
        Ok(Class::Enum { base: Box::new(base), members })
    }

    fn variable_length(&mut self) -> Result<Class> {
        let base = self.base()?;
        // A length, an address and an index: what an element is in the file, whatever it becomes in memory.
        if self.size as usize != 4 + self.medium.offset_size + 4 {
            return Err(self.cursor.corrupt(format!("a variable-length element of {} bytes", self.size)));
        }
        match self.bits[0] & 0x0f {
            0 => Ok(Class::Sequence(Box::new(base))),
            1 => Ok(Class::VarString),
            other => Err(self.cursor.corrupt(format!("kind {other} of a variable-length type"))),
        }
    }

    fn array(&mut self) -> Result<Class> {
        let rank = usize::from(self.cursor.u8()?);
        if self.version < 3 {
            self.cursor.skip(3)?;
        }
        let mut dims = Vec::with_capacity(rank);
        for _ in 0..rank {
            dims.push(u64::from(self.cursor.u32()?));
        }
        if self.version < 3 {
            self.cursor.skip(4 * rank)?;
        }
        let base = self.base()?;
        let bytes = dims.iter().try_fold(base.size as u64, |bytes, &dim| bytes.checked_mul(dim));
        if bytes != Some(u64::from(self.size)) {
            return Err(self.cursor.corrupt("an array type whose size is not that of its elements"));
        }
        Ok(Class::Array { base: Box::new(base), dims })
    }
}
