//! rustc refuses nothing here. The derive took it to, and says so.
#![allow(warnings)]

use std::marker::PhantomData;

use vellum::{Module, Param, Record};

type Option<T> = std::option::Option<Box<T>>;

#[derive(Module)]
struct List {
    weight: Param<f32>,
    next: Option<List>,
}

#[derive(Module)]
struct ByItsPath {
    weight: Param<f32>,
    next: self::Option<ByItsPath>,
}

#[derive(Module)]
struct str;

#[derive(Module)]
struct Named {
    name: str,
    weight: Param<f32>,
}

struct Vec<T: ?Sized>(PhantomData<T>);

#[derive(Record)]
struct Lists {
    #[record(skip = Vec(PhantomData))]
    first: Vec<[u8]>,
    #[record(skip = Vec(PhantomData))]
    second: Vec<[u16]>,
}

fn main() {}
