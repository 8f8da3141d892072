"""Files that the safetensors library for Python writes."""
import json
import struct

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file
import safetensors

from facts import SPELLINGS, File, facts

EXTENSIONS = {name: getattr(ml_dtypes, name) for name in SPELLINGS if hasattr(ml_dtypes, name)}

# The library has one complex type.
WRITTEN = [name for name in SPELLINGS if name != "complex128"]


def random(name, shape, seed=3):
    """A tensor of random bytes: NaN payloads and subnormals too."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(EXTENSIONS.get(name, name))
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(bool)
    return rng.integers(0, 256, (*shape, dtype.itemsize), dtype=np.uint8).view(dtype).reshape(shape)


def written(path, arrays, metadata=None):
    save_file(arrays, path, metadata)
    return File(path, facts(arrays))


def files(folder):
    kept = {name: random(name, (3, 5)) for name in WRITTEN}
    yield written(folder / "dtypes.safetensors", kept)
    shapes = {"scalar": (), "empty": (0,), "empties": (2, 0, 3), "one": (1, 1, 1), "odd": (7,), "long": (1,) * 12 + (3,)}
    yield written(folder / "shapes.safetensors", {f"{name}.{dtype}": random(dtype, shape) for name, shape in shapes.items() for dtype in kept})
    yield written(folder / "metadata.safetensors", {"w": random("float32", (2,))}, {"format": "pt", "": "empty", "\u03bc\n\"": "\u20ac\U0001f600\\", "long": "x" * 100000})
    yield written(folder / "none.safetensors", {})
    yield written(folder / "none_metadata.safetensors", {}, {"a": "b"})
    yield written(folder / "names.safetensors", {name: random("int16", (2,)) for name in ["", ".", "a..b", "a/b", "a b", "\u03bc", "\U0001f600", "q\"uote", "back\\slash", "tab\t", "x" * 400, "0"]})
    yield written(folder / "many.safetensors", {f"model.layers.{i}.mlp.weight": random("bfloat16", (i % 5, 3), i) for i in range(5000)})
    yield written(folder / "large.safetensors", {"a": random("float32", (3000, 1000)), "b": random("uint8", (5_000_001,))})
    # Orders and spacing that other writers of the format choose.
    raw = {"b": random("float32", (2, 3)), "a": random("int8", (3,)), "c": random("float64", ())}
    for style, separators in [("spaces", (", ", ": ")), ("tight", (",", ":"))]:
        at, header, data = 0, {"__metadata__": {"a": "b"}}, b""
        for name, array in raw.items():
            header[name] = {"shape": list(array.shape), "data_offsets": [at, at + array.nbytes], "dtype": SPELLINGS[array.dtype.name]}
            at, data = at + array.nbytes, data + array.tobytes()
        text = json.dumps(header, separators=separators).encode()
        for pad in (0, 3):
            path = folder / f"foreign_{style}{pad}.safetensors"
            path.write_bytes(struct.pack("<Q", len(text) + pad) + text + b" " * pad + data)
            with safetensors.safe_open(path, "np") as opened:
                assert set(opened.keys()) == set(raw)
            yield File(path, facts(raw))
    # A sharded set as transformers writes it.
    parts = [{f"layers.{i}.{j}": random("float16", (4, i + 1), i * 9 + j) for j in range(3)} for i in range(3)]
    weight_map, held = {}, {}
    for i, part in enumerate(parts):
        name = f"model-{i + 1:05}-of-00003.safetensors"
        save_file(part, folder / name, {"format": "pt"})
        weight_map |= {key: name for key in part}
        held |= facts(part)
    path = folder / "model.safetensors.index.json"
    total = sum(a.nbytes for part in parts for a in part.values())
    path.write_text(json.dumps({"metadata": {"total_size": total, "total_parameters": 5}, "weight_map": weight_map}, indent=2) + "\n")
    yield File(path, held)
