//! One tree of histogram-based boosting.

use alloc::vec::Vec;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::{Buffer, Module, Param};
use crate::sklearn::read::{at_option, matrix_of, vector_of};

/// A tree of histogram-based gradient boosting. Node 0 is its root.
#[derive(Clone, Debug, Module)]
pub struct HistTree {
    /// What a row that ends here is given, `[nodes]`.
    pub value: Param<Array1<f64>>,
    /// The feature that is looked at, `[nodes]`.
    pub feature: Buffer<Array1<i64>>,
    /// What it is compared with, `[nodes]`.
    pub threshold: Buffer<Array1<f64>>,
    /// The left child, `[nodes]`.
    pub left: Buffer<Array1<u32>>,
    /// The right child, `[nodes]`.
    pub right: Buffer<Array1<u32>>,
    /// Whether a missing value goes left, `[nodes]`.
    pub missing_go_to_left: Buffer<Array1<u8>>,
    /// Whether a row ends here, `[nodes]`.
    pub is_leaf: Buffer<Array1<u8>>,
    /// Whether the feature is a category, `[nodes]`.
    pub is_categorical: Buffer<Array1<u8>>,
    /// The set of categories that go left, `[nodes]`.
    pub set: Buffer<Array1<u32>>,
    /// The sets, a bit for each of 256 categories, `[sets, 8]`.
    pub sets: Buffer<Array2<u32>>,
}

/// Whether a set has a category. What is no small whole number is in none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "in range, and rounded down as in scikit-learn"
)]
pub(super) fn contains(set: ArrayView1<'_, u32>, category: f64) -> bool {
    if !(0.0..256.0).contains(&category) {
        return false;
    }
    let category = category as usize;
    set.get(category / 32).is_some_and(|bits| bits >> (category % 32) & 1 == 1)
}

impl HistTree {
    pub(super) fn read(tree: &Estimator) -> Result<Self> {
        let nodes = tree.records("nodes")?;
        let field = |name: &str| {
            let missing = || Error::refused("a tree's nodes have no such field").in_tensor(name);
            nodes.fields.iter().find(|(field, _)| field == name).map(|(_, field)| field).ok_or_else(missing)
        };
        let bytes = |name| field(name).and_then(vector_of::<u8>).map(Buffer::new);
        let places = |name| field(name).and_then(vector_of::<u32>).map(Buffer::new);
        let count = nodes.shape.num_elements();
        // Before 0.24 there were no categories, and thresholds had another name.
        let threshold = field("num_threshold").or_else(|_| field("threshold"))?;
        let or_zero = |name| match field(name) {
            Ok(field) => vector_of::<u32>(field),
            Err(_) => Ok(Array1::zeros(count)),
        };
        let sets = at_option(tree, "raw_left_cat_bitsets", |sets| match sets {
            Attribute::Array(array) if array.shape().num_elements() == 0 => Ok(Array2::zeros((0, 8))),
            _ => matrix_of(sets),
        })?;
        Ok(Self {
            value: field("value").and_then(vector_of).map(Param::new)?,
            feature: field("feature_idx").and_then(vector_of).map(Buffer::new)?,
            threshold: vector_of(threshold).map(Buffer::new)?,
            left: places("left")?,
            right: places("right")?,
            missing_go_to_left: bytes("missing_go_to_left")?,
            is_leaf: bytes("is_leaf")?,
            is_categorical: Buffer::new(or_zero("is_categorical")?.mapv(|flag| u8::from(flag != 0))),
            set: or_zero("bitset_idx").map(Buffer::new)?,
            sets: Buffer::new(sets.unwrap_or_else(|| Array2::zeros((0, 8)))),
        })
    }

    /// Adds what the tree gives to each row. `known` has the categories of each feature that were seen when it was fitted.
    pub(super) fn add(&self, x: ArrayView2<'_, f64>, known: &[Option<Array1<u32>>], sums: &mut [f64]) -> Result<()> {
        self.check(x.ncols())?;
        for (row, sum) in x.rows().into_iter().zip(sums) {
            *sum += self.value[self.leaf(row, known)];
        }
        Ok(())
    }

    /// Children lie behind their parents, so that every walk ends; features and sets are there.
    fn check(&self, features: usize) -> Result<()> {
        let count = self.value.len();
        let lengths = [
            self.feature.len(),
            self.threshold.len(),
            self.left.len(),
            self.right.len(),
            self.missing_go_to_left.len(),
            self.is_leaf.len(),
            self.is_categorical.len(),
            self.set.len(),
        ];
        let fits = |node: usize| {
            let behind = |child: u32| (node + 1..count).contains(&(child as usize));
            self.is_leaf[node] != 0
                || behind(self.left[node])
                    && behind(self.right[node])
                    && usize::try_from(self.feature[node]).is_ok_and(|feature| feature < features)
                    && (self.is_categorical[node] == 0 || (self.set[node] as usize) < self.sets.nrows())
        };
        if count == 0 || lengths.iter().any(|len| *len != count) || !(0..count).all(fits) {
            return Err(Error::argument(
                "a tree has a node whose child is not behind it, or whose feature is not there",
            ));
        }
        Ok(())
    }

    fn leaf(&self, row: ArrayView1<'_, f64>, known: &[Option<Array1<u32>>]) -> usize {
        let mut node = 0;
        while self.is_leaf[node] == 0 {
            // In range: `check` looked at each.
            let feature = usize::try_from(self.feature[node]).unwrap_or_default();
            let x = row[feature];
            let missing = self.missing_go_to_left[node] != 0;
            let left = if x.is_nan() {
                missing
            } else if self.is_categorical[node] != 0 {
                let is_known =
                    || known.get(feature).and_then(Option::as_ref).is_some_and(|set| contains(set.view(), x));
                contains(self.sets.row(self.set[node] as usize), x) || !is_known() && missing
            } else {
                x <= self.threshold[node]
            };
            node = if left { self.left[node] } else { self.right[node] } as usize;
        }
        node
    }
}

/// The set of these categories.
#[expect(clippy::float_cmp, reason = "categories are whole numbers")]
pub(super) fn set_of(categories: &Array1<f64>) -> Vec<u32> {
    let mut set = alloc::vec![0u32; 8];
    for category in 0..256u32 {
        if categories.iter().any(|value| *value == f64::from(category)) {
            set[category as usize / 32] |= 1 << (category % 32);
        }
    }
    set
}
