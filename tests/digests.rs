//! Digests in SafeTensors and Burnpack: what was changed after it was written is found and named, and files without them load as before.

use vellum::format::{ReadOptions, TensorFile, TensorList, TensorSet};
use vellum::{ErrorKind, Result, Value};

use crate::packs::*;

type Open = fn(Vec<u8>, &ReadOptions) -> Result<Box<dyn TensorFile>>;
type Write = fn(&TensorList, bool) -> Vec<u8>;

/// Each format: how it is opened, and how the small list is written.
fn formats() -> [(&'static str, Open, Write); 2] {
    [
        (
            "safetensors",
            |bytes, options| Ok(Box::new(vellum::format::safetensors::SafetensorsFile::open(source(bytes), options)?)),
            |list, digests| {
                let writer = vellum::format::safetensors::Writer::new().digests(digests);
                safetensors_bytes(list, &writer.metadata(text(&[("note", "é\u{1f}\"")])))
            },
        ),
        (
            "burnpack",
            |bytes, options| Ok(Box::new(vellum::format::burnpack::BurnpackFile::open(source(bytes), options)?)),
            |list, digests| {
                let values = Value::Map(vec![
                    ("step".into(), Value::Int(3)),
                    ("rate".into(), Value::Float(0.5)),
                    ("on".into(), Value::Bool(true)),
                ]);
                let writer = vellum::format::burnpack::Writer::new().digests(digests).values(values);
                burnpack_bytes(list, &writer.metadata(text(&[("note", "é\u{1f}\"")])))
            },
        ),
    ]
}

fn check(open: Open, bytes: Vec<u8>) -> Result<()> {
    let file = open(bytes, &ReadOptions::default())?;
    read_all(&*file).map(drop)
}

#[test]
fn every_flipped_bit_of_a_file_is_found() {
    for (format, open, write) in formats() {
        let bytes = write(&small_list(), true);
        check(open, bytes.clone()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // A letter of an escape is the one place where JSON says the same in two ways.
            let case_of_an_escape = bytes[..=bit / 8].ends_with(br"\u001f") && bit % 8 == 5;
            assert_eq!(check(open, flipped).is_ok(), case_of_an_escape, "{format}: bit {bit}");
        }
    }
}

#[test]
fn every_truncation_and_every_added_byte_is_found() {
    for (format, open, write) in formats() {
        for digests in [true, false] {
            let mut bytes = write(&small_list(), digests);
            for len in 0..bytes.len() {
                assert!(check(open, bytes[..len].to_vec()).is_err(), "{format}: {len} bytes");
            }
            bytes.push(0);
            assert!(check(open, bytes).is_err(), "{format}: one byte more");
        }
    }
}

#[test]
fn no_flipped_bit_of_a_file_without_digests_panics() {
    for (_, open, write) in formats() {
        let bytes = write(&small_list(), false);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = check(open, flipped);
        }
    }
}

#[test]
fn changed_data_is_an_error_that_names_the_tensor_and_its_bytes() {
    for (format, open, write) in formats() {
        let mut bytes = write(&small_list(), true);
        let at = bytes.windows(8).rposition(|window| window == [9; 8]).unwrap();
        bytes[at + 3] ^= 0x40;
        let file = open(bytes, &ReadOptions::default()).unwrap();
        let index = file.tensors().iter().position(|entry| entry.name == "view").unwrap();
        let error = error(file.read(index));
        assert!(matches!(error.kind(), ErrorKind::Digest { .. }), "{format}: {error}");
        assert_eq!((error.tensor(), error.byte_range()), (Some("view"), Some(at as u64..at as u64 + 8)));
    }
}

#[test]
fn who_does_not_want_them_checked_on_reading_has_verify() {
    for (_, open, write) in formats() {
        let mut bytes = write(&small_list(), true);
        let at = bytes.windows(8).rposition(|window| window == [9; 8]).unwrap();
        bytes[at] ^= 1;
        let mut options = ReadOptions::default();
        options.digests = false;
        let file = open(bytes, &options).unwrap();
        assert!((0..file.tensors().len()).all(|index| file.read(index).is_ok()));
        assert_eq!(error(file.verify()).tensor(), Some("view"));
    }
}

#[test]
fn a_sink_that_cannot_go_back_gets_the_same_bytes() {
    let list = small_list();
    let (mut pipe, mut bytes) = (Pipe::default(), Vec::new());
    let writer = vellum::format::safetensors::Writer::new();
    writer.write(&list, &mut pipe).unwrap();
    writer.write(&list, &mut bytes).unwrap();
    assert_eq!(pipe.0, bytes);
    let (mut pipe, mut bytes) = (Pipe::default(), Vec::new());
    let writer = vellum::format::burnpack::Writer::new();
    writer.write(&list, &mut pipe).unwrap();
    writer.write(&list, &mut bytes).unwrap();
    assert_eq!(pipe.0, bytes);
}

/// How often a set is asked for a tensor's bytes.
struct Counted<'a>(&'a TensorList, std::cell::Cell<usize>);

impl TensorSet for Counted<'_> {
    fn entries(&self) -> &[vellum::format::TensorEntry] {
        self.0.entries()
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.1.set(self.1.get() + 1);
        self.0.write_to(index, sink)
    }
}

#[test]
fn into_a_file_each_tensor_is_made_once_and_its_digest_is_put_into_the_header_afterwards() {
    let mut list = TensorList::default();
    // More than one piece, and more than the file's buffer.
    list.push("large", tensor(vellum::DType::U8, &[300_000], vec![7; 300_000]));
    list.push("small", tensor(vellum::DType::U8, &[3], [1, 2, 3]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let set = Counted(&list, std::cell::Cell::new(0));
    let mut file = vellum::io::Replace::new(&path).open().unwrap();
    vellum::format::safetensors::Writer::new().write(&set, &mut file).unwrap();
    file.commit().unwrap();
    assert_eq!(set.1.get(), 2);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes, safetensors_bytes(&list, &vellum::format::safetensors::Writer::new()));
    let source = std::sync::Arc::new(vellum::io::FileSource::open(&path).unwrap());
    let file = vellum::format::safetensors::SafetensorsFile::open(source, &ReadOptions::default()).unwrap();
    read_all(&file).unwrap();
}

#[test]
fn a_file_may_be_written_behind_other_bytes() {
    let mut bytes = b"before".to_vec();
    vellum::format::safetensors::Writer::new().write(&small_list(), &mut bytes).unwrap();
    read_all(&open_safetensors(&bytes[6..]).unwrap()).unwrap();
}

#[test]
fn digests_leave_no_trace_in_the_metadata_and_their_keys_are_refused_in_it() {
    for (_, open, write) in formats() {
        let file = open(write(&small_list(), true), &ReadOptions::default()).unwrap();
        assert_eq!(file.metadata().get("note").unwrap(), "é\u{1f}\"");
        assert!(!file.metadata().keys().any(|key| key.contains("xxh3")));
    }
    let metadata = text(&[("vellum.xxh3-128.header", "")]);
    let writer = vellum::format::safetensors::Writer::new().metadata(metadata.clone());
    assert!(matches!(error(writer.write(&small_list(), &mut Vec::new())).kind(), ErrorKind::Argument { .. }));
    let writer = vellum::format::burnpack::Writer::new().metadata(metadata);
    assert!(matches!(error(writer.write(&small_list(), &mut Vec::new())).kind(), ErrorKind::Argument { .. }));
}

/// Makes other bytes of a tensor's.
type Lie = fn(&[u8]) -> Vec<u8>;

/// A set that says one thing and gives another.
struct Liar<'a>(&'a TensorList, Lie);

impl TensorSet for Liar<'_> {
    fn entries(&self) -> &[vellum::format::TensorEntry] {
        self.0.entries()
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.0.write_to(index, &mut |bytes| sink(&self.1(bytes)))
    }
}

#[test]
fn a_set_that_gives_other_bytes_than_it_says_is_refused() {
    let list = small_list();
    let cases: [Lie; 2] = [|bytes| bytes[..bytes.len().saturating_sub(1)].to_vec(), |bytes| [bytes, &[0]].concat()];
    for lie in cases {
        let written = vellum::format::safetensors::Writer::new().write(&Liar(&list, lie), &mut Vec::new());
        assert!(matches!(error(written).kind(), ErrorKind::ByteLength { .. }));
        let written = vellum::format::burnpack::Writer::new().write(&Liar(&list, lie), &mut Vec::new());
        assert!(matches!(error(written).kind(), ErrorKind::ByteLength { .. }));
    }
}
