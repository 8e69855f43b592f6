"""Transformers for tokens, and for regression in their context."""

from __future__ import annotations

from dataclasses import dataclass

from swiftllc.graph import Graph, Node
from swiftllc.layers import GELU, LayerNorm, Linear, Positions, Sequential, TransformerBlock
from swiftllc.layers.layer import Layer, inside


@dataclass(frozen=True)
class _OfTokens(Layer):
    """What language models have in common: integers (positions,) to logits (positions, vocabulary)."""

    vocabulary: int
    positions: int
    features: int
    layers: int
    heads: int

    @property
    def input_dtype(self) -> str:
        """Integers."""
        return "int64"

    def _embedded(self, graph: Graph, x: Node, table: str, positions: str) -> tuple[Node, Node]:
        """The table of embeddings, and tokens with their positions."""
        weight = graph.parameter(table, (self.vocabulary, self.features), std=0.02)
        return weight, Positions(self.positions, self.features)(graph.embedding(x, weight), positions)


@dataclass(frozen=True)
class GPT2(_OfTokens):
    """A causal language model as GPT-2: integers (positions,) to logits (positions, vocabulary).

    Parameters are ``wte.weight``, ``wpe.weight``, those of the blocks ``h.0`` ..., and ``ln_f``. The
    output's weights are the embedding's: one parameter, with the alias ``lm_head.weight``.

    Args:
        vocabulary: How many tokens there are.
        positions: The most a sequence has.
        features: Width of the residual stream.
        layers: How many blocks.
        heads: Of each.
        hidden: Width of their networks; 4 features if None, no networks if 0.
        final_norm: Whether a norm precedes the logits.
    """

    hidden: int | None = None
    final_norm: bool = True

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds embeddings, blocks and logits."""
        table = inside(name, "wte.weight")
        weight, y = self._embedded(graph, x, table, inside(name, "wpe"))
        block = TransformerBlock(
            self.features, self.heads, hidden=self.hidden, causal=True, activation=GELU(approximate="tanh")
        )
        for layer in range(self.layers):
            y = block(y, inside(name, f"h.{layer}"))
        if self.final_norm:
            y = LayerNorm(self.features)(y, inside(name, "ln_f"))
        graph.tie(inside(name, "lm_head.weight"), table)
        return graph.linear(y, weight)


def attention_only(vocabulary: int, positions: int, features: int, layers: int, heads: int) -> GPT2:
    """Attention without networks (Elhage et al. 2021): ``GPT2`` with ``hidden=0``."""
    return GPT2(vocabulary, positions, features, layers, heads, hidden=0)


@dataclass(frozen=True)
class BERT(_OfTokens):
    """An encoder as BERT, for masked tokens: integers (positions,) to logits (positions, vocabulary).

    The norm follows each sum, the logits are the products with the embedding (one parameter) plus ``bias``.

    Args:
        vocabulary: How many tokens there are.
        positions: The most a sequence has.
        features: Width of the residual stream.
        layers: How many blocks.
        heads: Of each.
    """

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds embeddings, blocks and the head."""
        weight, y = self._embedded(graph, x, inside(name, "embedding.weight"), inside(name, "positions"))
        y = LayerNorm(self.features)(y, inside(name, "norm"))
        block = TransformerBlock(self.features, self.heads, norm_first=False)
        for layer in range(self.layers):
            y = block(y, inside(name, f"blocks.{layer}"))
        head = Sequential(Linear(self.features, self.features), GELU(), LayerNorm(self.features))
        bias = graph.parameter(inside(name, "bias"), (self.vocabulary,), value=0.0)
        return graph.linear(head(y, inside(name, "head")), weight, bias)


@dataclass(frozen=True)
class InContextRegression(Layer):
    """A causal transformer that regresses in its context (Garg et al., arXiv 2208.01066).

    Samples are x₁, y₁, x₂, y₂, ... as rows (2 examples, dimensions + 1): (0, x) and (y, 0, ..., 0). The
    output is the prediction of each y from what precedes it, (examples,), for the loss "mse".

    Args:
        dimensions: Of x.
        examples: In a context.
        features: Width of the residual stream.
        layers: How many blocks.
        heads: Of each.
    """

    dimensions: int
    examples: int
    features: int
    layers: int
    heads: int

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds embedding, blocks and the reading of the predictions."""
        y = Linear(self.dimensions + 1, self.features)(x, inside(name, "embedding"))
        y = Positions(2 * self.examples, self.features)(y, inside(name, "positions"))
        block = TransformerBlock(self.features, self.heads, causal=True)
        for layer in range(self.layers):
            y = block(y, inside(name, f"blocks.{layer}"))
        y = LayerNorm(self.features)(y, inside(name, "norm"))
        return Linear(self.features, 1)(y[::2], inside(name, "head"))[:, 0]
