//! The globals that scikit-learn's files hold.

use crate::format::pickle::numpy::NumpyGlobal;
use crate::format::pickle::{Builtin, KnownGlobal};

/// A global that is known here. Nothing of it is ever called: [`walk`](super::walk) says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    /// A global of NumPy that arrays are made of.
    Numpy(NumpyGlobal),
    /// `numpy.ma.core._mareconstruct`: an array with a mask.
    MaskedArray,
    /// joblib's `NumpyArrayWrapper`: the array's bytes are behind it, between the opcodes.
    JoblibArray,
    /// joblib's wrappers of before 0.10: the array is in a file of its own.
    JoblibFile,
    /// `sklearn.tree._tree.Tree(features, classes, outputs)`.
    Tree,
    /// A function that makes an object of the class that is its first argument.
    Maker,
    /// A class that is made with arguments, and is shown with them.
    Class(&'static str),
}

/// The class of a decision tree's nodes.
pub(super) const TREE: &str = "sklearn.tree._tree.Tree";
/// The class of arrays with a mask.
pub(super) const MASKED_ARRAY: &str = "numpy.ma.MaskedArray";

/// Classes whose pickles have arguments: those written in Cython, and some of Python's own. All of them are plain data.
const CLASSES: [&str; 28] = [
    "builtins.range",
    "builtins.slice",
    "functools.partial",
    "operator.itemgetter",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "sklearn._loss._loss.CyAbsoluteError",
    "sklearn._loss._loss.CyExponentialLoss",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss._loss.CyHalfGammaLoss",
    "sklearn._loss._loss.CyHalfMultinomialLoss",
    "sklearn._loss._loss.CyHalfPoissonLoss",
    "sklearn._loss._loss.CyHalfSquaredError",
    "sklearn._loss._loss.CyHalfTweedieLoss",
    "sklearn._loss._loss.CyHalfTweedieLossIdentity",
    "sklearn._loss._loss.CyHuberLoss",
    "sklearn._loss._loss.CyPinballLoss",
    "sklearn.linear_model._sgd_fast.Classification",
    "sklearn.linear_model._sgd_fast.EpsilonInsensitive",
    "sklearn.linear_model._sgd_fast.Hinge",
    "sklearn.linear_model._sgd_fast.Huber",
    "sklearn.linear_model._sgd_fast.Log",
    "sklearn.linear_model._sgd_fast.ModifiedHuber",
    "sklearn.linear_model._sgd_fast.SquaredEpsilonInsensitive",
    "sklearn.linear_model._sgd_fast.SquaredHinge",
    "sklearn.linear_model._sgd_fast.SquaredLoss",
    "numpy.random.mtrand.RandomState",
    "numpy.random._generator.Generator",
];

/// Functions that make an object of a class that is known, and its name.
const CONSTRUCTORS: [(&str, &str); 2] = [
    ("numpy.random._pickle.__randomstate_ctor", "numpy.random.mtrand.RandomState"),
    ("numpy.random._pickle.__generator_ctor", "numpy.random._generator.Generator"),
];

impl Global {
    /// The global of NumPy that this is.
    pub(super) fn numpy(self) -> Option<NumpyGlobal> {
        if let Self::Numpy(global) = self { Some(global) } else { None }
    }

    /// What Python calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Numpy(NumpyGlobal::Array) => "numpy.ndarray",
            Self::Numpy(NumpyGlobal::DType) => "numpy.dtype",
            Self::Numpy(_) => "a function of numpy",
            Self::MaskedArray => MASKED_ARRAY,
            Self::JoblibArray | Self::JoblibFile => "a wrapper of joblib",
            Self::Tree => TREE,
            Self::Maker => "a function that makes an object",
            Self::Class(name) => name,
        }
    }
}

impl KnownGlobal for Global {
    fn find(module: &str, name: &str) -> Option<Self> {
        if let Some(numpy) = NumpyGlobal::find(module, name) {
            return Some(Self::Numpy(numpy));
        }
        let module = match module {
            // Python 2 called its own module otherwise.
            "__builtin__" => "builtins",
            // scikit-learn 1.5 to 1.7 was built so that this one did not know the package that it is of.
            "_loss" => "sklearn._loss._loss",
            module => module,
        };
        let is = |full: &str| full.rsplit_once('.') == Some((module, name));
        Some(match (module, name) {
            ("numpy.ma.core", "_mareconstruct") => Self::MaskedArray,
            ("joblib.numpy_pickle" | "sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper") => Self::JoblibArray,
            (
                "joblib.numpy_pickle"
                | "joblib.numpy_pickle_compat"
                | "sklearn.externals.joblib.numpy_pickle"
                | "sklearn.externals.joblib.numpy_pickle_compat",
                "NDArrayWrapper" | "ZNDArrayWrapper",
            ) => Self::JoblibFile,
            ("sklearn.tree._tree", "Tree") => Self::Tree,
            ("numpy.random._pickle", "__bit_generator_ctor") => Self::Maker,
            // The names of a frame's columns.
            ("pandas.core.indexes.base", "_new_Index") => Self::Maker,
            _ if module.starts_with("sklearn.") && name == "newObj" => Self::Maker,
            _ if (module.starts_with("sklearn.") || module.starts_with("numpy.random."))
                && name.starts_with("__pyx_unpickle_") =>
            {
                Self::Maker
            }
            _ => {
                let made = CONSTRUCTORS.iter().find(|(function, _)| is(function)).map(|&(_, class)| class);
                Self::Class(made.or_else(|| CLASSES.into_iter().find(|class| is(class)))?)
            }
        })
    }

    fn plain(module: &str, name: &str) -> Option<Builtin> {
        let is_bunch = matches!(
            (module, name),
            ("sklearn.utils" | "sklearn.utils._bunch" | "sklearn.datasets.base" | "sklearn.datasets._base", "Bunch")
        );
        is_bunch.then_some(Builtin::Dict)
    }

    fn is_callable(self) -> bool {
        self.numpy().is_none_or(NumpyGlobal::is_callable)
    }

    fn takes_state(self) -> bool {
        self.numpy().is_none_or(NumpyGlobal::takes_state)
    }
}
