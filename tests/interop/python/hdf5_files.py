"""Files that h5py writes."""
import h5py
import numpy as np

from facts import File, facts
from safetensors_files import random

NUMBERS = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "complex64", "complex128", "bool"]


def every():
    return {name: random(name, (7, 5)) for name in NUMBERS}


def files(folder):
    for libver in [("earliest", "latest"), ("earliest", "v108"), ("v110", "v110"), ("v112", "v112"), ("latest", "latest")]:
        tag = "_".join(libver)

        def make(name, fill, refused=frozenset(), **more):
            path = folder / f"{name}_{tag}.h5"
            with h5py.File(path, "w", libver=libver, **more) as file:
                held = fill(file)
            return File(path, facts(held), refused)

        def plain(file):
            for name, array in every().items():
                file[f"plain/{name}"] = array
                big = array.astype(array.dtype.newbyteorder(">"))
                file[f"big/{name}"] = big
            return {f"{group}/{name}": a for group in ("plain", "big") for name, a in every().items()}

        def shapes(file):
            held = {"scalar": random("float32", ()), "empty": np.zeros((0,)), "empties": np.zeros((2, 0, 3), "i2"), "one": np.ones(1), "wide": random("int8", (2,) * 9)}
            for name, array in held.items():
                file[name] = array
            return held

        def chunked(file):
            held = {}
            for shape, chunks in [((50,), (7,)), ((33, 21), (8, 4)), ((3, 4, 5), (2, 2, 2)), ((100, 3), (100, 3)), ((5, 5), (9, 9)), ((2, 3, 4, 5), (1, 3, 2, 5))]:
                for name, options in {
                    "none": {}, "gzip": {"compression": "gzip"}, "shuffle": {"compression": "gzip", "shuffle": True}, "sum": {"fletcher32": True},
                    "all": {"compression": 9, "shuffle": True, "fletcher32": True}, "only_shuffle": {"shuffle": True},
                }.items():
                    for dtype in ("float32", "int16"):
                        if any(c > s for c, s in zip(chunks, shape)):
                            options = options | {"maxshape": (None,) * len(shape)}
                        key = f"{'x'.join(map(str, shape))}_{name}_{dtype}"
                        array = random(dtype, shape)
                        file.create_dataset(key, data=array, chunks=chunks, **options)
                        held[key] = array
            return held

        def growing(file):
            held = {}
            for key, maxshape, chunks in [("one", (None, 3), (4, 3)), ("two", (None, None), (3, 2)), ("bounded", (100, 30), (7, 3))]:
                data = file.create_dataset(key, shape=(2, 3), maxshape=maxshape, chunks=chunks, dtype="f4", fillvalue=2.5)
                data.resize((30, 3))
                data[5:9] = 7
                held[key] = data[()]
            data = file.create_dataset("sparse", shape=(100, 100), chunks=(10, 10), dtype="i4", fillvalue=-3, compression="gzip")
            data[50:60, 0:10] = np.arange(100).reshape(10, 10)
            held["sparse"] = data[()]
            held["never"] = file.create_dataset("never", shape=(4, 4), dtype="f8", fillvalue=1.5)[()]
            held["never_chunked"] = file.create_dataset("never_chunked", shape=(4, 4), chunks=(2, 2), dtype="f8")[()]
            return held

        def many_chunks(file):
            held = {}
            for key, maxshape in [("fixed", (5000,)), ("one", (None,))]:
                held[key] = random("float32", (5000,))
                file.create_dataset(key, data=held[key], chunks=(3,), maxshape=maxshape)
            held["two"] = random("float32", (100, 90))
            file.create_dataset("two", data=held["two"], chunks=(3, 4), maxshape=(None, None))
            return held

        def compact(file):
            held = {"c": random("float32", (4, 4)), "s": random("int64", ())}
            for key, array in held.items():
                create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                create.set_layout(h5py.h5d.COMPACT)
                space = h5py.h5s.create_simple(array.shape) if array.shape else h5py.h5s.create(h5py.h5s.SCALAR)
                data = h5py.h5d.create(file.id, key.encode(), h5py.h5t.py_create(array.dtype), space, create)
                data.write(h5py.h5s.ALL, h5py.h5s.ALL, array)
            return held

        def early(file):
            array = random("float32", (4, 4))
            create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            create.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            create.set_attr_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
            data = h5py.h5d.create(file.id, b"e", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((4, 4)), create)
            data.write(h5py.h5s.ALL, h5py.h5s.ALL, array)
            return {"e": array}

        def named(file):
            array = random("float32", (3,))
            file["kind"] = array.dtype
            data = file.create_dataset("d", shape=(3,), dtype=file["kind"])
            data[:] = array
            data.attrs.create("a", 3, dtype=file["kind"])
            return {"d": array}

        def links(file):
            array = random("float32", (3,))
            file["a/b/c"] = array
            file["hard"] = file["a/b/c"]
            file["soft"] = h5py.SoftLink("/a/b/c")
            file["outside"] = h5py.ExternalLink("other.h5", "/w")
            file.create_dataset("packed", data=array, chunks=(2,), compression="lzf")
            return {"a/b/c": array, "hard": array}

        def groups(file):
            held = {}
            for i in range(400):
                held[f"g/{i:04}"] = random("int16", (3,), i)
                file[f"g/{i:04}"] = held[f"g/{i:04}"]
            deep = "/".join("abcdefghij" * 3)
            held[deep] = random("int8", (2,))
            file[deep] = held[deep]
            file.create_group("empty")
            file.create_group("ordered", track_order=True)["z"] = np.float32(1)
            held["ordered/z"] = np.float32(1)
            for name in ["\u03bc", "a b", "dots.in.name", "x" * 300]:
                file[name] = np.int32(5)
                held[name] = np.int32(5)
            return held

        def attributes(file):
            array = random("float32", (2,))
            data = file.create_dataset("w", data=array)
            for where in (file, data):
                where.attrs["text"] = "\u03bc\u20ac"
                where.attrs["fixed"] = np.bytes_(b"abc")
                where.attrs["list"] = ["a", "bc"]
                where.attrs["fixed_list"] = np.array([b"a", b"bc"])
                where.attrs["number"] = 3
                where.attrs["float"] = 2.5
                where.attrs["array"] = np.arange(6.0).reshape(2, 3)
                where.attrs["bool"] = True
                where.attrs["empty"] = h5py.Empty("f4")
                where.attrs["empty_text"] = ""
                where.attrs["reference"] = file["w"].ref
                where.attrs["complex"] = 1 + 2j
                where.attrs["compound"] = np.array((1, 2.5), dtype=[("a", "i4"), ("b", "f8")])
                where.attrs["long"] = "x" * 60000
            group = file.create_group("dense")
            for i in range(300):
                group.attrs[f"attribute {i}"] = f"value {i}"
            return {"w": array}

        def odd(file):
            file["w"] = np.float32(1)
            file["text"] = "a"
            file["texts"] = ["a", "b"]
            file.create_dataset("lists", shape=(2,), dtype=h5py.vlen_dtype(np.int32))
            file["references"] = np.array([file["w"].ref], dtype=h5py.ref_dtype)
            file["records"] = np.zeros(3, dtype=[("a", "f4"), ("b", "i2")])
            file["enum"] = np.array([1, 2], dtype=h5py.enum_dtype({"A": 1, "B": 2}, basetype="i4"))
            file["opaque"] = np.zeros(2, dtype="V4")
            file["nothing"] = h5py.Empty("f4")
            file["dates"] = np.array([1], dtype="M8[s]").astype(h5py.opaque_dtype(np.dtype("M8[s]")))
            return {"w": np.float32(1), "enum": np.array([1, 2], "i4")}

        for maker in [plain, shapes, chunked, growing, many_chunks, compact, early, named, groups, attributes, odd]:
            yield make(maker.__name__, maker)
        yield make("links", links, frozenset({"soft", "outside", "packed"}))
        yield make("ordered", groups, track_order=True)
        yield make("block", plain, userblock_size=1024)
        if libver[0] != "earliest":
            yield make("paged", plain, fs_strategy="page", fs_page_size=4096)
        path = folder / f"edited_{tag}.h5"
        with h5py.File(path, "w", libver=libver) as file:
            plain(file)
            attributes(file)
        with h5py.File(path, "r+", libver=libver) as file:
            del file["plain/float32"]
            file["plain/float32"] = random("float32", (9, 9), 8)
            for i in range(50):
                file[f"new/{i}"] = np.int32(i)
            for i in range(0, 50, 2):
                del file[f"new/{i}"]
            for i in range(0, 300, 3):
                del file["dense"].attrs[f"attribute {i}"]
            file["w"].attrs["text"] = "longer than it was before"
        with h5py.File(path, "r") as file:
            held = {}
            file.visititems(lambda name, item: held.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        yield File(path, facts(held))
