"""Files that PyTorch writes as people have them, and what it reads back from them.

python torch_files.py   (torch; $VELLUM is the command)
"""
import argparse
import collections
import copy
import datetime
import decimal
import enum
import functools
import pathlib
import random
import sys
import tempfile
import warnings

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "python"))
from facts import SPELLINGS, Fact, File, differences


def fact(tensor):
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    data = tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
    return Fact.of(SPELLINGS[str(tensor.dtype).removeprefix("torch.")], tensor.shape, data)


def tensors(value, prefix=""):
    """The facts of all tensors and arrays within, by dotted path."""
    join = lambda key: f"{prefix}.{key}" if prefix else str(key)
    found = {}
    if isinstance(value, torch.Tensor):
        found[prefix] = fact(value)
    elif isinstance(value, np.ndarray) and value.dtype.name in SPELLINGS:
        found[prefix] = fact(torch.from_numpy(value))
    elif isinstance(value, nn.Module):
        return tensors(dict(value.state_dict()), prefix)
    elif isinstance(value, dict):
        for key, item in value.items():
            found.update(tensors(item, join(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            found.update(tensors(item, join(index)))
    elif isinstance(value, argparse.Namespace):
        found.update(tensors(vars(value), prefix))
    return found


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                                  nn.Conv2d(width, width, 1, groups=2), nn.GroupNorm(2, width))
        self.scale = nn.Parameter(torch.rand(1, width, 1, 1))
        self.register_buffer("steps", torch.tensor(3))
        self.register_buffer("mask", torch.rand(3, 3) > 0.5)
        self.register_buffer("nothing", None)

    def forward(self, x):
        return x + self.scale * self.body(x)


class Big(nn.Module):
    """One of most layers, nested in lists, dicts and tuples of their own."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Residual(4), Residual(8)])
        self.heads = nn.ModuleDict({"first": nn.Linear(3, 2), "c": nn.Bilinear(2, 3, 4)})
        self.lstm = nn.LSTM(4, 6, 2, bidirectional=True, proj_size=3)
        self.gru = nn.GRU(4, 6, 3, bias=False)
        self.rnn = nn.RNN(3, 2, nonlinearity="relu")
        self.cell = nn.LSTMCell(3, 4)
        self.attention = nn.MultiheadAttention(8, 2, kdim=4, vdim=6, add_bias_kv=True)
        self.transformer = nn.Transformer(8, 2, 1, 1, 16)
        self.embedding = nn.EmbeddingBag(7, 3, padding_idx=0)
        self.weighted = nn.utils.parametrizations.weight_norm(nn.Conv1d(3, 4, 2), dim=0)
        self.spectral = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3))
        self.old_weighted = nn.utils.weight_norm(nn.Linear(3, 2))
        self.old_spectral = nn.utils.spectral_norm(nn.ConvTranspose2d(3, 2, 2))
        self.orthogonal = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
        self.norms = nn.ModuleList([nn.LayerNorm((3, 4)), nn.InstanceNorm2d(3, affine=True, track_running_stats=True),
                                    nn.BatchNorm3d(3, affine=False), nn.RMSNorm(5), nn.SyncBatchNorm(4)])
        self.prelu = nn.PReLU(4)
        self.parameters_list = nn.ParameterList([torch.rand(2), torch.rand(3)])
        self.parameters_dict = nn.ParameterDict({"x": torch.rand(2), "y": torch.rand(1)})
        self.adaptive = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 4)
        self.head = nn.Linear(4, 9, bias=False)
        self.head.weight = self.embed.weight
        self.again = self.head


def trained(model, make, scheduler=None, steps=3):
    optimizer = make(model.parameters())
    plan = scheduler(optimizer) if scheduler else None
    for _ in range(steps):
        optimizer.zero_grad()
        sum((p ** 2).sum() for p in model.parameters() if p.is_floating_point()).backward()
        optimizer.step()
        if plan:
            plan.step(*[0.5] * isinstance(plan, torch.optim.lr_scheduler.ReduceLROnPlateau))
    return optimizer, plan


Point = collections.namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = 1


class Settings:
    def __init__(self):
        self.rate, self.names = 0.5, ["a"]


def dtypes():
    """One tensor of each dtype, of random bytes: NaN payloads, subnormals and all."""
    rng = np.random.default_rng(5)
    made = {}
    for name in SPELLINGS:
        dtype = getattr(torch, name, None)
        if dtype is None:
            continue
        if dtype == torch.bool:
            made[name] = torch.tensor([True, False, True, True])
            continue
        raw = torch.from_numpy(rng.integers(0, 256, 48 * dtype.itemsize, dtype=np.uint8))
        made[name] = raw.view(dtype).reshape(6, 8)
    return made


def checkpoints():
    """Names and values, as users save them."""
    torch.manual_seed(0)
    yield "dtypes", dtypes()
    yield "dtypes_turned", {name: tensor.t() for name, tensor in dtypes().items() if tensor.dim() == 2}
    model = Big()
    yield "state_dict", model.state_dict()
    yield "data_parallel", nn.DataParallel(Residual(4)).state_dict()
    yield "plain_dict", dict(Residual(4).state_dict())
    yield "parameters", dict(Residual(4).named_parameters())
    yield "cast", {k: v.half() if v.is_floating_point() else v for k, v in Residual(4).state_dict().items()}
    yield "tied", Tied().state_dict()
    optimizers = {
        "adam": (lambda p: torch.optim.Adam(p, 1e-3, amsgrad=True), lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, 10)),
        "adamw": (lambda p: torch.optim.AdamW([{"params": list(p), "lr": 0.1, "name": "all"}]),
                  lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o)),
        "sgd": (lambda p: torch.optim.SGD(p, 0.1, momentum=0.9), lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [2, 4])),
        "rprop": (lambda p: torch.optim.Rprop(p, 0.1), lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)),
        "lbfgs": (lambda p: torch.optim.SGD(p, 0.1), lambda o: torch.optim.lr_scheduler.SequentialLR(
            o, [torch.optim.lr_scheduler.ConstantLR(o), torch.optim.lr_scheduler.CosineAnnealingLR(o, 5)], [2])),
        "adadelta": (lambda p: torch.optim.Adadelta(p), lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.1, 0.2, cycle_momentum=False)),
        "radam": (torch.optim.RAdam, lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda epoch: 0.9 ** epoch)),
    }
    for name, (make, scheduler) in optimizers.items():
        small = nn.Sequential(nn.Linear(3, 4), nn.PReLU(), nn.Linear(4, 2))
        optimizer, plan = trained(small, make, scheduler)
        yield f"checkpoint_{name}", {
            "epoch": 7, "model": small.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": plan.state_dict(),
            "scaler": {"scale": 65536.0, "growth_factor": 2.0, "_growth_tracker": 0},
            "args": argparse.Namespace(lr=0.1, layers=[1, 2], device="cuda", best=None, nested=argparse.Namespace(a=(1, 2))),
            "rng": torch.get_rng_state(), "numpy_rng": np.random.RandomState(3).get_state(), "best": float("inf"), "nan": float("nan"),
        }
    loader = {"hyper_parameters": {"lr": 0.1}, "pytorch-lightning_version": "2.5", "callbacks": {"ModelCheckpoint{'monitor': None}": {
        "best_model_score": torch.tensor(0.5), "kth": {}}}, "loops": {"fit_loop": {"state_dict": {}}}, "state_dict": Residual(4).state_dict()}
    yield "lightning", loader
    base = torch.arange(120.0).reshape(2, 3, 4, 5)
    yield "views", {
        "base": base, "turned": base.permute(3, 1, 0, 2), "part": base[1, ::2, 1:, ::3], "one": base[1, 2, 3, 4],
        "wide": base[:1].expand(4, 3, 4, 5), "empty": base[:0], "channels_last": base.contiguous(memory_format=torch.channels_last),
        "window": base.reshape(-1).unfold(0, 7, 3), "diagonal": base[0, 0].diagonal(),
        "strided": torch.as_strided(base, (3, 3), (1, 1), 5), "real": torch.view_as_real(torch.rand(2, dtype=torch.complex64)),
        "imaginary": torch.rand(3, dtype=torch.complex128).imag, "adjoint": torch.rand(2, 3, dtype=torch.complex64).mH,
        "squeezed": base[None, :, None], "empties": torch.empty(0, 3, 0), "scalar": torch.tensor(1.5),
        "end": base.reshape(-1)[120:],
    }
    yield "names", {"": torch.ones(1), ".": torch.ones(2), "a..b": torch.ones(1), "a b": torch.ones(1), "μ/λ": torch.ones(1), "x" * 300: torch.ones(2),
                    "new\nline": torch.ones(1), "\U0001f600": torch.ones(1), "0": torch.ones(1), "__proto__": torch.ones(1)}
    yield "keys", {1: torch.ones(1), "text": torch.ones(2), (3, 4): torch.ones(3), 2.5: torch.ones(4), True: torch.zeros(1), None: torch.ones(5)}
    yield "nested", {"a": [{"b": (torch.ones(1), [torch.zeros(2)])}], "c": {"d": {"e": {"f": torch.ones(3)}}}, "empty": {}, "none": [], "t": ()}
    yield "values", {
        "w": torch.ones(2), "float32": np.float32(1.5), "int64": np.int64(3), "bool": np.bool_(True), "half": np.float16(2), "complex": np.complex64(1 + 2j),
        "array": np.arange(6.0).reshape(2, 3), "fortran": np.asfortranarray(np.arange(6, dtype="i4").reshape(2, 3)),
        "big": np.arange(4, dtype=">f4").astype("<f4"), "empty_array": np.zeros((0, 2)), "scalar_array": np.array(3.0),
        "size": torch.Size([1, 2]), "empty_size": torch.Size([]), "dtype": torch.int8, "device": torch.device("cuda:1"), "cpu": torch.device("cpu"),
        "counter": collections.Counter("aab"), "default": collections.defaultdict(list, a=[1]),
        "default_of_default": collections.defaultdict(dict, a={}), "ordered": collections.OrderedDict(z=1, a=2), "set": {1, 2, 3}, "frozen": frozenset([1]),
        "bytes": b"\0\xff", "bytearray": bytearray(b"abc"), "big_int": 2 ** 100, "negative_big": -2 ** 100, "u64": 2 ** 64 - 1, "float": 1e308, "minus_zero": -0.0,
        "text": "a\u0000b\u20ac\U0001f600", "long": "x" * 70000, "true": True, "complex_python": 1 + 2j,
    }
    shared = [1, 2]
    loop = {"w": torch.ones(2), "one": shared, "two": shared}
    yield "shared_values", loop
    yield "many", {f"layers.{i}.weight": torch.full((3,), float(i)) for i in range(3000)}
    yield "large", {"w": torch.rand(1000, 1000), "v": torch.rand(3_000_000).half()}
    yield "tuple", (torch.ones(2), {"a": torch.zeros(1)})
    yield "list", [torch.ones(2), torch.ones(3)]
    yield "bare", torch.rand(2, 3)
    yield "parameter", nn.Parameter(torch.rand(2, 3))
    yield "buffers", {"a": nn.Buffer(torch.rand(2)), "p": nn.Parameter(torch.rand(2).t(), requires_grad=False)}
    yield "generators", {"w": torch.ones(1), "cuda_rng": [torch.get_rng_state()], "python": random.getstate()}
    paths = {"posix": pathlib.PurePosixPath("/a/b"), "windows": pathlib.PureWindowsPath("C:/a"), "deque": collections.deque([1, 2], 3)}
    yield "paths", paths | {"w": torch.ones(1), "settings": Settings()}


# Models that are pickled as a whole.
WHOLE = {"whole_sequential": lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.LayerNorm(4), nn.Dropout(0.1)),
         "whole_residual": lambda: Residual(4), "whole_tied": Tied,
         "whole_lstm": lambda: nn.LSTM(3, 4, 2, bidirectional=True), "whole_transformer": lambda: nn.TransformerEncoder(
             nn.TransformerEncoderLayer(8, 2, 16, activation="gelu"), 2), "whole_parallel": lambda: nn.DataParallel(Residual(4)),
         "whole_in_dict": lambda: {"model": Residual(4), "ema": copy.deepcopy(Residual(4)), "epoch": 3}}


NEW = {"": {}, "_proto3": {"pickle_protocol": 3}, "_proto4": {"pickle_protocol": 4}, "_proto5": {"pickle_protocol": 5}}
OLD = {"_legacy": {"_use_new_zipfile_serialization": False}, "_legacy4": {"_use_new_zipfile_serialization": False, "pickle_protocol": 4}}
# The old format has no name for the newest dtypes, and PyTorch does not read what it writes of them.
NEW_ONLY = ("dtypes", "dtypes_turned")
# What is run or made when it is unpickled: the file is refused, with the name of what it calls.
CALLS = {
    "point": Point(1, 2), "colour": Colour.RED, "when": datetime.datetime(2024, 1, 2), "partial": functools.partial(int, "3"),
    "decimal": decimal.Decimal("1.5"), "generator": np.random.default_rng(1), "masked": np.ma.array([1, 2], mask=[0, 1]),
}
# What is no value, and is refused beside the rest.
NO_VALUES = {
    "function": fact, "text": np.str_("a"), "date": np.datetime64("2024-01-01"), "objects": np.array([1, None], dtype=object),
    "structured": np.zeros(2, dtype=[("a", "i4")]), "sparse": torch.eye(3).to_sparse(), "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
}


def files(folder):
    for name, value in checkpoints():
        for suffix, how in (NEW if name in NEW_ONLY else NEW | OLD).items():
            path = folder / f"{name}{suffix}.pt"
            torch.save(value, path, **how)
            yield File(path, tensors(torch.load(path, weights_only=False)))
    for name, make in WHOLE.items():
        torch.manual_seed(1)
        model = make()
        for suffix in ("", "_proto4", "_legacy"):
            path = folder / f"{name}{suffix}.pt"
            torch.save(model, path, **(NEW | OLD)[suffix])
            yield File(path, tensors(model))
    for name in ("whole_sequential", "whole_residual"):
        model = WHOLE[name]().eval()
        path = folder / f"script_{name}.pt"
        torch.jit.save(torch.jit.script(model), path)
        yield File(path, tensors(model))
    traced = torch.jit.trace(nn.Sequential(nn.Conv1d(2, 3, 2), nn.BatchNorm1d(3)).eval(), torch.rand(1, 2, 5))
    torch.jit.save(traced, folder / "traced.pt")
    yield File(folder / "traced.pt", tensors(dict(traced.state_dict())))
    for name, value in CALLS.items():
        path = folder / f"calls_{name}.pt"
        torch.save({"w": torch.ones(2), name: value}, path)
        yield File(path, {}, frozenset({""}))
    for name, value in NO_VALUES.items():
        path = folder / f"no_value_{name}.pt"
        torch.save({"w": torch.ones(2), name: value, "after": torch.zeros(1)}, path)
        yield File(path, tensors({"w": torch.ones(2), "after": torch.zeros(1)}), frozenset({name}))


def main():
    warnings.simplefilter("ignore")
    count = held = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for file in files(pathlib.Path(folder)):
            wrong = differences(file)
            count, held, bad = count + 1, held + len(file.tensors), bad + bool(wrong)
            for what in wrong[:10]:
                print(f"{file.path.name}: {what}")
    print(f"{count} files, {held} tensors, {bad} files differ")
    return bool(bad or not count)


if __name__ == "__main__":
    sys.exit(main())
