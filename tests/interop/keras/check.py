"""Has Keras load what Vellum wrote, and compares what both predict."""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np
from keras import layers as L

folder, fixtures = sys.argv[1:]
pairs = np.load(os.path.join(folder, "all.npz"))
failures = 0


def close(what, found, expected):
    global failures
    difference = np.abs(np.asarray(found) - expected).max()
    failures += not difference < 1e-5
    print(f"{what:40} {difference:.1e}{'' if difference < 1e-5 else '   DIFFERS'}")


def model():
    """The layers of `write.rs`, in its order."""
    layers = [
        L.Dense(6, name="dense"), L.Conv1D(4, 2, name="conv1d"), L.Conv2D(6, (3, 2), groups=2, use_bias=False, name="conv2d"),
        L.Conv3D(3, (2, 3, 1), name="conv3d"), L.DepthwiseConv2D((3, 2), depth_multiplier=2, name="depthwise"),
        L.SeparableConv2D(4, (3, 2), depth_multiplier=2, padding="same", name="separable"), L.Conv1DTranspose(4, 4, strides=2, name="up1"),
        L.Conv2DTranspose(5, (3, 4), strides=(1, 2), name="up2"), L.BatchNormalization(epsilon=1e-5, name="bn"),
        L.LayerNormalization(epsilon=1e-5, name="ln"), L.GroupNormalization(3, epsilon=1e-5, name="gn"), L.RMSNormalization(epsilon=1e-5, name="rms"),
        L.LSTM(4, return_sequences=True, name="lstm"), L.Bidirectional(L.LSTM(4, return_sequences=True), name="bi"),
        L.GRU(4, return_sequences=True, name="gru"), L.GRU(4, return_sequences=True, reset_after=False, name="gru_before"),
        L.MultiHeadAttention(3, 2, name="mha"), L.Dense(2, use_bias=False, name="last"),
    ]
    inputs = [keras.Input(pairs[f"{layer.name}.x"].shape[1:]) for layer in layers]
    return keras.Model(inputs, [call(layer, x) for layer, x in zip(layers, inputs)])


def call(layer, x):
    return layer(x, x) if isinstance(layer, L.MultiHeadAttention) else layer(x)


for file, options in [("all.h5", {}), ("all.h5", {"by_name": True}), ("all.weights.h5", {})]:
    loaded = model()
    loaded.load_weights(os.path.join(folder, file), **options)
    for layer in loaded.layers:
        if f"{layer.name}.x" in pairs:
            close(f"{file} {' '.join(options)} {layer.name}", call(layer, pairs[f"{layer.name}.x"]), pairs[f"{layer.name}.y"])

whole = keras.models.load_model(os.path.join(folder, "whole.h5"), compile=False)
expected = np.load(os.path.join(fixtures, "seed_doc_keras3.io.npz"))
close("whole.h5", whole.predict(expected["input"], verbose=0), expected["output"])
sys.exit(failures > 0)
