//! Small tensors, several in one buffer: each alone would be memory whose pages the system has to provide one by one, which takes longer than
//! to copy the bytes.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::lazy::LazyTensor;
use crate::bytes::BytesMut;
use crate::dtype::DType;
use crate::error::Result;
use crate::format::PlainBytes;
use crate::tensor::TensorData;

/// Tensors of at least as many bytes are alone: they have large pages of their own.
const SMALL: usize = 4 << 20;
/// The largest buffer: as long as one tensor of it lives, all of it does.
const LARGEST: usize = 16 << 20;
/// What any element is aligned to.
const ALIGNMENT: usize = 8;

/// Reads the first of `tensors`, and with it those right behind it that can be in one buffer: small ones that a file has as they are in memory,
/// and whose taker keeps the bytes it is given, which the `bool` says. A result for each that was read; none if there are no tensors.
pub(super) fn read<'t>(tensors: impl Iterator<Item = (&'t LazyTensor<'t>, bool)>) -> Vec<Result<TensorData>> {
    let mut tensors = tensors.peekable();
    let Some(&(first, _)) = tensors.peek() else { return Vec::new() };
    let mut end = 0;
    let mut members = Vec::new();
    for (tensor, keeps) in tensors {
        let plain = if keeps { tensor.plain_bytes() } else { None };
        let Some(plain) = plain.filter(|plain| plain.len() < SMALL && end + plain.len() <= LARGEST) else { break };
        let range = end..end + plain.len();
        end = range.end.next_multiple_of(ALIGNMENT);
        members.push((tensor, plain, range));
    }
    let buffer = if members.len() > 1 { BytesMut::zeroed(DType::U64, end).ok() } else { None };
    match buffer {
        Some(buffer) => fill(buffer, members),
        None => vec![first.to_data()],
    }
}

/// Reads the members into their places in the buffer.
fn fill(
    mut buffer: BytesMut,
    members: Vec<(&LazyTensor<'_>, PlainBytes<'_>, Range<usize>)>,
) -> Vec<Result<TensorData>> {
    let out = buffer.as_mut_slice();
    let read: Vec<_> = members
        .into_iter()
        .map(|(tensor, plain, range)| (tensor, plain.read_into(&mut out[range.clone()]), range))
        .collect();
    let bytes = buffer.freeze();
    let tensor = |(tensor, read, range): (&LazyTensor<'_>, Result<()>, Range<usize>)| {
        read?;
        let part = bytes.slice(range);
        let data = part.and_then(|part| TensorData::new(part, tensor.shape().clone(), tensor.dtype()).ok());
        // Where the bytes are no values the error is that of reading them alone, which knows the name and the place.
        data.map_or_else(|| tensor.to_data(), Ok)
    };
    read.into_iter().map(tensor).collect()
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use alloc::collections::BTreeMap;
    use alloc::string::{String, ToString};
    use alloc::sync::Arc;

    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::format::{TensorEntry, TensorFile};
    use crate::shape::Shape;

    /// Tensors of bytes that are their index, of which those at `bad` cannot be read and those at `made` are not plain.
    struct File {
        entries: Vec<TensorEntry>,
        bad: Vec<usize>,
        made: Vec<usize>,
        metadata: BTreeMap<String, String>,
    }

    impl File {
        fn value(index: usize) -> u8 {
            u8::try_from(index % 251).unwrap()
        }
    }

    impl TensorFile for File {
        fn format(&self) -> &'static str {
            "test"
        }

        fn metadata(&self) -> &BTreeMap<String, String> {
            &self.metadata
        }

        fn tensors(&self) -> &[TensorEntry] {
            &self.entries
        }

        fn read(&self, index: usize) -> Result<TensorData> {
            let entry = &self.entries[index];
            let len = entry.dtype.byte_len(entry.shape.num_elements()).unwrap();
            if self.bad.contains(&index) {
                return Err(Error::new(ErrorKind::Changed).in_tensor(&entry.name));
            }
            TensorData::new(vec![Self::value(index); len].into(), entry.shape.clone(), entry.dtype)
                .map_err(|error| error.in_tensor(&entry.name).at(0..1))
        }

        fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
            let entry = &self.entries[index];
            let len = entry.dtype.byte_len(entry.shape.num_elements()).filter(|_| !self.made.contains(&index))?;
            Some(PlainBytes::new(len, move |out| {
                if self.bad.contains(&index) {
                    return self.read(index).map(|_| ());
                }
                out.fill(Self::value(index));
                Ok(())
            }))
        }
    }

    fn file(tensors: &[(DType, usize)], bad: &[usize], made: &[usize]) -> Vec<LazyTensor<'static>> {
        let entry = |(index, (dtype, count)): (usize, &(DType, usize))| TensorEntry {
            name: index.to_string(),
            dtype: *dtype,
            shape: Shape::new([*count]).unwrap(),
            param_id: None,
            storage: None,
        };
        let entries: Vec<_> = tensors.iter().enumerate().map(entry).collect();
        let (bad, made) = (bad.to_vec(), made.to_vec());
        let file: Arc<dyn TensorFile> =
            Arc::new(File { entries: entries.clone(), bad, made, metadata: BTreeMap::new() });
        let lazy = |(index, entry): (usize, TensorEntry)| LazyTensor::of_file(&file, index, entry.dtype, entry.shape);
        entries.into_iter().enumerate().map(lazy).collect()
    }

    /// Reads all, and gives how many came at a time.
    fn sizes(tensors: &[LazyTensor<'_>], keeps: impl Fn(usize) -> bool) -> Vec<usize> {
        let (mut sizes, mut index) = (Vec::new(), 0);
        loop {
            let rest = tensors.iter().enumerate().skip(index).map(|(index, tensor)| (tensor, keeps(index)));
            let read = read(rest);
            if read.is_empty() {
                return sizes;
            }
            sizes.push(read.len());
            for data in read {
                let data = data.unwrap();
                assert_eq!((data.dtype(), data.shape()), (tensors[index].dtype(), tensors[index].shape()));
                assert!(data.bytes().iter().all(|byte| *byte == File::value(index)), "{index}");
                index += 1;
            }
        }
    }

    #[test]
    fn small_tensors_come_together_and_others_alone() {
        let bytes = |count| (DType::U8, count);
        assert!(sizes(&[], |_| true).is_empty());
        assert_eq!(sizes(&file(&[bytes(10); 5], &[], &[]), |_| true), [5]);
        assert_eq!(sizes(&file(&[bytes(0); 3], &[], &[]), |_| true), [3]);
        assert_eq!(sizes(&file(&[bytes(10), bytes(SMALL), bytes(10), bytes(10)], &[], &[]), |_| true), [1, 1, 2]);
        // As many as make 16 MiB.
        assert_eq!(sizes(&file(&[bytes(SMALL - 8); 9], &[], &[]), |_| true), [4, 4, 1]);
        // What is made of a file's bytes, and what its taker would copy.
        assert_eq!(sizes(&file(&[bytes(10); 6], &[], &[3]), |_| true), [3, 1, 2]);
        assert_eq!(sizes(&file(&[bytes(10); 6], &[], &[]), |index| index != 3), [3, 1, 2]);
    }

    #[test]
    fn elements_are_aligned_wherever_they_lie() {
        let tensors =
            file(&[(DType::U8, 3), (DType::F64, 2), (DType::U8, 1), (DType::C128, 1), (DType::F16, 3)], &[], &[]);
        let read = read(tensors.iter().map(|tensor| (tensor, true)));
        assert_eq!(read.len(), 5);
        assert!(read[1].as_ref().unwrap().as_slice::<f64>().is_ok());
        assert!(read[3].as_ref().unwrap().as_slice::<[f64; 2]>().is_ok());
        assert!(read[4].as_ref().unwrap().as_slice::<half::f16>().is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_the_tensors_whose_bytes_they_are() {
        let tensors = file(&[(DType::U8, 3); 4], &[1, 3], &[]);
        let read = read(tensors.iter().map(|tensor| (tensor, true)));
        let refused: Vec<_> = read.iter().map(|data| data.as_ref().err().and_then(Error::tensor)).collect();
        assert_eq!(refused, [None, Some("1"), None, Some("3")]);
        assert!(read[2].as_ref().unwrap().bytes().iter().all(|byte| *byte == 2));
    }

    #[test]
    fn bytes_that_are_no_values_are_refused_as_when_they_are_read_alone() {
        // A truth value of 2.
        let tensors = file(&[(DType::Bool, 1); 3], &[], &[]);
        let read = read(tensors.iter().map(|tensor| (tensor, true)));
        let alone: Vec<_> = tensors.iter().map(LazyTensor::to_data).collect();
        assert_eq!(read.len(), 3);
        let told = |data: &Result<TensorData>| data.as_ref().err().map(ToString::to_string);
        assert_eq!(read.iter().map(told).collect::<Vec<_>>(), alone.iter().map(told).collect::<Vec<_>>());
        let error = read[2].as_ref().unwrap_err();
        assert_eq!((error.tensor(), error.byte_range()), (Some("2"), Some(0..1)));
    }

    #[test]
    fn a_slice_of_another_length_is_refused() {
        let plain = PlainBytes::new(3, |out: &mut [u8]| {
            out.fill(1);
            Ok(())
        });
        let mut room: Box<[u8]> = Box::new([0; 4]);
        assert!(plain.read_into(&mut room).is_err());
        assert_eq!(*room, [0; 4]);
    }
}
