//! Which format a file is of, by its bytes alone: a name may lie.

use core::fmt;

use crate::error::Result;
use crate::source::{Source, read_vec};

/// Declares the formats once: variant, what to call it, by what it is known.
macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $reason:literal;)*) => {
        /// What a file is, by its content. The list grows: match with a wildcard arm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FileFormat { $($(#[$doc])* $variant,)* }

        impl FileFormat {
            /// What to call it, such as `GGUF` or `zip archive`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// By what it is known.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason,)* }
            }
        }
    };
}

formats! {
    /// No bytes.
    Empty = "empty file", "it has no bytes";
    /// One SafeTensors file.
    Safetensors = "SafeTensors", "a length and then `{`";
    /// The index of a set of SafeTensors shards.
    SafetensorsIndex = "SafeTensors index", "JSON with `weight_map`";
    /// Burn's own container.
    Burnpack = "Burnpack", "it begins with `NRUB`";
    /// A zip archive: PyTorch, NumPy's `.npz`, Keras; which one, its members tell.
    Zip = "zip archive", "it begins with `PK`";
    /// A tar archive: PyTorch before 0.1.10.
    Tar = "tar archive", "`ustar` at byte 257";
    /// PyTorch before 1.6: pickles one after the other.
    TorchLegacy = "PyTorch file of before 1.6", "it begins with PyTorch's pickled magic number";
    /// A pickle: scikit-learn, joblib.
    Pickle = "pickle", "a pickle's first operation and its last, a full stop";
    /// One NumPy array.
    Npy = "NumPy array", "it begins with `\\x93NUMPY`";
    /// llama.cpp's container.
    Gguf = "GGUF", "it begins with `GGUF`";
    /// HDF5: Keras, JLD2.
    Hdf5 = "HDF5", "HDF5's signature at byte 0 or at 512 times a power of two";
    /// BSON: Flux.
    Bson = "BSON document", "its own length first and a zero last";
    /// An ONNX model.
    Onnx = "ONNX model", "a protobuf message that begins with a version as ONNX models do";
    /// A record of Burn in MessagePack, or another map in it.
    MessagePack = "MessagePack map", "a map whose first key is text";
    /// A record of Burn in bincode.
    BinRecord = "Burn record in bincode", "it begins with the names of a float and an integer type";
    /// JSON that is not an index of shards.
    Json = "JSON", "it begins with `{` or `[`";
    /// Compressed by gzip, as this and the next ones: joblib's files, records of Burn. What is inside is not looked at.
    Gzip = "gzip stream", "it begins with `\\x1f\\x8b`";
    /// Compressed by zlib.
    Zlib = "zlib stream", "a zlib header";
    /// Compressed by bzip2.
    Bzip2 = "bzip2 stream", "it begins with `BZh`";
    /// Compressed by xz.
    Xz = "xz stream", "it begins with xz's signature";
    /// Compressed by LZMA, in the container of before xz.
    Lzma = "LZMA stream", "LZMA's usual settings and a length";
    /// Compressed by Zstandard.
    Zstd = "Zstandard stream", "it begins with Zstandard's signature";
    /// Compressed by LZ4.
    Lz4 = "LZ4 stream", "it begins with LZ4's signature";
    /// A stand-in for a file that Git LFS keeps elsewhere.
    GitLfsPointer = "Git LFS pointer, not the file it stands for", "it begins with Git LFS's first line";
    /// A web page, such as a download's error.
    Html = "web page", "it begins as HTML does";
    /// None of these.
    Unknown = "file of no known format", "nothing about it is known";
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.reason())
    }
}

/// Bytes looked at, at the file's beginning and at its end.
const WINDOW: u64 = 1024;

const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Where HDF5's signature may first be other than at 0, and then at each double of it.
const HDF5_USER_BLOCK: u64 = 512;
/// The number that legacy PyTorch files begin with, as pickles write it; before it is the protocol, and since protocol 4 a frame.
const TORCH_LEGACY: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const TAR_MAGIC_AT: usize = 257;

/// Formats that are known by their first bytes.
const SIGNATURES: &[(&[u8], FileFormat)] = &[
    (b"NRUB", FileFormat::Burnpack),
    (b"PK\x03\x04", FileFormat::Zip),
    (b"PK\x05\x06", FileFormat::Zip),
    (b"\x93NUMPY", FileFormat::Npy),
    (b"GGUF", FileFormat::Gguf),
    (HDF5, FileFormat::Hdf5),
    (b"\x1f\x8b", FileFormat::Gzip),
    (b"BZh", FileFormat::Bzip2),
    (b"\xfd7zXZ\0", FileFormat::Xz),
    (b"\x28\xb5\x2f\xfd", FileFormat::Zstd),
    (b"\x04\x22\x4d\x18", FileFormat::Lz4),
    (b"version https://git-lfs", FileFormat::GitLfsPointer),
    (b"<!DOCTYPE", FileFormat::Html),
    (b"<!doctype", FileFormat::Html),
    (b"<html", FileFormat::Html),
];

/// Says what `source` is by its content, never by a name: the first kilobyte is looked at, the last byte and kilobyte where the first
/// is not enough, and HDF5's other places.
///
/// A format that is named may still be broken: that is for its reader to say.
///
/// ```
/// use vellum::Bytes;
/// use vellum::format::{FileFormat, detect};
///
/// assert_eq!(detect(&Bytes::from_static(b"GGUF\x03\0\0\0"))?, FileFormat::Gguf);
/// # Ok::<(), vellum::Error>(())
/// ```
///
/// # Errors
/// Those of the source.
pub fn detect(source: &dyn Source) -> Result<FileFormat> {
    let len = source.len();
    let head = read_vec(source, 0, len.min(WINDOW))?;
    if head.is_empty() {
        return Ok(FileFormat::Empty);
    }
    if let Some(&(_, format)) = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)) {
        return Ok(format);
    }
    if is_torch_legacy(&head) {
        return Ok(FileFormat::TorchLegacy);
    }
    if head.get(TAR_MAGIC_AT..).is_some_and(|rest| rest.starts_with(b"ustar")) {
        return Ok(FileFormat::Tar);
    }
    if has_user_block(source)? {
        return Ok(FileFormat::Hdf5);
    }
    let tail = read_vec(source, len - len.min(WINDOW), len.min(WINDOW))?;
    let last = tail.last().copied();
    Ok(match head[..] {
        _ if last == Some(b'.') && is_pickle(&head) => FileFormat::Pickle,
        _ if is_bson(&head, len, last) => FileFormat::Bson,
        // A header of less than 2^48 bytes.
        [_, _, _, _, _, _, 0, 0, b'{', ..] => FileFormat::Safetensors,
        _ if is_json(&head, &tail) => json(&head, &tail),
        _ if is_bin_record(&head) => FileFormat::BinRecord,
        [0x81..=0x8f, 0xa0..=0xbf | 0xd9..=0xdb, ..]
        | [0xde, _, _, 0xa0..=0xbf | 0xd9..=0xdb, ..]
        | [0xdf, _, _, _, _, 0xa0..=0xbf | 0xd9..=0xdb, ..] => FileFormat::MessagePack,
        // Deflate with a window of 32 KiB, and the check bits of the two bytes.
        [0x78, flags, ..] if (0x7800 | u16::from(flags)).is_multiple_of(31) => FileFormat::Zlib,
        // The settings' byte and the lower half of the dictionary's size, then an unknown length or one of less than 2^48.
        [0x5d, 0, 0, _, _, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ..]
        | [0x5d, 0, 0, _, _, _, _, _, _, _, _, 0, 0, ..] => FileFormat::Lzma,
        // Field 1 is `ir_version`; what follows is one of the fields 2 to 8, 14 and 20 of a model.
        [0x08, 1..=100, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42 | 0x72 | 0xa2, ..] => FileFormat::Onnx,
        _ => FileFormat::Unknown,
    })
}

fn has_user_block(source: &dyn Source) -> Result<bool> {
    let mut offset = HDF5_USER_BLOCK;
    while offset < source.len() && source.len() - offset >= HDF5.len() as u64 {
        if read_vec(source, offset, HDF5.len() as u64)? == HDF5 {
            return Ok(true);
        }
        let Some(next) = offset.checked_mul(2) else { break };
        offset = next;
    }
    Ok(false)
}

fn is_torch_legacy(head: &[u8]) -> bool {
    match head {
        [0x80, 2 | 3, number @ ..] | [0x80, 4 | 5, 0x95, _, _, _, _, _, _, _, _, number @ ..] => {
            number.starts_with(TORCH_LEGACY)
        }
        _ => false,
    }
}

/// Whether a pickle begins so: with its protocol since protocol 2, and before that with a container or a global.
pub(in crate::format) fn is_pickle(head: &[u8]) -> bool {
    match head {
        [0x80, 2..=5, ..] | [b'(', b'd' | b'l' | b't' | b'c' | b'i', ..] | [b'}' | b']' | b')', b'q' | b'r', ..] => {
            true
        }
        [b'c', name @ ..] => {
            let module = name.iter().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.')).count();
            module > 0 && name.get(module) == Some(&b'\n')
        }
        _ => false,
    }
}

fn is_bson(head: &[u8], len: u64, last: Option<u8>) -> bool {
    let &[a, b, c, d, kind, ..] = head else {
        return false;
    };
    u64::from(u32::from_le_bytes([a, b, c, d])) == len
        && last == Some(0)
        && (kind == 0 && len == 5 || matches!(kind, 0x01..=0x13 | 0x7f | 0xff))
}

fn is_json(head: &[u8], tail: &[u8]) -> bool {
    match head.trim_ascii_start() {
        // Behind more blanks than were looked at.
        [] => matches!(tail.trim_ascii_end(), [.., b'}' | b']']),
        [first, ..] => matches!(first, b'{' | b'['),
    }
}

fn json(head: &[u8], tail: &[u8]) -> FileFormat {
    let key: &[u8] = b"\"weight_map\"";
    let found = [head, tail].iter().any(|bytes| bytes.windows(key.len()).any(|window| window == key));
    if found { FileFormat::SafetensorsIndex } else { FileFormat::Json }
}

/// Whether this is how bincode writes the two type names that a record of Burn begins with.
fn is_bin_record(head: &[u8]) -> bool {
    let Some((float, rest)) = split_text(head) else { return false };
    is_number_type(float) && split_text(rest).is_some_and(|(int, _)| is_number_type(int))
}

/// A text as bincode has it, and what is behind it.
fn split_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    rest.split_at_checked(len.into())
}

/// Whether this is the Rust name of a type of numbers: one of Rust's own, or the path to another crate's.
fn is_number_type(name: &[u8]) -> bool {
    const OWN: [&[u8]; 11] = [b"f64", b"f32", b"i64", b"i32", b"i16", b"i8", b"u64", b"u32", b"u16", b"u8", b"bool"];
    let in_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"_:<>".contains(byte);
    OWN.contains(&name) || (name.windows(2).any(|pair| pair == b"::") && name.iter().all(in_path))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::bytes::Bytes;

    fn of(bytes: &[u8]) -> FileFormat {
        detect(&Bytes::from(bytes.to_vec())).unwrap()
    }

    #[test]
    fn each_format_is_known_by_its_bytes() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let mut jld2 = b"HDF5-based Julia Data Format, version 0.1.1".to_vec();
        jld2.resize(2048, 0);
        jld2.extend_from_slice(HDF5);
        for (bytes, format) in [
            (&b""[..], FileFormat::Empty),
            (b"\x02\0\0\0\0\0\0\0{}", FileFormat::Safetensors),
            (b"NRUB\x01\0", FileFormat::Burnpack),
            (b"PK\x03\x04....", FileFormat::Zip),
            (&tar, FileFormat::Tar),
            (&jld2, FileFormat::Hdf5),
            (b"\x89HDF\r\n\x1a\n\0", FileFormat::Hdf5),
            (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80", FileFormat::TorchLegacy),
            (
                b"\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80",
                FileFormat::TorchLegacy,
            ),
            (b"\x80\x04N.", FileFormat::Pickle),
            (b"(dp0\n.", FileFormat::Pickle),
            (b"}q\x00.", FileFormat::Pickle),
            (b"cnumpy.core\nx\n.", FileFormat::Pickle),
            (b"\x5d\0\0\x40\0\xff\xff\xff\xff\xff\xff\xff\xff\0", FileFormat::Lzma),
            (b"\x93NUMPY\x01\0", FileFormat::Npy),
            (b"GGUF\x03\0\0\0", FileFormat::Gguf),
            (b"\x05\0\0\0\0", FileFormat::Bson),
            (b"\x08\x00\0\0\x0aa\0\0", FileFormat::Bson),
            (b"\x08\x08\x12\x07pytorch", FileFormat::Onnx),
            (b"\x83\xa8metadata\x80", FileFormat::MessagePack),
            (b"\x03f32\x03i32\x05", FileFormat::BinRecord),
            (b"\x02i8\x04bool\x05", FileFormat::BinRecord),
            (b"\x1dcubecl_common::flex32::flex32\x03i32\x05", FileFormat::BinRecord),
            (b" {\"item\": 1}", FileFormat::Json),
            (b"{\"metadata\":{},\"weight_map\":{}}", FileFormat::SafetensorsIndex),
            (b"\x1f\x8b\x08", FileFormat::Gzip),
            (b"x\x9c\x03", FileFormat::Zlib),
            (b"version https://git-lfs.github.com/spec/v1\n", FileFormat::GitLfsPointer),
            (b"<!DOCTYPE html>", FileFormat::Html),
            (b"\x7fELF", FileFormat::Unknown),
            (b"\0", FileFormat::Unknown),
        ] {
            assert_eq!(of(bytes), format, "{bytes:?}");
        }
    }

    #[test]
    fn a_key_at_the_end_of_a_long_index_is_seen() {
        let mut index = b"{\"metadata\":{\"a\":\"".to_vec();
        index.resize(100_000, b'x');
        index.extend_from_slice(b"\"},\"weight_map\":{}}");
        assert_eq!(of(&index), FileFormat::SafetensorsIndex);
    }

    #[test]
    fn any_bytes_can_be_looked_at() {
        for len in 0..1100 {
            for byte in [0, 0x08, 0x78, 0x7b, 0x80, 0x82, 0xde, 0xff] {
                of(&vec![byte; len]);
            }
        }
    }
}
