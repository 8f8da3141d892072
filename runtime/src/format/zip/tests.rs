//! The rules of the format, one test each, on archives built field by field.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::bytes::Bytes;
use crate::dtype::DType;
use crate::error::{ErrorKind, Result};
use crate::limits::{Budget, Limits};
use crate::shape::Shape;
use crate::source::Source;

fn open(bytes: &[u8]) -> Result<Archive> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    Archive::open(Arc::new(Bytes::from(bytes.to_vec())), &budget)
}

/// Two stored members and a deflated one.
fn sample() -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = ZipWriter::new(&mut file);
    writer.stored("m/data", 8, |put| put(&[0, 0, 128, 63, 0, 0, 0, 64])).unwrap();
    writer.deflated("m/text", 3000, |put| (0..300).try_for_each(|_| put(b"0123456789"))).unwrap();
    writer.stored("m/β", 0, |_| Ok(())).unwrap();
    writer.finish().unwrap();
    file
}

/// A source that has nothing in memory to share, as a file has not.
struct Unshared(Vec<u8>);

impl Source for Unshared {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        Bytes::from(self.0.clone()).read_at(offset, buffer)
    }
}

/// Where the central header of the sample's first member starts.
fn directory_of(file: &[u8]) -> usize {
    file.windows(4).position(|bytes| bytes == layout::CENTRAL_HEADER.to_le_bytes()).unwrap()
}

fn error_of(file: &[u8]) -> String {
    match open(file) {
        Err(error) => error.to_string(),
        Ok(archive) => {
            archive.entries().iter().find_map(|entry| archive.read(entry).err()).expect("an error").to_string()
        }
    }
}

#[test]
fn what_was_written_is_read_from_memory_and_from_a_file() {
    let file = sample();
    let budget = Budget::new(Limits::default(), file.len() as u64);
    for source in [Arc::new(Bytes::from(file.clone())) as Arc<dyn Source>, Arc::new(Unshared(file.clone()))] {
        let archive = Archive::open(source, &budget).unwrap();
        let names: Vec<_> = archive.entries().iter().map(Entry::name).collect();
        assert_eq!(names, ["m/data", "m/text", "m/β"]);
        let text = archive.find("m/text").unwrap();
        assert_eq!((text.method(), text.size()), (Method::Deflated, 3000));
        assert!(text.compressed_size() < 100 && archive.section(text).is_err());
        assert_eq!(archive.read(text).unwrap().chunks(10).filter(|part| part == b"0123456789").count(), 300);
        let tensor = archive.find("m/data").unwrap();
        assert_eq!(tensor.data_range().start % 64, 0);
        for share in [false, true] {
            let shape = Shape::new([1]).unwrap();
            let part = archive.read_tensor(tensor, 4, DType::F32, shape, share).unwrap();
            assert_eq!(part.to_vec::<f32>().unwrap(), [2.0]);
        }
        assert!(archive.find("m/none").is_none() && archive.read(archive.find("m/β").unwrap()).unwrap().is_empty());
    }
}

#[test]
fn sharing_copies_nothing_and_checks_the_crc_all_the_same() {
    let mut file = sample();
    let archive = open(&file).unwrap();
    let entry = archive.find("m/data").unwrap();
    let (one, two) = (archive.read(entry).unwrap(), archive.read(entry).unwrap());
    assert!(one.same_memory(&two));
    let at = usize::try_from(entry.data_range().start).unwrap();
    file[at] ^= 1;
    let archive = open(&file).unwrap();
    let entry = archive.find("m/data").unwrap();
    for share in [false, true] {
        let error = archive.read_tensor(entry, 4, DType::F32, Shape::scalar(), share).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Digest { .. }), "{error}");
    }
    let archive = archive.with_crc_checks(false);
    assert!(archive.read(archive.find("m/data").unwrap()).is_ok());
}

#[test]
fn every_truncation_is_an_error() {
    let file = sample();
    for len in 0..file.len() {
        assert!(open(&file[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn no_flipped_bit_changes_what_is_read() {
    let file = sample();
    let read = |file: &[u8]| -> Result<Vec<(String, Vec<u8>)>> {
        let archive = open(file)?;
        archive.entries().iter().map(|entry| Ok((entry.name().to_string(), archive.read(entry)?.to_vec()))).collect()
    };
    let whole = read(&file).unwrap();
    let mut found = 0;
    for bit in 0..file.len() * 8 {
        let mut file = file.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        match read(&file) {
            Ok(members) => assert_eq!(members, whole, "bit {bit}"),
            Err(_) => found += 1,
        }
    }
    // What is left are dates, versions, attributes, padding and descriptors.
    assert!(found * 2 > file.len() * 8);
}

#[test]
fn names_are_unique() {
    let mut file = Vec::new();
    let mut writer = ZipWriter::new(&mut file);
    writer.stored("a", 1, |put| put(b"x")).unwrap();
    assert!(writer.stored("a", 1, |put| put(b"y")).unwrap_err().to_string().contains("two members `a`"));
    writer.stored("b", 1, |put| put(b"y")).unwrap();
    writer.finish().unwrap();
    let renamed: Vec<u8> = {
        let mut file = file.clone();
        for byte in file.iter_mut().filter(|byte| **byte == b'b') {
            *byte = b'a';
        }
        file
    };
    assert!(error_of(&renamed).contains("two members `a`"));
}

#[test]
fn local_and_central_header_agree() {
    let file = sample();
    let cases: [(usize, u8, &str); 4] =
        [(0, 1, "no local header"), (30, b'n', "another name"), (8, 8, "another method"), (6, 0, "other flags")];
    for (at, value, message) in cases {
        let mut file = file.clone();
        file[at] = value;
        assert!(error_of(&file).contains(message), "{}", error_of(&file));
    }
    // Without the flag that says they stand behind the data, CRC and sizes of the local header count.
    let mut file = file;
    let directory = directory_of(&file);
    file[6] &= !8;
    file[directory + 8] &= !8;
    assert!(error_of(&file).contains("other sizes"));
    file[18..22].copy_from_slice(&8u32.to_le_bytes());
    file[22..26].copy_from_slice(&8u32.to_le_bytes());
    assert!(error_of(&file).contains("another CRC"));
    let crc: Vec<u8> = file[directory + 16..directory + 20].to_vec();
    file[14..18].copy_from_slice(&crc);
    assert!(open(&file).is_ok());
}

#[test]
fn a_stored_member_has_equal_sizes_and_other_methods_are_named_when_read() {
    let file = sample();
    let directory = directory_of(&file);
    let mut sizes = file.clone();
    sizes[directory + 24] = 9;
    assert!(error_of(&sizes).contains("its sizes differ: 9 and 8"));
    let mut method = file;
    (method[8], method[directory + 10]) = (93, 93);
    assert!(open(&method).is_ok());
    assert!(error_of(&method).contains("Zstandard"));
}

#[test]
fn encrypted_members_and_several_disks_are_refused() {
    let file = sample();
    let directory = directory_of(&file);
    let mut encrypted = file.clone();
    (encrypted[6], encrypted[directory + 8]) = (encrypted[6] | 1, encrypted[directory + 8] | 1);
    assert!(error_of(&encrypted).contains("encrypted"));
    let mut disks = file.clone();
    disks[directory + 34] = 1;
    assert!(error_of(&disks).contains("several disks"));
    let mut end = file;
    let at = end.len() - 18;
    end[at] = 1;
    assert!(error_of(&end).contains("several disks"));
}

#[test]
fn members_do_not_overlap() {
    let file = sample();
    let directory = directory_of(&file);
    let mut grown = file.clone();
    for at in [directory + 20, directory + 24] {
        grown[at..at + 4].copy_from_slice(&200u32.to_le_bytes());
    }
    assert!(error_of(&grown).contains("overlaps"));
}

#[test]
fn a_prefix_is_allowed_where_the_offsets_agree_about_it() {
    let mut file = b"#!/bin/sh\n".to_vec();
    file.extend(sample());
    let archive = open(&file).unwrap();
    assert_eq!(archive.read(archive.find("m/data").unwrap()).unwrap().len(), 8);
    file.push(0);
    assert!(open(&file).is_err());
}

#[test]
fn an_archive_behind_another_is_refused() {
    let file = sample();
    assert!(error_of(&[&file[..], &file].concat()).contains("behind another"));
    // An empty one, which is the comment of the first to whoever reads that.
    let mut inner = b"PK\x05\x06".to_vec();
    inner.resize(22, 0);
    let mut outer = file.clone();
    let end = outer.len() - 2;
    outer[end..].copy_from_slice(&22u16.to_le_bytes());
    assert!(error_of(&[&outer[..], &inner].concat()).contains("behind another"));
}

#[test]
fn a_second_end_record_in_the_comment_is_refused() {
    let mut file = sample();
    let len = file.len();
    file[len - 2] = 5;
    file.extend(b"hello");
    assert!(open(&file).is_ok());
    file[len - 2] = 30;
    file.truncate(len);
    file.extend(b"PK\x05\x06");
    file.extend([0; 26]);
    assert!(error_of(&file).contains("comment"));
}

#[test]
fn a_size_that_deflate_cannot_make_is_found_before_memory_is_taken() {
    let mut file = sample();
    let directory = directory_of(&file);
    let second = directory + 46 + "m/data".len();
    file[second + 24..second + 28].copy_from_slice(&0xffff_fff0u32.to_le_bytes());
    assert!(error_of(&file).contains("more than deflate can make"));
}

#[test]
fn inflated_bytes_are_charged_once_to_the_budget_of_the_file() {
    let mut file = Vec::new();
    let mut writer = ZipWriter::new(&mut file);
    for name in ["a", "b"] {
        writer.deflated(name, 1 << 20, |put| put(&vec![0; 1 << 20])).unwrap();
    }
    writer.finish().unwrap();
    let limits = Limits { expansion_grace_bytes: 1 << 20, max_expansion_ratio: 1, ..Limits::default() };
    let budget = Budget::new(limits, file.len() as u64);
    let archive = Archive::open(Arc::new(Bytes::from(file)), &budget).unwrap();
    let [a, b] = archive.entries() else { panic!("two members") };
    for _ in 0..3 {
        assert_eq!(archive.read(a).unwrap().len(), 1 << 20);
    }
    let error = archive.read(b).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_expansion_ratio", .. }), "{error}");
}

#[test]
fn the_stated_size_is_what_the_stream_makes() {
    for size in [2999u32, 3001] {
        let mut file = sample();
        let second = directory_of(&file) + 46 + "m/data".len();
        file[second + 24..second + 28].copy_from_slice(&size.to_le_bytes());
        assert!(error_of(&file).contains("the size that the directory states"));
    }
}

#[test]
fn more_members_than_sixteen_bits_count_take_zip64() {
    let mut file = Vec::new();
    let mut writer = ZipWriter::new(&mut file);
    for index in 0..70_000 {
        writer.stored(&format!("{index}"), 0, |_| Ok(())).unwrap();
    }
    writer.finish().unwrap();
    let archive = open(&file).unwrap();
    assert_eq!((archive.entries().len(), archive.find("69999").is_some()), (70_000, true));
    let locator = file.len() - 42;
    file[locator + 8] ^= 1;
    assert!(error_of(&file).contains("locator"));
}

#[test]
fn a_member_gets_the_bytes_that_were_announced() {
    let mut file = Vec::new();
    let mut writer = ZipWriter::new(&mut file);
    let error = writer.stored("a", 4, |put| put(b"xyz")).unwrap_err();
    assert!(error.to_string().contains("4 bytes and was given 3"));
}
