"""Transformers for tokens, and for regression in their context."""

from __future__ import annotations

from swiftllc.graph import Graph, Node
from swiftllc.layers import (
    GELU,
    LayerNorm,
    Linear,
    Positions,
    Sequential,
    TransformerBlock,
)
from swiftllc.layers.layer import Layer, inside


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
