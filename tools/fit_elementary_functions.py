"""The coefficients of Sources/Kernels/VectorMath.swift: how they were found. Needs mpmath; takes a minute.

Each function is fitted by a polynomial p, or a quotient p / q, that minimises the largest weighted error
over an interval: Lawson's algorithm, which solves least squares again and again with weights raised
where the error is large, on Chebyshev points, in 60-digit arithmetic. Prints the coefficients, lowest
power first, and the error in units of the last place of the precision that they are for.
"""

from __future__ import annotations

from collections.abc import Callable

from mpmath import atanh, cos, erfc, exp, log, lu_solve, matrix, mp, mpf, nstr, pi, sin, sqrt

mp.dps = 60
Function = Callable[[mpf], mpf]


def chebyshev(low: mpf, high: mpf, count: int) -> list[mpf]:
    """Points on an interval, denser at its ends, without 0, where the fitted quotients are 0 / 0."""
    middle, half = (low + high) / 2, (high - low) / 2
    points = [middle + half * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    return [x for x in points if abs(x) > mpf(10) ** -30]


def half_line(limit: mpf, count: int) -> list[mpf]:
    """Points on 0 ... limit, dense near 0: Chebyshev in t = (a - 3) / (a + 3)."""
    return [3 * (1 + t) / (1 - t) for t in chebyshev(mpf(-1), (limit - 3) / (limit + 3), count)]


def power_sum(coefficients: list[mpf], x: mpf) -> mpf:
    """Σ coefficients[k] xᵏ."""
    return sum(c * x**k for k, c in enumerate(coefficients))


def fit(
    f: Function, weight: Function, points: list[mpf], degree: int, below: int, rounds: int
) -> tuple[mpf, list[mpf], list[mpf]]:
    """The largest weighted error, p of this degree, and q of degree ``below`` with q(0) = 1."""
    size = degree + 1 + below
    values, weights = [f(x) for x in points], [weight(x) for x in points]
    importance, denominators = [mpf(1)] * len(points), [mpf(1)] * len(points)
    best: tuple[mpf, list[mpf], list[mpf]] | None = None
    for _ in range(rounds):
        normal, right = matrix(size, size), matrix(size, 1)
        for x, value, w, share, q in zip(points, values, weights, importance, denominators, strict=True):
            row = [x**k for k in range(degree + 1)] + [-value * x**k for k in range(1, below + 1)]
            total = share * (w / q) ** 2
            for i in range(size):
                right[i] += total * row[i] * value
                for j in range(size):
                    normal[i, j] += total * row[i] * row[j]
        solution = list(lu_solve(normal, right))
        above, under = solution[: degree + 1], [mpf(1), *solution[degree + 1 :]]
        denominators = [power_sum(under, x) for x in points]
        errors = [
            abs(w * (power_sum(above, x) / q - value))
            for x, value, w, q in zip(points, values, weights, denominators, strict=True)
        ]
        if best is None or max(errors) < best[0]:
            best = max(errors), above, under
        mean = sum(s * e for s, e in zip(importance, errors, strict=True)) / len(points)
        importance = [s * e / mean for s, e in zip(importance, errors, strict=True)]
    assert best is not None
    return best


def mills(a: mpf) -> mpf:
    """Φ(-a) / exp(-a²/2)."""
    return exp(a * a / 2) * erfc(a / sqrt(mpf(2))) / 2


def main() -> None:
    """Prints every fit, for float and double."""
    margin = mpf("1.0001")
    log2_half = log(mpf(2)) / 2 * margin
    eighth_turn = (pi / 4) ** 2 * margin
    s = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)
    fits: list[
        tuple[str, Function, Function, Callable[[bool], list[mpf]], tuple[int, int], tuple[int, int]]
    ] = [
        (
            "exp: (exp(r) - 1 - r) / r^2",
            lambda r: (exp(r) - 1 - r) / r**2,
            lambda r: r,
            lambda double: chebyshev(-log2_half, log2_half, 121),
            (5, 0),
            (10, 0),
        ),
        (
            "sine: (sin(t) / t - 1) / z, z = t^2",
            lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z,
            lambda z: z,
            lambda double: chebyshev(mpf(0), eighth_turn, 100),
            (2, 0),
            (5, 0),
        ),
        (
            "cosine: (cos(t) - 1 + z / 2) / z^2, z = t^2",
            lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2,
            lambda z: z * z,
            lambda double: chebyshev(mpf(0), eighth_turn, 100),
            (2, 0),
            (5, 0),
        ),
        (
            "log: (2 artanh(s) / s - 2) / z, z = s^2",
            lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z,
            lambda z: z / 2,
            lambda double: chebyshev(mpf(0), (s * margin) ** 2, 100),
            (2, 0),
            (6, 0),
        ),
        (
            "normal distribution: exp(-a^2/2) / tail - sqrt(2 pi) a",
            lambda a: 1 / mills(a) - sqrt(2 * pi) * a,
            mills,
            lambda double: half_line(mpf(39 if double else "14.5"), 160),
            (4, 5),
            (9, 10),
        ),
    ]
    for name, f, weight, points, *degrees in fits:
        for (degree, below), double in zip(degrees, (False, True), strict=True):
            error, above, under = fit(f, weight, points(double), degree, below, 30 if below else 40)
            digits, place = (18, 53) if double else (10, 24)
            precision, ulps = "double" if double else "float", nstr(error * 2**place, 2)
            print(f"{name}, {precision}: error {ulps} units in the last place")
            print("  p", *(nstr(c, digits) for c in above))
            if below:
                print("  q", *(nstr(c, digits) for c in under))


if __name__ == "__main__":
    main()
