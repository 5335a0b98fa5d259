"""The machines that come with the package, each figure with its source and how far it is verified."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from optimizer.machines.machine import Machine
from optimizer.specification.base import Specification, shown, validated, wrong

EXAMPLE = "example, unverified"

WORDS = {
    "gpus": "GPUs of a rack",
    "rack_power": "rated power",
    "idle_share": "idle share",
    "typical_share": "typical share",
    "liquid_share": "heat in liquid",
}
"""Figures of a machine, in words."""

Status = Literal["primary", "secondary", "derived", "unverified"]


class Evidence(Specification):
    """A figure of the catalogue, and why to believe it."""

    value: float = Field(description="The figure")
    status: Status = Field(
        description="primary: the maker, or a reviewed measurement; secondary: another source that was seen; derived: "
        "computed from such figures; unverified: an example"
    )
    source: str = Field(description="Where it was seen, or why there is no source")

    @property
    def verified(self) -> bool:
        """Whether there is a source."""
        return self.status != "unverified"

    @property
    def mark(self) -> str:
        """How far it is verified, as a reader is to see it."""
        return self.status if self.verified else EXAMPLE


class Entry(Specification):
    """A machine of the catalogue with the evidence for each figure."""

    title: str = Field(description="What the machine is called")
    gpus: Evidence
    rack_power: Evidence
    idle_share: Evidence
    typical_share: Evidence
    liquid_share: Evidence

    @property
    def figures(self) -> dict[str, Evidence]:
        """Figures by the name of the field of `Machine` that they fill."""
        return {name: getattr(self, name) for name in WORDS}

    def machine(self) -> Machine:
        """Give the machine, whose note says which figures have which source."""
        values: dict[str, Any] = {name: figure.value for name, figure in self.figures.items()}
        return Machine(title=self.title, **values, note=self._note())

    def _note(self) -> str:
        """Say first what nobody has verified, and then where the other figures come from."""
        sourced = [f"{WORDS[name]}: {figure.source}" for name, figure in self.figures.items() if figure.verified]
        others = [WORDS[name] for name, figure in self.figures.items() if not figure.verified]
        return "; ".join([*([f"{EXAMPLE}: {', '.join(others)}"] if others else []), *sourced])


class _Catalogue(Specification):
    machines: dict[str, Entry]


@cache
def catalogue() -> Mapping[str, Entry]:
    """Read the catalogue, once.

    Returns
    -------
    mapping of str to Entry
        By the name that a scenario gives.

    Examples
    --------
    >>> catalogue()["gb200-nvl72"].machine().rack_power
    0.12
    """
    from optimizer.specification.yaml_file import read  # noqa: PLC0415 - only where a machine is looked up

    entries = read(Path(__file__).with_name("catalogue.yaml")).root.plain()
    return MappingProxyType(validated(_Catalogue, {"machines": entries}).machines)


def _by_name(value: object) -> object:
    """Put the machine of the catalogue in place of its name."""
    if not isinstance(value, str):
        return value
    entry = catalogue().get(value)
    if entry is None:
        raise wrong(f"there is no machine {shown(value)} in the catalogue", _name_hint(value, list(catalogue())))
    return entry.machine()


def _name_hint(given: str, known: list[str]) -> str:
    """Say which name was meant, where it is one alone that holds what was given; names are too alike to guess more."""
    key = "-".join(given.lower().split())
    meant = [name for name in known if key and (key in name or name in key)]
    return f"did you mean '{meant[0]}'?" if len(meant) == 1 else f"known: {', '.join(map(repr, known))}"


CataloguedMachine = Annotated[Machine, BeforeValidator(_by_name, json_schema_input_type=Machine | str)]
"""A machine, or its name in the catalogue."""
