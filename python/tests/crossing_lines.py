"""L = a² b², whose values at w* = 0 are integrals over two dimensions."""

import numpy as np

import swiftllc as sl

MODEL = sl.Model(
    sl.Sequential(sl.Linear(1, 1, bias=False), sl.Linear(1, 1, bias=False)), input_shape=(1,), loss="mse"
)


def localised(nbeta: float, gamma: float, lr: float = 0.0) -> float:
    """nbeta E[a²b²] under exp(-nbeta a²b² - γ/2 (a² + b²)). Over b it is Gaussian, so one integral remains.

    With b's precision h = γ + 2 nbeta a², E[b² | a] is 1 / h; a step of SGLD makes it 1 / h / (1 - lr h / 4),
    while a hardly moves. (Where that h is unstable, a is too improbable to count.)
    """
    a = np.linspace(-12, 12, 2_000_001) / np.sqrt(gamma)
    precision = gamma + 2 * nbeta * a**2
    weight = np.exp(-gamma / 2 * a**2) / np.sqrt(precision)
    inflation = 1 / (1 - np.minimum(lr * precision / 4, 0.9))
    return float(nbeta * np.sum(weight * a**2 / precision * inflation) / np.sum(weight))
