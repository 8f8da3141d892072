"""Files that Keras writes."""
import io
import os
import zipfile

os.environ.setdefault("KERAS_BACKEND", "numpy")
import h5py
import keras
import ml_dtypes
import numpy as np
from keras import layers

from facts import File, facts


def numbers(file):
    """All datasets of numbers of an HDF5 file, by path."""
    held = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype == "V2":
            held[name] = item[()].view(ml_dtypes.bfloat16)
        elif isinstance(item, h5py.Dataset) and item.dtype.kind in "fiub":
            held[name] = item[()]

    with h5py.File(file, "r") as opened:
        opened.visititems(visit)
    return held


def sequential():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3, strides=2), layers.BatchNormalization(), layers.Activation("relu"),
                             layers.DepthwiseConv2D(3, padding="same"), layers.SeparableConv2D(5, 2), layers.Conv2DTranspose(3, 2), layers.GroupNormalization(1),
                             layers.LayerNormalization(), layers.PReLU(), layers.Flatten(), layers.Dropout(0.5), layers.Dense(3, use_bias=False, name="head")])


def recurrent():
    x = keras.Input((5,), dtype="int32")
    y = layers.Embedding(11, 6, mask_zero=False)(x)
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(y)
    y = layers.GRU(3, return_sequences=True)(y)
    y = layers.GRU(3, return_sequences=True, reset_after=False)(y)
    y = layers.SimpleRNN(3, return_sequences=True)(y)
    y = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], return_sequences=True)(y)
    y = layers.TimeDistributed(layers.Dense(2))(y)
    return keras.Model(x, layers.Conv1D(2, 2)(y))


def attention():
    x = keras.Input((4, 6))
    y = layers.MultiHeadAttention(2, 3, name="mha")(x, x)
    y = layers.GroupQueryAttention(3, 4, 2)(y, y)
    y = layers.Add()([x, y])
    y = layers.AdditiveAttention()([y, y])
    y = layers.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")(y)
    return keras.Model(x, layers.RMSNormalization()(y))


def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="one"), layers.Dense(4, name="two")], name="inner")
    deeper = keras.Sequential([keras.Input((4,)), inner, layers.Dense(4)], name="deeper")
    x = keras.Input((4,))
    y = layers.Add()([deeper(x), inner(x)])
    return keras.Model(x, layers.Dense(2)(layers.Normalization(mean=1.0, variance=2.0)(y)))


@keras.saving.register_keras_serializable("test")
class Scale(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],), name="w")
        self.count = self.add_weight(shape=(), dtype="int32", trainable=False, name="count")

    def call(self, x):
        return x * self.w


@keras.saving.register_keras_serializable("test")
class Subclassed(keras.Model):
    def __init__(self, **more):
        super().__init__(**more)
        self.blocks = [layers.Dense(4), layers.Dense(4, activation="relu")]
        self.table = {"x": layers.Dense(3), "y": Scale()}
        self.pair = (layers.Dense(2), keras.Sequential([layers.Dense(2)]))

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.pair[1](self.pair[0](self.table["y"](self.table["x"](x))))


def wide():
    x = keras.Input((6,))
    y = layers.Concatenate()([layers.Dense(2, name=f"branch_{i}")(x) for i in range(30)])
    return keras.Model(x, y)


def mixed():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="mixed_float16"), layers.Dense(3, dtype="float64"), layers.Dense(2, dtype="bfloat16"), layers.Dense(2, dtype="float16")])


def subclassed():
    model = Subclassed()
    model(np.ones((2, 4), "f4"))
    return model


def quantized():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(2)])
    model.quantize("int8")
    return model


MODELS = [sequential, recurrent, attention, nested, subclassed, wide, mixed, quantized]


def randomised(model):
    rng = np.random.default_rng(2)
    for v in model.variables:
        if "float" in str(v.dtype) and "seed" not in v.name:
            v.assign(rng.standard_normal(v.shape))
    return model


def files(folder):
    for make in MODELS:
        keras.utils.set_random_seed(1)
        keras.backend.clear_session()
        model = randomised(make())
        optimizers = [None, "adam", keras.optimizers.SGD(momentum=0.9), keras.optimizers.RMSprop(centered=True), keras.optimizers.Ftrl(), keras.optimizers.Lion(), keras.optimizers.AdamW(amsgrad=True)]
        for i, optimizer in enumerate(optimizers if make is nested else optimizers[:2]):
            if optimizer:
                model.compile(optimizer, loss="mse", metrics=["mae"])
                model.optimizer.build(model.trainable_variables)
            for ending in ("keras", "h5", "weights.h5"):
                path = folder / f"{make.__name__}_{i}.{ending}"
                if ending == "h5" and make is subclassed:
                    # Keras has no form for it.
                    continue
                model.save_weights(path) if ending == "weights.h5" else model.save(path)
                if ending == "keras":
                    with zipfile.ZipFile(path) as archive:
                        held = numbers(io.BytesIO(archive.read("model.weights.h5")))
                else:
                    held = numbers(path)
                yield File(path, facts(held))
