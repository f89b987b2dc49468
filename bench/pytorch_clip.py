"""What both peers in PyTorch have of CLIP: weights as they lie in the benchmark's file, and the parts of a residual block."""
import json
import os

import numpy as np
import torch
from torch import nn


def read_weights(file, is_wanted=lambda name: True):
    """Name and fp16 array of a safetensors file, one after the other."""
    with open(file, "rb") as f:
        length = int.from_bytes(f.read(8), "little")
        for name, entry in json.loads(f.read(length)).items():
            if is_wanted(name):
                start, end = entry["data_offsets"]
                f.seek(8 + length + start)
                yield name, np.frombuffer(f.read(end - start), np.float16).reshape(entry["shape"])


def in_fp32(array):
    return torch.from_numpy(array.astype(np.float32))


class QuickGelu(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class ResidualBlock(nn.Module):
    """Parts of CLIP's ResidualAttentionBlock, under its names; how they are put together is for each tower to say."""

    def __init__(self, width):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // 64)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", QuickGelu())
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))
        self.ln_2 = nn.LayerNorm(width)


def blas():
    """Files behind PyTorch's matrix products: Debian's reference BLAS is some ten times slower than OpenBLAS."""
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if "blas" in line.lower()}
    return sorted({os.path.basename(os.path.realpath(file)) for file in files})
