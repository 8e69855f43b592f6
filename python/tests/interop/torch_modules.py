"""Modules of the kinds that people train, small."""

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two convolutions beside a shortcut that drops every second pixel and pads channels with zeros."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.pad = (out - channels) // 2

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.pad:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(x + y)


class ResNet20(nn.Module):
    """That of CIFAR, with as many blocks as said."""

    def __init__(self, blocks=3):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        layers, channels = [], 16
        for out, stride in ((16, 1), (32, 2), (64, 2)):
            for i in range(blocks):
                layers.append(Block(channels, out, stride if i == 0 else 1))
                channels = out
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layers(F.relu(self.bn1(self.conv1(x))))
        x = F.avg_pool2d(x, x.size(3))
        return self.fc(x.view(x.size(0), -1))


def convolutional(norm, pool):
    """A convolution, a normalisation, a pool and a linear layer, for (3, 8, 8)."""
    norms = {
        "batch": lambda: nn.BatchNorm2d(8),
        "group": lambda: nn.GroupNorm(4, 8),
        "layer": lambda: nn.LayerNorm([8, 8, 8]),
        "instance": lambda: nn.InstanceNorm2d(8, affine=True),
    }
    pools = {
        "max": nn.MaxPool2d(2),
        "avg": nn.AvgPool2d(2),
        "adaptive": nn.AdaptiveAvgPool2d((4, 4)),
        "adaptive max": nn.AdaptiveMaxPool2d(4),
    }
    head = (nn.Flatten(), nn.Linear(128, 5))
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), norms[norm](), nn.SiLU(), pools[pool], *head)


class Attention(nn.Module):
    """nn.MultiheadAttention of a sequence with itself."""

    def __init__(self, batch_first=True, need_weights=False):
        super().__init__()
        self.batch_first, self.need_weights = batch_first, need_weights
        self.attention = nn.MultiheadAttention(16, 4, batch_first=batch_first)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        x = x if self.batch_first else x.transpose(0, 1)
        y, _ = self.attention(x, x, x, need_weights=self.need_weights)
        y = y if self.batch_first else y.transpose(0, 1)
        return self.head(y.mean(1))


class Encoder(nn.Module):
    """nn.TransformerEncoder, of one or more layers."""

    def __init__(self, batch_first=True, layers=1, **options):
        super().__init__()
        self.batch_first = batch_first
        layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=batch_first, **options)
        self.encoder = layer if layers == 1 else nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        x = x if self.batch_first else x.permute(1, 0, 2)
        y = self.encoder(x)
        y = y if self.batch_first else y.permute(1, 0, 2)
        return self.head(y[:, 0])


def mlp():
    """Every elementwise layer and every normalisation of vectors."""
    return nn.Sequential(
        nn.Linear(6, 9),
        nn.Tanh(),
        nn.BatchNorm1d(9),
        nn.LayerNorm(9),
        nn.GELU(),
        nn.Linear(9, 4),
        nn.ELU(),
        nn.Linear(4, 3),
    )


class TiedLanguageModel(nn.Module):
    """Tokens in, scores of tokens out, by the same matrix."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.mix = nn.Linear(6, 6)
        self.head = nn.Linear(6, 11, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        x = self.embedding(tokens)
        return self.head(x + torch.tanh(self.mix(x)))


def transformer(kind, attention):
    """One of Hugging Face's models, by a small configuration."""
    import transformers

    sizes = {"vocab_size": 61, "attn_implementation": attention}
    usual = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 24,
    }
    if kind == "GPT-2":
        config = transformers.GPT2Config(
            n_positions=24, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0, **sizes
        )
        return transformers.GPT2LMHeadModel(config)
    if kind == "GPT-NeoX":
        return transformers.GPTNeoXForCausalLM(transformers.GPTNeoXConfig(use_cache=False, **sizes, **usual))
    if kind == "BERT":
        return transformers.BertForMaskedLM(transformers.BertConfig(**sizes, **usual))
    if kind == "BERT, classes":
        config = transformers.BertConfig(num_labels=3, **sizes, **usual)
        return transformers.BertForSequenceClassification(config)
    if kind == "LLaMA":
        config = transformers.LlamaConfig(num_key_value_heads=2, use_cache=False, **sizes, **usual)
        return transformers.LlamaForCausalLM(config)
    if kind == "DistilBERT":
        config = transformers.DistilBertConfig(
            dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=24, **sizes
        )
        return transformers.DistilBertForMaskedLM(config)
    raise ValueError(kind)
