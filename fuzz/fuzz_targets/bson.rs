#![no_main]

use libfuzzer_sys::fuzz_target;
use vellum::format::bson;
use vellum_fuzz::{budget, read_all, source};

fuzz_target!(|bytes: &[u8]| read_all(bson::open(source(bytes), &budget(bytes))));
