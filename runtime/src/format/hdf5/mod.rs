//! HDF5: a tree of groups, datasets and attributes, read as named tensors and values.
//!
//! This is an implementation of its own, for what Keras, h5py and JLD2 write: superblocks 0 to 3 with a user block before them, object
//! headers of both versions, old and new groups, attributes however they are stored, all chunk indexes, the deflate, shuffle and
//! fletcher32 filters. What leads out of the file (external links and storage, virtual datasets) is refused.
//!
//! The floors, from the bytes up: `medium` (addresses, budget) and `checksum`; `superblock`; `header` (messages of an object);
//! `datatype`, `dataspace`, `layout`, `filter` (what the messages say); `heap`, `fractal`, `btree1`, `btree2`, `array` (where things
//! are found); `group`, `attribute`, `chunk`, `dataset`; `value` (elements as values), `tree`
//! (objects); `reader` (the tensor file). `writer` and `encode` go the other way, for what needs no index: contiguous datasets in groups.
//!
//! The rules are those of the HDF5 file format specification, version 3.0.

mod array;
mod attribute;
mod btree1;
mod btree2;
mod checksum;
mod chunk;
mod dataset;
mod dataspace;
mod datatype;
mod encode;
mod filter;
mod fractal;
mod group;
mod header;
mod heap;
mod layout;
mod medium;
mod reader;
mod superblock;
mod tree;
mod value;
mod writer;

use alloc::sync::Arc;
use alloc::vec::Vec;

pub(crate) use attribute::Attribute;
pub(crate) use dataset::Dataset;
pub(crate) use dataspace::Dataspace;
pub(crate) use datatype::{Class, Datatype, Member};
pub(crate) use group::{Link, Target};
pub(crate) use medium::Medium;
pub use reader::Hdf5File;
pub(crate) use tree::Node;
pub(crate) use value::{Decoder, number};
pub use writer::Hdf5Writer;

use crate::error::Result;
use crate::limits::Budget;
use crate::source::Source;
use header::{Header, kind};

/// An open file: the way from addresses to objects.
pub(crate) struct File {
    pub(crate) medium: Medium,
    /// The address of the root group.
    pub(crate) root: u64,
}

/// An object of a file: its header, read.
pub(crate) struct Object<'f> {
    medium: &'f Medium,
    header: Header,
}

impl File {
    /// Reads the superblock of `source`.
    pub(crate) fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let (medium, root) = superblock::read(source, budget)?;
        Ok(Self { medium, root })
    }

    /// The object whose header is at `address`.
    pub(crate) fn object(&self, address: u64) -> Result<Object<'_>> {
        Ok(Object { medium: &self.medium, header: Header::read(&self.medium, address)? })
    }
}

impl Object<'_> {
    /// Whether it is a group.
    pub(crate) fn is_group(&self) -> bool {
        group::is_group(&self.header)
    }

    /// Whether it is a dataset.
    pub(crate) fn is_dataset(&self) -> bool {
        self.header.find(kind::LAYOUT).is_some()
    }

    /// The links of a group.
    pub(crate) fn links(&self) -> Result<Vec<Link>> {
        group::links(self.medium, &self.header)
    }

    /// The attributes.
    pub(crate) fn attributes(&self) -> Result<Vec<Attribute>> {
        attribute::attributes(self.medium, &self.header)
    }

    /// The dataset.
    pub(crate) fn dataset(&self) -> Result<Dataset> {
        Dataset::of_header(self.medium, &self.header)
    }
}
