#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::ReadOptions;
use vellum::format::sklearn::SklearnFile;
use vellum_fuzz::{limits, read_all, source};

fuzz_target!(|bytes: &[u8]| {
    let mut options = ReadOptions::default();
    options.limits = limits();
    read_all(SklearnFile::open(source(bytes), &options));
});
