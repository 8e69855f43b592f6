"""Functions of tensors, one for each way in which an operation is used, and modules that consist of them."""

import math

import torch
from torch.nn import functional as F


class Of(torch.nn.Module):
    """A function of the samples times a parameter, so that gradients pass through it."""

    def __init__(self, function, size):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.linspace(0.5, 1.5, size))
        self.function = function

    def forward(self, x):
        return self.function(x * self.scale)


def positive(function):
    return lambda x: function(x.abs() + 0.5)


GENERATOR = torch.Generator().manual_seed(1)
MATRIX = torch.randn(4, 4, generator=GENERATOR, dtype=torch.float64)
ROW = torch.randn(1, 4, generator=GENERATOR, dtype=torch.float64)
MASK = torch.tensor([[True, False, True, True]])
KERNEL = torch.randn(2, 4, 3, generator=GENERATOR, dtype=torch.float64)
KERNEL2 = torch.randn(4, 3, 3, 2, generator=GENERATOR, dtype=torch.float64)
HEADS = torch.randn(2, 3, 4, generator=GENERATOR, dtype=torch.float64)

#: Name → (function, shape of one sample).
CASES = {
    # elementwise
    "relu": (torch.relu, (3, 4)),
    "relu in place": (lambda x: F.relu_(x.clone()) + 1, (3, 4)),
    "a view sees what is changed in place": (lambda x: _seen_through_a_view(x), (3, 4)),
    "tanh": (torch.tanh, (4,)),
    "sigmoid": (torch.sigmoid, (4,)),
    "silu": (F.silu, (4,)),
    "softplus": (F.softplus, (4,)),
    "softplus, beta": (lambda x: F.softplus(x, 2.0), (4,)),
    "logsigmoid": (F.logsigmoid, (4,)),
    "mish": (F.mish, (4,)),
    "gelu": (F.gelu, (4,)),
    "gelu, tanh": (lambda x: F.gelu(x, approximate="tanh"), (4,)),
    "gelu, tanh, written out": (
        lambda x: 0.5 * x * (1.0 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0)))),
        (4,),
    ),
    "leaky relu": (lambda x: F.leaky_relu(x, 0.2), (4,)),
    "elu": (lambda x: F.elu(x, 0.7), (4,)),
    "celu": (lambda x: F.celu(x, 0.7), (4,)),
    "selu": (F.selu, (4,)),
    "prelu": (lambda x: F.prelu(x, torch.tensor([0.3]).double()), (4,)),
    "prelu, a slope for each channel": (lambda x: F.prelu(x, torch.tensor([0.3, 0.1, 0.2]).double()), (3, 4)),
    "hardtanh": (F.hardtanh, (4,)),
    "relu6": (lambda x: F.relu6(x * 8), (4,)),
    "hardsigmoid": (lambda x: F.hardsigmoid(x * 4), (4,)),
    "hardswish": (lambda x: F.hardswish(x * 4), (4,)),
    "softsign": (F.softsign, (4,)),
    "clamp": (lambda x: x.clamp(-0.3, 0.5), (4,)),
    "clamp from below": (lambda x: x.clamp(min=-0.3), (4,)),
    "clamp from above": (lambda x: x.clamp(max=0.3), (4,)),
    "exp": (torch.exp, (4,)),
    "log": (positive(torch.log), (4,)),
    "log1p": (positive(torch.log1p), (4,)),
    "expm1": (torch.expm1, (4,)),
    "sqrt": (positive(torch.sqrt), (4,)),
    "rsqrt": (positive(torch.rsqrt), (4,)),
    "reciprocal": (positive(torch.reciprocal), (4,)),
    "erf": (torch.erf, (4,)),
    "abs": (torch.abs, (4,)),
    "sin": (torch.sin, (4,)),
    "cos": (torch.cos, (4,)),
    "square": (torch.square, (4,)),
    "cube": (lambda x: x**3, (4,)),
    "power": (positive(lambda x: x**1.7), (4,)),
    "neg": (torch.neg, (4,)),
    "arithmetic with numbers": (lambda x: (2 - x) * 3 + x / 4 - 1, (4,)),
    "number over tensor": (positive(lambda x: 3 / x), (4,)),
    "add, alpha": (lambda x: torch.add(x, x.sin(), alpha=2.5), (4,)),
    "sub, alpha": (lambda x: torch.sub(x, MATRIX[0], alpha=2.5), (4,)),
    "arithmetic with constants": (lambda x: (MATRIX - x) * ROW / (1 + x.abs()), (4, 4)),
    "broadcast": (lambda x: x[:, :, None] * x[:, None, :] + MATRIX, (4,)),
    "maximum": (lambda x: torch.maximum(x, MATRIX[0]), (4,)),
    "minimum": (lambda x: torch.minimum(x, -x), (4,)),
    "where": (lambda x: torch.where(MASK, x, -2.0), (3, 4)),
    "where, two tensors": (lambda x: torch.where(MASK, x, x.exp()), (3, 4)),
    "masked fill": (lambda x: x.masked_fill(MASK, -torch.inf).softmax(-1), (3, 4)),
    "where, zeros of the same shape": (lambda x: torch.where(MASK, x, torch.zeros_like(x)), (3, 4)),
    "new ones": (lambda x: x + x.new_ones(x.shape[0], 1, 4) - x.new_full((4,), 0.5), (3, 4)),
    # shapes
    "flatten": (lambda x: x.flatten(1), (2, 3, 4)),
    "flatten all": (lambda x: x.flatten().view(-1, 24), (2, 3, 4)),
    "merge the batch": (lambda x: (x.view(-1, 4) @ MATRIX).view(x.shape), (2, 3, 4)),
    "merge the batch from the left": (
        lambda x: x.transpose(0, 1).reshape(-1, 4).tanh().view(3, -1, 4).transpose(0, 1),
        (3, 4),
    ),
    "merge the batch from both sides": (
        lambda x: x.permute(1, 0, 2, 3).reshape(-1, 4).tanh().view(2, -1, 3, 4).permute(1, 0, 2, 3),
        (2, 3, 4),
    ),
    "permute": (lambda x: x.permute(0, 3, 1, 2), (2, 3, 4)),
    "transpose the batch": (lambda x: x.permute(2, 0, 1).softmax(0).permute(1, 2, 0), (3, 4)),
    "movedim": (lambda x: x.movedim(1, -1), (2, 3, 4)),
    "unsqueeze and squeeze": (lambda x: x.unsqueeze(1).unsqueeze(-1).squeeze(), (3, 4)),
    "expand": (lambda x: x[:, :, None].expand(-1, -1, 5, -1) * 1, (3, 4)),
    "repeat": (lambda x: x.repeat(1, 2, 3), (3, 4)),
    "repeat with a new axis": (lambda x: x[:, None].repeat(1, 5, 1, 1), (3, 4)),
    "repeat_interleave": (lambda x: x.repeat_interleave(2, dim=1), (3, 4)),
    "cat": (lambda x: torch.cat([x, x.exp(), MATRIX[:1].expand(len(x), 1, 4)], 1), (3, 4)),
    "stack": (lambda x: torch.stack([x, x.exp()], 2), (3, 4)),
    "pad": (lambda x: F.pad(x, (1, 2, 0, 3), value=0.5), (3, 4)),
    "pad by less than nothing": (lambda x: F.pad(x, (-1, 2)), (3, 4)),
    "pad, reflected": (lambda x: F.pad(x, (2, 1), mode="reflect"), (3, 4)),
    "pad, replicated": (lambda x: F.pad(x, (2, 1), mode="replicate"), (3, 4)),
    "pad, circular": (lambda x: F.pad(x, (2, 1), mode="circular"), (3, 4)),
    "slice": (lambda x: x[:, 1:, ::2], (3, 4)),
    "select": (lambda x: x[:, -1], (3, 4)),
    "narrow": (lambda x: x.narrow(1, 1, 2), (3, 4)),
    "split": (lambda x: torch.mul(*x.split(2, -1)), (3, 4)),
    "split in unequal parts": (lambda x: x.split([1, 3], -1)[1], (3, 4)),
    "chunk": (lambda x: torch.mul(*x.chunk(2, -1)), (3, 4)),
    "unbind": (lambda x: x.unbind(1)[2], (3, 4)),
    "flip": (lambda x: x.flip(1, 2), (3, 4)),
    "roll": (lambda x: x.roll((1, -1), (1, 2)), (3, 4)),
    "index": (lambda x: x[:, torch.tensor([2, 0, 0])], (3, 4)),
    "index by a matrix": (lambda x: x[:, torch.tensor([[2, 0], [1, 1]])], (3, 4)),
    "index by truth": (lambda x: x[:, :, MASK[0]], (3, 4)),
    "index_select": (lambda x: x.index_select(2, torch.tensor([3, 1])), (3, 4)),
    "tril": (lambda x: x * torch.tril(torch.ones(4, 4).double()), (4, 4)),
    # reductions
    "sum": (lambda x: x.sum(-1), (3, 4)),
    "sum of several": (lambda x: x.sum((1, 2), keepdim=True).flatten(1), (3, 4)),
    "mean": (lambda x: x.mean(1), (3, 4)),
    "mean, the batch elsewhere": (lambda x: x.transpose(0, 1).mean(0), (3, 4)),
    "amax": (lambda x: x.amax((1, 2)), (3, 4)),
    "amin": (lambda x: x.amin(1, keepdim=True), (3, 4)),
    "max": (lambda x: x.max(1).values, (3, 4)),
    "var": (lambda x: x.var(-1), (3, 4)),
    "var, biased": (lambda x: x.var((1, 2), correction=0), (3, 4)),
    "std": (lambda x: x.std(-1, keepdim=True), (3, 4)),
    "norm": (lambda x: x.norm(dim=-1), (3, 4)),
    "normalize": (lambda x: F.normalize(x, dim=-1), (3, 4)),
    "logsumexp": (lambda x: x.logsumexp(-1), (3, 4)),
    "softmax": (lambda x: x.softmax(1), (3, 4)),
    "log_softmax": (lambda x: x.log_softmax(-1), (3, 4)),
    # products
    "linear": (lambda x: F.linear(x, MATRIX, ROW[0]), (3, 4)),
    "matmul by a constant": (lambda x: x @ MATRIX, (3, 4)),
    "matmul by a constant, from the left": (lambda x: MATRIX @ x.transpose(1, 2), (3, 4)),
    "matmul of vectors, from the left": (lambda x: (MATRIX @ x.t()).t(), (4,)),
    "matmul by a vector": (lambda x: x @ ROW[0], (3, 4)),
    "matmul of samples": (lambda x: x @ x.transpose(1, 2), (3, 4)),
    "matmul with more axes": (
        lambda x: x[:, None] @ x.transpose(1, 2)[:, None].expand(-1, 2, -1, -1),
        (3, 4),
    ),
    "matmul by heads": (lambda x: x[:, None] @ HEADS.transpose(1, 2), (3, 4)),
    "bmm": (lambda x: torch.bmm(x, x.transpose(1, 2)), (3, 4)),
    "addmm": (lambda x: torch.addmm(ROW[0], x.view(-1, 4), MATRIX).view(x.shape), (3, 4)),
    "addmm, scaled": (lambda x: torch.addmm(ROW, x, MATRIX, beta=2, alpha=0.5), (4,)),
    "baddbmm": (lambda x: torch.baddbmm(x @ MATRIX[:, :3], x, x.transpose(1, 2)), (3, 4)),
    "einsum with a constant": (lambda x: torch.einsum("btd,hkd->bhtk", x, HEADS), (3, 4)),
    "einsum of samples": (lambda x: torch.einsum("btd,bsd->bts", x, x.exp()), (3, 4)),
    "attention": (lambda x: F.scaled_dot_product_attention(x, x.sin(), x.exp()), (2, 3, 4)),
    "attention, causal": (lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True), (2, 3, 4)),
    "attention, masked": (
        lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=torch.eye(3).bool(), scale=0.3),
        (2, 3, 4),
    ),
    "attention, biased": (
        lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=MATRIX[:3, :3]),
        (2, 3, 4),
    ),
    "attention, causal by a mask": (
        lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=torch.full((3, 3), -torch.inf).triu(1)),
        (2, 3, 4),
    ),
    "attention to more than asks": (
        lambda x: F.scaled_dot_product_attention(x[:, :, :2], x, x, is_causal=True),
        (2, 3, 4),
    ),
    "attention, grouped": (
        lambda x: F.scaled_dot_product_attention(x, x[:, :2], x[:, 2:], enable_gqa=True),
        (4, 3, 4),
    ),
    # layers
    "layer norm": (lambda x: F.layer_norm(x, (3, 4), HEADS[0], HEADS[1]), (3, 4)),
    "layer norm without weights": (lambda x: F.layer_norm(x, (4,)), (3, 4)),
    "rms norm": (lambda x: F.rms_norm(x, (4,), ROW[0]), (3, 4)),
    "rms norm, written out": (lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5), (3, 4)),
    "group norm": (lambda x: F.group_norm(x, 2, ROW[0], ROW[0] + 1), (4, 3, 4)),
    "instance norm": (F.instance_norm, (2, 3, 4)),
    "conv1d": (lambda x: F.conv1d(x, KERNEL, stride=2, padding=1), (4, 9)),
    "conv1d, same": (lambda x: F.conv1d(x, KERNEL, padding="same", dilation=2), (4, 9)),
    "conv2d": (lambda x: F.conv2d(x, KERNEL2, ROW[0], stride=(1, 2), padding=(1, 0)), (3, 6, 6)),
    "conv2d, same": (lambda x: F.conv2d(x, KERNEL2, padding="same"), (3, 6, 6)),
    "conv2d, grouped": (lambda x: F.conv2d(x, KERNEL2[:, :1], groups=2, dilation=2), (2, 8, 8)),
    "max_pool1d": (lambda x: F.max_pool1d(x, 3, 2, 1), (4, 9)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 3, 2, 1), (2, 6, 6)),
    "max_pool2d, ceil mode": (lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True), (2, 6, 8)),
    "max_pool1d, ceil mode": (lambda x: F.max_pool1d(x, 3, 2, ceil_mode=True), (2, 6)),
    "avg_pool1d": (lambda x: F.avg_pool1d(x, 3, 2, 1), (4, 9)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), (2, 6, 6)),
    "adaptive_avg_pool1d": (lambda x: F.adaptive_avg_pool1d(x, 4), (2, 9)),
    "adaptive_avg_pool2d, uneven": (lambda x: F.adaptive_avg_pool2d(x, (4, 3)), (2, 6, 8)),
    "adaptive_avg_pool2d, all": (lambda x: F.adaptive_avg_pool2d(x, 1), (2, 6, 8)),
    "adaptive_max_pool2d": (lambda x: F.adaptive_max_pool2d(x, (3, 4)), (2, 6, 8)),
    "upsample": (lambda x: F.interpolate(x, scale_factor=2), (2, 3, 4)),
    "dropout of nothing": (lambda x: F.dropout(x, 0.0, training=True), (4,)),
}


def _seen_through_a_view(x):
    copy = x.clone()
    view = copy.view(-1)
    copy.mul_(2)
    return view.view(x.shape) + 1
