"""Networks: small descriptions with torch's layouts, names and initial distributions.

A layer says how it is added to a graph, and holds no weights: those are a flat vector of their own
(``Model.init``, ``Model.load``).
"""

from swiftllc.layers.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from swiftllc.layers.containers import Dropout, Flatten, Residual, Sequential
from swiftllc.layers.images import AvgPool2d, Conv2d, GlobalAvgPool2d, MaxPool2d
from swiftllc.layers.layer import Layer
from swiftllc.layers.linear import Linear
from swiftllc.layers.normalizations import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from swiftllc.layers.sequences import Embedding, Positions, SelfAttention, TransformerBlock

__all__ = [
    "ELU",
    "GELU",
    "AvgPool2d",
    "BatchNorm",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAvgPool2d",
    "GroupNorm",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "Positions",
    "RMSNorm",
    "ReLU",
    "Residual",
    "SelfAttention",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "TransformerBlock",
]
