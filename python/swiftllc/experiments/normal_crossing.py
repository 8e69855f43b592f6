"""normal-crossing: monomials and a potential of two components, where everything is known.

The losses are L = w₁^{2a} w₂^{2b}, whose λ is the least of 1/(2a) and 1/(2b) and whose multiplicity is how
many of them are the least (Watanabe 2009), and L = (w₁ - 1)² (w₁² + w₂²)⁴, which is 0 on a line, where λ =
1/2, and at a point, where λ = 1/4. The posterior at nβ is exp(-nβ L(w) - γ |w - w*|²/2), and its mean of nβ
(L - L(w*)) is an integral over the plane, which quadrature gives to more digits than any sample. HMC has to
agree with it at every temperature. It tends to λ as λ - (m - 1)/(log nβ + c) where the multiplicity m is
above 1, and else as a power of nβ: λ and m are fitted to several temperatures.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import swiftllc as sl
from swiftllc.experiments.experiment import Check, Experiment, Report, Row, Task, markdown

Array = NDArray[np.float64]

#: The exponents a and b; a potential of two components has none.
POTENTIALS = {"w₁² w₂²": (1, 1), "w₁² w₂⁴": (1, 2), "w₁⁴ w₂⁴": (2, 2), "w₁² w₂⁶": (1, 3)}
COMPONENTS = "(w₁ - 1)² (w₁² + w₂²)⁴"
#: At each w*: so narrow that a step that is stable as far as the chain goes is not much too small elsewhere,
#: and that a chain on the line does not see the point, whose λ is less.
LOCALIZATIONS = {(0.0, 0.0): 10.0, (1.0, 0.0): 100.0}
#: As far as a chain goes, in widths of the prior.
REACH = 3.5
CHAINS = 4
#: Temperatures that a fit of three numbers needs at least.
ENOUGH = 4


class Truth(NamedTuple):
    """A potential at a w*, and what is exact there."""

    potential: str
    center: tuple[float, float]
    llc: float
    multiplicity: int

    @property
    def title(self) -> str:
        """For tables and figures."""
        return title(self.potential, self.center)


def title(potential: str, center: Sequence[float]) -> str:
    """A potential and where the chain starts."""
    return f"{potential}, w* = ({center[0]:g}, {center[1]:g})"


def truths() -> list[Truth]:
    """Of all potentials."""
    origin, line = LOCALIZATIONS
    exact = {name: sl.theory.monomial(powers) for name, powers in POTENTIALS.items()}
    return [
        *(Truth(name, origin, float(found), found.multiplicity or 1) for name, found in exact.items()),
        # At the point (w₁² + w₂²)⁴ times a unit: d/(2p) with d = 2, p = 4. On the line (w₁ - 1)² times one.
        Truth(COMPONENTS, origin, 1 / 4, 1),
        Truth(COMPONENTS, line, 1 / 2, 1),
    ]


def tasks(quick: bool) -> list[Task]:
    """Every potential at every temperature."""
    exponents, draws = ((2, 3, 4), 4000) if quick else ((3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7), 10_000)
    return [
        Task(
            {
                "potential": truth.potential,
                "center": list(truth.center),
                "nbeta": round(10**exponent, 1),
                "localization": LOCALIZATIONS[truth.center],
                "chains": CHAINS,
                "draws": draws,
                "seed": seed,
            },
            cost=draws * 10 ** (exponent / 2),
        )
        for truth in truths()
        for seed, exponent in enumerate(exponents)
    ]


def model(potential: str) -> sl.Model:
    """The function f with L = f², on one sample, whose input is 1 and whose target 0."""
    g = sl.Graph()
    x = g.input((1,))
    w = g.parameter("w", (2,), value=0.0)
    if potential in POTENTIALS:
        a, b = POTENTIALS[potential]
        f = w[0] ** a * w[1] ** b
    else:
        f = (w[0] - 1) * (w[0] ** 2 + w[1] ** 2) ** 2
    return sl.Model(x * f.reshape(1), loss="mse")


def loss(potential: str, w: Any, v: Any) -> Any:
    """The same in numpy."""
    if potential in POTENTIALS:
        a, b = POTENTIALS[potential]
        return w ** (2 * a) * v ** (2 * b)
    return (w - 1) ** 2 * (w**2 + v**2) ** 4


def measure(settings: Mapping[str, Any], threads: int, report: Report) -> dict[str, Any]:
    """λ̂ by HMC, and the integral."""
    potential, nbeta, center = settings["potential"], settings["nbeta"], tuple(settings["center"])
    localization = settings["localization"]
    network = model(potential)
    # A trajectory is as long as the posterior is wide.
    width = 1 / math.sqrt(localization)

    lr = 1 / math.sqrt(curvature(potential, nbeta, center, localization))
    sampler = sl.HMC(lr, leapfrog_steps=math.ceil(width / lr), localization=localization)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = sl.estimate_llc(
            network,
            np.array(center),
            (np.ones((1, 1)), np.zeros((1, 1))),
            sampler=sampler,
            nbeta=nbeta,
            num_chains=settings["chains"],
            num_draws=settings["draws"],
            num_burnin_steps=settings["draws"] // 10,
            batch_size=1,
            seed=settings["seed"],
            threads=threads,
            progress=lambda done, total: report(done / total),
        )
    return {
        "llc": result.llc,
        "stderr": result.stderr,
        "exact": integral(potential, nbeta, center, localization),
        "lr": lr,
        "acceptance": result.diagnostics.acceptance,
        "rank_rhat": result.diagnostics.rank_rhat,
        "ess": result.diagnostics.ess,
    }


def curvature(potential: str, nbeta: float, center: tuple[float, float], localization: float) -> float:
    """The largest along an axis wherever a chain comes: within its reach, and not above an energy of 5.

    A leapfrog step that is too large for the far ends of the valleys never enters them, and nothing tells.
    """
    reach = REACH / math.sqrt(localization)
    w, v = np.meshgrid(_nodes(center[0], reach, (0.0, 1.0))[0], _nodes(center[1], reach, (0.0,))[0])
    near = nbeta * loss(potential, w, v) < 5
    w, v, h = w[near], v[near], 1e-4
    middle = 2 * loss(potential, w, v)
    seconds = (
        loss(potential, w + h, v) + loss(potential, w - h, v) - middle,
        loss(potential, w, v + h) + loss(potential, w, v - h) - middle,
    )
    return localization + nbeta * float(max(second.max() for second in seconds)) / h**2


def integral(potential: str, nbeta: float, center: tuple[float, float], localization: float) -> float:
    """E[nβ L] under the localized posterior, by Gauss-Legendre on pieces that shrink towards 0 and 1.

    There the potentials have their valleys, whose width no grid of even spacing resolves at large nβ.
    """
    reach = 9 / math.sqrt(localization)
    w, w_weights = _nodes(center[0], reach, (0.0, 1.0))
    v, v_weights = _nodes(center[1], reach, (0.0,))
    energy = nbeta * loss(potential, w[:, None], v[None, :])
    prior = (w[:, None] - center[0]) ** 2 + (v[None, :] - center[1]) ** 2
    density = np.exp(-energy - localization / 2 * prior) * w_weights[:, None] * v_weights[None, :]
    return float((energy * density).sum() / density.sum())


def _nodes(middle: float, reach: float, valleys: Sequence[float]) -> tuple[Array, Array]:
    """Of the integral from so far below the middle to so far above it, and their weights."""
    offsets = 2.0 ** np.arange(-30, 4)
    ends = [middle - reach, middle + reach]
    pieces = [np.concatenate([[valley], valley - offsets, valley + offsets]) for valley in valleys]
    bounds = np.concatenate([ends, *pieces])
    bounds = np.unique(bounds[abs(bounds - middle) <= reach])
    unit, weights = np.polynomial.legendre.leggauss(12)
    half = np.diff(bounds)[:, None] / 2
    return ((bounds[:-1, None] + half * (unit + 1)).ravel(), (half * weights).ravel())


class Fit(NamedTuple):
    """λ and m by several temperatures, and the mean squared residual in standard errors."""

    llc: float
    multiplicity: float
    residual: float


def fitted(nbetas: Array, values: Array, errors: Array) -> Fit:
    """The better of λ - (m - 1)/(log nβ + c) and λ - a nβ^-δ, by least squares over a grid of c or δ."""

    def best(shapes: list[Array], multiplicity: Any) -> Fit:
        fits = []
        for shape in shapes:
            design = np.stack([np.ones_like(shape), -shape], axis=1) / errors[:, None]
            found = np.linalg.lstsq(design, values / errors, rcond=None)[0]
            residual = float(np.mean((design @ found - values / errors) ** 2))
            fits.append(Fit(float(found[0]), multiplicity(float(found[1])), residual))
        return min(fits, key=lambda fit: fit.residual)

    logarithms = np.log(nbetas)
    logarithmic = best([1 / (logarithms + c) for c in np.linspace(-2, 12, 281)], lambda slope: 1 + slope)
    power = best([nbetas**-delta for delta in np.linspace(0.1, 1, 91)], lambda _: 1.0)
    return min(logarithmic, power, key=lambda fit: fit.residual)


def series(rows: Sequence[Row]) -> list[tuple[Truth, list[Row]]]:
    """The temperatures of every potential."""
    return [
        (truth, found)
        for truth in truths()
        if (
            found := [
                row for row in rows if (row.settings["potential"], tuple(row.settings["center"])) == truth[:2]
            ]
        )
    ]


def column(rows: Sequence[Row], name: str) -> Array:
    """A setting or a result of all rows."""
    return np.array([row.settings.get(name, row.results.get(name)) for row in rows], dtype=float)


def fits(rows: Sequence[Row]) -> tuple[Fit, Fit]:
    """To the samples of one potential, and to its integrals."""
    nbetas, exact = column(rows, "nbeta"), column(rows, "exact")
    return (
        fitted(nbetas, column(rows, "llc"), column(rows, "stderr")),
        fitted(nbetas, exact, np.full_like(exact, 1e-3)),
    )


def table(rows: Sequence[Row]) -> str:
    """Every temperature; then what they tell of λ and m, where there are enough of them."""
    every = [
        [
            title(row.settings["potential"], row.settings["center"]),
            f"{row.settings['nbeta']:g}",
            f"{row.results['llc']:.4f} ± {row.results['stderr']:.4f}",
            f"{row.results['exact']:.4f}",
            f"{row.results['acceptance']:.2f}",
            f"{row.results['rank_rhat']:.3f}",
        ]
        for row in rows
    ]
    text = markdown(["potential", "nβ", "λ̂", "integral", "acceptance", "rank R-hat"], every)
    found = [(truth, *fits(of)) for truth, of in series(rows) if len(of) > ENOUGH]
    if not found:
        return text
    told = [
        [
            truth.title,
            f"{truth.llc:.4f}, {truth.multiplicity}",
            *(f"{fit.llc:.3f}, {fit.multiplicity:.2f}" for fit in pair),
        ]
        for truth, *pair in found
    ]
    return f"{text}\n\n{markdown(['potential', 'λ, m', 'fitted to λ̂', 'fitted to integrals'], told)}"


def figure(rows: Sequence[Row], path: Path) -> None:
    """λ̂ and the integral against the temperature."""
    from swiftllc.experiments.plotting import panels

    with panels(path, len(truths())) as axes:
        for panel, (truth, of) in zip(axes, series(rows), strict=False):
            nbetas = column(of, "nbeta")
            panel.axhline(truth.llc, color="0.6", linewidth=1)
            panel.plot(nbetas, column(of, "exact"), color="C1", label="integral")
            panel.errorbar(
                nbetas,
                column(of, "llc"),
                2 * column(of, "stderr"),
                fmt="o",
                markersize=3,
                label="λ̂ ± 2 errors",
            )
            panel.set(xscale="log", xlabel="nβ", title=truth.title)
        axes[0].legend()


def checks(rows: Sequence[Row], quick: bool) -> list[Check]:
    """λ̂ against the integral; with all temperatures, λ and m."""
    errors = abs(column(rows, "llc") - column(rows, "exact")) / column(rows, "stderr")
    worst = Check("worst |λ̂ - integral| in standard errors", float(errors.max()), most=4.0)
    if quick:
        return [worst]
    found = [(truth, *fits(of)) for truth, of in series(rows)]
    return [
        worst,
        *(
            Check(
                f"|λ fitted - λ|, {truth.title}, to {name}",
                abs(fit.llc - truth.llc),
                most=most,
            )
            for truth, *pair in found
            for name, fit, most in zip(("λ̂", "integrals"), pair, (0.05, 0.02), strict=True)
        ),
    ]


EXPERIMENT = Experiment(
    (__doc__ or "").split("\n")[0].split(": ")[1],
    tasks=tasks,
    measure=measure,
    table=table,
    figure=figure,
    checks=checks,
)
