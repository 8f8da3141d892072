//! Gzip, read member by member under a budget, and written as Burn's files have it.
//!
//! Source of the rules: RFC 1952 for the members, RFC 1951 for what is in them (which flate2 reads and writes). A file is one member or
//! several; one that is empty and has an extra field can carry a note that readers of the joined contents do not see.
//!
//! | bytes of a member | what |
//! |---|---|
//! | 0, 1 | `1f 8b` |
//! | 2 | method: 8, deflate |
//! | 3 | flags: 1 text, 2 header checksum, 4 extra field, 8 name, 16 comment; others reserved, 0 |
//! | 4..8 | time of change, seconds since 1970; 0 unknown |
//! | 8, 9 | a hint on compression; the operating system, 255 unknown |
//! | .. | extra field: length (2 bytes) and bytes; name and comment, each ended by 0; header checksum: the lower half of the CRC-32 |
//! | .. | deflate stream |
//! | last 8 | CRC-32 of the contents; their length modulo 2^32 |
//!
//! Numbers are little-endian.

mod header;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use header::MAGIC;
pub(crate) use reader::GzipInput;
pub(crate) use writer::GzipSink;
