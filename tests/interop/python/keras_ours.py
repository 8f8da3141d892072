"""Weights that Vellum writes, loaded by Keras, which predicts what it predicted with its own."""
import numpy as np

from facts import fact
from keras_files import MODELS, quantized, randomised, subclassed
from ours import convert


def checks(folder):
    rng = np.random.default_rng(7)
    for make in MODELS:
        # A quantised model has no floats to compare, a subclassed one no names but those of its calls.
        if make in (quantized, subclassed):
            continue
        model = randomised(make())
        inputs = [rng.integers(0, 5, (2, *x.shape[1:])) if x.dtype == "int32" else rng.standard_normal((2, *x.shape[1:])) for x in model.inputs]
        expected = np.asarray(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0))
        model.save_weights(folder / "theirs.weights.h5")
        convert(folder / "theirs.weights.h5", folder / f"{make.__name__}.weights.h5")
        for variable in model.variables:
            if "seed" not in variable.name:
                variable.assign(np.zeros(variable.shape))
        model.load_weights(folder / f"{make.__name__}.weights.h5")
        found = np.asarray(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0))
        yield make.__name__, {"prediction": fact(found)}, {"prediction": fact(expected)}
