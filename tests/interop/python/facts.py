"""What a file holds, and whether Vellum says the same of it."""
import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess

import numpy as np

# SafeTensors' spelling of NumPy's dtypes, those of ml_dtypes among them.
SPELLINGS = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2", "float8_e4m3fnuz": "F8_E4M3FNUZ", "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "float8_e8m0fnu": "F8_E8M0", "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8", "uint64": "U64",
    "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL", "complex128": "C128", "complex64": "C64",
}


@dataclasses.dataclass(frozen=True)
class Fact:
    """A tensor: its dtype as SafeTensors spells it, its shape, the digest of its row-major little-endian bytes."""

    dtype: str
    shape: tuple
    sha256: str

    @classmethod
    def of(cls, dtype, shape, data):
        return cls(dtype, tuple(shape), hashlib.sha256(data).hexdigest())


def fact(array):
    """What a NumPy array is."""
    array = np.asarray(array)
    little = array.astype(array.dtype.newbyteorder("<"))
    return Fact.of(SPELLINGS[array.dtype.name], array.shape, little.tobytes("C"))


def facts(arrays):
    return {name: fact(array) for name, array in arrays.items()}


@dataclasses.dataclass
class File:
    """A file that another program wrote, and what it says the file holds."""

    path: pathlib.Path
    tensors: dict
    # Names that Vellum must list as refused, with the reason.
    refused: frozenset = frozenset()
    # Values beside the tensors, at the top of the tree.
    values: dict = dataclasses.field(default_factory=dict)


def vellum(*args):
    """Runs the command that `run` built."""
    return subprocess.run([os.environ["VELLUM"], *map(str, args)], capture_output=True, text=True)


def differences(file):
    """What Vellum says otherwise of the file: nothing, if all is right."""
    shown = vellum("inspect", "--json", "--digest", "--", file.path)
    if not file.tensors and file.refused:
        # Nothing is left of the file.
        return [] if shown.returncode == 1 and "refused" in shown.stderr else [f"is not refused: {shown}"]
    if shown.returncode != 0:
        return [f"inspect: status {shown.returncode}: {shown.stderr.strip()}"]
    shown = json.loads(shown.stdout)
    found = {t["name"]: Fact(t["dtype"], tuple(t["shape"]), t.get("sha256")) for t in shown["tensors"]}
    refused = {refusal["name"]: refusal["reason"] for refusal in shown["refusals"]}
    wrong = [f"{name}: {found.get(name, refused.get(name, 'not there'))} instead of {expected}"
             for name, expected in file.tensors.items() if found.get(name) != expected]
    wrong += [f"{name}: {found[name]} is too much" for name in found.keys() - file.tensors.keys()]
    wrong += [f"{name}: is not refused" for name in file.refused - refused.keys()]
    wrong += [f"{name}: refused: {refused[name]}" for name in refused.keys() - file.refused - file.tensors.keys()]
    values = shown["values"] or {}
    wrong += [f"value {name}: {values.get(name)} instead of {value}" for name, value in file.values.items() if values.get(name) != value]
    verified = vellum("verify", "--", file.path)
    if verified.returncode != (1 if file.refused else 0):
        wrong.append(f"verify: status {verified.returncode}: {verified.stdout.strip()} {verified.stderr.strip()}")
    return wrong
