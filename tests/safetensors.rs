//! SafeTensors: files of its own library, files for it, and every rule of the format.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use safetensors::tensor::TensorView;
use vellum::format::safetensors::{PutShard, SafetensorsFile, ShardedFile, ShardedWriter, Writer};
use vellum::format::{FileFormat, ReadOptions, TensorFile, TensorList, detect};
use vellum::{Bytes, DType, ErrorKind, Limits, Result, Sink, Source};
use vellum_tests::{fixture_bytes, fixture_json, sha256_hex};

use crate::packs::*;

/// A file from the text of its header and its data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn refused(header: &str, data: &[u8], why: &str) {
    let error = error(open_safetensors(file(header, data)));
    assert!(error.to_string().contains(why), "{header}: {error}");
}

#[test]
fn files_of_the_python_library_are_read_bit_for_bit() {
    let expected = fixture_json("safetensors/expected.json");
    let mut seen = 0;
    for case in expected.as_array().unwrap() {
        let name = format!("safetensors/{}", case["file"].as_str().unwrap());
        let file: Box<dyn TensorFile> = if name.contains("index") {
            Box::new(
                open_set(&fixture_bytes(&name), &|shard| fixture_bytes(&format!("safetensors/sharded/{shard}")))
                    .unwrap(),
            )
        } else {
            Box::new(open_safetensors(fixture_bytes(&name)).unwrap())
        };
        assert_eq!(serde_json::to_value(file.metadata()).unwrap(), case["metadata"], "{name}");
        let tensors = case["tensors"].as_object().unwrap();
        let aliases = file.metadata().values().filter(|value| tensors.contains_key(*value)).count();
        assert_eq!(file.tensors().len(), tensors.len() + aliases, "{name}");
        for (entry, tensor) in file.tensors().iter().zip(read_all(&*file).unwrap()) {
            let kept = if tensors.contains_key(&entry.name) { &entry.name } else { &file.metadata()[&entry.name] };
            let expected = &tensors[kept];
            assert_eq!(entry.dtype.name(), expected["dtype"].as_str().unwrap(), "{name} {kept}");
            assert_eq!(serde_json::to_value(entry.shape.dims()).unwrap(), expected["shape"], "{name} {kept}");
            assert_eq!(sha256_hex(tensor.bytes()), expected["sha256"].as_str().unwrap(), "{name} {kept}");
            seen += 1;
        }
    }
    assert!(seen > 50);
}

#[test]
fn what_is_read_from_a_file_of_the_library_is_written_as_the_same_bytes() {
    for name in ["mlp_f16", "mlp_bf16", "dtypes", "odd_shapes", "one", "numpy_bf16", "no_tensors", "tied_save_model"] {
        let bytes = fixture_bytes(&format!("safetensors/{name}.safetensors"));
        let file = open_safetensors(bytes.clone()).unwrap();
        let writer = Writer::new().digests(false).metadata(file.metadata().clone());
        assert_eq!(safetensors_bytes(&to_list(&file), &writer), bytes, "{name}");
    }
}

#[test]
fn tied_weights_are_written_once_and_read_under_each_name() {
    let bytes = safetensors_bytes(&small_list(), &Writer::new());
    let file = open_safetensors(bytes.clone()).unwrap();
    // `view` says that it lies in the same storage, and has other bytes.
    let expected =
        [("empty", None), ("head.weight", Some(1)), ("view", None), ("mask", None), ("embed.weight", Some(1))];
    assert_eq!(names(&file), expected);
    assert_eq!(file.metadata(), &text(&[("embed.weight", "head.weight")]));
    assert_eq!(file.read(4).unwrap(), file.read(1).unwrap());
    assert_eq!(safetensors_bytes(&to_list(&file), &Writer::new()), bytes);
    let peer = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(peer.len(), 4);
}

#[test]
fn an_alias_never_replaces_metadata() {
    let writer = Writer::new().metadata(text(&[("embed.weight", "mine")]));
    let error = error(writer.write(&small_list(), &mut Vec::new()));
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }), "{error}");
}

#[test]
fn metadata_is_an_alias_only_if_it_maps_a_free_name_to_a_tensor() {
    let header = r#"{"__metadata__":{"format":"pt","pt":"b","b":"pt","c":"none"},"pt":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
    let file = open_safetensors(file(header, &[1, 2])).unwrap();
    assert_eq!(names(&file), [("pt", None), ("b", None)]);
}

#[test]
fn rule_the_header_is_there_and_within_its_limit() {
    for len in 0..8 {
        assert!(matches!(error(open_safetensors(vec![1; len])).kind(), ErrorKind::Truncated { needed: 8, .. }));
    }
    let mut bytes = 99_000_000u64.to_le_bytes().to_vec();
    bytes.extend(b"{}");
    assert!(matches!(error(open_safetensors(bytes)).kind(), ErrorKind::Truncated { .. }));
    let mut options = ReadOptions::default();
    let mut limits = Limits::default();
    limits.max_header_bytes = 15;
    options.limits = limits;
    let error = error(SafetensorsFile::open(source(file("{              }", b"")), &options));
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_header_bytes", needed: 16, .. }), "{error}");
}

#[test]
fn rule_the_header_begins_with_a_brace_and_ends_with_one_and_blanks() {
    assert!(open_safetensors(file("{}", b"")).is_ok());
    assert!(open_safetensors(file("{}      ", b"")).is_ok());
    for header in [" {}", "[]", "\u{feff}{}", "null"] {
        assert!(matches!(error(open_safetensors(file(header, b""))).kind(), ErrorKind::WrongFormat { .. }), "{header}");
    }
    for header in ["{}\n", "{}\0", "{} {}", "{}x", "{}\t"] {
        assert!(matches!(error(open_safetensors(file(header, b""))).kind(), ErrorKind::Corrupt { .. }), "{header}");
    }
}

#[test]
fn rule_no_name_comes_twice_however_it_is_spelt() {
    let a = r#":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#;
    refused(&format!(r#"{{"a"{a},"a"{a}}}"#), &[0], "tensor `a`: corrupt: two tensors have this name");
    refused(&format!(r#"{{"a"{a},"\u0061"{a}}}"#), &[0], "tensor `a`: corrupt: two tensors have this name");
    refused(r#"{"__metadata__":{"k":"1","\u006b":"2"}}"#, &[], "`k` comes twice");
    refused(r#"{"__metadata__":{},"__metadata__":{}}"#, &[], "`__metadata__` comes twice");
    refused(r#"{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, &[0], "`dtype` comes twice");
}

#[test]
fn rule_an_entry_is_an_object_of_dtype_shape_and_offsets() {
    refused(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, &[0], "unknown field `x`");
    refused(r#"{"a":{"shape":[1],"data_offsets":[0,1]}}"#, &[0], "no `dtype`");
    refused(r#"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, &[0], "no `shape`");
    refused(r#"{"a":{"dtype":"U8","shape":[1]}}"#, &[0], "no `data_offsets`");
    refused(r#"{"a":["U8",[1],[0,1]]}"#, &[0], "an object with dtype");
    refused(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, &[0], "not the JSON");
    refused(r#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, &[0], "not the JSON");
    refused(r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, &[0], "not the JSON");
    refused(r#"{"__metadata__":{"a":1}}"#, &[], "not the JSON");
    refused(r#"{"a":{"dtype":"C128","shape":[],"data_offsets":[0,16]}}"#, &[0; 16], "unknown dtype `C128`");
}

#[test]
fn rule_tensors_fill_the_data_without_holes_and_overlap() {
    let two = |a: &str, b: &str| {
        format!(
            r#"{{"a":{{"dtype":"U8","shape":[2],"data_offsets":{a}}},"b":{{"dtype":"U8","shape":[2],"data_offsets":{b}}}}}"#
        )
    };
    assert!(open_safetensors(file(&two("[0,2]", "[2,4]"), &[0; 4])).is_ok());
    // The order of the header is free.
    let unsorted = open_safetensors(file(&two("[2,4]", "[0,2]"), &[1, 2, 3, 4])).unwrap();
    assert_eq!(names(&unsorted), [("b", None), ("a", None)]);
    assert_eq!(&unsorted.read(1).unwrap().bytes()[..], [3, 4]);
    refused(&two("[0,2]", "[1,3]"), &[0; 3], "tensor `b`: corrupt: the tensor overlaps");
    refused(&two("[0,2]", "[0,2]"), &[0; 2], "overlaps");
    refused(&two("[0,2]", "[3,5]"), &[0; 5], "leaves a hole");
    refused(&two("[1,3]", "[3,5]"), &[0; 5], "leaves a hole");
    refused(&two("[0,2]", "[2,4]"), &[0; 5], "bytes behind the last tensor");
    refused(&two("[0,2]", "[2,4]"), &[0; 3], "truncated");
    refused(&two("[2,0]", "[2,4]"), &[0; 4], "");
    refused(&two("[0,2]", "[2,18446744073709551615]"), &[0; 4], "does not take");
}

#[test]
fn rule_shape_and_dtype_take_the_bytes_that_the_offsets_give() {
    let one = |dtype: &str, shape: &str, end: u64| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
    };
    assert!(open_safetensors(file(&one("F4", "[3,2]", 3), &[0; 3])).is_ok());
    refused(&one("F4", "[3]", 2), &[0; 2], "does not take");
    refused(&one("F6_E2M3", "[2]", 2), &[0; 2], "does not take");
    refused(&one("F32", "[3]", 8), &[0; 8], "does not take 8 bytes");
    refused(&one("F32", "[8589934592,8589934592]", 0), &[], "more elements than");
    refused(&one("F32", "[4194305,4194305,211106198978564]", 16), &[0; 16], "more elements than");
    refused(&one("BOOL", "[1,1]", 0), &[], "does not take");
    let bool = open_safetensors(file(&one("BOOL", "[1]", 1), &[2])).unwrap();
    assert!(error(bool.read(0)).to_string().contains("neither 0 nor 1"));
}

#[test]
fn all_dtypes_of_the_format_are_written_and_read_by_its_library() {
    let mut list = TensorList::default();
    for &dtype in DType::ALL {
        if dtype != DType::C128 {
            let len = dtype.byte_len(8).unwrap();
            list.push(dtype.name(), tensor(dtype, &[2, 4], vec![1; len]));
        }
    }
    let bytes = safetensors_bytes(&list, &Writer::new());
    let file = open_safetensors(bytes.clone()).unwrap();
    let peer = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!((file.tensors().len(), peer.len()), (22, 22));
    for (entry, tensor) in file.tensors().iter().zip(read_all(&file).unwrap()) {
        let view = peer.tensor(&entry.name).unwrap();
        assert_eq!(view.dtype().to_string(), entry.dtype.name());
        assert_eq!((view.shape(), view.data()), (entry.shape.dims(), &tensor.bytes()[..]));
    }
    let mut list = TensorList::default();
    list.push("a", tensor(DType::C128, &[1], [0; 16]));
    let error = error(Writer::new().write(&list, &mut Vec::new()));
    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor() == Some("a"));
}

#[test]
fn a_name_twice_or_one_that_is_not_a_tensors_is_not_written() {
    let mut list = small_list();
    list.push("mask", tensor(DType::U8, &[1], [0]));
    let error_of = |list: &TensorList| error(Writer::new().write(list, &mut Vec::new()));
    assert!(matches!(error_of(&list).kind(), ErrorKind::Argument { .. }));
    let mut list = TensorList::default();
    list.push("__metadata__", tensor(DType::U8, &[1], [0]));
    assert!(matches!(error_of(&list).kind(), ErrorKind::Unrepresentable { .. }));
}

#[test]
fn tensors_of_a_static_slice_share_its_bytes() {
    let bytes: &'static [u8] = safetensors_bytes(&small_list(), &Writer::new()).leak();
    let mut options = ReadOptions::default();
    options.share = true;
    let file = SafetensorsFile::open(Arc::new(Bytes::from_static(bytes)), &options).unwrap();
    for tensor in read_all(&file).unwrap() {
        assert!(tensor.bytes().is_static());
    }
    let owned = SafetensorsFile::open(Arc::new(Bytes::from_static(bytes)), &ReadOptions::default()).unwrap();
    assert!(!owned.read(1).unwrap().bytes().is_static());
    assert!(matches!(error(owned.read(99)).kind(), ErrorKind::Argument { .. }));
}

/// Files of a set, by name.
#[derive(Default)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl PutShard for Folder {
    fn put_shard(&mut self, name: &str, body: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<String> {
        let mut bytes = Vec::new();
        body(&mut bytes)?;
        assert!(self.0.insert(name.to_owned(), bytes).is_none(), "{name} is written twice");
        Ok(name.to_owned())
    }

    fn put_index(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        assert!(self.0.insert(name.to_owned(), bytes.to_vec()).is_none(), "{name} is written twice");
        Ok(())
    }
}

impl Folder {
    fn open(&self) -> Result<ShardedFile> {
        open_set(&self.0["m.safetensors.index.json"], &|shard| self.0.get(shard).cloned().unwrap_or_default())
    }
}

fn open_set(index: &[u8], shards: &dyn Fn(&str) -> Vec<u8>) -> Result<ShardedFile> {
    let open = |name: &str| Ok(source(shards(name)));
    let index = source(index);
    assert_eq!(detect(&index).unwrap(), FileFormat::SafetensorsIndex);
    ShardedFile::open(&index, &open, &ReadOptions::default())
}

fn write_set(list: &TensorList, max_bytes: u64) -> Folder {
    let mut folder = Folder::default();
    let writer = ShardedWriter::new(max_bytes).metadata(text(&[("note", "x")]));
    assert_eq!(writer.write(list, "m", &mut folder).unwrap(), "m.safetensors.index.json");
    folder
}

#[test]
fn a_set_is_split_by_size_in_order_and_read_as_one_file() {
    let folder = write_set(&small_list(), 9);
    let names_of: Vec<&str> = folder.0.keys().map(String::as_str).collect();
    assert_eq!(
        names_of,
        [
            "m-00001-of-00003.safetensors",
            "m-00002-of-00003.safetensors",
            "m-00003-of-00003.safetensors",
            "m.safetensors.index.json"
        ]
    );
    let file = folder.open().unwrap();
    let expected =
        [("head.weight", Some(0)), ("empty", None), ("view", None), ("mask", None), ("embed.weight", Some(0))];
    assert_eq!(names(&file), expected);
    assert_eq!(file.metadata(), &text(&[("embed.weight", "head.weight"), ("note", "x")]));
    let tensors = read_all(&file).unwrap();
    assert_eq!(tensors[0], tensors[4]);
    let index: serde_json::Value = serde_json::from_slice(&folder.0["m.safetensors.index.json"]).unwrap();
    assert_eq!(index["metadata"]["total_size"], 19);
    assert_eq!(index["weight_map"]["mask"], "m-00003-of-00003.safetensors");
    assert_eq!(write_set(&TensorList::default(), 9).open().unwrap().metadata(), &text(&[("note", "x")]));
}

#[test]
fn a_shard_of_another_save_is_found() {
    let mut folder = write_set(&small_list(), 9);
    let mut other = TensorList::default();
    other.push("head.weight", tensor(DType::F32, &[2, 1], [0; 8]));
    other.push("empty", tensor(DType::I64, &[0, 3], []));
    let shard = safetensors_bytes(&other, &Writer::new());
    let name = "m-00001-of-00003.safetensors";
    folder.0.insert(name.to_owned(), shard);
    let error = error(folder.open());
    assert!(matches!(error.kind(), ErrorKind::Digest { .. }) && error.file() == Some(name), "{error}");
}

#[test]
fn index_and_shards_agree_on_every_tensor() {
    let shard = |names: &[&str]| {
        let mut list = TensorList::default();
        for &name in names {
            list.push(name, tensor(DType::U8, &[1], [1]));
        }
        safetensors_bytes(&list, &Writer::new())
    };
    let open = |index: &str| {
        open_set(index.as_bytes(), &|name| match name {
            "1" => shard(&["a", "b"]),
            "2" => shard(&["c"]),
            _ => panic!("{name} must not be opened"),
        })
    };
    assert!(open(r#"{"weight_map":{"a":"1","b":"1","c":"2"}}"#).is_ok());
    for (index, why) in [
        (r#"{"weight_map":{"a":"1","c":"2"}}"#, "1: tensor `b`: corrupt: the index does not list"),
        (r#"{"weight_map":{"a":"1","b":"2","c":"2"}}"#, "1: tensor `b`: corrupt: the index does not list"),
        (r#"{"weight_map":{"a":"1","b":"1","d":"1","c":"2"}}"#, "1: tensor `d`: corrupt: the tensor is not in"),
        (r#"{"weight_map":{"a":"1","b":"1","c":"../2"}}"#, "refused"),
        (r#"{"weight_map":{"a":"1","b":"1","c":"x\\2"}}"#, "refused"),
        (r#"{"weight_map":{"a":"1","a":"2"}}"#, "`a` comes twice"),
        (r#"{"weight_map":{},"other":1}"#, "an index has no `other`"),
    ] {
        let error = error(open(index));
        assert!(error.to_string().contains(why), "{index}: {error}");
    }
}

#[test]
fn metadata_that_shards_disagree_on_is_not_hidden() {
    let shard = |name: &str, note: &str| {
        let mut list = TensorList::default();
        list.push(name, tensor(DType::U8, &[1], [1]));
        safetensors_bytes(&list, &Writer::new().metadata(text(&[("note", note), ("format", "pt")])))
    };
    let index = br#"{"metadata":{"total_size":2.5},"weight_map":{"a":"1","b":"2"}}"#;
    let file = open_set(index, &|name| if name == "1" { shard("a", "x") } else { shard("b", "y") }).unwrap();
    assert_eq!(file.metadata(), &text(&[("format", "pt"), ("note", "x"), ("2: note", "y"), ("total_size", "2.5")]));
}

fn any_list() -> impl Strategy<Value = BTreeMap<String, (usize, Vec<usize>, u8)>> {
    prop::collection::btree_map(".{0,8}", (0..22usize, prop::collection::vec(0usize..4, 0..4), any::<u8>()), 0..12)
}

proptest! {
    #[test]
    fn what_vellum_writes_the_library_reads_and_writes_alike(tensors in any_list(), metadata: BTreeMap<String, String>, digests: bool) {
        // The library's own map has no order: it is compared in bytes only with one entry.
        let plain: Vec<DType> = DType::ALL.iter().copied().filter(|&dtype| dtype != DType::C128).collect();
        let mut list = TensorList::default();
        let mut views = Vec::new();
        for (name, (dtype, shape, byte)) in &tensors {
            let dtype = plain[*dtype];
            let Some(len) = dtype.byte_len(shape.iter().product()) else { continue };
            let bytes = vec![if dtype == DType::Bool { byte % 2 } else { *byte }; len];
            list.push(name.clone(), tensor(dtype, shape, bytes.clone()));
            let theirs = serde_json::from_value(serde_json::json!(dtype.name())).unwrap();
            views.push((name.clone(), theirs, shape.clone(), bytes));
        }
        let metadata: BTreeMap<String, String> =
            metadata.into_iter().filter(|(_, value)| !tensors.contains_key(value)).collect();
        let bytes = safetensors_bytes(&list, &Writer::new().metadata(metadata.clone()).digests(digests));
        let peer = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        prop_assert_eq!(peer.len(), views.len());
        for (name, dtype, shape, bytes) in &views {
            let view = peer.tensor(name).unwrap();
            prop_assert_eq!((view.dtype(), view.shape(), view.data()), (*dtype, &shape[..], &bytes[..]));
        }
        let theirs = views.iter().map(|(name, dtype, shape, bytes)| {
            (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        let info = (!metadata.is_empty()).then(|| metadata.clone().into_iter().collect());
        let theirs = safetensors::serialize(theirs, info).unwrap();
        let read = open_safetensors(theirs.clone()).unwrap();
        prop_assert_eq!(read.metadata(), &metadata);
        prop_assert_eq!(read_all(&read).unwrap(), read_all(&open_safetensors(bytes.clone()).unwrap()).unwrap());
        if !digests && metadata.len() < 2 {
            prop_assert_eq!(bytes, theirs);
        }
    }

    #[test]
    fn any_bytes_behind_a_brace_are_an_error_or_a_file(header in "\\{[\\[\\]{}\":,a-e0-9]{0,40}\\}", data: Vec<u8>) {
        if let Ok(file) = open_safetensors(file(&header, &data)) {
            let _ = read_all(&file);
        }
    }
}

#[test]
fn a_source_that_is_a_file_in_a_file_is_read_from_its_own_start() {
    let inner = safetensors_bytes(&small_list(), &Writer::new());
    let outer = source([&b"front"[..], &inner, b"back"].concat());
    let section = vellum::source::Section::new(outer, 5..5 + inner.len() as u64).unwrap();
    let section: Arc<dyn Source> = Arc::new(section);
    read_all(&SafetensorsFile::open(section, &ReadOptions::default()).unwrap()).unwrap();
}
