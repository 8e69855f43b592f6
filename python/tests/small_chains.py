"""Chains of a few parameters, to be driven by hand."""

import numpy as np

import swiftllc as sl

N, D = 40, 4


def made(sampler=None, params=None, **options):
    settings = {"n": N, "batch_size": 8, "seed": 3} | options
    return sl.Chain(sampler or sl.SGLD(lr=1e-3), np.zeros(D) if params is None else params, **settings)


def by_name(dtype="float64"):
    return {"a": np.arange(6, dtype=dtype).reshape(2, 3), "b": np.zeros((), dtype)}
