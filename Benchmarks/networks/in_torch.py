"""The networks as modules of torch, with the names that swiftllc's have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from problems import Problem
from torch import nn
from torch.nn import functional as F


def module(problem: Problem) -> nn.Module:
    """The network, at the problem's weights."""
    built = {"linear": _linear, "mlp": _mlp, "resnet": _resnet, "gpt2": _gpt2}[problem.kind](problem)
    built.load_state_dict({name: torch.from_numpy(np.array(a)) for name, a in problem.params.items()})
    return built


def tensors(problem: Problem) -> tuple[torch.Tensor, torch.Tensor]:
    """The data."""
    x, y = problem.data
    return torch.from_numpy(x), torch.from_numpy(y)


def loss(problem: Problem, output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean over a batch."""
    return loss_of(problem)(output, y)


def loss_of(problem: Problem) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """The loss as a function of outputs and targets."""
    return cross_entropy if problem.classes else F.mse_loss


def cross_entropy(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean over samples, and over positions where they have any."""
    return F.cross_entropy(output.flatten(0, -2), y.flatten())


def _linear(problem: Problem) -> nn.Module:
    pairs = zip(problem.widths, problem.widths[1:], strict=False)
    return nn.Sequential(*(nn.Linear(a, b, bias=False) for a, b in pairs))


def _mlp(problem: Problem) -> nn.Module:
    shapes = [shape for name, shape in problem.model.parameter_shapes.items() if name.endswith("weight")]
    layers: list[nn.Module] = []
    for outputs, inputs in shapes:
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class _Norm(nn.Module):
    """A batch norm with the statistics 0 and 1, which stays in evaluation mode: devinterp calls train()."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.zeros(channels)) for _ in range(2))
        self.register_buffer("mean", torch.zeros(channels), persistent=False)
        self.register_buffer("variance", torch.ones(channels), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.batch_norm(x, self.mean, self.variance, self.weight, self.bias, training=False)


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = _Norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = _Norm(outputs)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), _Norm(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class _ResNet(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = _Norm(16)
        self.layer1 = nn.Sequential(*(_Block(16, 16, 1) for _ in range(3)))
        self.layer2 = nn.Sequential(_Block(16, 32, 2), *(_Block(32, 32, 1) for _ in range(2)))
        self.layer3 = nn.Sequential(_Block(32, 64, 2), *(_Block(64, 64, 1) for _ in range(2)))
        self.fc = nn.Linear(64, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.layer3(self.layer2(self.layer1(y)))
        return self.fc(y.mean((2, 3)))


def _resnet(problem: Problem) -> nn.Module:
    return _ResNet(problem.classes)


class _Attention(nn.Module):
    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.zeros(3 * features, features))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * features))
        self.out_proj = nn.Linear(features, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        projected = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = projected.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(y.transpose(1, 2).flatten(2))


class _TransformerBlock(nn.Module):
    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(features), nn.LayerNorm(features)
        self.attention = _Attention(features, heads)
        self.mlp = nn.Sequential(
            nn.Linear(features, 4 * features), nn.GELU(approximate="tanh"), nn.Linear(4 * features, features)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class _GPT2(nn.Module):
    def __init__(self, vocabulary: int, positions: int, features: int, layers: int, heads: int) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, features), nn.Embedding(positions, features)
        self.h = nn.ModuleList(_TransformerBlock(features, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(features)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.wte(tokens) + self.wpe.weight[: tokens.shape[-1]]
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)


def _gpt2(problem: Problem) -> nn.Module:
    vocabulary, features = problem.model.parameter_shapes["wte.weight"]
    return _GPT2(vocabulary, problem.input_shape[0], features, layers=2, heads=4)
