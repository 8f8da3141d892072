"""Vellum against the programs whose files it reads and writes, both ways, bit for bit.

$VELLUM is the command. `python check.py [name ..]` runs the parts that are named, or all.
"""
import contextlib
import importlib
import os
import pathlib
import sys
import tempfile
import warnings

THEIRS = ["safetensors", "numpy", "hdf5", "keras", "gguf", "onnx", "sklearn"]
OURS = ["ours", "keras_ours"]


def theirs(module, folder):
    """Files of another program, of which Vellum must say the same: name, number of files, number of tensors, what differs."""
    from facts import differences

    files = tensors = 0
    wrong = []
    for file in module.files(folder):
        files, tensors = files + 1, tensors + len(file.tensors)
        wrong += [f"{file.path.name}: {what}" for what in differences(file)]
    return files, tensors, wrong


def ours(module, folder):
    """Files of Vellum, which must hold what they should to the other program."""
    files = tensors = 0
    wrong = []
    for name, found, expected in module.checks(folder):
        files, tensors = files + 1, tensors + len(expected)
        wrong += [f"{name}: {key}: {found.get(key)} instead of {expected.get(key)}"
                  for key in sorted(found.keys() | expected.keys()) if found.get(key) != expected.get(key)]
    return files, tensors, wrong


def main(names):
    warnings.simplefilter("ignore")
    os.environ["KERAS_BACKEND"] = "numpy"
    bad = 0
    for name in names or [*THEIRS, *OURS]:
        module = importlib.import_module(f"{name}_files" if name in THEIRS else name)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(open(os.devnull, "w")):
            files, tensors, wrong = (theirs if name in THEIRS else ours)(module, pathlib.Path(folder))
        print(f"{name:12} {files:4} files {tensors:6} tensors {len(wrong):4} differ", flush=True)
        for line in wrong[:20]:
            print(f"    {line}")
        bad += len(wrong) + (files == 0 or tensors == 0)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
