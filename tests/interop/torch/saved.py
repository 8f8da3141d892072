"""Files that Vellum writes, loaded by the real PyTorch.

python saved.py   (torch; $VELLUM is the command)
"""
import pathlib
import tempfile

import numpy as np
import torch

from torch_files import fact
from ours import COMPLEX, EIGHT_BITS, FIXTURES, PLAIN, SHAPES, UNSIGNED, convert
from facts import facts
from safetensors.numpy import save_file
from safetensors_files import random


def loaded(path):
    """What PyTorch makes of the file, mapped and not."""
    one, two = (torch.load(path, weights_only=True, mmap=mmap) for mmap in (False, True))
    held = {name: fact(tensor) for name, tensor in one.items()}
    assert held == {name: fact(tensor) for name, tensor in two.items()}
    return one, held


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shapes = SHAPES | {"empty": (0, 3)}
        arrays = {f"{name}.{key}": random(name, shape) for name in PLAIN | UNSIGNED | EIGHT_BITS for key, shape in shapes.items()}
        save_file(arrays, folder / "source.safetensors")
        convert(folder / "source.safetensors", folder / "numbers.pt")
        assert loaded(folder / "numbers.pt")[1] == facts(arrays)
        wide = {f"{name}.{key}": random(name, shape) for name in COMPLEX for key, shape in shapes.items()}
        np.savez(folder / "source.npz", **wide)
        convert(folder / "source.npz", folder / "complex.pt")
        assert loaded(folder / "complex.pt")[1] == facts(wide)
        convert(FIXTURES / "pytorch" / "tied_embedding.pt", folder / "tied.pt")
        tied, held = loaded(folder / "tied.pt")
        assert tied["embed.weight"].data_ptr() == tied["head.weight"].data_ptr()
        assert held == {name: fact(tensor) for name, tensor in torch.load(FIXTURES / "pytorch" / "tied_embedding.pt").items()}
        print(f"{len(arrays) + len(wide) + len(held)} tensors, as they were written")


if __name__ == "__main__":
    main()
