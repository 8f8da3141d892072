//! Blobs that are made a piece at a time while they are written.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use serde::Serializer;
use serde::ser::Error as _;

use crate::error::Result;

/// What a blob is made of.
pub(crate) trait Pieces {
    /// As many bytes as the blob has, whatever they are. They stay where they are.
    fn stand_in(&self) -> &[u8];

    /// Gives the blob's bytes to `put`, in order.
    fn write_to(&self, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// Carries a blob that is not made yet past an encoder to the output that it writes to.
///
/// Serde hands an encoder a blob only as one slice. So it is handed a stand-in, of which it uses the length; the output, which was given
/// the same slot, knows the stand-in by its address and takes the pieces instead. That it did is checked: the stand-in's bytes are others.
#[derive(Default)]
pub(crate) struct PieceSlot<'p> {
    pieces: RefCell<Option<Rc<dyn Pieces + 'p>>>,
    has_output: Cell<bool>,
    written: Cell<bool>,
}

impl<'p> PieceSlot<'p> {
    /// The shortest blob that an output is sure to see by itself, and not gathered with what is around it.
    pub(crate) const LEAST: usize = 64 << 10;

    /// Whether there is an output that knows of the slot.
    pub(crate) fn has_output(&self) -> bool {
        self.has_output.get()
    }

    pub(super) fn set_output(&self) {
        self.has_output.set(true);
    }

    /// Writes a blob of [`PieceSlot::LEAST`] bytes or more where a value of `serializer` stands.
    pub(crate) fn serialize<P: Pieces + 'p, S: Serializer>(
        &self,
        pieces: &Rc<P>,
        serializer: S,
    ) -> core::result::Result<S::Ok, S::Error> {
        self.written.set(false);
        self.pieces.replace(Some(Rc::<P>::clone(pieces)));
        let encoded = serializer.serialize_bytes(pieces.stand_in());
        self.pieces.replace(None);
        if encoded.is_ok() && !self.written.get() {
            return Err(S::Error::custom("the encoder did not write a blob as it was given it"));
        }
        encoded
    }

    /// Gives `put` the blob that `bytes` stand in for; `None` if they are bytes as any other.
    pub(super) fn write(&self, bytes: &[u8], put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Option<Result<()>> {
        let pieces = self.pieces.borrow();
        let pieces = pieces.as_ref().filter(|pieces| core::ptr::eq(pieces.stand_in(), bytes))?;
        self.written.set(true);
        Some(pieces.write_to(put))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;
    use alloc::vec::Vec;

    use serde::Serialize;

    use super::*;
    use crate::codec::bincode;
    use crate::error::{Error, ErrorKind};

    /// Bytes that count, told in pieces of a thousand, up to where they cannot be made.
    struct Counting {
        stand_in: Vec<u8>,
        bad: usize,
    }

    impl Counting {
        fn new(bad: usize) -> Rc<Self> {
            Rc::new(Self { stand_in: vec![0xff; PieceSlot::LEAST + 5], bad })
        }

        fn bytes(&self) -> Vec<u8> {
            (0..=250).cycle().take(self.stand_in.len()).collect()
        }
    }

    impl Pieces for Counting {
        fn stand_in(&self) -> &[u8] {
            &self.stand_in
        }

        fn write_to(&self, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
            for (number, piece) in self.bytes().chunks(1000).enumerate() {
                if number == self.bad {
                    return Err(Error::new(ErrorKind::Changed));
                }
                put(piece)?;
            }
            Ok(())
        }
    }

    struct Blob<'s>(Rc<Counting>, &'s PieceSlot<'static>);

    impl Serialize for Blob<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
            self.1.serialize(&self.0, serializer)
        }
    }

    struct Whole(Vec<u8>);

    impl Serialize for Whole {
        fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }

    #[test]
    fn pieces_come_to_the_same_bytes_as_a_whole_blob() {
        let (pieces, slot) = (Counting::new(usize::MAX), PieceSlot::default());
        let whole = (1u8, Whole(pieces.bytes()), "behind");
        let blob = (1u8, Blob(pieces, &slot), "behind");
        let mut written = Vec::new();
        bincode::encode(&blob, &mut written, Some(&slot)).unwrap();
        assert!(written == bincode::to_vec(&whole).unwrap());
        #[cfg(feature = "mpk")]
        {
            use crate::codec::msgpack;
            let mut written = Vec::new();
            msgpack::encode_named(&blob, &mut written, Some(&slot)).unwrap();
            assert!(written == msgpack::to_vec_named(&whole).unwrap());
        }
    }

    #[test]
    fn the_error_of_a_piece_is_the_error() {
        let slot = PieceSlot::default();
        let error = bincode::encode(&Blob(Counting::new(3), &slot), &mut Vec::new(), Some(&slot)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Changed), "{error}");
    }

    #[test]
    fn a_stand_in_never_passes_for_the_blob() {
        let slot = PieceSlot::default();
        let blob = Blob(Counting::new(usize::MAX), &slot);
        // An output without the slot.
        let error = bincode::encode(&blob, &mut Vec::new(), None).unwrap_err();
        assert!(error.to_string().contains("did not write a blob"), "{error}");
        // An encoder that makes something else of bytes.
        #[cfg(feature = "json")]
        assert!(serde_json::to_vec(&blob).unwrap_err().to_string().contains("did not write a blob"));
    }
}
