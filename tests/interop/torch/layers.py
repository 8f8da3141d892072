"""Layers of the real PyTorch, both ways: what Vellum loads predicts the same, and PyTorch loads what Vellum saves.

python layers.py PROGRAM   (torch; PROGRAM is the built example `interop_layers`)
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations

CLOSE = 1e-5


class Attention(nn.MultiheadAttention):
    def forward(self, x):
        return super().forward(x, x, x)[0]


class First(nn.Module):
    """A recurrent layer that gives its output only, under the same names."""

    def __new__(cls, layer):
        forward = layer.forward
        layer.forward = lambda x: forward(x)[0]
        return layer


class Chain(nn.ModuleList):
    def forward(self, x):
        for layer in self:
            x = layer(x)
        return x


def recurrent(kind, *args, **more):
    return First(kind(*args, batch_first=more.pop("batch_first", True), **more))


def layers():
    """Name, layer, the layer without normalisation where it has one, input."""
    r = torch.randn
    yield "linear", nn.Linear(5, 3), r(2, 4, 5)
    yield "linear_no_bias", nn.Linear(5, 3, bias=False), r(4, 5)
    yield "embedding", nn.Embedding(11, 4), torch.tensor([[1, 2, 10], [0, 0, 5]])
    yield "prelu", nn.PReLU(3), r(2, 3, 2)
    yield "conv1d", nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), r(2, 4, 11)
    yield "conv2d", nn.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2)), r(2, 3, 9, 8)
    yield "conv2d_depthwise", nn.Conv2d(4, 8, 3, groups=4, bias=False), r(2, 4, 5, 6)
    yield "conv3d", nn.Conv3d(2, 3, (2, 3, 1), padding=(1, 1, 0)), r(1, 2, 4, 4, 4)
    yield "conv_transpose1d", nn.ConvTranspose1d(3, 5, 4, stride=2, padding=1), r(2, 3, 6)
    yield "conv_transpose2d", nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), r(2, 4, 5, 5)
    yield "batch_norm1d", nn.BatchNorm1d(6), r(5, 6)
    yield "batch_norm2d", nn.BatchNorm2d(6), r(2, 6, 3, 4)
    yield "batch_norm3d", nn.BatchNorm3d(6), r(2, 6, 2, 3, 2)
    yield "layer_norm", nn.LayerNorm(4), r(2, 3, 4)
    yield "layer_norm_no_bias", nn.LayerNorm(4, bias=False), r(2, 3, 4)
    yield "group_norm", nn.GroupNorm(2, 6), r(2, 6, 4, 3)
    yield "instance_norm", nn.InstanceNorm2d(3, affine=True), r(2, 3, 4, 5)
    yield "rms_norm", nn.RMSNorm(7, eps=1e-6), r(2, 7)
    yield "weight_norm", parametrizations.weight_norm(nn.Linear(4, 3)), r(2, 4), nn.Linear(4, 3)
    yield "weight_norm_old", nn.utils.weight_norm(nn.Linear(4, 3)), r(2, 4), nn.Linear(4, 3)
    yield "weight_norm_conv", parametrizations.weight_norm(nn.Conv2d(3, 4, 2)), r(2, 3, 4, 4), nn.Conv2d(3, 4, 2)
    yield "weight_norm_transposed", parametrizations.weight_norm(nn.ConvTranspose2d(3, 4, 2)), r(2, 3, 4, 4), nn.ConvTranspose2d(3, 4, 2)
    yield "spectral_norm", parametrizations.spectral_norm(nn.Linear(4, 3)), r(2, 4), nn.Linear(4, 3)
    yield "spectral_norm_old", nn.utils.spectral_norm(nn.Linear(4, 3)), r(2, 4), nn.Linear(4, 3)
    yield "spectral_norm_conv", parametrizations.spectral_norm(nn.Conv2d(3, 4, 2)), r(2, 3, 4, 4), nn.Conv2d(3, 4, 2)
    yield "spectral_norm_transposed", parametrizations.spectral_norm(nn.ConvTranspose2d(3, 4, 2)), r(2, 3, 4, 4), nn.ConvTranspose2d(3, 4, 2)
    yield "lstm", recurrent(nn.LSTM, 4, 5), r(2, 6, 4)
    yield "lstm_no_bias", recurrent(nn.LSTM, 4, 5, bias=False), r(2, 6, 4)
    yield "lstm_sequence_first", recurrent(nn.LSTM, 4, 5, batch_first=False), r(6, 2, 4)
    yield "lstm_stacked", recurrent(nn.LSTM, 4, 5, num_layers=3), r(2, 6, 4)
    yield "lstm_list", Chain([recurrent(nn.LSTM, 4, 5), recurrent(nn.LSTM, 5, 5), recurrent(nn.LSTM, 5, 5)]), r(2, 6, 4)
    yield "bilstm", recurrent(nn.LSTM, 4, 5, bidirectional=True), r(2, 6, 4)
    yield "bilstm_stacked", recurrent(nn.LSTM, 4, 5, num_layers=2, bidirectional=True), r(2, 6, 4)
    yield "gru", recurrent(nn.GRU, 4, 5), r(2, 6, 4)
    yield "gru_stacked", recurrent(nn.GRU, 4, 5, num_layers=2), r(2, 6, 4)
    yield "gru_no_bias_stacked", recurrent(nn.GRU, 4, 5, bias=False), r(2, 6, 4)
    yield "attention", Attention(8, 2, batch_first=True), r(2, 5, 8)


def main(program):
    torch.manual_seed(41)
    made = []
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        folder = pathlib.Path(folder)
        for name, layer, x, *plain in layers():
            for tensor in [*layer.parameters(), *layer.buffers()]:
                # No parameter keeps what every layer begins with, and vectors of a norm stay what they are.
                if tensor.is_floating_point() and "spectral" not in name:
                    tensor.copy_(torch.rand_like(tensor) + 0.1)
                elif tensor.dtype == torch.int64:
                    tensor.fill_(7)
            layer.eval()
            torch.save(layer.state_dict(), folder / f"{name}.pt")
            np.savez(folder / f"{name}.in.npz", x=x.numpy())
            made.append((name, x, layer(x), plain[0].eval() if plain else layer))
        subprocess.run([program, folder], check=True)
        for name, x, y, layer in made:
            ours = torch.from_numpy(np.load(folder / f"{name}.out.npz")["y"])
            away = (ours - y).abs().max().item()
            assert ours.shape == y.shape and away < CLOSE, f"{name}: Vellum predicts otherwise, by {away}"
            state = torch.load(folder / f"{name}.back.pt", weights_only=True)
            counters = [key for key in layer.state_dict() if key.endswith("num_batches_tracked")]
            state |= {key: layer.state_dict()[key] for key in counters}
            for tensor in layer.parameters():
                tensor.zero_()
            layer.load_state_dict(state, strict=True)
            back = (layer(x) - y).abs().max().item()
            assert back < CLOSE, f"{name}: PyTorch predicts otherwise from what Vellum saved, by {back}"
            print(f"{name:26} {list(y.shape)!s:16} Vellum {away:.1e}  back {back:.1e}")
    print(f"{len(made)} layers, both ways")


if __name__ == "__main__":
    main(sys.argv[1])
