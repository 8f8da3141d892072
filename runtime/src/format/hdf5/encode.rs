//! The bytes of messages: datatypes, dataspaces, links, attributes, and the heaps that hold attributes' strings.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::writer::unrepresentable;
use crate::dtype::{DType, DTypeKind};
use crate::error::Result;
use crate::value::Value;

/// Attributes of one object, by name.
pub(super) type Attributes = Vec<(String, Value)>;

/// A dataspace of version 2; no axes for a scalar.
pub(super) fn dataspace(dims: &[u64]) -> Vec<u8> {
    let simple = u8::from(!dims.is_empty());
    // The writer has checked that there are no more than HDF5 allows.
    let mut bytes = alloc::vec![2, u8::try_from(dims.len()).unwrap_or(u8::MAX), 0, simple];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_le_bytes()));
    bytes
}

/// The datatype that h5py gives a dtype.
pub(super) fn datatype(dtype: DType) -> Result<Vec<u8>> {
    /// The mantissa's highest bit is implied.
    const IMPLIED: u8 = 0x20;
    // No dtype has more than 128.
    let bits = u8::try_from(dtype.bits()).unwrap_or(u8::MAX);
    let whole = |bytes: &mut Vec<u8>| {
        bytes.extend(u32::from(bits / 8).to_le_bytes());
        // The first bit and the number of bits.
        bytes.extend([0, 0]);
        bytes.extend(u16::from(bits).to_le_bytes());
    };
    let float = |parts: [u8; 4], bias: u32| {
        let mut bytes = alloc::vec![0x11, IMPLIED, bits - 1, 0];
        whole(&mut bytes);
        bytes.extend(parts);
        bytes.extend(bias.to_le_bytes());
        bytes
    };
    Ok(match dtype {
        DType::F64 => float([52, 11, 0, 52], 1023),
        DType::F32 => float([23, 8, 0, 23], 127),
        DType::F16 => float([10, 5, 0, 10], 15),
        // NumPy has no bfloat16: two opaque bytes.
        DType::BF16 => alloc::vec![0x15, 0, 0, 0, 2, 0, 0, 0],
        DType::Bool => {
            // An enum of two members over a signed byte; names are padded to eight bytes.
            let mut bytes = alloc::vec![0x18, 2, 0, 0, 1, 0, 0, 0];
            bytes.extend(datatype(DType::I8)?);
            bytes.extend(b"FALSE\0\0\0TRUE\0\0\0\0\0\x01");
            bytes
        }
        DType::C64 | DType::C128 => {
            let part = if dtype == DType::C64 { DType::F32 } else { DType::F64 };
            let size = bits / 16;
            let mut bytes = alloc::vec![0x36, 2, 0, 0, 2 * size, 0, 0, 0];
            for (name, offset) in [(b"r\0", 0), (b"i\0", size)] {
                bytes.extend(name);
                bytes.push(offset);
                bytes.extend(datatype(part)?);
            }
            bytes
        }
        dtype if dtype.kind() == DTypeKind::Integer => {
            let signed = matches!(dtype, DType::I64 | DType::I32 | DType::I16 | DType::I8);
            let mut bytes = alloc::vec![0x10, if signed { 0x08 } else { 0 }, 0, 0];
            whole(&mut bytes);
            bytes
        }
        dtype => return Err(unrepresentable(dtype.name())),
    })
}

/// The datatype of strings of any length, in UTF-8.
fn string_type() -> Result<Vec<u8>> {
    let mut bytes = alloc::vec![0x19, 1, 1, 0, 16, 0, 0, 0];
    bytes.extend(datatype(DType::U8)?);
    Ok(bytes)
}

/// A hard link, its name in UTF-8.
pub(super) fn link(name: &str, address: u64) -> Result<Vec<u8>> {
    /// The name's length has two bytes, and the character set is given.
    const FLAGS: u8 = 0x01 | 0x10;
    let len = u16::try_from(name.len()).map_err(|_| unrepresentable("a name of more than 64 KiB"))?;
    let mut bytes = alloc::vec![1, FLAGS, 1];
    bytes.extend(len.to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(address.to_le_bytes());
    Ok(bytes)
}

/// An attribute of version 3, its name in UTF-8.
pub(super) fn attribute(name: &str, value: &Value, heaps: &Heaps) -> Result<Vec<u8>> {
    let (datatype, dataspace, data) = match value {
        Value::Str(text) => (string_type()?, dataspace(&[]), heaps.reference(text)?),
        Value::List(items) => {
            let mut data = Vec::new();
            for item in items {
                data.extend(
                    heaps.reference(item.as_str().ok_or_else(|| unrepresentable("a list of more than texts"))?)?,
                );
            }
            (string_type()?, dataspace(&[items.len() as u64]), data)
        }
        Value::Int(n) => (datatype(DType::I64)?, dataspace(&[]), n.to_le_bytes().to_vec()),
        Value::UInt(n) => (datatype(DType::U64)?, dataspace(&[]), n.to_le_bytes().to_vec()),
        Value::Float(x) => (datatype(DType::F64)?, dataspace(&[]), x.to_le_bytes().to_vec()),
        Value::Bool(truth) => (datatype(DType::Bool)?, dataspace(&[]), alloc::vec![u8::from(*truth)]),
        _ => return Err(unrepresentable("an attribute that is neither text, a number nor a list of texts")),
    };
    let mut bytes = alloc::vec![3, 0];
    for len in [name.len() + 1, datatype.len(), dataspace.len()] {
        let len = u16::try_from(len).map_err(|_| unrepresentable("a name of more than 64 KiB"))?;
        bytes.extend(len.to_le_bytes());
    }
    bytes.push(1);
    bytes.extend(name.as_bytes());
    bytes.push(0);
    bytes.extend(datatype);
    bytes.extend(dataspace);
    bytes.extend(data);
    Ok(bytes)
}

/// The strings of attributes, each once, in global heaps that follow each other.
pub(super) struct Heaps {
    start: u64,
    /// The texts of each heap, in order; the first has number 1.
    texts: Vec<Vec<String>>,
    /// Heap and number of each text.
    places: BTreeMap<String, (usize, u16)>,
}

impl Heaps {
    /// Bytes of a heap's head, and of that of an object in it.
    const HEAD: u64 = 16;
    /// A heap is at least this long.
    const SHORTEST: u64 = 4096;

    pub(super) fn new(start: u64) -> Self {
        Self { start, texts: Vec::new(), places: BTreeMap::new() }
    }

    /// Takes the texts of attributes.
    pub(super) fn add_all(&mut self, attributes: &Attributes) -> Result<()> {
        for (_, value) in attributes {
            match value {
                Value::Str(text) => self.add(text)?,
                Value::List(items) => items.iter().filter_map(Value::as_str).try_for_each(|text| self.add(text))?,
                _ => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, text: &str) -> Result<()> {
        if text.contains('\0') || u32::try_from(text.len()).is_err() {
            return Err(unrepresentable("a text with a zero in it, or of more than 4 GiB"));
        }
        // An empty text has no object.
        if text.is_empty() || self.places.contains_key(text) {
            return Ok(());
        }
        let full = self.texts.last().is_none_or(|heap| heap.len() >= usize::from(u16::MAX));
        if full {
            self.texts.push(Vec::new());
        }
        let heap = self.texts.len() - 1;
        let texts = &mut self.texts[heap];
        texts.push(text.into());
        let number = u16::try_from(texts.len()).map_err(|_| unrepresentable("a heap of more than 65535 texts"))?;
        self.places.insert(text.into(), (heap, number));
        Ok(())
    }

    /// Bytes of a heap: objects padded to eight bytes, and the free space as an object at the end.
    fn len(texts: &[String]) -> u64 {
        let objects: u64 = texts.iter().map(|text| Self::HEAD + (text.len() as u64).next_multiple_of(8)).sum();
        (Self::HEAD + objects + Self::HEAD).max(Self::SHORTEST)
    }

    fn address(&self, heap: usize) -> u64 {
        self.start + self.texts.iter().take(heap).map(|texts| Self::len(texts)).sum::<u64>()
    }

    /// Where the last heap ends.
    pub(super) fn end(&self) -> u64 {
        self.address(self.texts.len())
    }

    /// The element that refers to a text: length, heap, number.
    fn reference(&self, text: &str) -> Result<Vec<u8>> {
        let (address, number) = match self.places.get(text) {
            Some(&(heap, number)) => (self.address(heap), u32::from(number)),
            None => (0, 0),
        };
        let len = u32::try_from(text.len()).map_err(|_| unrepresentable("a text of more than 4 GiB"))?;
        let mut bytes = len.to_le_bytes().to_vec();
        bytes.extend(address.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        Ok(bytes)
    }

    /// All heaps.
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for texts in &self.texts {
            let (start, len) = (bytes.len() as u64, Self::len(texts));
            bytes.extend(b"GCOL\x01\0\0\0");
            bytes.extend(len.to_le_bytes());
            for (number, text) in (1u16..=u16::MAX).zip(texts) {
                bytes.extend(number.to_le_bytes());
                bytes.extend([1, 0, 0, 0, 0, 0]);
                bytes.extend((text.len() as u64).to_le_bytes());
                bytes.extend(text.as_bytes());
                bytes.resize(bytes.len().next_multiple_of(8), 0);
            }
            let free = start + len - bytes.len() as u64;
            bytes.extend([0; 8]);
            bytes.extend(free.to_le_bytes());
            let end = usize::try_from(start + len).map_err(|_| unrepresentable("texts past this machine's memory"))?;
            bytes.resize(end, 0);
        }
        Ok(bytes)
    }
}
