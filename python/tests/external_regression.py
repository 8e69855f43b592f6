"""One linear regression, as a native model and as functions for an External."""

import numpy as np

import swiftllc as sl

N, D = 60, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, D))
Y = X @ RNG.normal(size=D) + 0.3 * RNG.normal(size=N)
MINIMUM = np.linalg.lstsq(X, Y, rcond=None)[0]
MODEL = sl.Model(sl.Linear(D, 1, bias=False), input_shape=(D,), loss="mse", dtype="float64")
OPTIONS = {
    "num_draws": 200,
    "num_burnin_steps": 50,
    "num_steps_bw_draws": 2,
    "num_acceptance_checks": 30,
    "num_chains": 2,
    "seed": 3,
    "progress": False,
}


def of_rows(w, rows):
    return (X[rows] @ w - Y[rows]) ** 2


def of_rows_and_grad(w, rows):
    return of_rows(w, rows), 2 / len(rows) * X[rows].T @ (X[rows] @ w - Y[rows])


def mean_and_grad(w, rows):
    losses, gradient = of_rows_and_grad(w, rows)
    return float(losses.mean()), gradient


def mean(w, rows):
    return of_rows(w, rows).mean()


def estimate(function=mean_and_grad, params=MINIMUM, *, loss=None, sampler=None, **options):
    model = sl.External(function, N, loss=loss)
    return sl.estimate_llc(model, params, sampler=sampler or sl.SGLD(lr=1e-3), **(OPTIONS | options))
