//! The decoder against bincode itself.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bincode::config;
use proptest::prelude::*;
use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use super::{Decoder, to_vec};
use crate::codec::input::{Input, SourceInput};
use crate::codec::shapes::{Choice, Everything, Numbers, any_float, everything};
use crate::codec::slot::{BlobSeed, BlobSlot, Hint};
use crate::{Budget, Bytes, DType, Error, ErrorKind, Limits};

fn decode<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<(T, u64), Error> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let mut input = SourceInput::from_bytes(Bytes::from(bytes.to_vec()));
    let value = T::deserialize(&mut Decoder::new(&mut input, &budget, None))?;
    Ok((value, input.position()))
}

/// What bincode itself makes of the bytes. It takes memory on their word, so only for bytes whose lengths are small.
fn theirs<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Option<(T, u64)> {
    let config = config::standard().with_limit::<{ 1 << 24 }>();
    bincode::serde::decode_from_slice(bytes, config).ok().map(|(value, len)| (value, len as u64))
}

/// Both take the bytes for the same value, or both refuse them.
fn agree<T: for<'de> Deserialize<'de> + PartialEq + core::fmt::Debug>(bytes: &[u8]) {
    assert_eq!(decode::<T>(bytes).ok(), theirs::<T>(bytes), "{bytes:02x?}");
}

proptest! {
    #[test]
    fn what_bincode_writes_is_read(value in everything(any_float())) {
        let theirs = bincode::serde::encode_to_vec(&value, config::standard()).unwrap();
        prop_assert_eq!(&to_vec(&value).unwrap(), &theirs);
        prop_assert_eq!(decode::<Everything>(&theirs).unwrap(), (value, theirs.len() as u64));
    }

    #[test]
    fn wide_integers_are_read(value: (u128, i128, u64, i64)) {
        let bytes = to_vec(&value).unwrap();
        prop_assert_eq!(decode::<(u128, i128, u64, i64)>(&bytes).unwrap().0, value);
    }

    #[test]
    fn what_bincode_refuses_is_refused(bytes in proptest::collection::vec(prop_oneof![0..4u8, 0xc0..=0xffu8, any::<u8>()], 0..40)) {
        agree::<Numbers>(&bytes);
        agree::<(u128, i128)>(&bytes);
        agree::<(Option<bool>, char, char)>(&bytes);
        agree::<(i16, i32, i64)>(&bytes);
        agree::<Choice>(&bytes);
        agree::<BTreeMap<u8, Option<bool>>>(&bytes);
        agree::<(String, Vec<Option<u16>>)>(&bytes);
    }

    #[test]
    fn a_cut_or_changed_value_is_read_as_bincode_reads_it(value in everything(any_float()), at: prop::sample::Index, bit in 0..8u32) {
        let mut bytes = to_vec(&value).unwrap();
        let at = at.index(bytes.len());
        let error = decode::<Everything>(&bytes[..at]).unwrap_err();
        prop_assert!(matches!(error.kind(), ErrorKind::Truncated { .. }), "{}", error);
        bytes[at] ^= 1 << bit;
        agree::<Everything>(&bytes);
    }
}

#[test]
fn a_length_is_not_believed() {
    for len in [u64::MAX, 1 << 40, 9] {
        let mut bytes = vec![0xfd];
        bytes.extend(len.to_le_bytes());
        bytes.extend([0; 8]);
        let error = decode::<String>(&bytes).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Truncated { .. }), "{error}");
        assert!(decode::<serde_bytes::ByteBuf>(&bytes).is_err());
        assert!(decode::<Vec<u64>>(&bytes).is_err());
        assert!(decode::<BTreeMap<u64, u64>>(&bytes).is_err());
    }
}

#[test]
fn elements_without_bytes_are_bounded() {
    let mut bytes = vec![0xfd];
    bytes.extend((1u64 << 60).to_le_bytes());
    let error = decode::<Vec<()>>(&bytes).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_objects", .. }), "{error}");
}

#[derive(Debug, Serialize, Deserialize)]
struct Chain(Option<Box<Chain>>);

#[test]
fn nesting_is_bounded() {
    assert!(decode::<Chain>(&[1, 1, 1, 0]).is_ok());
    let error = decode::<Chain>(&[1; 10_000]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_depth", .. }), "{error}");
    assert!(error.byte_range().is_some());
}

#[test]
fn an_error_says_at_which_bytes() {
    let error = decode::<(u8, bool)>(&[7, 2]).unwrap_err();
    assert_eq!(error.byte_range(), Some(1..2));
    let error = decode::<(u8, Choice)>(&[7, 9]).unwrap_err();
    assert_eq!(error.byte_range(), Some(1..2), "{error}");
    let error = decode::<(u8, String)>(&[7, 2, 0xc3, 0x28]).unwrap_err();
    assert_eq!(error.byte_range(), Some(1..4), "{error}");
}

#[test]
fn a_blob_is_read_to_where_it_stays() {
    let values = [1.0f32, 2.0, 3.0];
    let blob: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let bytes = to_vec(&(serde_bytes::Bytes::new(&blob), 5u8, serde_bytes::Bytes::new(&[9]))).unwrap();
    let budget = Budget::new(Limits::default(), 0);
    let slot = BlobSlot::default();

    let mut input = SourceInput::from_bytes(Bytes::from(bytes.clone()));
    let mut decoder = Decoder::new(&mut input, &budget, Some(&slot));
    let read = BlobSeed { slot: &slot, hint: Hint::Elements(DType::F32) }.deserialize(&mut decoder).unwrap();
    assert_eq!(read.try_into_vec::<f32>().unwrap(), values);
    assert_eq!(u8::deserialize(&mut decoder).unwrap(), 5);
    assert_eq!(serde_bytes::ByteBuf::deserialize(&mut decoder).unwrap().into_vec(), [9]);

    let stored: &'static [u8] = bytes.leak();
    let mut input = SourceInput::from_bytes(Bytes::from_static(stored));
    let mut decoder = Decoder::new(&mut input, &budget, Some(&slot));
    let shared = BlobSeed { slot: &slot, hint: Hint::Elements(DType::F32) }.deserialize(&mut decoder).unwrap();
    assert!(core::ptr::eq(shared.as_ptr(), stored[1..].as_ptr()));
    assert_eq!(u8::deserialize(&mut decoder).unwrap(), 5);
}

#[test]
fn a_sequence_of_unknown_length_is_refused() {
    let error = to_vec(&Unsized).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { format: "bincode", .. }), "{error}");
}

struct Unsized;

impl Serialize for Unsized {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::ser::SerializeSeq::end(serializer.serialize_seq(None)?)
    }
}
