"""How a source of weights is to be read, as its owner says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc._listing import listed

LAYOUTS = ("out_in", "in_out")

#: This model's names to the source's, where they differ.
Names = Mapping[str, str] | Callable[[str], str] | None


@dataclass(frozen=True)
class Reading:
    """The options of ``Model.load``, which says what they mean."""

    layout: str = "out_in"
    names: Names = None
    strict: bool = True

    def __post_init__(self) -> None:
        """Refuses what is no such option."""
        _checks.choice("layout", self.layout, LAYOUTS)
        if not (self.names is None or isinstance(self.names, Mapping) or callable(self.names)):
            raise ArgumentTypeError(
                "names must be a dict from this model's names to the source's, or such a function; "
                f"got {self.names!r}."
            )
        if not isinstance(self.strict, bool):
            raise ArgumentTypeError(f"strict must be True or False; got {self.strict!r}.")

    def sources(self, owners: Mapping[str, str]) -> dict[str, str]:
        """The source's name for each of the model's.

        Args:
            owners: The model's names, aliases too, each with the name of the parameter that it means.

        Raises:
            InvalidArgumentError: ``names`` has names that are not the model's, or gives two the same.
            ArgumentTypeError: It gives something else than strings.
        """
        names = self.names
        if callable(names):
            sources = {name: names(name) for name in owners}
        else:
            sources = {name: name for name in owners} | dict(names or {})
            _refuse_strangers(sources, owners)
        first: dict[str, str] = {}
        for name, source in sources.items():
            if not isinstance(source, str):
                raise ArgumentTypeError(f"names must give strings; for {name!r} it gives {source!r}.")
            other = first.setdefault(source, name)
            if owners[other] != owners[name]:
                raise InvalidArgumentError(
                    f"names gives {source!r} for {other!r} and for {name!r}; each needs a tensor of its own."
                )
        return sources


def _refuse_strangers(names: Iterable[str], owners: Mapping[str, str]) -> None:
    strangers = [repr(name) for name in names if name not in owners]
    if strangers:
        raise InvalidArgumentError(
            f"names has {listed(strangers)}; its keys must be names of this model, which are "
            f"{listed([repr(name) for name in owners])}."
        )
