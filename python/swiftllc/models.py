"""Networks that are often studied, each in a few lines of layers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from swiftllc import _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.layers import (
    GELU,
    BatchNorm,
    Conv2d,
    GlobalAvgPool2d,
    LayerNorm,
    Linear,
    Positions,
    ReLU,
    Sequential,
    TransformerBlock,
)
from swiftllc.layers.layer import Layer, inside

__all__ = [
    "BERT",
    "GPT2",
    "InContextRegression",
    "ResNet",
    "Superposition",
    "attention_only",
    "deep_linear_network",
    "mlp",
    "resnet18",
    "resnet20",
]


def mlp(widths: Sequence[int], activation: Layer | None = None, bias: bool = True) -> Sequential:
    """Linear layers of these widths with a function between them.

    Args:
        widths: From the input's to the output's, two or more.
        activation: The function; ReLU if None.
        bias: Whether the layers have biases.
    """
    sizes = _widths(widths)
    function = ReLU() if activation is None else activation
    layers: list[Layer] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [Linear(inputs, outputs, bias), function]
    return Sequential(*layers[:-1])


def deep_linear_network(widths: Sequence[int]) -> Sequential:
    """Linear layers of these widths without biases: their exact λ is ``theory.dln``."""
    sizes = _widths(widths)
    return Sequential(*(Linear(a, b, bias=False) for a, b in itertools.pairwise(sizes)))


def _widths(widths: Sequence[int]) -> list[int]:
    sizes = [_checks.integer(f"widths[{i}]", width, at_least=1) for i, width in enumerate(widths)]
    if len(sizes) < 2:
        raise InvalidArgumentError(f"widths is {tuple(widths)!r}; a network has two or more.")
    return sizes


class Superposition(Layer):
    """The toy model of superposition: ReLU(Wᵀ W x + b), W and Wᵀ the same weights (Elhage et al. 2022).

    Parameters are ``weight`` (hidden, features) and ``bias`` (features).
    """

    def __init__(self, features: int = 6, hidden: int = 2) -> None:
        """Takes samples of shape (features,).

        Args:
            features: How many there are.
            hidden: In how many dimensions they are kept.
        """
        self.features = _checks.integer("features", features, at_least=1)
        self.hidden = _checks.integer("hidden", hidden, at_least=1)

    def __repr__(self) -> str:
        """As it would be written."""
        return f"Superposition(features={self.features}, hidden={self.hidden})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the weights once, and both products."""
        weight = graph.parameter(inside(name, "weight"), (self.hidden, self.features), std=self.hidden**-0.5)
        bias = graph.parameter(inside(name, "bias"), (self.features,), value=0.0)
        return graph.relu(graph.linear(x, weight) @ weight + bias)


class ResNet(Layer):
    """Residual networks for small images such as 32x32 (He et al., arXiv 1512.03385), with batch norms.

    Parameters have torchvision's names: ``conv1``, ``bn1``, ``layer1.0.conv1`` ... ``fc``. Where the shape
    of a block changes, the shortcut is a 1x1 convolution (``downsample.0``) and a norm (``downsample.1``).
    """

    def __init__(
        self,
        blocks: Sequence[int],
        widths: Sequence[int],
        classes: int = 10,
        channels: int = 3,
        statistics: Mapping[str, Any] | None = None,
    ) -> None:
        """Takes images (channels, rows, columns).

        Args:
            blocks: Residual blocks of each stage; from the second on, a stage halves rows and columns.
            widths: Channels of each stage.
            classes: Outputs.
            channels: Channels of the image.
            statistics: Running means and variances by torch's names, as "bn1.running_mean"; a
                ``state_dict()`` has them. Without, 0 and 1.
        """
        if len(blocks) != len(widths):
            raise InvalidArgumentError(f"blocks has {len(blocks)} stages, but widths has {len(widths)}.")
        self.blocks, self.widths = tuple(blocks), tuple(widths)
        self.classes, self.channels, self.statistics = classes, channels, statistics

    def __repr__(self) -> str:
        """As it would be written, without the statistics."""
        return f"ResNet({self.blocks}, {self.widths}, classes={self.classes}, channels={self.channels})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the stem, the stages and the classifier."""
        stem = Conv2d(self.channels, self.widths[0], 3, padding=1, bias=False)
        x = graph.relu(self._norm(stem(x, inside(name, "conv1")), inside(name, "bn1")))
        for stage, (count, width) in enumerate(zip(self.blocks, self.widths, strict=True)):
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                x = self._block(graph, x, width, stride, inside(name, f"layer{stage + 1}.{block}"))
        pooled = GlobalAvgPool2d()(x)
        return Linear(self.widths[-1], self.classes)(pooled, inside(name, "fc"))

    def _block(self, graph: Graph, x: Node, width: int, stride: int, name: str) -> Node:
        first = Conv2d(x.shape[0], width, 3, stride, 1, bias=False)
        second = Conv2d(width, width, 3, padding=1, bias=False)
        y = graph.relu(self._norm(first(x, f"{name}.conv1"), f"{name}.bn1"))
        y = self._norm(second(y, f"{name}.conv2"), f"{name}.bn2")
        if x.shape != y.shape:
            shortcut = Conv2d(x.shape[0], width, 1, stride, bias=False)
            x = shortcut(x, f"{name}.downsample.0")
            x = self._norm(x, f"{name}.downsample.1")
        return graph.relu(y + x)

    def _norm(self, x: Node, name: str) -> Node:
        mean, variance = None, None
        if self.statistics is not None:
            try:
                mean = self.statistics[f"{name}.running_mean"]
                variance = self.statistics[f"{name}.running_var"]
            except KeyError as error:
                raise InvalidArgumentError(f"statistics has no {error}.") from None
        return BatchNorm(x.shape[0], mean, variance)(x, name)


def resnet20(classes: int = 10, statistics: Mapping[str, Any] | None = None) -> ResNet:
    """ResNet-20 for 32x32 images: three stages of three blocks; 0.27 million parameters."""
    return ResNet((3, 3, 3), (16, 32, 64), classes, statistics=statistics)


def resnet18(classes: int = 10, statistics: Mapping[str, Any] | None = None) -> ResNet:
    """ResNet-18 as it is used for 32x32 images, with a stem of 3x3 and no pooling; 11 million parameters."""
    return ResNet((2, 2, 2, 2), (64, 128, 256, 512), classes, statistics=statistics)


class GPT2(Layer):
    """A causal language model as GPT-2: integers (positions,) to logits (positions, vocabulary).

    Parameters are ``wte.weight``, ``wpe.weight``, those of the blocks ``h.0`` ..., and ``ln_f``. The
    output's weights are the embedding's: one parameter, with the alias ``lm_head.weight``.
    """

    def __init__(
        self,
        vocabulary: int,
        positions: int,
        features: int,
        layers: int,
        heads: int,
        *,
        hidden: int | None = None,
        final_norm: bool = True,
    ) -> None:
        """Describes the model.

        Args:
            vocabulary: How many tokens there are.
            positions: The most a sequence has.
            features: Width of the residual stream.
            layers: How many blocks.
            heads: Of each.
            hidden: Width of their networks; 4 features if None, no networks if 0.
            final_norm: Whether a norm precedes the logits.
        """
        self.sizes = (vocabulary, positions, features, layers, heads)
        self.hidden, self.final_norm = hidden, final_norm

    @property
    def input_dtype(self) -> str:
        """Integers."""
        return "int64"

    def __repr__(self) -> str:
        """As it would be written."""
        sizes = ", ".join(map(str, self.sizes))
        return f"GPT2({sizes}, hidden={self.hidden}, final_norm={self.final_norm})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds embeddings, blocks and logits."""
        vocabulary, positions, features, layers, heads = self.sizes
        table = inside(name, "wte.weight")
        weight = graph.parameter(table, (vocabulary, features), std=0.02)
        y = Positions(positions, features)(graph.embedding(x, weight), inside(name, "wpe"))
        block = TransformerBlock(
            features, heads, hidden=self.hidden, causal=True, activation=GELU(approximate="tanh")
        )
        for layer in range(layers):
            y = block(y, inside(name, f"h.{layer}"))
        if self.final_norm:
            y = LayerNorm(features)(y, inside(name, "ln_f"))
        graph.tie(inside(name, "lm_head.weight"), table)
        return graph.linear(y, weight)


def attention_only(vocabulary: int, positions: int, features: int, layers: int, heads: int) -> GPT2:
    """Attention without networks (Elhage et al. 2021): ``GPT2`` with ``hidden=0``."""
    return GPT2(vocabulary, positions, features, layers, heads, hidden=0)


class InContextRegression(Layer):
    """A causal transformer that regresses in its context (Garg et al., arXiv 2208.01066).

    Samples are x₁, y₁, x₂, y₂, ... as rows (2 examples, dimensions + 1): (0, x) and (y, 0, ..., 0). The
    output is the prediction of each y from what precedes it, (examples,), for the loss "mse".
    """

    def __init__(self, dimensions: int, examples: int, features: int, layers: int, heads: int) -> None:
        """Describes the model.

        Args:
            dimensions: Of x.
            examples: In a context.
            features: Width of the residual stream.
            layers: How many blocks.
            heads: Of each.
        """
        self.sizes = (dimensions, examples, features, layers, heads)

    def __repr__(self) -> str:
        """As it would be written."""
        return f"InContextRegression({', '.join(map(str, self.sizes))})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds embedding, blocks and the reading of the predictions."""
        dimensions, examples, features, layers, heads = self.sizes
        y = Linear(dimensions + 1, features)(x, inside(name, "embedding"))
        y = Positions(2 * examples, features)(y, inside(name, "positions"))
        block = TransformerBlock(features, heads, causal=True)
        for layer in range(layers):
            y = block(y, inside(name, f"blocks.{layer}"))
        y = LayerNorm(features)(y, inside(name, "norm"))
        y = Linear(features, 1)(y[::2], inside(name, "head"))
        return y[:, 0]


class BERT(Layer):
    """An encoder as BERT, for masked tokens: integers (positions,) to logits (positions, vocabulary).

    The norm follows each sum, the logits are the products with the embedding (one parameter) plus ``bias``.
    """

    def __init__(self, vocabulary: int, positions: int, features: int, layers: int, heads: int) -> None:
        """Describes the model.

        Args:
            vocabulary: How many tokens there are.
            positions: The most a sequence has.
            features: Width of the residual stream.
            layers: How many blocks.
            heads: Of each.
        """
        self.sizes = (vocabulary, positions, features, layers, heads)

    @property
    def input_dtype(self) -> str:
        """Integers."""
        return "int64"

    def __repr__(self) -> str:
        """As it would be written."""
        return f"BERT({', '.join(map(str, self.sizes))})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds embeddings, blocks and the head."""
        vocabulary, positions, features, layers, heads = self.sizes
        weight = graph.parameter(inside(name, "embedding.weight"), (vocabulary, features), std=0.02)
        embedded = graph.embedding(x, weight)
        y = Positions(positions, features)(embedded, inside(name, "positions"))
        y = LayerNorm(features)(y, inside(name, "norm"))
        for layer in range(layers):
            block = TransformerBlock(features, heads, norm_first=False)
            y = block(y, inside(name, f"blocks.{layer}"))
        head = Sequential(Linear(features, features), GELU(), LayerNorm(features))
        bias = graph.parameter(inside(name, "bias"), (vocabulary,), value=0.0)
        return graph.linear(head(y, inside(name, "head")), weight, bias)
