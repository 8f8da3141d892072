use std::collections::BTreeMap;

use vellum::{Module, Param};

#[derive(Module)]
#[module(stateless true, record(Name), layer = "Linear")]
struct Model {
    #[module(skip(true), rename "w", alias = 3)]
    weight: Param<f32>,
    #[module(skip = std::convert::identity<BTreeMap<u8, u8>>(BTreeMap::new()), rename = )]
    map: BTreeMap<u8, u8>,
    #[module(constant =, default = 3, name("n"), alias(old))]
    count: u8,
}

fn main() {}
