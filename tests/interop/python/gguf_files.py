"""Files that the gguf library for Python writes."""
import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

from facts import File, fact, facts
from safetensors_files import random


# Kind by kind: how the library is told, and what it is told.
METADATA = {
    "u8": ("uint8", 255), "i8": ("int8", -128), "u16": ("uint16", 65535), "i16": ("int16", -32768), "u32": ("uint32", 2**32 - 1),
    "i32": ("int32", -(2**31)), "u64": ("uint64", 2**64 - 1), "i64": ("int64", -(2**63)), "f32": ("float32", 1.5),
    "f64": ("float64", 1e300), "yes": ("bool", True), "no": ("bool", False), "text": ("string", "\u03bc\n\U0001f600"),
    "texts": ("array", ["a", "", "\u20ac"]), "ints": ("array", [1, -2, 3]), "floats": ("array", [1.5, 0.25]),
    "bools": ("array", [True, False]), "nested": ("array", [[1, 2], [3]]), "tokens": ("array", [f"token {i}" for i in range(32000)]),
}


def add_metadata(writer):
    for name, (kind, value) in METADATA.items():
        getattr(writer, f"add_{kind}")(name, value)


def write(path, arrays=(), quantized=(), metadata=True, alignment=None, endian=gguf.GGUFEndian.LITTLE):
    writer = gguf.GGUFWriter(path, "llama", endianess=endian)
    if metadata:
        add_metadata(writer)
    if alignment:
        writer.add_custom_alignment(alignment)
    for name, array in dict(arrays).items():
        writer.add_tensor(name, array)
    for name, (data, kind) in dict(quantized).items():
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


NOT_QUANTIZED = {Kind.F64, Kind.F32, Kind.F16, Kind.BF16, Kind.I64, Kind.I32, Kind.I16, Kind.I8}
VALUES = {"general.architecture": "llama"} | {name: value for name, (_, value) in METADATA.items()}
PLAIN = ["float64", "float32", "float16", "int64", "int32", "int16", "int8"]


def files(folder):
    plain = {name: random(name, (6, 32)) for name in PLAIN}
    write(folder / "plain.gguf", plain)
    yield File(folder / "plain.gguf", facts(plain), values=VALUES)
    shapes = {"one": random("float32", (1,)), "four": random("float32", (2, 3, 4, 5)), "odd": random("float16", (7,)), "three": random("int8", (3, 1, 5)), "blk.0.attn_q.weight": random("float32", (2, 2))}
    write(folder / "shapes.gguf", shapes, metadata=False)
    yield File(folder / "shapes.gguf", facts(shapes))
    for alignment in (8, 32, 64, 256, 4096):
        write(folder / f"aligned{alignment}.gguf", shapes, alignment=alignment)
        yield File(folder / f"aligned{alignment}.gguf", facts(shapes))
    write(folder / "none.gguf")
    yield File(folder / "none.gguf", {}, values=VALUES)
    write(folder / "big.gguf", plain, endian=gguf.GGUFEndian.BIG)
    yield File(folder / "big.gguf", facts(plain), values=VALUES)
    brain = random("bfloat16", (4, 32))
    write(folder / "bf16.gguf", quantized={"b": (brain.view(np.uint8), Kind.BF16)})
    # Given as the library decodes it.
    yield File(folder / "bf16.gguf", {"b": fact(brain.astype("f4"))})
    rng = np.random.default_rng(1)
    for rows, columns in [(1, 256), (3, 512), (16, 1024)]:
        values = (rng.standard_normal((rows, columns)) * rng.uniform(0.01, 100, (rows, 1))).astype("f4")
        for kind in Kind:
            if kind in NOT_QUANTIZED:
                continue
            block, size = gguf.GGML_QUANT_SIZES[kind]
            path = folder / f"{kind.name}_{rows}x{columns}.gguf"
            try:
                data = gguf.quants.quantize(values, kind)
            except NotImplementedError:
                # The library decodes more than it encodes, and any bytes are blocks.
                data = rng.integers(0, 256, (rows, columns // block * size), dtype=np.uint8)
            write(path, quantized={"w": (data, kind)}, metadata=False)
            try:
                with np.errstate(all="ignore"):
                    expected = gguf.quants.dequantize(data, kind).astype("f4")
            except NotImplementedError:
                continue
            if kind.name.startswith("IQ") and not kind.name.startswith("IQ4"):
                # Of a codebook.
                yield File(path, {}, frozenset({"w"}))
            else:
                yield File(path, {"w": fact(expected)})
