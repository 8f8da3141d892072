#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::keras::KerasFile;
use vellum_fuzz::{budget, read_all, source};

fuzz_target!(|bytes: &[u8]| read_all(KerasFile::open(source(bytes), &budget(bytes))));
