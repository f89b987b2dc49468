"""
AnomalyCLIP's inference in PyTorch, image to score and map, computed as the published code does: all rows of every layer, the original attention and DPAM's
beside it, each tap's map upsampled and smoothed. Written from the published method on weights of the benchmark: the peer that our graph is held against.
Reads a line for every image that is to be inspected, answers a line of JSON: milliseconds, score and peak memory; the map of the first lies in the folder.
"""
import json
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from pytorch_clip import ResidualBlock, blas, in_fp32, read_weights

folder, task = sys.argv[1], json.loads(sys.argv[2])
torch.set_num_threads(task["threads"])
torch.set_grad_enabled(False)
WIDTH, LAYERS, PATCH, EMBED = task["width"], task["layers"], task["patch"], task["embed"]
SIZE, GRID, SIGMA = task["imageSize"], task["imageSize"] // task["patch"], task["sigma"]


class Block(ResidualBlock):
    """ResidualAttentionBlock; DPAM replaces the attention of the last ones by one that answers for both paths."""

    def attend(self, x):
        """Plain attention and value-value attention over the same values; x [T, N, width]."""
        x = x.transpose(0, 1)
        count, tokens, _ = x.shape
        qkv = F.linear(x, self.attn.in_proj_weight, self.attn.in_proj_bias)
        q, k, v = qkv.reshape(count, tokens, 3, WIDTH // 64, 64).permute(2, 0, 3, 1, 4)

        def weighted(a, b):
            weights = ((a @ b.transpose(-2, -1)) * 64**-0.5).softmax(dim=-1)
            return self.attn.out_proj((weights @ v).transpose(1, 2).reshape(count, tokens, WIDTH)).transpose(0, 1)

        return weighted(v, v), weighted(q, k)

    def forward(self, original, local=None, dpam=False):
        normed = self.ln_1(original)
        if dpam:
            by_value, by_key = self.attend(normed)
            local = (original if local is None else local) + by_value
        else:
            by_key = self.attn(normed, normed, normed, need_weights=False)[0]
        original = original + by_key
        return original + self.mlp(self.ln_2(original)), local


class VisionTower(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.conv1.weight.copy_(weights["visual.conv1.weight"])
        self.class_embedding = weights["visual.class_embedding"]
        self.positions = weights["visual.positional_embedding"]
        self.projection = weights["visual.proj"]
        self.blocks = nn.ModuleList()
        for layer in range(LAYERS):
            block = Block(WIDTH)
            prefix = f"visual.transformer.resblocks.{layer}."
            # Popped, so that no second copy of a tensor stays.
            block.load_state_dict({n[len(prefix):]: weights.pop(n) for n in list(weights) if n.startswith(prefix)})
            self.blocks.append(block)
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        for name, norm in (("ln_pre", self.ln_pre), ("ln_post", self.ln_post)):
            norm.load_state_dict({n: weights[f"visual.{name}.{n}"] for n in ("weight", "bias")})
        self.requires_grad_(False)

    def resized_positions(self):
        side = int((len(self.positions) - 1) ** 0.5)
        grid = self.positions[1:].reshape(1, side, side, WIDTH).permute(0, 3, 1, 2)
        resized = F.interpolate(grid, (GRID, GRID), mode="bilinear").permute(0, 2, 3, 1).reshape(-1, WIDTH)
        return torch.cat([self.positions[:1], resized])

    def forward(self, pixels):
        patches = self.conv1(pixels).flatten(2).permute(0, 2, 1)
        first = self.class_embedding.expand(len(patches), 1, -1)
        x = self.ln_pre(torch.cat([first, patches], dim=1) + self.resized_positions()).permute(1, 0, 2)
        local, taps = None, []
        for layer, block in enumerate(self.blocks, 1):
            x, local = block(x, local, layer > LAYERS - task["dpamLayers"])
            if layer in task["features"]:
                taps.append(self.ln_post((x if local is None else local).permute(1, 0, 2)) @ self.projection)
        return x[0] @ self.projection, taps


def smoothed(planes):
    """SciPy's gaussian_filter: truncated at 4 sigma, the border mirrored with the edge repeated."""
    radius = int(4 * SIGMA + 0.5)
    kernel = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / SIGMA) ** 2)
    kernel = kernel / kernel.sum()
    index = torch.arange(-radius, SIZE + radius) % (2 * SIZE)
    index = torch.where(index < SIZE, index, 2 * SIZE - 1 - index)
    rows = F.conv2d(planes[:, None, index], kernel.reshape(1, 1, -1, 1))
    return F.conv2d(rows[:, :, :, index], kernel.reshape(1, 1, 1, -1))[:, 0]


def inspect(tower, image, text):
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711])
    pixels = ((image.float() / 255 - mean) / std).permute(2, 0, 1)[None]
    whole, taps = tower(pixels)
    states = ((whole / whole.norm(dim=-1, keepdim=True)) @ text.t() / 0.07).softmax(-1)
    planes = []
    for features in taps:
        features = features / features.norm(dim=-1, keepdim=True)
        grid = (features[:, 1:] @ text.t() / 0.07).softmax(-1).reshape(1, GRID, GRID, 2).permute(0, 3, 1, 2)
        both = F.interpolate(grid, SIZE, mode="bilinear")
        planes.append(smoothed((both[:, 1] + 1 - both[:, 0]) / 2))
    return states[0, 1].item(), torch.stack(planes).mean(0)[0]


# CLIP's own loader, which the published code has taken over, holds what it has read until the model is filled from it.
stored = list(read_weights(task["clip"])) if task["loadsAsPublished"] else []
# The text tower too, as the published code holds the whole CLIP.
weights = {name: in_fp32(array) for name, array in stored or read_weights(task["clip"])}
text_bytes = sum(4 * t.numel() for n, t in weights.items() if not n.startswith("visual."))
tower = VisionTower(weights)
del stored
image = torch.from_numpy(np.fromfile(f"{folder}/image", np.uint8).reshape(SIZE, SIZE, 3))
text = torch.from_numpy(np.fromfile(f"{folder}/text", np.float32).reshape(2, EMBED))
print(json.dumps({"version": torch.__version__, "blas": blas(), "textTowerMB": text_bytes / 1e6}), flush=True)
for number, _ in enumerate(sys.stdin):
    start = time.perf_counter()
    score, plane = inspect(tower, image, text)
    ms = 1000 * (time.perf_counter() - start)
    if number == 0:
        plane.numpy().tofile(f"{folder}/map")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"ms": ms, "score": score, "peakMB": peak}), flush=True)
