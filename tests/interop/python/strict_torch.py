"""What `torch.load(path, weights_only=True, mmap=True)` asks of a file, without PyTorch.

PyTorch is more than 2 GB to download, so that it is run by hand (../torch). This reads no more than it would, and refuses what it refuses:
operations and globals that its unpickler does not know, storages of another length than the pickle says, views that leave their
storage, members that are compressed or not where a mapping needs them.
"""
import collections
import io
import pickle
import pickletools
import struct
import zipfile

import ml_dtypes
import numpy as np

from facts import fact

# `torch/_weights_only_unpickler.py`.
OPCODES = {
    "APPEND", "APPENDS", "BINFLOAT", "BINGET", "BININT", "BININT1", "BININT2", "BINPERSID", "BINPUT", "BINUNICODE", "BUILD", "EMPTY_DICT",
    "EMPTY_LIST", "EMPTY_SET", "EMPTY_TUPLE", "GLOBAL", "LONG1", "LONG_BINGET", "LONG_BINPUT", "MARK", "NEWFALSE", "NEWOBJ", "NEWTRUE",
    "NONE", "PROTO", "REDUCE", "SETITEM", "SETITEMS", "SHORT_BINSTRING", "STOP", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
}
STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16", "LongStorage": "int64",
    "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
    "ComplexDoubleStorage": "complex128", "ComplexFloatStorage": "complex64", "UntypedStorage": "uint8",
}
DTYPES = {
    "uint64", "uint32", "uint16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
}
Storage = collections.namedtuple("Storage", "key dtype data")
Tensor = collections.namedtuple("Tensor", "key array")


def dtype(name):
    return np.dtype(getattr(ml_dtypes, name, name))


def view(storage, kind, offset, size, stride):
    """The tensor; every element of it lies in the storage."""
    assert offset >= 0 and len(size) == len(stride) and min([*size, *stride], default=0) >= 0
    data = np.frombuffer(storage.data, np.uint8)
    last = offset + sum((n - 1) * s for n, s in zip(size, stride))
    assert 0 in size or (last + 1) * kind.itemsize <= data.size, "a view leaves its storage"
    array = np.ndarray(size, kind, data.tobytes() or b"\0" * 16, offset * kind.itemsize, [s * kind.itemsize for s in stride])
    return Tensor(storage.key, array)


def rebuild_v2(storage, offset, size, stride, requires_grad, hooks):
    assert requires_grad is False and not hooks
    return view(storage, storage.dtype, offset, size, stride)


def rebuild_v3(storage, offset, size, stride, requires_grad, hooks, kind):
    assert requires_grad is False and not hooks
    return view(storage, kind, offset, size, stride)


class Unpickler(pickle.Unpickler):
    def __init__(self, file, members):
        super().__init__(file)
        self.members, self.named = members, {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_tensor_v3"):
            return rebuild_v2 if name.endswith("2") else rebuild_v3
        if module in ("torch", "torch.storage") and name in STORAGES:
            return STORAGES[name]
        if module == "torch" and name in DTYPES:
            return dtype(name)
        raise pickle.UnpicklingError(f"{module}.{name} is none of the globals that are allowed")

    def persistent_load(self, pid):
        kind, storage, key, location, count = pid
        assert (kind, location) == ("storage", "cpu") and self.named.setdefault(key, pid) == pid
        data = self.members[f"data/{key}"]
        assert len(data) == count * dtype(storage).itemsize, f"storage {key} has {len(data)} bytes, not {count} elements"
        return Storage(key, dtype(storage), data)


def members(path):
    """The members of the archive by their name in its folder; their CRCs are compared as they are read."""
    with zipfile.ZipFile(path) as archive, open(path, "rb") as raw:
        folders = {info.filename.split("/", 1)[0] for info in archive.infolist()}
        assert len(folders) == 1, "PyTorch looks for one folder"
        found = {}
        for info in archive.infolist():
            name = info.filename.split("/", 1)[1]
            assert info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1 and name not in found
            raw.seek(info.header_offset + 26)
            start = info.header_offset + 30 + sum(struct.unpack("<HH", raw.read(4)))
            assert not name.startswith("data/") or start % 64 == 0, f"{name} is not where a mapping needs it"
            found[name] = archive.read(info)
    return found


def read(path):
    """The facts of the tensors by name, and the sets of names that share a storage."""
    found = members(path)
    assert found["version"] == b"3\n" and found["byteorder"] == b"little"
    for opcode, argument, _ in pickletools.genops(found["data.pkl"]):
        assert opcode.name in OPCODES, f"{opcode.name} is no operation that is allowed"
        assert opcode.name != "PROTO" or argument == 2
    unpickler = Unpickler(io.BytesIO(found["data.pkl"]), found)
    state = unpickler.load()
    assert type(state) is collections.OrderedDict
    assert {name for name in found if name.startswith("data/")} == {f"data/{key}" for key in unpickler.named}
    shared = collections.defaultdict(set)
    for name, tensor in state.items():
        shared[tensor.key].add(name)
    return {name: fact(tensor.array) for name, tensor in state.items()}, [names for names in shared.values() if len(names) > 1]
