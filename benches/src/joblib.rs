//! A file as `joblib.dump` writes a dictionary of arrays without compression: no store of Vellum saves one.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use vellum::TensorData;

/// What an array begins at a multiple of, in the file.
const ALIGNMENT: u8 = 16;

/// A module's name and a name in it, for `STACK_GLOBAL`.
const WRAPPER: [&str; 2] = ["joblib.numpy_pickle", "NumpyArrayWrapper"];
const ARRAY: [&str; 2] = ["numpy", "ndarray"];
const DTYPE: [&str; 2] = ["numpy", "dtype"];

/// Writes a pickle of protocol 4: a dictionary, each array in it a wrapper with the array's bytes behind it. Nothing is memoized, so
/// that each wrapper is as long as it can be.
pub fn write(tensors: impl Iterator<Item = TensorData>, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    // PROTO 4, EMPTY_DICT
    file.write_all(b"\x80\x04}")?;
    for (place, data) in tensors.enumerate() {
        let mut head = Vec::new();
        text(&mut head, &place.to_string());
        wrapper(&mut head, data.shape().dims());
        file.write_all(&head)?;
        // One byte says how many there are between it and the array.
        let end = file.stream_position()? + 1;
        let padding = ALIGNMENT - (end % u64::from(ALIGNMENT)) as u8;
        file.write_all(&[padding])?;
        file.write_all(&[0xff; ALIGNMENT as usize][..usize::from(padding)])?;
        file.write_all(data.bytes())?;
        // SETITEM
        file.write_all(b"s")?;
    }
    // STOP
    file.write_all(b".")?;
    file.flush()
}

/// Of an array of little-endian `f32` in C's order.
fn wrapper(pickle: &mut Vec<u8>, shape: &[usize]) {
    global(pickle, WRAPPER);
    // EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, MARK
    pickle.extend(b")\x81}(");
    text(pickle, "subclass");
    global(pickle, ARRAY);
    text(pickle, "shape");
    pickle.push(b'(');
    shape.iter().for_each(|&size| integer(pickle, size as i32));
    // TUPLE
    pickle.push(b't');
    text(pickle, "order");
    text(pickle, "C");
    text(pickle, "dtype");
    dtype(pickle);
    text(pickle, "allow_mmap");
    // NEWTRUE
    pickle.push(b'\x88');
    text(pickle, "numpy_array_alignment_bytes");
    integer(pickle, ALIGNMENT.into());
    // SETITEMS, BUILD
    pickle.extend(b"ub");
}

/// `dtype("f4", False, True)`, and the state that says that it is little-endian.
fn dtype(pickle: &mut Vec<u8>) {
    global(pickle, DTYPE);
    text(pickle, "f4");
    // NEWFALSE, NEWTRUE, TUPLE3, REDUCE, MARK
    pickle.extend(b"\x89\x88\x87R(");
    integer(pickle, 3);
    text(pickle, "<");
    // NONE: no sub-array, no names, no fields
    pickle.extend(b"NNN");
    [-1, -1, 0].into_iter().for_each(|number| integer(pickle, number));
    // TUPLE, BUILD
    pickle.extend(b"tb");
}

fn global(pickle: &mut Vec<u8>, names: [&str; 2]) {
    names.into_iter().for_each(|name| text(pickle, name));
    // STACK_GLOBAL
    pickle.push(b'\x93');
}

/// `SHORT_BINUNICODE`
fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.extend([0x8c, text.len() as u8]);
    pickle.extend(text.as_bytes());
}

/// `BININT`
fn integer(pickle: &mut Vec<u8>, number: i32) {
    pickle.push(b'J');
    pickle.extend(number.to_le_bytes());
}
