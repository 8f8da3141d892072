//! What a model or record holds, in a form that both libraries can give.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// A tensor, bit for bit: floats as the bits of their `f32`, integers as `i64`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub id: Option<u64>,
    pub kind: &'static str,
    pub shape: Vec<usize>,
    pub bits: Vec<u64>,
}

/// Tensors and plain values by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    tensors: BTreeMap<String, Tensor>,
    plain: BTreeMap<String, String>,
}

impl Contents {
    pub fn tensor(&mut self, path: &str, tensor: Tensor) {
        assert!(self.tensors.insert(path.into(), tensor).is_none(), "two tensors at {path}");
    }

    pub fn plain(&mut self, path: &str, value: &impl Debug) {
        self.plain.insert(path.into(), format!("{value:?}"));
    }

    /// The same without the ids.
    pub fn without_ids(mut self) -> Self {
        self.tensors.values_mut().for_each(|tensor| tensor.id = None);
        self
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// The first difference, in words.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let paths = |contents: &Self| contents.tensors.keys().cloned().collect::<Vec<_>>();
        if paths(self) != paths(other) {
            return Some(format!("paths {:?} and {:?}", paths(self), paths(other)));
        }
        for (path, tensor) in &self.tensors {
            let theirs = &other.tensors[path];
            if (tensor.id, tensor.kind, &tensor.shape) != (theirs.id, theirs.kind, &theirs.shape) {
                return Some(format!("{path}: {tensor:?} and {theirs:?}"));
            }
            if let Some(i) = tensor.bits.iter().zip(&theirs.bits).position(|(a, b)| a != b) {
                return Some(format!("{path}, element {i}: {:#x} and {:#x}", tensor.bits[i], theirs.bits[i]));
            }
        }
        (self.plain != other.plain).then(|| format!("{:?} and {:?}", self.plain, other.plain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_an_id_and_a_path_are_differences() {
        let tensor = Tensor { id: Some(1), kind: "float", shape: vec![1], bits: vec![0] };
        let one = |path: &str, tensor: Tensor| {
            let mut contents = Contents::default();
            contents.tensor(path, tensor);
            contents
        };
        let contents = one("a", tensor.clone());
        assert_eq!(contents.difference(&contents), None);
        for other in [
            one("b", tensor.clone()),
            one("a", Tensor { id: Some(2), ..tensor.clone() }),
            one("a", Tensor { shape: vec![1, 1], ..tensor.clone() }),
            one("a", Tensor { bits: vec![0x8000_0000], ..tensor }),
        ] {
            assert!(contents.difference(&other).is_some());
        }
    }
}
