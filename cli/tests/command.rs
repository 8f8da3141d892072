//! The binary, run as people run it: what it prints, where, and with which exit status. Each test has a folder of its own.
#![allow(missing_docs, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

fn vellum<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vellum")).args(args).output().unwrap()
}

fn run(command: &str, options: &[&str], files: &[&Path]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_vellum"));
    program.arg(command).args(options).args(files).output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn inspect(file: &Path) -> Value {
    let output = run("inspect", &["--json", "--digest"], &[file]);
    assert_eq!(status(&output), 0, "{}: {}", file.display(), text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Name, dtype, shape and digest of each tensor, sorted by name.
fn tensors(report: &Value) -> Vec<[String; 4]> {
    let list = report["tensors"].as_array().unwrap().iter();
    let mut list: Vec<_> =
        list.map(|tensor| ["name", "dtype", "shape", "sha256"].map(|key| tensor[key].to_string())).collect();
    list.sort();
    list
}

fn names(report: &Value) -> Vec<&str> {
    report["tensors"].as_array().unwrap().iter().map(|tensor| tensor["name"].as_str().unwrap()).collect()
}

const RECORD: &str = "burn/book_model/full.mpk";

#[test]
fn the_json_of_inspect_is_the_contract() {
    let report = inspect(&fixture(RECORD));
    assert_eq!(report["format"], "burn-mpk");
    assert_eq!(report["metadata"]["version"], "0.21.0");
    assert_eq!(report["values"]["linear_in"]["weight"]["tensor"], "linear_in.weight");
    assert_eq!(report["refusals"], Value::Array(Vec::new()));
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["format", "metadata", "refusals", "tensors", "values"]);
    let weight = &report["tensors"][0];
    assert_eq!(weight["name"], "linear_in.weight");
    assert_eq!(weight["dtype"], "F32");
    assert_eq!(weight["shape"], serde_json::json!([10, 64]));
    assert_eq!(weight["nbytes"], 2560);
    assert_eq!(weight["sha256"].as_str().unwrap().len(), 64);
    let plain = run("inspect", &["--json"], &[&fixture(RECORD)]);
    let plain: Value = serde_json::from_slice(&plain.stdout).unwrap();
    assert!(plain["tensors"][0].get("sha256").is_none());
}

#[test]
fn a_record_has_the_same_tensors_in_every_encoding_and_store() {
    let expected = tensors(&inspect(&fixture(RECORD)));
    for file in ["full.mpk.gz", "full.json", "full.json.gz", "full.bytes-mpk", "plain.safetensors", "burnpack.bpk"] {
        assert_eq!(tensors(&inspect(&fixture("burn/book_model").join(file))), expected, "{file}");
    }
}

#[test]
fn what_burn_saved_is_burns_in_another_format_too() {
    let folder = TempDir::new().unwrap();
    for from in
        [RECORD, "burnpack/columns/burn021.bpk", "burnpack/columns/burn022.bpk", "burnpack/columns/burn021.safetensors"]
    {
        for to in ["to.bpk", "to.safetensors"] {
            let to = folder.path().join(to);
            let output = run("convert", &["--force"], &[&fixture(from), &to]);
            assert_eq!(status(&output), 0, "{from}: {}", text(&output.stderr));
            let report = inspect(&to);
            assert_eq!(report["metadata"]["producer"], "burn", "{from}");
            assert_eq!(tensors(&report), tensors(&inspect(&fixture(from))), "{from}");
        }
    }
}

#[test]
fn the_parameters_of_a_nameless_record_are_numbered_and_marked() {
    for (folder, named, nameless) in [
        ("burn/book_model", "full.mpk", "full.bin"),
        ("burn/book_model", "half.mpk", "half.bin.gz"),
        ("burn/nested", "full.mpk", "full.bin"),
        ("burn/conv_net", "double.mpk", "double.bin"),
        ("burn/burn0161", "model_full.mpk", "model_full.bin"),
        ("burn/book_model_burn0132", "full.mpk", "full.bin"),
        ("burn/book_model_burn0132", "half.mpk", "half.bin"),
    ] {
        let (named, nameless) = (inspect(&fixture(folder).join(named)), inspect(&fixture(folder).join(nameless)));
        assert!(nameless["metadata"].get("heuristic").is_some(), "{folder}");
        assert!(named["metadata"].get("heuristic").is_none(), "{folder}");
        let numbers: Vec<String> = (0..names(&nameless).len()).map(|number| format!("#{number}")).collect();
        assert_eq!(names(&nameless), numbers, "{folder}");
        let digests = |report: &Value| {
            report["tensors"].as_array().unwrap().iter().map(|t| t["sha256"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(digests(&nameless), digests(&named), "{folder}");
    }
}

#[test]
fn files_of_every_version_of_burn_are_good_and_say_the_same_in_every_encoding() {
    let eras = fixture("burn/eras");
    let versions = fs::read_dir(&eras).unwrap().map(|entry| entry.unwrap().path());
    let versions: Vec<PathBuf> = versions.filter(|path| path.is_dir() && !path.ends_with("expected")).collect();
    assert_eq!(versions.len(), 14);
    for version in versions {
        let files = fs::read_dir(&version).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<PathBuf> = files.filter(|file| !file.ends_with("ids.json")).collect();
        let output = run("verify", &[], &files.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        assert_eq!(status(&output), 0, "{}", text(&output.stderr));
        // Until 0.13 halves are integers, and until 0.14 the user's own ids are any text: bincode tells neither.
        let models = [
            ("model_full.mpk", "model_full.bin"),
            ("model_full.mpk", "model_full.bytes-bin"),
            ("model_half.json.gz", "model_half.bin"),
            ("model_double.json.gz", "model_double.bin.gz"),
        ];
        let minor = version.file_name().unwrap().to_str().unwrap().split('.').nth(1).unwrap();
        let old = minor.parse::<u32>().unwrap() < 15;
        let models = if old { &[][..] } else { &models };
        let all = [
            ("model_half.json.gz", "model_half.mpk.gz"),
            ("adam_full.json.gz", "adam_full.bin"),
            (
                if version.join("adam_half.mpk").exists() { "adam_half.mpk" } else { "adam_half.mpk.gz" },
                "adam_half.bin",
            ),
        ];
        for (first, other) in models.iter().chain(&all) {
            // Burn writes the states of an optimizer in any order.
            let digests = |name: &str| {
                let report = inspect(&version.join(name));
                let mut list: Vec<String> =
                    tensors(&report).into_iter().map(|[_, dtype, shape, hash]| dtype + &shape + &hash).collect();
                list.sort();
                list
            };
            let expected = digests(first);
            assert!(expected.len() >= 8, "{first}");
            assert_eq!(digests(other), expected, "{} {other}", version.display());
        }
    }
}

#[test]
fn a_nameless_record_that_is_cut_within_a_parameter_is_bad() {
    let folder = TempDir::new().unwrap();
    let bytes = fs::read(fixture("burn/book_model/full.bin")).unwrap();
    let file = folder.path().join("cut.bin");
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(status(&run("verify", &[], &[&file])), 1);
}

#[test]
fn a_nameless_record_that_is_cut_within_a_tensor_of_a_state_is_bad() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cut.bin");
    for version in ["0.13.2", "0.14.1", "0.20.1"] {
        let whole = fixture("burn/eras").join(version).join("adam_full.bin");
        let bytes = fs::read(&whole).unwrap();
        let count = names(&inspect(&whole)).len();
        let mut bad = 0;
        for end in (bytes.len() / 2..bytes.len()).step_by(13) {
            fs::write(&file, &bytes[..end]).unwrap();
            let output = run("verify", &["--json"], &[&file]);
            if status(&output) == 1 {
                bad += 1;
                continue;
            }
            // What is left of a tensor is no longer than the numbers that may stand there.
            let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert!(
                verdict[0]["tensors"].as_u64().unwrap() < count as u64 || bytes.len() - end < 64,
                "{version} {end}"
            );
        }
        assert!(bad > 0, "{version}");
    }
}

#[test]
fn a_matrix_without_elements_is_transposed_at_once() {
    let folder = TempDir::new().unwrap();
    let (file, turned) = (folder.path().join("a.safetensors"), folder.path().join("b.safetensors"));
    let axis = 1_u64 << 56;
    for (from, to) in [([0, axis], [axis, 0]), ([axis, 0], [0, axis])] {
        let header = format!(r#"{{"fc.weight":{{"dtype":"F32","shape":{from:?},"data_offsets":[0,0]}}}}"#);
        fs::write(&file, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()).unwrap();
        let options = ["--force", "--adapt", "pytorch-to-burn", "--layer", "linear=^fc$"];
        let output = run("convert", &options, &[&file, &turned]);
        assert_eq!(status(&output), 0, "{}", text(&output.stderr));
        assert_eq!(inspect(&turned)["tensors"][0]["shape"], serde_json::json!(to));
    }
}

#[test]
fn verify_says_of_each_file_whether_it_is_good() {
    let folder = TempDir::new().unwrap();
    let good = fixture("burn/book_model/plain.safetensors");
    let bad = folder.path().join("bad.safetensors");
    let bytes = fs::read(&good).unwrap();
    fs::write(&bad, &bytes[..bytes.len() - 1]).unwrap();
    let output = run("verify", &[], &[&good, &bad]);
    assert_eq!(status(&output), 1);
    assert!(text(&output.stdout).contains("plain.safetensors: good (safetensors, 4 tensors)"));
    assert!(text(&output.stderr).contains("bad.safetensors: "), "{}", text(&output.stderr));
    let output = run("verify", &["--json"], &[&good, &bad]);
    let verdicts: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&verdicts[0]["ok"], &verdicts[1]["ok"]), (&Value::Bool(true), &Value::Bool(false)));
    assert_eq!(status(&run("verify", &[], &[&good])), 0);
}

#[test]
fn a_file_that_is_refused_in_part_is_shown_and_is_not_good() {
    let file = fixture("pytorch/sparse.pt");
    let report = inspect(&file);
    assert_eq!(report["refusals"][0]["name"], "sparse");
    assert!(!names(&report).is_empty());
    assert_eq!(status(&run("verify", &[], &[&file])), 1);
}

#[test]
fn a_flipped_bit_is_seen_by_verify_and_by_digests() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.bpk");
    assert_eq!(status(&run("convert", &[], &[&fixture(RECORD), &file])), 0);
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(status(&run("verify", &[], &[&file])), 1);
    assert_eq!(status(&run("inspect", &[], &[&file])), 0);
    let output = run("inspect", &["--digest", "--json"], &[&file]);
    assert_eq!(status(&output), 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["refusals"].as_array().unwrap().len(), 1);
}

#[test]
fn converting_changes_no_tensor() {
    let folder = TempDir::new().unwrap();
    let expected = tensors(&inspect(&fixture(RECORD)));
    for name in ["a.safetensors", "a.bpk", "a.pt", "a.npz", "a.gguf", "a.h5", "a.weights.h5"] {
        let file = folder.path().join(name);
        let output = run("convert", &[], &[&fixture(RECORD), &file]);
        assert_eq!(status(&output), 0, "{}", text(&output.stderr));
        assert_eq!(tensors(&inspect(&file)), expected, "{name}");
        assert_eq!(status(&run("verify", &[], &[&file])), 0, "{name}");
    }
}

#[test]
fn convert_filters_renames_and_converts() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.safetensors");
    let options = ["--filter", "weight$", "--map", r"linear_(\w+)=>fc.$1", "--dtype", "F16", "--json"];
    let output = run("convert", &options, &[&fixture(RECORD), &file]);
    assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    let written: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(written["tensors"], 2);
    let report = inspect(&file);
    let mut found = names(&report);
    found.sort_unstable();
    assert_eq!(found, ["fc.in.weight", "fc.out.weight"]);
    assert_eq!(report["tensors"][0]["dtype"], "F16");
}

#[test]
fn an_expression_that_matches_nothing_is_wrong_use() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.safetensors");
    for options in [
        &["--filter", "wieght$"][..],
        &["--dtype", "F16", "--keep", "norm", "--keep", "weight$"],
        &["--map", "weight=>w", "--map", "weight=>kernel"],
    ] {
        let output = run("convert", options, &[&fixture(RECORD), &file]);
        assert_eq!(status(&output), 2, "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("matches `--"), "{}", text(&output.stderr));
        assert!(!file.exists());
    }
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_a_name() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(std::ffi::OsStr::from_bytes(b"m\xFF.safetensors"));
    let output = run("convert", &[], &[&fixture(RECORD), &file]);
    assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    assert_eq!(tensors(&inspect(&file)), tensors(&inspect(&fixture(RECORD))));
}

#[test]
fn a_record_is_written_in_each_encoding_and_is_the_same_model() {
    let folder = TempDir::new().unwrap();
    let source = fixture("burn/nested/full.mpk");
    let expected = tensors(&inspect(&source));
    for name in ["a.mpk", "a.mpk.gz", "a.json", "a.json.gz"] {
        let file = folder.path().join(name);
        assert_eq!(status(&run("convert", &[], &[&source, &file])), 0, "{name}");
        assert_eq!(tensors(&inspect(&file)), expected, "{name}");
        assert_eq!(status(&run("verify", &[], &[&file])), 0, "{name}");
    }
    let output = run("convert", &[], &[&source, &folder.path().join("a.bin")]);
    assert_eq!(status(&output), 2, "{}", text(&output.stderr));
}

#[test]
fn a_record_has_one_type_of_floats() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.mpk");
    let mixed = fixture("safetensors/dtypes.safetensors");
    let output = run("convert", &["--filter", "^float(32|64)$"], &[&mixed, &file]);
    assert_ne!(status(&output), 0);
    assert!(!file.exists());
}

#[test]
fn matrices_are_quantised_for_gguf_and_for_nothing_else() {
    let folder = TempDir::new().unwrap();
    let [plain, small, npz] = ["a.gguf", "b.gguf", "a.npz"].map(|name| folder.path().join(name));
    assert_eq!(status(&run("convert", &[], &[&fixture(RECORD), &plain])), 0);
    assert_eq!(status(&run("convert", &["--quantize", "q8_0"], &[&fixture(RECORD), &small])), 0);
    assert_eq!(status(&run("verify", &[], &[&small])), 0);
    // One matrix has rows of 64: its 20 blocks of 32 have 34 bytes each instead of 128. The other three tensors stay.
    let len = |file: &Path| fs::metadata(file).unwrap().len();
    assert_eq!(len(&plain) - len(&small), 20 * (128 - 34) / 32 * 32);
    let kept = |file: &Path| {
        tensors(&inspect(file)).into_iter().filter(|tensor| tensor[0] != "\"linear_in.weight\"").collect()
    };
    let [kept_plain, kept_small]: [Vec<_>; 2] = [kept(&plain), kept(&small)];
    assert_eq!((kept_small.len(), &kept_small), (3, &kept_plain));
    for (kind, file) in [("Q8_0", &npz), ("Q2_K", &plain)] {
        assert_eq!(status(&run("convert", &["--force", "--quantize", kind], &[&fixture(RECORD), file])), 2, "{kind}");
    }
    let sharded =
        run("convert", &["--force", "--quantize", "Q8_0", "--max-shard-size", "1GB"], &[&fixture(RECORD), &plain]);
    assert!(text(&sharded.stderr).contains("only SafeTensors are sharded"), "{sharded:?}");
}

#[test]
fn a_set_of_shards_takes_the_place_of_another() {
    let folder = TempDir::new().unwrap();
    let (file, index) = (folder.path().join("m.safetensors"), folder.path().join("m.safetensors.index.json"));
    let expected = tensors(&inspect(&fixture(RECORD)));
    let convert = |options: &[&str]| run("convert", options, &[&fixture(RECORD), &file]);
    let output = convert(&["--max-shard-size", "2KB", "--json"]);
    let written: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(written["output"], index.display().to_string());
    assert_eq!(status(&convert(&["--max-shard-size", "1KiB"])), 2, "the set is there");
    // The tensors have 2560, 256, 512 and 8 bytes.
    for (size, shards) in [("1KiB", 2), ("1GB", 1), ("100", 4)] {
        assert_eq!(status(&convert(&["--max-shard-size", size, "--force"])), 0, "{size}");
        assert_eq!(tensors(&inspect(&index)), expected, "{size}");
        assert_eq!(status(&run("verify", &[], &[&index])), 0, "{size}");
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, shards + 1, "shards of the old set are gone: {size}");
    }
    let npz = folder.path().join("a.npz");
    assert_eq!(status(&run("convert", &["--max-shard-size", "1GB"], &[&fixture(RECORD), &npz])), 2);
    for wrong in ["0", "5XB", "GB", "99999999999GB"] {
        assert_eq!(status(&convert(&["--max-shard-size", wrong, "--force"])), 2, "{wrong}");
    }
}

#[test]
fn layers_are_laid_out_as_burns_own_adapter_does() {
    let folder = TempDir::new().unwrap();
    let (ours, theirs) = (fixture("burn/conv_net/plain.safetensors"), fixture("burn/conv_net/pytorch.safetensors"));
    let layers = ["--layer", "linear=^fc", "--layer", "norm=^bn"];
    for (from, to, direction) in [(&theirs, &ours, "pytorch-to-burn"), (&ours, &theirs, "burn-to-pytorch")] {
        let file = folder.path().join(format!("{direction}.safetensors"));
        let options = [&["--adapt", direction][..], &layers].concat();
        assert_eq!(status(&run("convert", &options, &[from, &file])), 0);
        assert_eq!(tensors(&inspect(&file)), tensors(&inspect(to)), "{direction}");
        let unnamed = run("convert", &["--adapt", direction, "--layer", "linear=^fc"], &[from, &file]);
        assert_eq!(status(&unnamed), 2);
        assert!(text(&unnamed.stderr).contains("`bn1`, `bn2`"), "{}", text(&unnamed.stderr));
    }
}

#[test]
fn a_dtype_is_given_to_all_but_what_is_kept() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.safetensors");
    let options = ["--dtype", "F16", "--keep", "bias$", "--adapt", "pytorch-to-burn", "--layer", "linear="];
    assert_eq!(status(&run("convert", &options, &[&fixture(RECORD), &file])), 0);
    for tensor in inspect(&file)["tensors"].as_array().unwrap() {
        let (name, shape) = (tensor["name"].as_str().unwrap(), tensor["shape"].as_array().unwrap());
        assert_eq!(tensor["dtype"], if name.ends_with("bias") { "F32" } else { "F16" }, "{name}");
        assert!(name != "linear_in.weight" || *shape == [64, 10], "{name}: {shape:?}");
    }
    let half = tensors(&inspect(&file));
    assert_eq!(status(&run("convert", &["--force", "--dtype", "F16"], &[&file, &file])), 0, "onto itself");
    assert_eq!(tensors(&inspect(&file)).len(), half.len());
}

#[test]
fn a_name_that_is_only_an_alias_is_metadata() {
    let report = inspect(&fixture("safetensors/tied_save_model.safetensors"));
    assert_eq!(report["metadata"]["head.weight"], "embed.weight");
    assert_eq!(report["tensors"].as_array().unwrap().len(), 3);
    let values = run("inspect", &["--values", "head.weight"], &[&fixture("safetensors/tied_save_model.safetensors")]);
    assert_eq!(status(&values), 0);
}

#[test]
fn metadata_under_the_name_of_a_tensor_hides_it_not() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.safetensors");
    let header = r#"{"__metadata__":{"a":"b","c":"x"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
    fs::write(&file, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), b"xy"].concat()).unwrap();
    assert_eq!(names(&inspect(&file)), ["a", "b"]);
}

#[test]
fn convert_replaces_nothing_without_force_and_leaves_nothing_after_an_error() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.safetensors");
    fs::write(&file, "mine").unwrap();
    assert_eq!(status(&run("convert", &[], &[&fixture(RECORD), &file])), 2);
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(status(&run("convert", &["--map", ".*weight=>same"], &[&fixture(RECORD), &file])), 2);
    // NumPy's file holds one array, and this is found when it is written.
    let other = folder.path().join("a.npy");
    assert_eq!(status(&run("convert", &[], &[&fixture(RECORD), &other])), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(status(&run("convert", &["--force"], &[&fixture(RECORD), &file])), 0);
    assert_ne!(fs::read(&file).unwrap(), b"mine");
}

#[test]
fn convert_loses_no_refused_tensor_silently() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.safetensors");
    let output = run("convert", &[], &[&fixture("pytorch/sparse.pt"), &file]);
    assert_eq!(status(&output), 1);
    assert!(text(&output.stderr).contains("`sparse`"));
    assert!(!file.exists());
}

#[test]
fn values_are_printed_by_name() {
    let output = run("inspect", &["--values", "linear_out.bias"], &[&fixture(RECORD)]);
    let elements: Vec<f32> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(elements.len(), 2);
    let output = run("inspect", &["--values", "linear_out"], &[&fixture(RECORD)]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["bias"]["tensor"], "linear_out.bias");
    assert_eq!(status(&run("inspect", &["--values", "nothing"], &[&fixture(RECORD)])), 2);
}

#[test]
fn wrong_use_and_bad_files_have_their_own_status() {
    assert_eq!(status(&vellum::<&str>([])), 2);
    assert_eq!(status(&vellum(["verify"])), 2);
    assert_eq!(status(&vellum(["inspect", "--nonsense", "x"])), 2);
    assert_eq!(status(&vellum(["--help"])), 0);
    let missing = vellum(["inspect", "/nowhere/model.pt"]);
    assert_eq!(status(&missing), 1);
    assert!(text(&missing.stderr).contains("/nowhere/model.pt"));
    assert_eq!(status(&run("inspect", &[], &[&fixture("burn/README.md")])), 1);
}

#[test]
fn names_of_a_file_cannot_drive_a_terminal() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.safetensors");
    let header = r#"{"a\u001b[31m\u007f\u202e":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), b"x"].concat();
    fs::write(&file, bytes).unwrap();
    for options in [&[][..], &["--json"]] {
        let output = run("inspect", options, &[&file]);
        assert_eq!(status(&output), 0);
        let hidden = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!text(&output.stdout).contains(hidden), "{options:?}");
    }
    assert_eq!(names(&inspect(&file)), ["a\u{1b}[31m\u{7f}\u{202e}"]);
}

/// The status of a run of which nobody reads anything.
fn unread(command: &str, options: &[&str], files: &[&Path]) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut program = Command::new(env!("CARGO_BIN_EXE_vellum"));
    program.arg(command).args(options).args(files).stdout(writer).stderr(Stdio::null());
    program.status().unwrap().code()
}

#[test]
fn nobody_reading_on_is_no_failure() {
    let good = fixture("burn/nested/full.mpk");
    for options in [&[][..], &["--json"], &["--digest"], &["--values", "linear_in.weight"]] {
        assert_eq!(unread("inspect", options, &[&fixture(RECORD)]), Some(0), "{options:?}");
    }
    assert_eq!(unread("verify", &[], &[&good, &good]), Some(0));
    assert_eq!(unread("verify", &["--json"], &[&good]), Some(0));
    assert_eq!(unread("--help", &[], &[]), Some(0));
}

#[test]
fn nobody_reading_on_hides_no_bad_file() {
    let folder = TempDir::new().unwrap();
    let (good, bad) = (fixture(RECORD), folder.path().join("a.bpk"));
    assert_eq!(status(&run("convert", &[], &[&good, &bad])), 0);
    let mut bytes = fs::read(&bad).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&bad, bytes).unwrap();
    for options in [&[][..], &["--json"]] {
        assert_eq!(unread("verify", options, &[&bad, &good]), Some(1), "{options:?}");
        assert_eq!(unread("verify", options, &[&good, &good, &bad]), Some(1), "{options:?}");
    }
    for options in [&["--digest"][..], &["--digest", "--json"]] {
        assert_eq!(unread("inspect", options, &[&bad]), Some(1), "{options:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let good = fixture(RECORD);
    let good = good.to_str().unwrap();
    for args in [
        &["--help"][..],
        &["--version"],
        &["help", "convert"],
        &["verify", good],
        &["verify", "--json", good],
        &["inspect", good],
        &["inspect", "--values", "linear_out.bias", good],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_vellum")).args(args).stdout(full).output().unwrap();
        assert_eq!(status(&output), 1, "{args:?}");
        assert!(text(&output.stderr).contains("cannot be written"), "{args:?}: {}", text(&output.stderr));
    }
}
