"""Files that NumPy writes."""
import zipfile

import numpy as np

from facts import SPELLINGS, File, fact, facts
from safetensors_files import random

PLAIN = [name for name in SPELLINGS if hasattr(np, name)]


def saved(path, array):
    np.save(path, array)
    return File(path, {"": fact(array)})


def structured(path, records, fields):
    """Records: each field is listed, and the whole as bytes."""
    np.save(path, records)
    whole = np.frombuffer(records.tobytes(), np.uint8).reshape(*records.shape, records.dtype.itemsize)
    return File(path, {"": fact(whole)} | facts(fields))


def versioned(path, array, version):
    with open(path, "wb") as out:
        np.lib.format.write_array(out, array, version=version)
    return File(path, {"": fact(array)})


def files(folder):
    for name in PLAIN:
        yield saved(folder / f"{name}.npy", random(name, (3, 4, 2)))
        yield saved(folder / f"{name}_fortran.npy", np.asfortranarray(random(name, (3, 4, 2))))
        big = random(name, (5,))
        yield saved(folder / f"{name}_big.npy", big.astype(big.dtype.newbyteorder(">")))
        yield saved(folder / f"{name}_big_fortran.npy", np.asfortranarray(random(name, (5, 3)).astype(big.dtype.newbyteorder(">"))))
        yield saved(folder / f"{name}_scalar.npy", random(name, ()))
    for shape in [(0,), (3, 0), (0, 3, 2), (1,), (1, 1), (2,) * 10]:
        yield saved(folder / f"shape_{'x'.join(map(str, shape))}.npy", random("float32", shape))
    yield saved(folder / "strided.npy", random("int32", (8, 9))[::2, ::-3])
    yield saved(folder / "turned.npy", random("int32", (4, 3, 2)).transpose(2, 0, 1))
    yield saved(folder / "broadcast.npy", np.broadcast_to(random("int8", (3,)), (4, 3)))
    for version in [(1, 0), (2, 0), (3, 0)]:
        yield versioned(folder / f"version{version[0]}.npy", random("float32", (2, 3)), version)
    brain = random("bfloat16", (3, 2))
    np.save(folder / "bfloat16.npy", brain)
    yield File(folder / "bfloat16.npy", {"": fact(brain)})
    records = np.zeros((2, 3), dtype=[("a", "<f4"), ("b", ">i2", (2, 2)), ("c", [("d", "u1"), ("e", "c8")])])
    records["a"], records["b"] = random("float32", (2, 3)), random("int16", (2, 3, 2, 2))
    records["c"]["d"], records["c"]["e"] = random("uint8", (2, 3)), random("complex64", (2, 3))
    yield structured(folder / "records.npy", records, {"a": records["a"], "b": records["b"], "c.d": records["c"]["d"], "c.e": records["c"]["e"]})
    aligned = np.zeros(3, dtype=np.dtype([("a", "u1"), ("b", "f8"), (("title", "\u03bc"), "i2")], align=True))
    aligned["b"], aligned["\u03bc"] = random("float64", (3,)), [1, 2, 3]
    yield structured(folder / "records_aligned.npy", aligned, {name: aligned[name] for name in aligned.dtype.names})
    one = np.array((1, 2.0), dtype=[("x", "i4"), ("y", "f8")])
    yield structured(folder / "record.npy", one, {"x": one["x"], "y": one["y"]})
    for name, array in {
        "text": np.array(["a", "bcd"]), "bytes": np.array([b"a", b"bcd"]), "dates": np.array(["2024-01-01"], dtype="M8[D]"), "times": np.array([5], dtype="m8[us]"),
        "objects": np.array([1, None], dtype=object), "void": np.zeros(2, dtype="V3"), "long": np.zeros(2, dtype=np.longdouble),
    }.items():
        np.save(folder / f"{name}.npy", array)
        yield File(folder / f"{name}.npy", {}, frozenset({""}))
    arrays = {name: random(name, (3, 2)) for name in PLAIN} | {"scalar": random("float32", ()), "empty": np.zeros((0, 2)), "f": np.asfortranarray(random("int16", (4, 3)))}
    for name, save in [("plain", np.savez), ("compressed", np.savez_compressed)]:
        save(folder / f"{name}.npz", **arrays)
        yield File(folder / f"{name}.npz", facts(arrays))
        save(folder / f"{name}_positional.npz", arrays["float32"], arrays["int8"])
        yield File(folder / f"{name}_positional.npz", facts({"arr_0": arrays["float32"], "arr_1": arrays["int8"]}))
        save(folder / f"{name}_none.npz")
        yield File(folder / f"{name}_none.npz", {})
        names = {"a/b": arrays["int8"], "a b": arrays["int8"], "\u03bc": arrays["int8"], "x.npy": arrays["int8"], "a.b.c": arrays["int8"], "0": arrays["int16"]}
        save(folder / f"{name}_names.npz", **names)
        yield File(folder / f"{name}_names.npz", facts(names))
        mixed = {"w": arrays["float32"], "text": np.array(["a"]), "objects": np.array([None], dtype=object)}
        save(folder / f"{name}_mixed.npz", **mixed)
        yield File(folder / f"{name}_mixed.npz", facts({"w": mixed["w"]}), frozenset({"text", "objects"}))
        big = {"w": np.zeros((1000, 1000), "f4"), "r": random("float32", (500_000,))}
        save(folder / f"{name}_big.npz", **big)
        yield File(folder / f"{name}_big.npz", facts(big))
    # As programs that know nothing of arrays pack it.
    with zipfile.ZipFile(folder / "packed.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        np.save(folder / "member.npy", arrays["float32"])
        archive.write(folder / "member.npy", "w.npy")
        archive.write(folder / "member.npy", "deep/w.npy", compress_type=zipfile.ZIP_STORED)
    yield File(folder / "packed.npz", facts({"w": arrays["float32"], "deep/w": arrays["float32"]}))
