//! Every file that another program wrote, listed as the program that wrote it says: names, dtypes, shapes, digests.
#![allow(missing_docs, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The files of a folder and the tensors that each is known to hold: a list of entries, or an object by file.
fn manifest(path: &Path) -> Vec<(String, Value)> {
    let manifest = json(path);
    let entries = manifest.get("entries").unwrap_or(&manifest);
    match entries {
        Value::Array(list) => {
            list.iter().map(|entry| (entry["file"].as_str().unwrap().to_owned(), entry["tensors"].clone())).collect()
        }
        Value::Object(files) => files.iter().map(|(file, entry)| (file.clone(), entry["tensors"].clone())).collect(),
        other => panic!("{}: {other}", path.display()),
    }
}

/// What `inspect` lists, by name.
fn listed(file: &Path) -> BTreeMap<String, Value> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_vellum"));
    let output = program.args(["inspect", "--json", "--digest", "--allow-missing-crcs"]).arg(file).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let tensors = report["tensors"].as_array().cloned().unwrap_or_default();
    tensors.into_iter().map(|tensor| (tensor["name"].as_str().unwrap().to_owned(), tensor)).collect()
}

/// Checks the files of a folder against its manifest, but for those in `skip`, and says how many tensors there were.
fn check(name: &str, manifest_name: &str, skip: &[&str]) -> usize {
    let folder = folder(name);
    let mut checked = 0;
    for (file, tensors) in manifest(&folder.join(manifest_name)) {
        let path = folder.join(&file);
        if skip.contains(&file.as_str()) || !path.exists() {
            continue;
        }
        let listed = listed(&path);
        for (tensor, expected) in tensors.as_object().into_iter().flatten() {
            let found = listed.get(tensor).unwrap_or_else(|| panic!("{name}/{file}: no `{tensor}`"));
            for key in ["dtype", "shape", "sha256"] {
                assert!(expected[key].is_null() || found[key] == expected[key], "{name}/{file}: `{tensor}`: {found}");
            }
            checked += 1;
        }
        // An initializer without a name is listed too, and so is what packs two numbers to a byte.
        let more = listed.keys().filter(|name| tensors.get(name).is_none() && !name.is_empty() && *name != "int4.raw");
        assert_eq!(more.collect::<Vec<_>>(), Vec::<&String>::new(), "{name}/{file}");
    }
    checked
}

#[test]
fn pytorchs_files_are_listed_as_pytorch_has_them() {
    assert!(check("pytorch", "expected.json", &[]) > 100);
}

#[test]
fn safetensors_are_listed_as_their_library_has_them() {
    assert!(check("safetensors", "expected.json", &[]) > 30);
}

#[test]
fn keras_files_are_listed_as_h5py_has_them() {
    assert!(check("keras", "MANIFEST.json", &[]) > 100);
}

#[test]
fn flux_files_are_listed_as_julia_has_them() {
    assert!(check("flux", "MANIFEST.json", &["made.jld2"]) > 50);
}

#[test]
fn arrays_are_listed_as_numpy_has_them() {
    // A structured array has no dtype of SafeTensors: it is listed as bytes, and each field as a tensor. A long double is refused.
    assert!(check("numpy", "MANIFEST.json", &["longdouble.npy", "structured.npy", "structured_utf8_v3.npy"]) > 40);
}

#[test]
fn gguf_is_listed_as_its_library_has_it() {
    assert!(check("gguf", "MANIFEST.json", &[]) > 20);
}

#[test]
fn onnx_models_are_listed_as_their_library_has_them() {
    assert!(check("onnx", "MANIFEST.json", &[]) > 30);
}
