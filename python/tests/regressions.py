"""Linear regressions, whose localized λ̂ is known, as a model and as an External that counts."""

import numpy as np

import swiftllc as sl

QUIET = {"seed": 0, "progress": False}


class Regression:
    """A linear regression with noise: λ̂ with localization γ is ½ tr nβH (nβH + γ)⁻¹, H the Hessian."""

    def __init__(self, n: int, noise: float, directions: int = 10) -> None:
        generator = np.random.default_rng(n)
        self.X = generator.normal(size=(n, directions))
        self.y = self.X @ generator.normal(size=directions) + noise * generator.normal(size=n)
        self.params = np.linalg.lstsq(self.X, self.y)[0]
        self.model = sl.Model(
            sl.Linear(directions, 1, bias=False), input_shape=(directions,), loss="mse", dtype="float64"
        )

    def exact(self, localization: float, free: slice = slice(None)) -> float:
        n = len(self.X)
        curvatures = np.linalg.eigvalsh(2 / n * self.X[:, free].T @ self.X[:, free]) * n / np.log(n)
        return float((curvatures / (curvatures + localization)).sum() / 2)

    def estimate(self, **options) -> sl.LLCResult:
        return sl.estimate_llc(self.model, self.params, (self.X, self.y), **(QUIET | options))


def counting(problem: Regression, gives_each: bool = False):
    """The problem as an External, and a list whose sum is the rows that it was asked for."""
    asked: list[int] = []

    def loss_and_grad(w, rows):
        asked.append(len(rows))
        error = problem.X[rows] @ w - problem.y[rows]
        gradient = 2 / len(rows) * problem.X[rows].T @ error
        return (error**2 if gives_each else (error**2).mean()), gradient

    return sl.External(loss_and_grad, n=len(problem.X)), asked
