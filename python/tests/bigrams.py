"""A model of tokens in which each tells the next alone, at any length of the sequences."""

import swiftllc as sl


def bigrams(length, vocabulary=11, ignore_index=None, dtype="float32"):
    """Logits of the next token from this one alone."""
    graph = sl.Graph()
    tokens = graph.input((length,), "int64", name="tokens")
    table = graph.parameter("embedding.weight", (vocabulary, 6), std=1.0)
    weight = graph.parameter("head.weight", (vocabulary, 6), std=1.0)
    logits = graph.linear(graph.embedding(tokens, table), weight)
    return sl.Model(logits, loss=sl.CrossEntropy(ignore_index=ignore_index), dtype=dtype)
