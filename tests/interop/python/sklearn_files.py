"""Files that scikit-learn's users write: estimators, pickled and by joblib."""
import pickle

import joblib
import numpy as np
import scipy.sparse
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from facts import File, fact

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
TREE = ["n_classes", "children_left", "children_right", "feature", "threshold", "impurity", "n_node_samples", "weighted_n_node_samples",
        "missing_go_to_left", "value"]
COMPRESSIONS = [("zlib", 1), ("gzip", 3), ("bz2", 1), ("xz", 1), ("lzma", 1), 0]


def estimators():
    columns = ColumnTransformer([("scaled", make_pipeline(StandardScaler(), FunctionTransformer()), [0, 1]), ("code", OneHotEncoder(), [2]), ("as_is", "passthrough", [3])])
    votes = VotingClassifier([("line", LogisticRegression(max_iter=300)), ("support", Pipeline([("scale", StandardScaler()), ("svc", SVC())]))])
    missing = X.copy()
    missing[::5, 1] = np.nan
    yield "several_outputs", LinearRegression().fit(X, np.c_[Y, -Y])
    yield "single_precision", Ridge().fit(X.astype("f4"), Y.astype("f4"))
    yield "text_classes", LogisticRegression(max_iter=500).fit(X, NAMES.astype(object))
    yield "sparse", LogisticRegression(max_iter=500).fit(scipy.sparse.csr_matrix(X), Y).sparsify()
    yield "neighbours", KNeighborsClassifier(3, algorithm="brute").fit(X, NAMES)
    yield "perceptron", MLPClassifier((5, 3), max_iter=5, random_state=0).fit(X, NAMES)
    yield "forest", RandomForestClassifier(4, oob_score=True, random_state=np.random.RandomState(3)).fit(missing, NAMES)
    yield "boosting", GradientBoostingClassifier(n_estimators=3, random_state=0).fit(X, Y)
    histograms = HistGradientBoostingClassifier(max_iter=3, categorical_features=[0], random_state=0).fit(np.c_[Y, missing], Y)
    # The generator that it was fitted with has no attributes to compare with.
    histograms._feature_subsample_rng = None
    yield "histograms", histograms
    yield "pipeline", Pipeline([("columns", columns), ("votes", votes)]).fit(np.c_[X[:, :2], Y, X[:, 3]], NAMES)


def tensors(value, path, seen=frozenset()):
    """What is listed: the numbers in an object's attributes, by their paths."""
    below = lambda key: f"{path}.{key}" if path else str(key)
    if isinstance(value, np.generic) and value.dtype.kind in "fiubc":
        yield path, fact(value)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "fiubc":
        yield path, fact(value)
    elif isinstance(value, np.ndarray) and value.dtype.fields:
        for name in value.dtype.names:
            yield from tensors(value[name], below(name), seen)
    elif isinstance(value, np.ndarray) and value.dtype == object:
        for place, item in enumerate(value.reshape(-1)):
            yield from tensors(item, below(place), seen)
    elif isinstance(value, np.random.RandomState):
        # Its pickle has the state twice: for the generator that it is made with, and as its own.
        for name in ("args.0.state.0.state.key", "state.key"):
            yield below(name), fact(value.get_state()[1])
    elif type(value).__name__ == "Tree":
        for name in TREE:
            # The flag has no attribute of its own: it is a field of the nodes.
            part = value.__getstate__()["nodes"][name] if name == "missing_go_to_left" else getattr(value, name)
            yield below(name), fact(part)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from tensors(item, below(place), seen)
    elif isinstance(value, dict) and all(isinstance(key, (str, int)) for key in value):
        for key, item in value.items():
            yield from tensors(item, below(key), seen)
    elif type(value).__module__.startswith(("sklearn", "scipy.sparse")) and not isinstance(value, type) and hasattr(value, "__dict__") and id(value) not in seen:
        for name, item in vars(value).items():
            if type(item) is not float:
                yield from tensors(item, below(name), seen | {id(value)})
            elif name.endswith("_"):
                # What was learnt is a tensor, also where it is Python's own number.
                yield below(name), fact(np.float64(item))


def files(folder):
    for number, (name, estimator) in enumerate(estimators()):
        found = dict(tensors(estimator, ""))
        for protocol in (0, 2, 3, 4, 5):
            path = folder / f"{name}.p{protocol}.pkl"
            path.write_bytes(pickle.dumps(estimator, protocol))
            yield File(path, found)
        for compression in COMPRESSIONS[number % 3 :: 3]:
            path = folder / f"{name}.{compression[0] if compression else 'plain'}.joblib"
            joblib.dump(estimator, path, compress=compression)
            yield File(path, found)
