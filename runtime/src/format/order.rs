//! From the order of bytes of arrays in files to ours: row-major, little-endian, one field at a time.

use alloc::vec::Vec;

use crate::error::{Error, ErrorKind, Result};

/// Bytes read at a time where elements change places: few beside a model, enough that whole cache lines are written.
const BAND: usize = 1 << 20;

/// Where the wanted part lies in each record of an array. For plain numbers the record is the number.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// Bytes of a record.
    pub(crate) record: usize,
    /// Where the part starts in it.
    pub(crate) offset: usize,
    /// Bytes of the part.
    pub(crate) len: usize,
}

/// Gives the next bytes of the array.
pub(crate) type Fill<'a> = dyn FnMut(&mut [u8]) -> Result<()> + 'a;

/// Fills `out` with the wanted part of each record of a row-major array.
pub(crate) fn pick(part: &Part, out: &mut [u8], fill: &mut Fill<'_>) -> Result<()> {
    if part.len == 0 {
        return Ok(());
    }
    let many = (BAND / part.record.max(1)).max(1);
    let mut band = Vec::new();
    for out in out.chunks_mut(many.saturating_mul(part.len)) {
        resize(&mut band, out.len() / part.len, part.record)?;
        fill(&mut band)?;
        for (out, record) in out.chunks_exact_mut(part.len).zip(band.chunks_exact(part.record)) {
            out.copy_from_slice(&record[part.offset..part.offset + part.len]);
        }
    }
    Ok(())
}

/// Fills `out`, row-major, with the wanted part of each record of a column-major array of these axes.
///
/// The last axis is the outermost of the file. A band of the file is some indices along it, and becomes as many neighbours in
/// each row of `out`, so that whole cache lines are written.
pub(crate) fn transpose(axes: &[usize], part: &Part, out: &mut [u8], fill: &mut Fill<'_>) -> Result<()> {
    let Some((&last, rows)) = axes.split_last() else { return pick(part, out, fill) };
    if out.is_empty() {
        return Ok(());
    }
    let slice: usize = rows.iter().product();
    let many = (BAND / slice.saturating_mul(part.record).max(1)).clamp(1, last);
    let mut band = Vec::new();
    for start in (0..last).step_by(many) {
        let width = many.min(last - start);
        resize(&mut band, slice.saturating_mul(width), part.record)?;
        fill(&mut band)?;
        let row_len = last * part.len;
        for (row, source) in out.chunks_exact_mut(row_len).zip(ColumnMajor::new(rows)) {
            let row = &mut row[start * part.len..(start + width) * part.len];
            match (part.record == part.len, part.len) {
                (true, 1) => gather::<1>(row, &band, source, slice),
                (true, 2) => gather::<2>(row, &band, source, slice),
                (true, 4) => gather::<4>(row, &band, source, slice),
                (true, 8) => gather::<8>(row, &band, source, slice),
                (true, 16) => gather::<16>(row, &band, source, slice),
                _ => {
                    let records = band.chunks_exact(part.record).skip(source).step_by(slice);
                    for (out, record) in row.chunks_exact_mut(part.len).zip(records) {
                        out.copy_from_slice(&record[part.offset..part.offset + part.len]);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Fills `row` with each `step`-th element of `band` from `start`.
fn gather<const N: usize>(row: &mut [u8], band: &[u8], start: usize, step: usize) {
    let elements = band.as_chunks::<N>().0.iter().skip(start).step_by(step);
    for (out, element) in row.as_chunks_mut::<N>().0.iter_mut().zip(elements) {
        *out = *element;
    }
}

/// Goes through the indices of some axes in row-major order, and gives the place of each in column-major order.
struct ColumnMajor<'a> {
    axes: &'a [usize],
    index: Vec<usize>,
    place: usize,
}

impl<'a> ColumnMajor<'a> {
    fn new(axes: &'a [usize]) -> Self {
        Self { axes, index: alloc::vec![0; axes.len()], place: 0 }
    }
}

impl Iterator for ColumnMajor<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let place = self.place;
        let mut stride: usize = self.axes.iter().product();
        for (&axis, index) in self.axes.iter().zip(&mut self.index).rev() {
            stride /= axis.max(1);
            *index += 1;
            self.place += stride;
            if *index < axis {
                break;
            }
            self.place -= *index * stride;
            *index = 0;
        }
        Some(place)
    }
}

/// Turns the bytes of each number of `size` bytes around.
pub(crate) fn swap_bytes(bytes: &mut [u8], size: usize) {
    match size {
        2 => bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|number| number.reverse()),
        4 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|number| number.reverse()),
        8 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|number| number.reverse()),
        _ => {}
    }
}

/// Makes room for `count` records. They are in the file: the caller compared the array's size with it.
fn resize(band: &mut Vec<u8>, count: usize, record: usize) -> Result<()> {
    let out_of_memory = || Error::new(ErrorKind::OutOfMemory { bytes: u64::MAX });
    let len = count.checked_mul(record).ok_or_else(out_of_memory)?;
    band.try_reserve(len.saturating_sub(band.len())).map_err(|_| out_of_memory())?;
    band.resize(len, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    /// Gives the bytes of a slice in order.
    fn from(mut rest: &[u8]) -> impl FnMut(&mut [u8]) -> Result<()> + '_ {
        move |out| {
            let (head, tail) = rest.split_at(out.len());
            out.copy_from_slice(head);
            rest = tail;
            Ok(())
        }
    }

    /// The same, one element at a time from its index.
    fn naive(axes: &[usize], part: &Part, file: &[u8]) -> Vec<u8> {
        let count: usize = axes.iter().product();
        let mut out = Vec::new();
        for place in 0..count {
            let (mut rest, mut index) = (place, vec![0; axes.len()]);
            for (axis, index) in axes.iter().zip(&mut index).rev() {
                *index = rest % axis;
                rest /= axis;
            }
            let (mut stride, mut source) = (1, 0);
            for (axis, index) in axes.iter().zip(&index) {
                source += index * stride;
                stride *= axis;
            }
            let start = source * part.record + part.offset;
            out.extend(&file[start..start + part.len]);
        }
        out
    }

    #[test]
    fn column_major_arrays_of_any_rank_and_element_are_turned() {
        for axes in [&[][..], &[5], &[3, 4], &[2, 3, 4], &[1, 1, 7], &[2, 1, 3, 2, 2], &[700, 3], &[3, 0, 2]] {
            for (record, offset, len) in [(1, 0, 1), (2, 0, 2), (4, 0, 4), (8, 0, 8), (16, 0, 16), (7, 2, 4), (3, 0, 3)]
            {
                let part = Part { record, offset, len };
                let count: usize = axes.iter().product();
                let file: Vec<u8> = (0..count * record).map(|i| u8::try_from(i * 31 % 251).unwrap()).collect();
                let mut out = vec![0; count * len];
                transpose(axes, &part, &mut out, &mut from(&file)).unwrap();
                assert_eq!(out, naive(axes, &part, &file), "{axes:?} {len}/{record}");
            }
        }
    }

    #[test]
    fn bands_join_without_a_seam() {
        let (rows, columns) = (300_000, 9);
        let file: Vec<u8> = (0..rows * columns * 2).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let part = Part { record: 2, offset: 0, len: 2 };
        let mut out = vec![0; file.len()];
        transpose(&[rows, columns], &part, &mut out, &mut from(&file)).unwrap();
        assert!(out == naive(&[rows, columns], &part, &file));
        let part = Part { record: 18, offset: 4, len: 2 };
        let mut out = vec![0; rows * 2];
        pick(&part, &mut out, &mut from(&file)).unwrap();
        assert!(out.chunks(2).zip(file.chunks(18)).all(|(out, record)| out == &record[4..6]));
    }
}
