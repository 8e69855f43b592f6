"""swiftllc: local learning coefficients by Langevin sampling, in native threads.

import swiftllc as sl

model = sl.Model(sl.Sequential(sl.Linear(784, 128), sl.ReLU(), sl.Linear(128, 10)),
                 input_shape=(784,), loss="cross_entropy")
params = sl.train(model, model.init(seed=0), (X, y), steps=2000)
result = sl.estimate_llc(model, params, (X, y), sampler=sl.SGLD(lr=1e-5, localization=100.0))
print(result)
"""

from __future__ import annotations

from swiftllc import interop, theory
from swiftllc._errors import (
    ArgumentTypeError,
    DivergedError,
    InterruptedRun,
    InvalidArgumentError,
    OutOfMemoryError,
    SwiftLLCError,
)
from swiftllc._library import lib as _lib
from swiftllc.calibration.calibrate import calibrate
from swiftllc.calibration.calibration import Calibration
from swiftllc.chain import Chain
from swiftllc.data import Dataset
from swiftllc.diagnostics import Diagnostics
from swiftllc.estimate import estimate_llc
from swiftllc.external import External
from swiftllc.frameworks import from_flax, from_keras
from swiftllc.graph import Graph, Node
from swiftllc.grid import Sweep
from swiftllc.losses import MSE, BinaryCrossEntropy, CrossEntropy, GaussianNLL, Loss
from swiftllc.model import Model
from swiftllc.nn import (
    ELU,
    GELU,
    Layer,
    LeakyReLU,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
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
    "BinaryCrossEntropy",
    "Calibration",
    "Chain",
    "CrossEntropy",
    "Dataset",
    "Diagnostics",
    "DivergedError",
    "External",
    "GaussianNLL",
    "Graph",
    "InterruptedRun",
    "InvalidArgumentError",
    "LLCResult",
    "Layer",
    "LeakyReLU",
    "Linear",
    "Loss",
    "Model",
    "Node",
    "OutOfMemoryError",
    "Parameters",
    "RMSPropSGLD",
    "ReLU",
    "Sampler",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Sweep",
    "SwiftLLCError",
    "Tanh",
    "Trajectory",
    "UnderdampedLangevin",
    "calibrate",
    "estimate_llc",
    "estimate_llc_trajectory",
    "from_flax",
    "from_keras",
    "hardware",
    "interop",
    "read_dataset",
    "sweep",
    "theory",
    "train",
]

#: The release, "major.minor.patch".
__version__: str = _lib.sllc_version().decode()


def hardware() -> str:
    """What the native library chose for this processor, as in "kernels x86-64-v3, OpenBLAS SkylakeX"."""
    text: str = _lib.sllc_hardware().decode()
    return text
