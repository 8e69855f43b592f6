"""Small images with classes: scikit-learn's digits, and a synthetic set that needs numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: Rows and columns of all of them.
SIZE = 8


class Images(NamedTuple):
    """Those of the training and of the test, (samples, 1, rows, columns), and their classes.

    Attributes:
        noise: The share of labels, of the law that both are drawn from, that any class replaces at random. In
            ``y`` they are replaced; ``test_y`` are the true ones.
    """

    X: Array
    y: Array
    test_X: Array
    test_y: Array
    classes: int
    noise: float = 0.0

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an image."""
        return tuple(self.X.shape[1:])


def load(settings: Mapping[str, Any]) -> Images:
    """What the settings of a task say: ``images``, ``training``, ``seed``, perhaps ``label_noise``, and more.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    images = _digits(settings) if settings["images"] == "digits" else _patterns(settings)
    noise = settings.get("label_noise", 0.0)
    generator = np.random.default_rng([settings["seed"], 1])
    replaced = generator.random(len(images.y)) < noise
    any_class = generator.integers(images.classes, size=len(images.y))
    return images._replace(y=np.where(replaced, any_class, images.y), noise=noise)


def _digits(settings: Mapping[str, Any]) -> Images:
    """The 1797 digits in a random order, the first for the training, the others for the test."""
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise ImportError("The digits need scikit-learn: pip install scikit-learn, or --quick.") from error
    digits = load_digits()
    order = np.random.default_rng(settings["seed"]).permutation(len(digits.target))
    return _split(digits.images[order], digits.target[order], settings["training"])


def _patterns(settings: Mapping[str, Any]) -> Images:
    """Four smooth patterns; an image is one of them, shifted by up to a pixel, in any contrast, noisy."""
    generator = np.random.default_rng(settings["seed"])
    count, classes = settings["training"] + settings["test"], 4
    frequencies = np.fft.fft2(generator.normal(size=(classes, SIZE, SIZE)))
    low = np.minimum(np.arange(SIZE), SIZE - np.arange(SIZE)) <= 2
    patterns = np.fft.ifft2(frequencies * low[:, None] * low).real
    y = generator.integers(classes, size=count)
    shifts = generator.integers(-1, 2, size=(count, 2))
    shifted = [np.roll(patterns[k], tuple(shift), (0, 1)) for k, shift in zip(y, shifts, strict=True)]
    strength = generator.uniform(0.5, 1.5, size=(count, 1, 1)) / patterns.std()
    noise = settings["noise"] * generator.normal(size=(count, SIZE, SIZE))
    return _split(strength * np.array(shifted) + noise, y, settings["training"])


def _split(images: Array, labels: Array, training: int) -> Images:
    """With mean 0 and standard deviation 1 over all pixels of the training."""
    mean, std = images[:training].mean(), images[:training].std()
    X = ((images - mean) / std).astype(np.float32)[:, None]
    y = labels.astype(np.int64)
    return Images(X[:training], y[:training], X[training:], y[training:], int(y.max()) + 1)
