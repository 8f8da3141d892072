#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::onnx::OnnxFile;
use vellum_fuzz::{budget, read_all, source};

fuzz_target!(|bytes: &[u8]| read_all(OnnxFile::open(source(bytes), None, &budget(bytes))));
