//! The decoder against rmp-serde itself.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;
use serde::de::{DeserializeSeed, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::{Decoder, to_vec_named};
use crate::codec::input::{Input, ReadInput, SourceInput};
use crate::codec::shapes::{Choice, Everything, Newtype, Numbers, Pair, Unit, any_float, everything};
use crate::codec::slot::{BlobSeed, BlobSlot, Hint};
use crate::{Budget, Bytes, DType, Error, ErrorKind, Limits};

fn decode<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<(T, u64), Error> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let mut input = SourceInput::from_bytes(Bytes::from(bytes.to_vec()));
    let value = T::deserialize(&mut Decoder::new(&mut input, &budget, None))?;
    Ok((value, input.position()))
}

/// What rmp-serde itself makes of the bytes.
fn theirs<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Option<(T, u64)> {
    let mut reader = bytes;
    let value = rmp_serde::decode::from_read(&mut reader).ok()?;
    Some((value, (bytes.len() - reader.len()) as u64))
}

/// Both take the bytes for the same value, or both refuse them. The bytes have no extension types, which only we refuse.
fn agree<T: for<'de> Deserialize<'de> + PartialEq + core::fmt::Debug>(bytes: &[u8]) {
    assert_eq!(decode::<T>(bytes).ok(), theirs::<T>(bytes), "{bytes:02x?}");
}

/// Bytes that are likely to be MessagePack, without extension types.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        0..4u8,
        0x80..0x84u8,
        0x90..0x95u8,
        0xa0..0xa6u8,
        0xc0..=0xc6u8,
        0xca..=0xd3u8,
        0xd9..=0xffu8,
        Just(b'a')
    ];
    proptest::collection::vec(byte, 0..60)
}

proptest! {
    #[test]
    fn what_rmp_writes_is_read(value in everything(any_float())) {
        let theirs = rmp_serde::to_vec_named(&value).unwrap();
        prop_assert_eq!(&to_vec_named(&value).unwrap(), &theirs);
        prop_assert_eq!(decode::<Everything>(&theirs).unwrap(), (value.clone(), theirs.len() as u64));
        prop_assert_eq!(decode::<Everything>(&rmp_serde::to_vec(&value).unwrap()).unwrap().0, value);
        prop_assert_eq!(decode::<IgnoredAny>(&theirs).unwrap().1, theirs.len() as u64);
    }

    #[test]
    fn wide_integers_are_read(value: (u128, i128)) {
        let bytes = to_vec_named(&value).unwrap();
        prop_assert_eq!(decode::<(u128, i128)>(&bytes).unwrap().0, value);
    }

    #[test]
    fn what_rmp_refuses_is_refused(bytes in bytes()) {
        agree::<Numbers>(&bytes);
        agree::<(Option<bool>, String, char)>(&bytes);
        agree::<Choice>(&bytes);
        agree::<BTreeMap<u8, Option<u8>>>(&bytes);
        agree::<(Unit, Newtype, Pair)>(&bytes);
        agree::<(f32, f64, i16)>(&bytes);
        agree::<Vec<Vec<u8>>>(&bytes);
        agree::<serde_json_like::Any>(&bytes);
    }

    #[test]
    fn a_cut_or_changed_value_is_an_error_or_another_value(value in everything(any_float()), at: prop::sample::Index, bit in 0..8u32) {
        let mut bytes = to_vec_named(&value).unwrap();
        let at = at.index(bytes.len());
        let error = decode::<Everything>(&bytes[..at]).unwrap_err();
        prop_assert!(matches!(error.kind(), ErrorKind::Truncated { .. }), "{}", error);
        bytes[at] ^= 1 << bit;
        match (decode::<Everything>(&bytes), theirs::<Everything>(&bytes)) {
            (Ok(ours), Some(theirs)) => prop_assert_eq!(ours, theirs),
            (Ok(ours), None) => prop_assert!(false, "{:?} accepted", ours),
            // Ours refuses extension types and text that is not UTF-8, also in what is passed over.
            (Err(error), _) => prop_assert!(error.byte_range().is_some(), "{error}"),
        }
    }
}

/// A type that takes whatever the bytes say, through `deserialize_any`.
mod serde_json_like {
    use super::{Deserialize, String, Vec};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    pub(super) enum Any {
        Null(()),
        Bool(bool),
        Unsigned(u64),
        Signed(i64),
        Text(String),
        List(Vec<Any>),
        Map(alloc::collections::BTreeMap<String, Any>),
    }
}

#[test]
fn variants_may_be_numbers() {
    assert_eq!(decode::<Choice>(&[0]).unwrap().0, Choice::Unit);
    assert_eq!(decode::<Choice>(&[0x81, 1, 5]).unwrap().0, Choice::Newtype(5));
    assert!(decode::<Choice>(&[0x92, 1, 5]).is_err() && decode::<Choice>(&[0x82, 1, 5, 1, 5]).is_err());
    assert_eq!(decode::<Choice>(b"\x81\xa4Unit\xc0").unwrap().0, Choice::Unit);
    let error = decode::<Choice>(b"\xa7Newtype").unwrap_err();
    assert!(error.to_string().contains("newtype variant"), "{error}");
}

#[test]
fn a_length_is_not_believed() {
    for head in [0xc6, 0xdb, 0xdd, 0xdf] {
        let bytes = [head, 0xff, 0xff, 0xff, 0xff, 0xc0];
        let error = decode::<serde_bytes::ByteBuf>(&bytes).unwrap_err();
        assert!(error.byte_range().is_some(), "{error}");
        assert!(decode::<IgnoredAny>(&bytes).is_err());

        let budget = Budget::new(Limits::default(), 6);
        let mut input = ReadInput::new(&bytes[..]);
        assert!(IgnoredAny::deserialize(&mut Decoder::new(&mut input, &budget, None)).is_err());
        let mut input = ReadInput::new(&bytes[..]);
        assert!(serde_bytes::ByteBuf::deserialize(&mut Decoder::new(&mut input, &budget, None)).is_err());
    }
}

#[test]
fn what_the_format_does_not_say_is_refused() {
    for marker in [0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8] {
        let error = decode::<IgnoredAny>(&[marker, 0, 0, 0]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
    }
    assert!(matches!(decode::<IgnoredAny>(&[0xc1]).unwrap_err().kind(), ErrorKind::Corrupt { .. }));
    assert!(matches!(decode::<String>(b"\xa2\xc3\x28").unwrap_err().kind(), ErrorKind::Corrupt { .. }));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain(Option<Box<Chain>>);

#[test]
fn nesting_is_bounded() {
    // An option of a newtype of an option takes no byte for a level.
    for bytes in [vec![0x91; 10_000], vec![0x81; 10_000], vec![0x01]] {
        assert!(decode::<Chain>(&bytes).is_err());
        assert!(decode::<Choice>(&bytes).is_err());
    }
    let error = decode::<Chain>(&[0x01]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_depth", .. }), "{error}");
    // Passing over needs no stack.
    let mut deep = vec![0x91; 1_000_000];
    deep.push(0xc0);
    assert_eq!(decode::<IgnoredAny>(&deep).unwrap().1, 1_000_001);
}

#[test]
fn a_blob_is_read_to_where_it_stays() {
    let values = [1.0f32, 2.0, 3.0];
    let blob: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let bytes = to_vec_named(&(serde_bytes::Bytes::new(&blob), 5u8, [7u8, 8])).unwrap();
    let budget = Budget::new(Limits::default(), 0);
    let slot = BlobSlot::default();
    let mut input = ReadInput::new(&bytes[1..]);
    let mut decoder = Decoder::new(&mut input, &budget, Some(&slot));
    let read = BlobSeed { slot: &slot, hint: Hint::Elements(DType::F32) }.deserialize(&mut decoder).unwrap();
    assert_eq!(read.try_into_vec::<f32>().unwrap(), values);
    assert_eq!(u8::deserialize(&mut decoder).unwrap(), 5);
    // An array of integers is bytes too.
    assert_eq!(&*BlobSeed { slot: &slot, hint: Hint::Elements(DType::F32) }.deserialize(&mut decoder).unwrap(), [7, 8]);
}

#[test]
fn what_is_too_long_is_refused_before_it_is_written() {
    struct Long;
    impl Serialize for Long {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serde::ser::SerializeSeq::end(serializer.serialize_seq(Some(1 << 32))?)
        }
    }
    let mut sink = Vec::new();
    let error = super::encode_named(&(1u8, Long), &mut sink, None).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { format: "MessagePack", .. }), "{error}");
    assert!(sink.is_empty());
}
