"""Files that Vellum writes, read by the programs whose formats they are."""
import json
import pathlib
import subprocess

import gguf
import h5py
import ml_dtypes
import numpy as np
import safetensors
from safetensors.numpy import save_file

import gguf_files
import strict_torch
from facts import SPELLINGS, Fact, fact, facts, vellum
from safetensors_files import random

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"


def read_safetensors(path):
    held = safetensors.deserialize(path.read_bytes())
    return {name: Fact.of(tensor["dtype"], tensor["shape"], bytes(tensor["data"])) for name, tensor in held}


def read_numpy(path):
    loaded = np.load(path, allow_pickle=False)
    return facts({name: loaded[name].view(ml_dtypes.bfloat16) if loaded[name].dtype == "V2" else loaded[name] for name in loaded})


def read_hdf5(path):
    held = {}
    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            held[name] = item[()].view(ml_dtypes.bfloat16) if item.dtype == "V2" else item[()]
    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return facts(held)


def read_gguf(path):
    """What GGUF has no type for lies in integers of the same bytes, and a pair of the metadata says what it is."""
    held = {}
    reader = gguf.GGUFReader(path)
    told = reader.get_field("vellum.dtypes")
    told = {name: dtype for dtype, name in (text.split(" ", 1) for text in told.contents())} if told else {}
    for tensor in reader.tensors:
        data = tensor.data.view(ml_dtypes.bfloat16) if tensor.tensor_type == gguf.GGMLQuantizationType.BF16 else tensor.data
        if tensor.name in told:
            data = data.view(NUMPY[told[tensor.name]])
        held[tensor.name] = data.reshape(tensor.shape[::-1])
    return facts(held)


def read_torch(path):
    return strict_torch.read(path)[0]


PLAIN = {"float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8"}
UNSIGNED = {"uint64", "uint32", "uint16", "uint8", "bool"}
EIGHT_BITS = {"float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"}
COMPLEX = {"complex64", "complex128"}
NUMPY = {"BOOL": "?", "U8": "u1", "U16": "u2", "U32": "u4", "U64": "u8", "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2,
         "F8_E8M0": ml_dtypes.float8_e8m0fnu}
# What each program can hold, and how it is asked what a file holds.
TARGETS = {
    "safetensors": (read_safetensors, PLAIN | UNSIGNED | EIGHT_BITS | {"complex64"}),
    "pt": (read_torch, PLAIN | UNSIGNED | EIGHT_BITS | COMPLEX),
    "npz": (read_numpy, PLAIN | UNSIGNED | COMPLEX),
    "h5": (read_hdf5, PLAIN | UNSIGNED | COMPLEX),
    "gguf": (read_gguf, PLAIN | UNSIGNED | EIGHT_BITS),
}
SHAPES = {"matrix": (5, 8), "scalar": (), "one": (1,), "cube": (2, 3, 4), "odd": (3, 7)}


def convert(source, target, *options):
    done = vellum("convert", *options, source, target)
    assert done.returncode == 0, f"{target.name}: {done.stderr}"


def converted(folder):
    """Every dtype and shape, from a file of another program through Vellum into each format that it writes."""
    for ending, (read, names) in TARGETS.items():
        shapes = SHAPES if ending == "gguf" else SHAPES | {"empty": (0, 3)}
        # GGUF has no scalars: they come back with an axis.
        shapes = {key: shape for key, shape in shapes.items() if ending != "gguf" or shape}
        arrays = {f"{name}/{key}" if ending == "h5" else f"{name}.{key}": random(name, shape) for name in sorted(names) for key, shape in shapes.items()}
        kept = {name: array for name, array in arrays.items() if not array.dtype.kind == "c"}
        save_file(kept, folder / "source.safetensors")
        np.savez(folder / "source.npz", **{name: array for name, array in arrays.items() if array.dtype.kind == "c"})
        for source, expected in [("source.safetensors", kept), ("source.npz", {k: a for k, a in arrays.items() if k not in kept})]:
            if not expected:
                continue
            target = folder / f"{source}.{ending}"
            convert(folder / source, target)
            yield target.name, read(target), facts(expected)


def tied(folder):
    """Weights that one storage of a PyTorch file holds are one storage again."""
    source, target = FIXTURES / "pytorch" / "tied_embedding.pt", folder / "tied.pt"
    convert(source, target)
    held, shared = strict_torch.read(target)
    assert shared == [{"embed.weight", "head.weight"}], shared
    told = json.loads(vellum("inspect", "--json", "--digest", "--", source).stdout)
    yield "tied.pt", held, {t["name"]: Fact(t["dtype"], tuple(t["shape"]), t["sha256"]) for t in told["tensors"]}


def quantized(folder):
    """What is quantised by the gguf library is what it decodes itself, after a way through Vellum."""
    values = np.random.default_rng(1).standard_normal((4, 512)).astype("f4")
    writer = gguf.GGUFWriter(folder / "q.gguf", "llama")
    kinds = [gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0]
    expected = {}
    for kind in kinds:
        data = gguf.quants.quantize(values, kind)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = gguf.quants.dequantize(data, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    convert(folder / "q.gguf", folder / "q.npz")
    yield "q.npz", read_numpy(folder / "q.npz"), facts(expected)


def quantized_here(folder):
    """What Vellum quantises has the blocks that the gguf library makes of the same numbers, and the metadata stays what it was."""
    numbers = np.random.default_rng(2)
    matrices = {f"{name}.{rows}": (numbers.standard_normal((rows, 256)) * scale).astype(name)
                for name, rows, scale in [("float32", 64, 1e-3), ("float16", 5, 10), (ml_dtypes.bfloat16, 3, 1e4)]}
    matrices["zeros"] = np.zeros((2, 32), "f4")
    left = {"bias": random("float32", (64,)), "odd": random("float32", (3, 33)), "ids": random("int32", (2, 64))}
    save_file(matrices | left, folder / "m.safetensors")
    for kind in [gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0]:
        path = folder / f"{kind.name}.gguf"
        convert(folder / "m.safetensors", path, "--quantize", kind.name)
        expected = {name: Fact.of(kind.name, array.shape, gguf.quants.quantize(array.astype("f4"), kind).tobytes()) for name, array in matrices.items()}
        tensors = gguf.GGUFReader(path).tensors
        blocks = {t.name: Fact.of(kind.name, t.shape[::-1].tolist(), t.data.tobytes()) for t in tensors if t.tensor_type == kind}
        rest = facts({t.name: t.data.reshape(t.shape[::-1]) for t in tensors if t.tensor_type != kind})
        yield path.name, blocks | rest, expected | facts(left)
    gguf_files.write(folder / "m.gguf")
    convert(folder / "m.gguf", folder / "metadata.gguf")
    reader = gguf.GGUFReader(folder / "metadata.gguf")
    for key, (_, value) in gguf_files.METADATA.items():
        # The library itself does not give nested arrays back.
        assert key == "nested" or reader.get_field(key).contents() == value, key


def checks(folder):
    for check in (converted, tied, quantized, quantized_here):
        yield from check(folder)
