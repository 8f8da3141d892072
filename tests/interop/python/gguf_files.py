"""Files that the gguf library for Python writes."""
import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

from facts import File, fact, facts
from safetensors_files import random


def add_metadata(writer):
    writer.add_string("general.name", "a model")
    writer.add_uint8("x.u8", 255)
    writer.add_int8("x.i8", -128)
    writer.add_uint16("x.u16", 65535)
    writer.add_int16("x.i16", -32768)
    writer.add_uint32("x.u32", 2**32 - 1)
    writer.add_int32("x.i32", -(2**31))
    writer.add_uint64("x.u64", 2**64 - 1)
    writer.add_int64("x.i64", -(2**63))
    writer.add_float32("x.f32", 1.5)
    writer.add_float64("x.f64", 1e300)
    writer.add_bool("x.yes", True)
    writer.add_bool("x.no", False)
    writer.add_string("x.text", "\u03bc\n\U0001f600")
    writer.add_string("x.empty", "")
    writer.add_array("x.texts", ["a", "", "\u20ac"])
    writer.add_array("x.ints", [1, -2, 3])
    writer.add_array("x.floats", [1.5, float("inf")])
    writer.add_array("x.bools", [True, False])
    writer.add_array("x.nested", [[1, 2], [3]])
    writer.add_array("tokenizer.ggml.tokens", [f"token {i}" for i in range(32000)])
    writer.add_array("tokenizer.ggml.scores", [float(i) for i in range(32000)])


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
PLAIN = ["float64", "float32", "float16", "int64", "int32", "int16", "int8"]


def files(folder):
    plain = {name: random(name, (6, 32)) for name in PLAIN}
    write(folder / "plain.gguf", plain)
    yield File(folder / "plain.gguf", facts(plain))
    shapes = {"one": random("float32", (1,)), "four": random("float32", (2, 3, 4, 5)), "odd": random("float16", (7,)), "three": random("int8", (3, 1, 5)), "blk.0.attn_q.weight": random("float32", (2, 2))}
    write(folder / "shapes.gguf", shapes, metadata=False)
    yield File(folder / "shapes.gguf", facts(shapes))
    for alignment in (8, 32, 64, 256, 4096):
        write(folder / f"aligned{alignment}.gguf", shapes, alignment=alignment)
        yield File(folder / f"aligned{alignment}.gguf", facts(shapes))
    write(folder / "none.gguf")
    yield File(folder / "none.gguf", {})
    write(folder / "big.gguf", plain, endian=gguf.GGUFEndian.BIG)
    yield File(folder / "big.gguf", facts(plain))
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
