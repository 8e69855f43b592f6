"""Samples that others keep, as datasets and loaders of samples, read once into arrays."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from swiftllc import _checks
from swiftllc._columns import Column, Key, dtype_of, shown
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc._progress import Callback, Reporter


def read_dataset(
    source: Any,
    *,
    columns: Sequence[Key] | None = None,
    dtype: DTypeLike | Mapping[Key, DTypeLike] | None = None,
    pad: Mapping[Key, float] | None = None,
    limit: int | None = None,
    progress: bool | Callback = True,
) -> tuple[NDArray[Any], ...]:
    """The samples of a dataset as arrays, one for each field: what ``Model.dataset`` takes.

    The source is gone through once, and all of it is in memory afterwards (of what is larger, memory maps
    are read a batch at a time: docs/data.md). Neither torch nor datasets is imported.

    Of a torch ``DataLoader`` the arrays are one epoch, in the order in which it comes: a loader that shuffles
    or has a sampler gives that order and those samples, with repetitions where it draws with replacement;
    ``drop_last=True`` leaves out the last, short batch. λ̂ does not depend on the order. Random augmentation
    is what it was when the sample was read; the loader's workers and its ``collate_fn`` do their part. The
    ``dataset`` of a loader, read itself, has every sample once.

    Args:
        source: One of

            - a torch ``Dataset``, map-style or iterable, such as torchvision's;
            - a torch ``DataLoader``, whose batches are taken apart again;
            - a ``datasets.Dataset`` of Hugging Face, in the format that it is set to;
            - any iterable of samples, or sequence of them (``__len__`` and ``__getitem__``).

            A sample is a tuple or list of fields, a mapping of fields by name, or one array. A field is a
            number, an array, a tensor in main memory, nested lists, or an image of PIL.
        columns: Which fields, and in which order: names, as ("input_ids", "labels"), or positions. None: all.
        dtype: Of the arrays; or a mapping of fields to it. An integer type must have every number. None: as
            the samples have it.
        pad: Fields whose samples are sequences of unequal length, as {"input_ids": 0, "labels": -100}, and
            the number with which they are made as long as the longest, at the end of their first axis. That
            of the labels, given to ``CrossEntropy(ignore_index=-100)``, makes each sample have the loss that
            it has by itself.
        limit: No more samples than that are read. None: all.
        progress: True for a bar where it takes longer than a second (tqdm where it is installed), or a
            function of (samples read, their number, or 0 while that is not known).

    Returns:
        An array for each field, (n, *shape of one sample).

    Raises:
        InvalidArgumentError: No samples; a field that is not there; samples of different shapes; numbers
            that ``dtype`` does not have.
        ArgumentTypeError: A source of another kind, or a field that is not of real numbers.

    Example::

        X, y = sl.read_dataset(torchvision.datasets.MNIST("data", transform=ToTensor()))
        tokens, labels = sl.read_dataset(
            dataset, columns=("input_ids", "labels"), pad={"input_ids": 0, "labels": -100}
        )
    """
    limit = None if limit is None else _checks.integer("limit", limit, at_least=1)
    names = _names(columns)
    fields = _Fields(names, dtype, pad)
    if isinstance(source, (Mapping, str, bytes)):
        raise ArgumentTypeError(
            f"source is a {type(source).__name__}; it must be a dataset, a loader or an iterable of samples "
            '(of several splits choose one, as in source["train"]).'
        )
    batched = _is_loader(source) and source.batch_sampler is not None
    if names and hasattr(source, "select_columns") and set(names) <= set(source.column_names or ()):
        source = source.select_columns(list(names))  # of Hugging Face, which need not decode the others
    total = _expected(source, batched, limit)
    with Reporter(progress, "read_dataset", "sample") as report:
        for item in _items(source):
            fields.add(item, batched, limit)
            report(fields.count, total)
            if fields.count == limit:
                break
        report(fields.count, fields.count)
    return fields.arrays()


class _Fields:
    """The columns, which the first sample tells."""

    def __init__(
        self,
        names: tuple[Key, ...] | None,
        dtype: DTypeLike | Mapping[Key, DTypeLike] | None,
        pad: Mapping[Key, float] | None,
    ) -> None:
        if pad is not None and not isinstance(pad, Mapping):
            raise ArgumentTypeError(f'pad must be a mapping such as {{"labels": -100}}; got {pad!r}.')
        self.count = 0
        self._names, self._dtype, self._pad = names, dtype, dict(pad or {})
        self._kind: str | None = None
        self._columns: dict[Key, Column] = {}

    def add(self, item: Any, batched: bool, limit: int | None) -> None:
        """Takes a sample, or a batch of them, up to the limit."""
        values = self._fields(item)
        if not batched:
            for key, value in values.items():
                self._columns[key].add(value)
            self.count += 1
            return
        left = limit - self.count if limit is not None else np.iinfo(np.int64).max
        sizes = {key: self._columns[key].add_batch(value, left) for key, value in values.items()}
        if len(set(sizes.values())) > 1:
            raise InvalidArgumentError(
                f"A batch of the loader has fields of different lengths: "
                f"{', '.join(f'{shown(key)} {size}' for key, size in sizes.items())}."
            )
        self.count += min(left, next(iter(sizes.values())))

    def arrays(self) -> tuple[NDArray[Any], ...]:
        if not self.count:
            raise InvalidArgumentError("source has no samples.")
        return tuple(column.array() for column in self._columns.values())

    def _fields(self, item: Any) -> dict[Key, Any]:
        """The fields that are wanted of a sample, or of a batch."""
        values, kind = _taken_apart(item)
        if self._kind is None:
            self._kind = kind
            self._begin(values)
        if kind != self._kind:
            raise InvalidArgumentError(f"Sample {self.count} is {kind}, and the first one is {self._kind}.")
        missing = [key for key in self._columns if key not in values]
        if missing:
            raise InvalidArgumentError(f"Sample {self.count} has no field {shown(missing[0])}.")
        return {key: values[key] for key in self._columns}

    def _begin(self, values: Mapping[Key, Any]) -> None:
        names = tuple(values) if self._names is None else self._names
        given: Any = self._dtype
        dtypes = given if isinstance(given, Mapping) else dict.fromkeys(names, given)
        has = ", ".join(map(shown, values))
        for argument, keys in (("columns", names), ("pad", self._pad), ("dtype", dtypes)):
            for key in keys:
                if key not in (values if argument == "columns" else names):
                    raise InvalidArgumentError(
                        f"{argument} has {shown(key)}, which is no field that is read; a sample has {has}."
                    )
        for key in names:
            wanted = dtypes.get(key)
            made = None if wanted is None else dtype_of(wanted, "dtype")
            self._columns[key] = Column(key, made, self._pad.get(key))


def _taken_apart(item: Any) -> tuple[dict[Key, Any], str]:
    """The fields of a sample, and what kind of sample that is."""
    if isinstance(item, Mapping):
        return dict(item), "a mapping"
    if isinstance(item, (tuple, list)):
        return dict(enumerate(item)), f"a tuple of {len(item)}"
    return {0: item}, "an array"


def _names(columns: Any) -> tuple[Key, ...] | None:
    """The fields that were asked for."""
    if columns is None:
        return None
    if isinstance(columns, (str, bytes)) or not isinstance(columns, Iterable):
        raise ArgumentTypeError(
            f'columns must be a tuple of fields, such as ("input_ids", "labels"); got {columns!r}.'
        )
    names = tuple(columns)
    if not names or len(set(names)) < len(names):
        raise InvalidArgumentError(f"columns is {names!r}; it must have every field once, and one at least.")
    return names


def _is_loader(source: Any) -> bool:
    """Whether it is a torch ``DataLoader``, by what it has."""
    return all(hasattr(source, name) for name in ("batch_sampler", "collate_fn", "dataset"))


def _items(source: Any) -> Iterator[Any]:
    """The samples, or batches, in their order."""
    # A dataset without __iter__ is not asked until it raises IndexError: not all of them do.
    if hasattr(type(source), "__iter__"):
        return iter(source)
    if hasattr(type(source), "__getitem__") and hasattr(type(source), "__len__"):
        return (source[i] for i in range(len(source)))
    raise ArgumentTypeError(
        f"source is a {type(source).__name__}; it must be a dataset, a loader or an iterable of samples."
    )


def _expected(source: Any, batched: bool, limit: int | None) -> int:
    """How many samples there will be, about; 0 if that is not known."""
    try:
        count = operator.length_hint(source, 0) * ((source.batch_size or 0) if batched else 1)
    except (TypeError, NotImplementedError):  # of a loader of a dataset without a length
        return 0
    return count if limit is None else min(count, limit) if count else 0
