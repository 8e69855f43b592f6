"""Networks that are often studied, each in a few lines of layers."""

from swiftllc.models.dense import Superposition, deep_linear_network, mlp
from swiftllc.models.resnet import ResNet, resnet18, resnet20
from swiftllc.models.transformers import BERT, GPT2, InContextRegression, attention_only

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
