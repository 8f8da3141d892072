//! One tree: its nodes, and the way of a row through them.

use alloc::vec::Vec;

use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2};

use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::module::{Buffer, Module, Param};
use crate::sklearn::read::{at, buffer, cube_of};

/// A decision tree. Node 0 is its root; a row goes to the left child where its feature is at most the threshold.
#[derive(Clone, Debug, Module)]
pub struct Tree {
    /// The left child of each node, -1 for a leaf, `[nodes]`.
    pub children_left: Buffer<Array1<i64>>,
    /// The right child of each node, `[nodes]`.
    pub children_right: Buffer<Array1<i64>>,
    /// The feature that is looked at, `[nodes]`.
    pub feature: Buffer<Array1<i64>>,
    /// What it is compared with, `[nodes]`.
    pub threshold: Buffer<Array1<f64>>,
    /// Whether a missing value goes left, `[nodes]`.
    pub missing_go_to_left: Buffer<Array1<bool>>,
    /// What a row that ends here is given, `[nodes, outputs, classes]`.
    pub value: Param<Array3<f64>>,
    /// Features of the rows it was fitted on.
    #[module(constant)]
    pub num_features: usize,
}

/// A node as the walk needs it, in as few bytes as may be.
#[derive(Clone, Copy)]
struct Node {
    threshold: f64,
    feature: u32,
    /// [`LEAF`] for a leaf.
    left: u32,
    right: u32,
    missing_left: bool,
}

const LEAF: u32 = u32::MAX;

/// A tree whose nodes were checked: children lie behind their parents, so that every walk ends, and features are there.
pub(super) struct Walk<'a> {
    nodes: Vec<Node>,
    values: ArrayView2<'a, f64>,
}

impl Tree {
    /// The tree of an estimator's `tree_`.
    pub(super) fn read(estimator: &Estimator, path: &str) -> Result<Self> {
        let tree = estimator.estimator(path)?;
        let read = || {
            let children_left: Buffer<Array1<i64>> = buffer(tree, "children_left")?;
            // Before 1.3 trees knew no missing values.
            let missing_go_to_left = if tree.has("missing_go_to_left") {
                at(tree, "missing_go_to_left", bools_of)?
            } else {
                Array1::from_elem(children_left.len(), false)
            };
            let num_features = usize::try_from(tree.i64("n_features")?);
            Ok(Self {
                children_left,
                children_right: buffer(tree, "children_right")?,
                feature: buffer(tree, "feature")?,
                threshold: buffer(tree, "threshold")?,
                missing_go_to_left: Buffer::new(missing_go_to_left),
                value: at(tree, "value", cube_of).map(Param::new)?,
                num_features: num_features.map_err(|_| Error::refused("a number of features is negative"))?,
            })
        };
        read().map_err(|error: Error| error.in_tensor(path))
    }

    /// Checks the tree, and makes it ready to be walked.
    pub(super) fn walk(&self) -> Result<Walk<'_>> {
        let count = self.children_left.len();
        let lengths = [
            self.children_right.len(),
            self.feature.len(),
            self.threshold.len(),
            self.missing_go_to_left.len(),
            self.value.dim().0,
        ];
        if count == 0 || lengths.iter().any(|len| *len != count) {
            return Err(Error::argument("each node of a tree has children, a feature, a threshold and a value"));
        }
        let nodes = (0..count).map(|node| self.node(node, count)).collect::<Option<Vec<_>>>();
        let Some(width) = self.width() else { return Err(Error::argument("a tree gives no values")) };
        let values = self.value.view().into_shape_with_order((count, width));
        match (nodes, values) {
            (Some(nodes), Ok(values)) => Ok(Walk { nodes, values }),
            _ => Err(Error::argument(
                "a node of a tree has a child that is not behind it, or a feature that is not there",
            )),
        }
    }

    fn node(&self, node: usize, count: usize) -> Option<Node> {
        let threshold = self.threshold[node];
        let missing_left = self.missing_go_to_left[node];
        if self.children_left[node] == -1 {
            return Some(Node { threshold, feature: 0, left: LEAF, right: LEAF, missing_left });
        }
        let child =
            |child: i64| u32::try_from(child).ok().filter(|c| *c != LEAF && (node + 1..count).contains(&(*c as usize)));
        let feature =
            u32::try_from(self.feature[node]).ok().filter(|feature| (*feature as usize) < self.num_features)?;
        let (left, right) = (child(self.children_left[node])?, child(self.children_right[node])?);
        Some(Node { threshold, feature, left, right, missing_left })
    }

    /// How many numbers each node has. `None` where there are none: axes beside an empty one may be of any length.
    pub(super) fn width(&self) -> Option<usize> {
        let (outputs, classes) = self.outputs();
        outputs.checked_mul(classes).filter(|_| !self.value.is_empty())
    }

    /// Outputs and classes of the tree's values.
    pub(super) fn outputs(&self) -> (usize, usize) {
        let (_, outputs, classes) = self.value.dim();
        (outputs, classes)
    }
}

fn bools_of(attribute: &crate::format::sklearn::Attribute) -> Result<Array1<bool>> {
    Ok(crate::sklearn::read::vector_of::<u8>(attribute)?.mapv(|byte| byte != 0))
}

/// The rows as trees of scikit-learn see them: single precision, one row after the other.
///
/// # Errors
/// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
#[expect(clippy::cast_possible_truncation, reason = "trees were fitted on rounded features")]
pub(super) fn rows_of(x: ArrayView2<'_, f64>, num_features: usize) -> Result<Array2<f32>> {
    crate::sklearn::input::check_features(&x, num_features)?;
    Ok(x.as_standard_layout().mapv(|x| x as f32))
}

impl Walk<'_> {
    /// Gives each row the values of the leaf that it ends in.
    pub(super) fn each(&self, rows: &Array2<f32>, mut give: impl FnMut(usize, ArrayView1<'_, f64>)) {
        for (place, row) in rows.rows().into_iter().enumerate() {
            // Rows are contiguous, as `rows_of` made them.
            let Some(row) = row.to_slice() else { return };
            give(place, self.values.row(self.leaf(row)));
        }
    }

    fn leaf(&self, row: &[f32]) -> usize {
        let mut place = 0;
        loop {
            let node = &self.nodes[place];
            if node.left == LEAF {
                return place;
            }
            let x = row[node.feature as usize];
            let left = if x.is_nan() { node.missing_left } else { f64::from(x) <= node.threshold };
            place = if left { node.left } else { node.right } as usize;
        }
    }
}

/// What a tree of this many outputs and classes gives to each row, `[rows, outputs * classes]`.
pub(super) fn values(tree: &Tree, x: ArrayView2<'_, f64>, form: (usize, usize)) -> Result<Array2<f64>> {
    let (rows, walk) = (rows_of(x, tree.num_features)?, tree.walk()?);
    if tree.outputs() != form {
        return Err(Error::argument("a tree gives as many values as its model has outputs and classes"));
    }
    let mut given = Array2::zeros((rows.nrows(), walk.values.ncols()));
    walk.each(&rows, |row, values| given.row_mut(row).assign(&values));
    Ok(given)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn tree(left: Array1<i64>, right: Array1<i64>, feature: Array1<i64>) -> Tree {
        let nodes = left.len();
        Tree {
            children_left: Buffer::new(left),
            children_right: Buffer::new(right),
            feature: Buffer::new(feature),
            threshold: Buffer::new(Array1::from_elem(nodes, 0.5)),
            missing_go_to_left: Buffer::new(Array1::from_elem(nodes, true)),
            value: Param::new(Array3::from_shape_fn((nodes, 1, 1), |(node, _, _)| [0.0, 1.0, 2.0][node])),
            num_features: 1,
        }
    }

    fn leaves(tree: &Tree, x: &Array2<f64>) -> Result<Array2<f64>> {
        values(tree, x.view(), (1, 1))
    }

    #[test]
    fn a_row_goes_left_at_the_threshold_and_where_its_feature_is_missing() {
        let tree = tree(array![1, -1, -1], array![2, -1, -1], array![0, -2, -2]);
        assert_eq!(leaves(&tree, &array![[0.5], [0.6], [f64::NAN]]).unwrap(), array![[1.0], [2.0], [1.0]]);
    }

    #[test]
    fn a_tree_whose_walk_would_not_end_or_leave_it_is_an_error() {
        let x = array![[0.0]];
        for (left, right, feature) in [(0, 2, 0), (1, 3, 0), (1, -1, 0), (1, 2, 1), (1, 2, -2), (-2, 2, 0)] {
            let tree = tree(array![left, -1, -1], array![right, -1, -1], array![feature, 0, 0]);
            assert!(leaves(&tree, &x).is_err(), "{left} {right} {feature}");
        }
    }
}
