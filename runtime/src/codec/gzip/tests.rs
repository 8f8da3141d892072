//! Both directions against flate2's own readers and writers.

use std::io::{Read, Write};

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{GzipInput, GzipSink};
use crate::codec::input::Input;
use crate::{Budget, Bytes, DType, Error, ErrorKind, Limits, Result, Sink};

fn compress(contents: &[u8], extra: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut gzip = match extra {
        None => GzipSink::new(&mut bytes).unwrap(),
        Some(extra) => GzipSink::with_extra(&mut bytes, extra).unwrap(),
    };
    for piece in contents.chunks(1000) {
        gzip.put(piece).unwrap();
    }
    gzip.finish().unwrap();
    bytes
}

fn open(bytes: &[u8]) -> Result<GzipInput> {
    open_under(bytes, Limits::default())
}

fn open_under(bytes: &[u8], limits: Limits) -> Result<GzipInput> {
    GzipInput::open(Arc::new(Bytes::from(bytes.to_vec())), &Budget::new(limits, bytes.len() as u64))
}

fn read_all(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = open(bytes)?;
    let mut contents = Vec::new();
    loop {
        contents.extend_from_slice(&gzip.read_to_end(&Budget::new(Limits::default(), bytes.len() as u64))?);
        if !gzip.next_member()? {
            return Ok(contents);
        }
    }
}

/// How many bits of its last byte a member's stream takes: those behind them can be what they like.
fn stream_bits_in_last_byte(member: &[u8]) -> u32 {
    let last = member.len() - 9;
    let is_free = |bit: u32| {
        let mut changed = member.to_vec();
        changed[last] ^= 1 << bit;
        read_all(&changed).is_ok_and(|read| read == read_all(member).unwrap())
    };
    let taken = (0..8).find(|bit| is_free(*bit)).unwrap_or(8);
    assert!((taken..8).all(is_free), "what is behind the stream is free");
    taken
}

proptest! {
    #[test]
    fn the_bytes_are_those_of_burns_writer(seed in any::<u64>(), len in 0..100_000usize) {
        let contents: Vec<u8> = (0..len as u64).map(|i| ((i.wrapping_mul(seed | 1) >> 13) & 0x1f) as u8).collect();
        let mut theirs = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        // What deflate makes depends on the pieces it gets.
        contents.chunks(1000).for_each(|piece| theirs.write_all(piece).unwrap());
        let theirs = theirs.finish().unwrap();
        prop_assert_eq!(&compress(&contents, None), &theirs);
        prop_assert_eq!(read_all(&theirs).unwrap(), contents);
    }

    #[test]
    fn a_changed_bit_is_found(at: prop::sample::Index, bit in 0..8u32) {
        let contents: Vec<u8> = (0..3000u32).flat_map(|i| (i * i).to_le_bytes()).collect();
        let mut bytes = compress(&contents, Some(b"ab\x01\x00x"));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // The time, the hint, the system and what the extra field says are under no checksum; the text flag means nothing, nor do the
        // bits of the last byte before the checksum that the stream does not need.
        let unprotected = (4..10).contains(&at)
            || (12..17).contains(&at)
            || (at, bit) == (3, 0)
            || at == bytes.len() - 9 && bit >= stream_bits_in_last_byte(&compress(&contents, Some(b"ab\x01\x00x")));
        prop_assert_eq!(read_all(&bytes).ok(), unprotected.then_some(contents));
    }
}

#[test]
fn every_changed_bit_of_the_last_bytes_is_found_or_behind_the_stream() {
    let contents: Vec<u8> = (0..3000u32).flat_map(|i| (i * i).to_le_bytes()).collect();
    let bytes = compress(&contents, None);
    let taken = stream_bits_in_last_byte(&bytes);
    for at in bytes.len() - 40..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let free = at == bytes.len() - 9 && bit >= taken;
            assert_eq!(read_all(&changed).is_ok(), free, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn the_header_is_burns() {
    assert_eq!(compress(b"", None)[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
}

#[test]
fn a_truncation_anywhere_is_told() {
    let bytes = compress(&[7; 500], Some(b"note"));
    for end in 0..bytes.len() {
        let error = read_all(&bytes[..end]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Truncated { .. }), "{end}: {error}");
    }
}

#[test]
fn members_are_read_one_by_one_at_their_bytes() {
    let (first, second) = (compress(b"contents", None), compress(b"", Some(b"digest")));
    let bytes = [first.as_slice(), &second].concat();
    let mut gzip = open(&bytes).unwrap();
    assert_eq!(gzip.header().extra, None);
    let mut contents = [0; 8];
    gzip.read_exact(&mut contents[..4]).unwrap();
    assert!(!gzip.at_end().unwrap());
    assert!(matches!(gzip.next_member().unwrap_err().kind(), ErrorKind::Corrupt { .. }));
    gzip.read_exact(&mut contents[4..]).unwrap();
    assert_eq!(&contents, b"contents");
    assert!(gzip.at_end().unwrap() && gzip.read_exact(&mut [0]).is_err());
    assert_eq!(gzip.end_member().unwrap(), 0..first.len() as u64);
    assert!(gzip.next_member().unwrap());
    assert_eq!(gzip.header().extra.as_deref(), Some(&b"digest"[..]));
    assert_eq!(gzip.end_member().unwrap(), first.len() as u64..bytes.len() as u64);
    assert!(!gzip.next_member().unwrap());

    let mut joined = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut joined).unwrap();
    assert_eq!(joined, b"contents");
}

#[test]
fn every_field_of_a_header_is_read() {
    let mut bytes = flate2::GzBuilder::new()
        .filename("model.mpk")
        .comment("a note")
        .extra("xy")
        .mtime(77)
        .operating_system(3)
        .write(Vec::new(), flate2::Compression::best());
    bytes.write_all(b"x").unwrap();
    let mut bytes = bytes.finish().unwrap();
    let header = open(&bytes).unwrap().header().clone();
    assert_eq!((header.mtime, header.xfl, header.os), (77, 2, 3));
    assert_eq!(header.name.as_deref(), Some(&b"model.mpk"[..]));
    assert_eq!(header.comment.as_deref(), Some(&b"a note"[..]));
    assert_eq!(header.extra.as_deref(), Some(&b"xy"[..]));

    // With a checksum of the header, right and then wrong.
    let end = 10 + 4 + 10 + 7;
    bytes[3] |= 2;
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[..end]);
    let sum = crc.sum().to_le_bytes();
    bytes.splice(end..end, [sum[0], sum[1]]);
    assert_eq!(read_all(&bytes).unwrap(), b"x");
    bytes[end] ^= 1;
    assert!(matches!(read_all(&bytes).unwrap_err().kind(), ErrorKind::Corrupt { .. }));
}

#[test]
fn what_is_not_gzip_is_refused() {
    let good = compress(b"x", None);
    for (at, byte) in [(0, 0x1e), (1, 0), (2, 7), (3, 0x20), (3, 0x80)] {
        let mut bytes = good.clone();
        bytes[at] = byte;
        assert_eq!(read_all(&bytes).unwrap_err().byte_range().unwrap().start, 0);
    }
    for trailing in [&b"\0"[..], b"\x1f", b"junk behind it"] {
        let bytes = [good.as_slice(), trailing].concat();
        let error = read_all(&bytes).unwrap_err();
        assert_eq!(error.byte_range().unwrap().start, good.len() as u64, "{error}");
    }
}

#[test]
fn what_is_decompressed_is_bounded() {
    let bytes = compress(&vec![0; 4 << 20], None);
    assert_eq!(read_all(&bytes).unwrap().len(), 4 << 20);
    let limits = Limits { expansion_grace_bytes: 1000, max_expansion_ratio: 100, ..Limits::default() };
    let mut gzip = open_under(&bytes, limits).unwrap();
    let error = gzip.read_blob(4 << 20, DType::F32).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expansion_ratio", .. }), "{error}");
    let limits = Limits { max_expanded_bytes: 1 << 20, ..Limits::default() };
    let held = Budget::new(Limits::default(), bytes.len() as u64);
    let error = open_under(&bytes, limits).unwrap().read_to_end(&held).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expanded_bytes", .. }), "{error}");
}

#[test]
fn a_blob_of_unknown_length_is_typed() {
    let elements: Vec<f32> = (0..60_000u16).cycle().take(1_000_000).map(f32::from).collect();
    let bytes = compress(bytemuck::cast_slice(&elements), None);
    let mut gzip = open(&bytes).unwrap();
    assert_eq!(gzip.read_blob(4_000_000, DType::F32).unwrap().try_into_vec::<f32>().unwrap(), elements);
    gzip.end_member().unwrap();
}

#[test]
fn the_sinks_errors_are_reported() {
    struct Full(usize);
    impl Sink for Full {
        fn put(&mut self, bytes: &[u8]) -> Result<()> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| Error::corrupt("full"))?;
            Ok(())
        }
    }
    let whole = compress(b"contents", None).len();
    for room in 0..whole {
        let mut sink = Full(room);
        let result = GzipSink::new(&mut sink).and_then(|mut gzip| {
            gzip.put(b"contents")?;
            gzip.finish()
        });
        assert!(result.is_err(), "{room}");
    }
    assert!(GzipSink::with_extra(&mut Vec::new(), &vec![0; 65536]).is_err());
}
