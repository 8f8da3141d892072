//! Normalised weights of PyTorch, computed once.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::layout::Layout;
use super::super::lazy::LazyTensor;
use super::super::named::{NamedTensor, NamedTensors};
use super::arithmetic::{narrow, wide};
use super::{Direction, ModuleAdapter};
use crate::error::{Error, Result};
use crate::record::LayerKind;
use crate::shape::Shape;

/// Computes the weights that PyTorch keeps in parts (`torch.nn.utils.weight_norm` and `spectral_norm`, and their parametrizations) as
/// its layers do when they do not train. What the parts were made of is lost: ask for it where a model is used and not trained on.
///
/// | kept as | weight |
/// |---|---|
/// | `weight_g`, `weight_v`; `parametrizations.weight.original0`, `original1` | `g * v / |v|`, norms over the axes that `g` has not |
/// | `weight_orig`, `weight_u`, `weight_v`; `parametrizations.weight.original`, `0._u`, `0._v` | `orig / (u W v)`, W as a matrix |
#[derive(Clone, Copy, Debug, Default)]
pub struct FoldNormsAdapter;

impl ModuleAdapter for FoldNormsAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, direction: Direction) -> Result<()> {
        if direction == Direction::Save {
            return Ok(());
        }
        for name in tensors.names() {
            if let Some(base) = name.strip_suffix("_g") {
                fold_weight_norm(tensors, &[name.clone(), with(base, "_v")], base.into())?;
            } else if let Some(start) = name.strip_suffix(".original0") {
                if let Some(base) = parametrized(start) {
                    fold_weight_norm(tensors, &[name.clone(), with(start, ".original1")], base)?;
                }
            } else if let Some(base) = name.strip_suffix("_orig") {
                fold_spectral_norm(tensors, layout, &[name.clone(), with(base, "_u"), with(base, "_v")], base.into())?;
            } else if let Some(start) = name.strip_suffix(".original")
                && let Some(base) = parametrized(start)
            {
                let parts = [name.clone(), with(start, ".0._u"), with(start, ".0._v")];
                fold_spectral_norm(tensors, layout, &parts, base)?;
            }
        }
        Ok(())
    }
}

fn with(start: &str, end: &str) -> String {
    alloc::format!("{start}{end}")
}

/// The name that a parametrized tensor has for its layer: `a.parametrizations.weight` is `a.weight`.
fn parametrized(start: &str) -> Option<String> {
    let (layer, tensor) = start.rsplit_once('.')?;
    let layer = layer.strip_suffix("parametrizations")?;
    Some(alloc::format!("{layer}{tensor}"))
}

/// Takes the parts out if all are there.
fn take_all<'a, const N: usize>(tensors: &mut NamedTensors<'a>, names: &[String; N]) -> Option<Vec<NamedTensor<'a>>> {
    if !names.iter().all(|name| tensors.contains(name)) {
        return None;
    }
    names.iter().map(|name| tensors.take(name)).collect()
}

fn fold_weight_norm(tensors: &mut NamedTensors<'_>, names: &[String; 2], weight: String) -> Result<()> {
    let Some(parts) = take_all(tensors, names) else {
        return Ok(());
    };
    tensors.insert(NamedTensor::made_of(weight, parts, |parts| {
        let [g, v] = <[LazyTensor<'_>; 2]>::try_from(parts).map_err(|_| not_parts())?;
        let (dtype, shape) = (v.dtype(), v.shape().clone());
        // A `g` of no axes is one norm over all; else it has the axes of `v`, and 1 where the norm is over an axis.
        let fits = g.shape().rank() == 0
            || g.shape().rank() == shape.rank() && g.shape().iter().zip(shape.iter()).all(|(g, v)| *g == 1 || g == v);
        if !fits {
            return Err(Error::corrupt(alloc::format!("norms of shape {} do not fit {shape}", g.shape())));
        }
        Ok(LazyTensor::from_fn(dtype, shape.clone(), move || {
            let (norms, values) = (wide(&g)?, wide(&v)?);
            let strides = norm_strides(g.shape(), &shape);
            let mut squares = alloc::vec![0.0f64; norms.len()];
            for (value, at) in values.iter().zip(places(&shape, &strides)) {
                squares[at] += value * value;
            }
            let folded: Vec<f64> = values
                .iter()
                .zip(places(&shape, &strides))
                .map(|(value, at)| value * (norms[at] / squares[at].sqrt()))
                .collect();
            narrow(folded, &shape, dtype)
        }))
    })?)
}

/// By how much the place in `g` moves with each axis of `v`.
fn norm_strides(g: &Shape, v: &Shape) -> Vec<usize> {
    let mut strides = alloc::vec![0; v.rank()];
    let mut stride = 1;
    for axis in (0..g.rank()).rev() {
        if g[axis] != 1 {
            strides[axis] = stride;
        }
        stride *= g[axis];
    }
    strides
}

/// The place in a tensor of these strides for each element of `shape`, in row-major order.
fn places<'s>(shape: &'s Shape, strides: &'s [usize]) -> impl Iterator<Item = usize> + 's {
    let mut index = alloc::vec![0usize; shape.rank()];
    (0..shape.num_elements()).map(move |_| {
        let place = index.iter().zip(strides).map(|(i, stride)| i * stride).sum();
        for (i, &len) in index.iter_mut().zip(shape.iter()).rev() {
            *i += 1;
            if *i < len {
                break;
            }
            *i = 0;
        }
        place
    })
}

fn fold_spectral_norm(
    tensors: &mut NamedTensors<'_>,
    layout: &Layout,
    names: &[String; 3],
    weight: String,
) -> Result<()> {
    let Some(parts) = take_all(tensors, names) else {
        return Ok(());
    };
    let kind = layout.get(&weight).map_or(LayerKind::Other, super::super::layout::Slot::layer);
    // The axis of the outputs comes first in the matrix: transposed convolutions have it second.
    let axis = usize::from(matches!(kind, LayerKind::ConvTranspose1d | LayerKind::ConvTranspose2d));
    tensors.insert(NamedTensor::made_of(weight, parts, |parts| {
        let [original, u, v] = <[LazyTensor<'_>; 3]>::try_from(parts).map_err(|_| not_parts())?;
        let (dtype, shape) = (original.dtype(), original.shape().clone());
        let rows = shape.get(axis).copied().unwrap_or(0);
        let columns = shape.num_elements().checked_div(rows).unwrap_or(0);
        if *u.shape() != [rows] || *v.shape() != [columns] {
            let what = alloc::format!("vectors of shapes {} and {} do not fit {shape}", u.shape(), v.shape());
            return Err(Error::corrupt(what));
        }
        Ok(LazyTensor::from_fn(dtype, shape.clone(), move || {
            let (values, u, v) = (wide(&original)?, wide(&u)?, wide(&v)?);
            let inner: usize = shape[axis + 1..].iter().product();
            let mut sigma = 0.0f64;
            for (at, value) in values.iter().enumerate() {
                let (row, below, outer) = (at / inner % rows, at % inner, at / inner / rows);
                sigma += u[row] * value * v[outer * inner + below];
            }
            narrow(values.iter().map(|value| value / sigma).collect(), &shape, dtype)
        }))
    })?)
}

fn not_parts() -> Error {
    Error::argument("a normalised weight is of two or three tensors")
}
