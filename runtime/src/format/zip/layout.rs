//! The records of a zip file, as APPNOTE.TXT 6.3 lays them out: all numbers little-endian.

/// Starts a local file header (4.3.7).
pub(super) const LOCAL_HEADER: u32 = 0x0403_4b50;
/// Bytes of a local file header before name and extra field.
pub(super) const LOCAL_HEADER_LEN: u64 = 30;
/// Starts a data descriptor (4.3.9).
pub(super) const DATA_DESCRIPTOR: u32 = 0x0807_4b50;
/// Starts a header of the central directory (4.3.12).
pub(super) const CENTRAL_HEADER: u32 = 0x0201_4b50;
/// Bytes of a central header before name, extra field and comment.
pub(super) const CENTRAL_HEADER_LEN: u64 = 46;
/// Starts the zip64 end record (4.3.14).
pub(super) const END_64: u32 = 0x0606_4b50;
/// Bytes of the zip64 end record in its version 1.
pub(super) const END_64_LEN: u64 = 56;
/// What that record states as its length: all but the signature and the length itself.
pub(super) const END_64_STATED_LEN: u64 = 44;
/// Starts the locator of the zip64 end record (4.3.15).
pub(super) const LOCATOR_64: u32 = 0x0706_4b50;
/// Bytes of that locator.
pub(super) const LOCATOR_64_LEN: u64 = 20;
/// Starts the end record (4.3.16).
pub(super) const END: u32 = 0x0605_4b50;
/// Bytes of the end record before its comment.
pub(super) const END_LEN: u64 = 22;

/// General purpose flags (4.4.4) that this code knows.
pub(super) mod flag {
    /// CRC and sizes are behind the data; the local header's are not filled in.
    pub(in super::super) const DESCRIPTOR: u16 = 1 << 3;
    /// The name is UTF-8.
    pub(in super::super) const UTF8: u16 = 1 << 11;
    /// Encrypted, patch data, strongly encrypted, local headers masked: the bytes are not those of the member.
    pub(in super::super) const UNREADABLE: u16 = 1 | 1 << 5 | 1 << 6 | 1 << 13;
}

/// Extra field that holds the 64-bit values of saturated 32-bit ones (4.5.3).
pub(super) const EXTRA_ZIP64: u16 = 0x0001;
/// Extra field of padding that PyTorch writes (`FB`); readers skip what they do not know.
pub(super) const EXTRA_PADDING: u16 = 0x4246;

/// A 32-bit value that says "look into the zip64 field".
pub(super) const SATURATED_32: u32 = u32::MAX;
/// The same of a 16-bit value.
pub(super) const SATURATED_16: u16 = u16::MAX;

/// Compression methods (4.4.5).
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;

/// Version 2.0 of the format: deflate and folders.
pub(super) const VERSION_PLAIN: u16 = 20;
/// Version 4.5 of the format: zip64.
pub(super) const VERSION_ZIP64: u16 = 45;
/// Made on Unix (4.4.2, the upper byte of "version made by"): readers then take names as they are, and the mode below.
pub(super) const MADE_ON_UNIX: u16 = 3 << 8;
/// External attributes of a plain file that its owner may write and all may read.
pub(super) const PLAIN_FILE: u32 = 0o100_644 << 16;
/// 1 January 1980, the first day that a DOS date can say: the same input gives the same bytes.
pub(super) const DOS_DATE: u16 = 0x0021;
