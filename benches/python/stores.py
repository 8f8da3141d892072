"""What saving and loading costs Python's libraries, beside Vellum and beside what the bytes cost.

    cd benches && cargo build --release
    python3 -m venv target/venv && target/venv/bin/pip install -r python/requirements.txt
    target/venv/bin/python python/stores.py [rounds] [parts of rows' names]

The method is that of the Rust programs, whose processes run in the same rounds: each measurement is a process of its own, which does
everything twice and counts the second time; the subjects take turns, and a ratio is taken within a round. `torch`, which is large, is
measured if it is installed.
"""

import importlib.metadata
import importlib.util
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RUST = pathlib.Path(__file__).resolve().parent.parent / "target/release/vellum-benches"
LAYERS, WIDTH = 25, 2000


def has(library):
    return importlib.util.find_spec(library) is not None


def arrays(row):
    """The tensors of a row's model: 400 MB of f32."""
    import numpy as np

    side = WIDTH if "-25." in row else 100
    numbers = np.random.default_rng(1).random(LAYERS * WIDTH * WIDTH, dtype=np.float32) - np.float32(0.5)
    return {str(place): part for place, part in enumerate(numbers.reshape(-1, side, side))}


class Safetensors:
    module = "safetensors.numpy"
    name, library = "safetensors", "safetensors"

    def save(tensors, path):
        from safetensors.numpy import save_file

        save_file(tensors, path)

    def load(path):
        from safetensors.numpy import load_file

        return load_file(path)


class Torch:
    module = "torch"
    name, library = "torch", "torch"

    def save(tensors, path):
        import torch

        torch.save(tensors, path)

    def load(path):
        import torch

        return torch.load(path, weights_only=True)

    def tensors(row):
        import torch

        # Of memory of their own, as a model's are: a view would be saved with all that it is a view of.
        return {name: torch.from_numpy(array.copy()) for name, array in arrays(row).items()}


class Numpy:
    module = "numpy"
    name, library = "numpy", "numpy"

    def save(tensors, path):
        import numpy as np

        np.savez(path, **tensors)

    def load(path):
        import numpy as np

        with np.load(path) as file:
            return dict(file)


class H5py:
    module = "h5py"
    name, library = "h5py", "h5py"

    def save(tensors, path):
        import h5py

        with h5py.File(path, "w") as file:
            for name, array in tensors.items():
                file.create_dataset(name, data=array)

    def load(path):
        import h5py

        with h5py.File(path) as file:
            return {name: dataset[()] for name, dataset in file.items()}


class Gguf:
    module = "gguf"
    name, library = "gguf", "gguf"

    def save(tensors, path):
        import gguf

        writer = gguf.GGUFWriter(path, "none")
        for name, array in tensors.items():
            writer.add_tensor(name, array)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    def load(path):
        import gguf
        import numpy as np

        return {tensor.name: np.array(tensor.data) for tensor in gguf.GGUFReader(path).tensors}


class Joblib:
    module = "joblib"
    name, library = "joblib", "joblib"

    def save(tensors, path):
        import joblib

        joblib.dump(tensors, path)

    def load(path):
        import joblib

        return joblib.load(path)


class Raw:
    """What the bytes cost from and to memory as Python has it: NumPy asks for huge pages, which are cheaper to move."""

    module = "numpy"
    name, library = "raw in Python", "sys"

    def save(tensors, path):
        with open(path, "wb", buffering=0) as file:
            for array in tensors.values():
                rest = memoryview(array).cast("B")
                while rest:
                    rest = rest[file.write(rest) :]

    def load(path):
        with open(path, "rb", buffering=0) as file:
            return file.read()


LIBRARIES = {".safetensors": Safetensors, ".pt": Torch, ".npz": Numpy, ".weights.h5": H5py, ".gguf": Gguf, ".joblib": Joblib}
SUBJECTS = {subject.name: subject for subject in [Raw, *LIBRARIES.values()]}
# Vellum has no benchmark that saves the others.
ROWS = [f"{action}-{count}.safetensors" for action in ["save", "load"] for count in [25, 10000]]
ROWS += [f"load-{count}{suffix}" for suffix in list(LIBRARIES)[1:] for count in [25, 10000]]


def resident(line):
    for text in open("/proc/self/status"):
        if text.startswith(line):
            return int(text.split()[1]) << 10
    raise LookupError(line)


def measure(phase):
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before, cpu, wall = resident("VmRSS:"), time.process_time(), time.perf_counter()
    result = phase()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resident("VmHWM:") - before
    del result
    return cpu, wall, max(peak, 0)


def child(subject, row, folder, new):
    subject = SUBJECTS[subject]
    action, file = row.split("-", 1)
    importlib.import_module(subject.module)
    peaks = []
    for attempt in ["warm-up", "measured"]:
        path = os.path.join(new if action == "save" else folder, attempt + file if action == "save" else file)
        if action == "save":
            tensors = getattr(subject, "tensors", arrays)(row)
            cpu, wall, peak = measure(lambda: subject.save(tensors, path))
        else:
            cpu, wall, peak = measure(lambda: subject.load(path))
        peaks.append(peak)
    print(cpu, wall, max(peaks))


def prepare(subject, row, folder):
    subject = SUBJECTS[subject]
    subject.save(getattr(subject, "tensors", arrays)(row), os.path.join(folder, row.split("-", 1)[1]))


def run(program, *arguments):
    done = subprocess.run([*program, "--child", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{arguments}: {done.stderr}")
    return done.stdout


def main(rounds="5", *parts):
    rounds = int(rounds)
    rust, python = [str(RUST)], [sys.executable, __file__]
    head = "row | subject | CPU ms | CPU ratio (least to most) | wall ms | MiB above"
    print(f"Medians of {rounds} rounds; a model of 400 MB. Ratios are to the raw operation in the same language.\n\n| {head} |")
    print("|" + "---|" * (head.count("|") + 1))
    for row in ROWS:
        library = LIBRARIES[row[row.index(".") :]]
        if parts and not any(part in row for part in parts) or not has(library.library):
            continue
        version = importlib.metadata.version(library.library)
        with tempfile.TemporaryDirectory(prefix="vellum-bench", dir=".") as scratch:
            theirs, ours, new = (pathlib.Path(scratch, name) for name in ["theirs", "ours", "new"])
            for folder in [theirs, ours, new]:
                folder.mkdir()
            run(rust, "vellum", "prepare", row, ours)
            run(python, library.name, "prepare", row, theirs)
            subjects = {
                "raw": (rust, "raw", ours),
                Raw.name: (python, Raw.name, theirs),
                "vellum": (rust, "vellum", ours),
                f"{library.name} {version}": (python, library.name, theirs),
            }
            costs = {name: [] for name in subjects}
            for turn in range(rounds):
                names = list(subjects)
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    program, subject, folder = subjects[name]
                    line = run(program, subject, row, folder, new)
                    costs[name].append([float(number) for number in line.split()[:3]])
                    for file in new.iterdir():
                        file.unlink()
        for name, found in costs.items():
            raws = costs["raw" if name in ("raw", "vellum") else Raw.name]
            ratios = sorted(cost[0] / raw[0] for cost, raw in zip(found, raws))
            cpu, wall, peak = (statistics.median(values) for values in zip(*found))
            span = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            shown = [row if name == "raw" else "", name, f"{cpu * 1e3:.1f}", span, f"{wall * 1e3:.1f}", f"{peak / 2**20:.1f}"]
            print("|", " | ".join(shown), "|", flush=True)


match sys.argv[1:]:
    case ["--child", subject, "prepare", row, folder]:
        prepare(subject, row, folder)
    case ["--child", subject, row, folder, new]:
        child(subject, row, folder, new)
    case arguments:
        main(*arguments)
