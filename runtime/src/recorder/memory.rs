//! Recorders of bytes in memory.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::encoding::{Bin, Encoding, Reading, Writing, check_start, placed};
use super::options::Options;
use super::trailer::Contents;
use crate::bytes::Bytes;
use crate::codec::input::SourceInput;
use crate::convert::Overflow;
use crate::error::Result;
use crate::limits::{Budget, Limits};
use crate::record::{
    Allowed, BytesRecorder, FullPrecisionSettings, LeafRef, Loaded, PrecisionSettings, Recorder, SchemaFn, Tree,
};

/// Saves records to bytes in memory and loads them from there.
///
/// Under its two names: [`BinBytesRecorder`] and `NamedMpkBytesRecorder`. `L` is what it loads from: a `Vec<u8>`, or a
/// `&'static [u8]` such as `include_bytes!` gives, which is not copied first.
pub struct MemoryRecorder<E, S, L = Vec<u8>> {
    options: Options,
    #[expect(clippy::type_complexity, reason = "three type parameters, and none of them owned")]
    types: PhantomData<fn() -> (E, S, L)>,
}

/// Saves records as bincode in memory: what a model that is compiled into a program is loaded by.
pub type BinBytesRecorder<S = FullPrecisionSettings, L = Vec<u8>> = MemoryRecorder<Bin, S, L>;

/// Bincode at full precision, compiled into the program.
pub type NoStdInferenceRecorder = BinBytesRecorder<FullPrecisionSettings, &'static [u8]>;

/// Saves records as MessagePack in memory.
#[cfg(feature = "mpk")]
pub type NamedMpkBytesRecorder<S = FullPrecisionSettings, L = Vec<u8>> =
    MemoryRecorder<super::encoding::NamedMpk, S, L>;

impl<E, S, L> MemoryRecorder<E, S, L> {
    /// A recorder with the default limits, for which nothing may be missing, unexpected or out of range.
    pub fn new() -> Self {
        Self { options: Options::default(), types: PhantomData }
    }
}

super::builder_methods!(MemoryRecorder<E, S, L>);

impl<E: Encoding, S: PrecisionSettings, L: Into<Bytes> + 'static> Recorder for MemoryRecorder<E, S, L> {
    type Settings = S;
    type RecordArgs = ();
    type RecordOutput = Vec<u8>;
    type LoadArgs = L;

    fn save_tree(&self, tree: &Tree<LeafRef<'_>>, schema: SchemaFn, (): ()) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let writing = Writing::new::<S>(tree, schema, E::BYTES_RECORDER, &self.options)?;
        self.options.watch(&mut bytes, |sink| E::write(&writing, sink))?;
        Ok(bytes)
    }

    fn read(&self, bytes: L, schema: SchemaFn) -> Result<Loaded> {
        let bytes: Bytes = bytes.into();
        let len = bytes.len() as u64;
        placed(check_start::<E>(&bytes), len)?;
        self.options.tell(len);
        let budget = Budget::new(self.options.limits.clone(), len);
        let peek = || Contents::peek(&bytes, &budget);
        let mut input = SourceInput::from_bytes(bytes.clone());
        let read = E::read(&Reading { schema, budget: &budget, peek: &peek, lazy: None }, &mut input);
        placed(read, len).map(|(_, loaded)| loaded)
    }

    fn allowed(&self) -> &Allowed {
        &self.options.allowed
    }
}

impl<E: Encoding, S: PrecisionSettings, L: Into<Bytes> + 'static> BytesRecorder<L> for MemoryRecorder<E, S, L> {}
