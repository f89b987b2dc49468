"""
One step of training AnomalyCLIP's prompts in PyTorch, as the published train.py has it, on weights and features of the benchmark: the peer that our step
is held against. Reads "TOKENS" a line, answers a line of JSON: milliseconds and losses. The vision tower's features come in, as they do in ours.
"""
import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from pytorch_clip import ResidualBlock, blas, in_fp32, read_weights

folder, task = sys.argv[1], json.loads(sys.argv[2])
torch.set_num_threads(task["threads"])
WIDTH, LAYERS, CONTEXT = task["width"], task["layers"], 77


def read_floats(name, *shape):
    return torch.from_numpy(np.fromfile(f"{folder}/{name}", np.float32).reshape(shape))


class Block(ResidualBlock):
    """ResidualAttentionBlock_learnable_token: learnt tokens take the places after the start token, rounded to fp16."""

    def forward(self, x, mask, learnt):
        if learnt is not None:
            tokens = learnt.expand(x.shape[1], -1, -1).permute(1, 0, 2).half().float()
            x = torch.cat([x[:1], tokens, x[1 + len(learnt):]], dim=0)
        normed = self.ln_1(x)
        x = x + self.attn(normed, normed, normed, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class TextTower(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.blocks = nn.ModuleList(Block(WIDTH) for _ in range(LAYERS))
        prefix = "transformer.resblocks."
        self.blocks.load_state_dict({n[len(prefix):]: t for n, t in weights.items() if n.startswith(prefix)})
        self.ln_final = nn.LayerNorm(WIDTH)
        self.ln_final.load_state_dict({n: weights[f"ln_final.{n}"] for n in ("weight", "bias")})
        self.positions = weights["positional_embedding"]
        self.projection = weights["text_projection"]
        self.requires_grad_(False)

    def forward(self, prompts, ends, deep):
        tokens = prompts.shape[1]
        mask = torch.full((tokens, tokens), float("-inf")).triu_(1)
        x = (prompts + self.positions[:tokens]).permute(1, 0, 2)
        for layer, block in enumerate(self.blocks):
            x = block(x, mask, deep[layer - 1] if 0 < layer <= len(deep) else None)
        x = self.ln_final(x.permute(1, 0, 2))
        return x[torch.arange(len(ends)), ends] @ self.projection


def focal(p, mask):
    target = torch.zeros_like(p).scatter_(1, mask.long(), 1.0).clamp(1e-5, 1 - 1e-5)
    hit = (target * p).sum(1) + 1e-5
    return (-((1 - hit) ** 2) * hit.log()).mean()


def dice(p, mask):
    p, mask = p.reshape(len(p), -1), mask.reshape(len(mask), -1)
    return (1 - (2 * (p * mask).sum(1) + 1) / (p.sum(1) + mask.sum(1) + 1)).mean()


weights = {name: in_fp32(array) for name, array in read_weights(task["clip"], lambda name: not name.startswith("visual."))}
tower = TextTower(weights)
embedding = weights["token_embedding.weight"]
count, taps, patches = task["images"], task["taps"], task["grid"] ** 2
images = read_floats("images", count, task["embed"])
# As the reference has them, a tensor a tap.
patch_features = list(read_floats("patches", count, taps, patches, task["embed"]).unbind(1))
masks = read_floats("masks", count, task["imageSize"], task["imageSize"])
labels = torch.tensor(task["labels"])


class Learner:
    """What is learnt, as shorter prompts and whole ones each have their own."""

    def __init__(self, tokens):
        ids = [row[:tokens] + [0] * (tokens - len(row)) for row in task["ids"]]
        self.rows = embedding[torch.tensor(ids)]
        self.ends = torch.tensor([len(row) - 1 for row in task["ids"]])
        shapes = task["shapes"].items()
        self.learnt = [nn.Parameter(read_floats(name, *shape)) for name, shape in shapes]
        self.optimizer = torch.optim.Adam(self.learnt, lr=task["learningRate"], betas=(0.5, 0.999))

    def step(self):
        contexts, deep = self.learnt[:2], self.learnt[2:]
        length = contexts[0].shape[2]
        prompts = [
            torch.cat([row[:1], context[0, 0], row[1 + length:]], dim=0)
            for row, context in zip(self.rows, contexts)
        ]
        text = tower(torch.stack(prompts), self.ends, deep)
        text = text / text.norm(dim=-1, keepdim=True)
        image_loss = F.cross_entropy(images @ text.t() / 0.07, labels)
        loss = 0
        for features in patch_features:
            states = (features @ text.t() / 0.07).softmax(-1)
            grid = states.reshape(count, task["grid"], task["grid"], 2).permute(0, 3, 1, 2)
            maps = F.interpolate(grid, task["imageSize"], mode="bilinear")
            loss = loss + focal(maps, masks[:, None]) + dice(maps[:, 1], masks) + dice(maps[:, 0], 1 - masks)
        loss = 4 * loss
        self.optimizer.zero_grad()
        (loss + image_loss).backward()
        self.optimizer.step()
        return {"images": image_loss.item(), "maps": loss.item()}


learners = {}
print(json.dumps({"version": torch.__version__, "blas": blas()}), flush=True)
for line in sys.stdin:
    tokens = int(line)
    if tokens not in learners:
        learners[tokens] = Learner(tokens)
    start = time.perf_counter()
    losses = learners[tokens].step()
    print(json.dumps({"ms": 1000 * (time.perf_counter() - start), "losses": losses}), flush=True)
