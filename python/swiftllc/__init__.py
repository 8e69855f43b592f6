"""swiftllc: local learning coefficients by Langevin sampling, in native threads.

import swiftllc as sl

model = sl.Model(sl.Sequential(sl.Linear(784, 128), sl.ReLU(), sl.Linear(128, 10)),
                 input_shape=(784,), loss="cross_entropy")
params = sl.train(model, model.init(seed=0), (X, y), steps=2000)
result = sl.estimate_llc(model, params, (X, y), sampler=sl.SGLD(lr=1e-5, localization=100.0))
print(result)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swiftllc import interop, models, theory
from swiftllc._errors import (
    ArgumentTypeError,
    DivergedError,
    InterruptedRun,
    InvalidArgumentError,
    OutOfMemoryError,
    SwiftLLCError,
    UnsupportedOperationError,
)
from swiftllc._library import lib as _lib
from swiftllc.calibration.calibrate import calibrate
from swiftllc.calibration.calibration import Calibration
from swiftllc.chain import Chain
from swiftllc.data import Dataset
from swiftllc.diagnostics import Diagnostics
from swiftllc.estimate import estimate_llc
from swiftllc.external import External
from swiftllc.frameworks import from_flax, from_jax, from_keras
from swiftllc.graph import Graph, Node
from swiftllc.grid import Sweep
from swiftllc.layers import (
    ELU,
    GELU,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool2d,
    GroupNorm,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Positions,
    ReLU,
    Residual,
    RMSNorm,
    SelfAttention,
    Sequential,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
    TransformerBlock,
)
from swiftllc.losses import MSE, BinaryCrossEntropy, CrossEntropy, GaussianNLL, Loss
from swiftllc.model import Model
from swiftllc.parameters import Parameters
from swiftllc.result import LLCResult
from swiftllc.samplers import (
    HMC,
    MALA,
    SGHMC,
    SGLD,
    SGNHT,
    AdamSGLD,
    RMSPropSGLD,
    Sampler,
    UnderdampedLangevin,
)
from swiftllc.samples import read_dataset
from swiftllc.sweep import sweep
from swiftllc.train import SGD, Adam, train
from swiftllc.trajectory import Trajectory, estimate_llc_trajectory

if TYPE_CHECKING:
    from swiftllc.interop.onnx_import.from_onnx import from_onnx
    from swiftllc.interop.torch_export.from_torch import from_torch

__all__ = [
    "ELU",
    "GELU",
    "HMC",
    "MALA",
    "MSE",
    "SGD",
    "SGHMC",
    "SGLD",
    "SGNHT",
    "Adam",
    "AdamSGLD",
    "ArgumentTypeError",
    "AvgPool2d",
    "BatchNorm",
    "BinaryCrossEntropy",
    "Calibration",
    "Chain",
    "Conv2d",
    "CrossEntropy",
    "Dataset",
    "Diagnostics",
    "DivergedError",
    "Dropout",
    "Embedding",
    "External",
    "Flatten",
    "GaussianNLL",
    "GlobalAvgPool2d",
    "Graph",
    "GroupNorm",
    "InterruptedRun",
    "InvalidArgumentError",
    "LLCResult",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Loss",
    "MaxPool2d",
    "Model",
    "Node",
    "OutOfMemoryError",
    "Parameters",
    "Positions",
    "RMSNorm",
    "RMSPropSGLD",
    "ReLU",
    "Residual",
    "Sampler",
    "SelfAttention",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Sweep",
    "SwiftLLCError",
    "Tanh",
    "Trajectory",
    "TransformerBlock",
    "UnderdampedLangevin",
    "UnsupportedOperationError",
    "calibrate",
    "estimate_llc",
    "estimate_llc_trajectory",
    "from_flax",
    "from_jax",
    "from_keras",
    "from_onnx",
    "from_torch",
    "hardware",
    "interop",
    "models",
    "read_dataset",
    "sweep",
    "theory",
    "train",
]

#: The release, "major.minor.patch".
__version__: str = _lib.sllc_version().decode()


def __getattr__(name: str) -> Any:
    # Two fifths of the modules, which nobody needs who has no such network.
    if name == "from_onnx":
        from swiftllc.interop.onnx_import.from_onnx import from_onnx

        return from_onnx
    if name == "from_torch":
        from swiftllc.interop.torch_export.from_torch import from_torch

        return from_torch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def hardware() -> str:
    """What the native library chose for this processor, as in "kernels x86-64-v4, OpenBLAS SkylakeX"."""
    text: str = _lib.sllc_hardware().decode()
    return text
