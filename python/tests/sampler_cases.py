"""One of each sampler at a healthy step on fixture Q."""

import numpy as np
import pytest

import swiftllc as sl

NBETA = 100.0
STEP = 1e-3
TIME = 0.03  # of a step in time: lr √h = 0.42
OFFSET = np.array([0.5, -0.25, 1.0, 2.0])

#: One of each, at a healthy step on fixture Q.
HEALTHY = {
    "SGLD": sl.SGLD(lr=STEP, localization=20.0),
    "RMSPropSGLD": sl.RMSPropSGLD(lr=STEP / 4, localization=20.0),
    "AdamSGLD": sl.AdamSGLD(lr=STEP / 10, localization=20.0, epsilon=0.1),
    "SGHMC": sl.SGHMC(lr=STEP / 2, friction=0.2, localization=20.0),
    "SGNHT": sl.SGNHT(lr=STEP / 2, friction=0.2, localization=20.0),
    "UnderdampedLangevin": sl.UnderdampedLangevin(lr=TIME, friction=10.0, localization=20.0),
    "MALA": sl.MALA(lr=4 * STEP, localization=20.0),
    "HMC": sl.HMC(lr=2 * TIME, leapfrog_steps=3, localization=20.0),
}
ALL = pytest.mark.parametrize("sampler", list(HEALTHY.values()), ids=list(HEALTHY))
STOCHASTIC = [sampler for sampler in HEALTHY.values() if not isinstance(sampler, (sl.MALA, sl.HMC))]
EXACT = [HEALTHY["MALA"], HEALTHY["HMC"]]
