"""Common ground of all frozen, validated specifications, and the words in which their faults are told.

A specification is judged as a whole: every fault is collected, told in the user's own path
(``site.batteries[0].charge_efficiency``) and, where it was read from a file, with file and line in front.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import cleandoc
from numbers import Integral, Real
from typing import Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from optimizer.errors import Fault, InputError
from optimizer.specification.places import belongs

Location = tuple[str | int, ...]
"""Where a value stands in a document: keys and list indices from the top."""

_FAULT, _KEY_FAULT = "fault", "key_fault"  # the second is told of the mapping that holds (or lacks) the key
_LONGEST = 60  # characters of a user's text that a message repeats


class Specification(BaseModel):
    """A frozen pydantic model that refuses unknown keys and tells all its faults at once.

    Raises
    ------
    InputError
        On creation, with one fault for each thing that is wrong.

    Examples
    --------
    >>> class Pump(Specification):
    ...     power: float
    >>> Pump(powr=3)
    Traceback (most recent call last):
        ...
    optimizer.errors.InputError: 2 faults in the input:
      - Pump: `power` is missing
      - Pump: `powr` is not known here; did you mean `power`?
    """

    # Validators are built on first use: the parts of a scenario then need none of their own, only the scenario does.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True, defer_build=True)

    def __init__(self, /, **data: Any) -> None:
        try:
            # The context lets the series known to a scenario reach the fields that name one.
            self.__pydantic_validator__.validate_python(data, self_instance=self, context={})
        except ValidationError as error:
            raise InputError(faults_of(error, data, type(self))) from None

    # Says that this __init__ only rewords errors, so that pydantic need not call it for nested specifications.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """List the fields in the docstring, so that `help` tells what a file's schema tells."""
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__doc__ and "Parameters\n" not in cls.__doc__:
            fields = "\n".join(_documented(name, field) for name, field in cls.model_fields.items())
            cls.__doc__ = f"{cleandoc(cls.__doc__)}\n\nAttributes\n----------\n{fields}\n"

    @classmethod
    def known_keys(cls) -> list[str]:
        """Give the keys that a file may use."""
        return list(cls.model_fields)

    @model_validator(mode="wrap")
    @classmethod
    def _reword(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            details = [_reworded(detail, cls) for detail in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, details) from None


S = TypeVar("S", bound=Specification)


@dataclass(frozen=True, order=True)
class Mark:
    """A line of a file; marks sort by the order in which files were read, and then by line."""

    order: int
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


MarkedFault = tuple[Mark | None, Fault]
"""A fault, and the mark by which it is sorted among others."""


def validated(
    kind: type[S],
    data: object,
    *,
    mark: Callable[[Location], Mark | None] = lambda _: None,
    faults: Iterable[MarkedFault] = (),
) -> S:
    """Make a specification of plain data.

    Parameters
    ----------
    kind : type of Specification
        What to make.
    data : object
        Mappings, lists and scalars, as read from a file.
    mark : callable
        Gives file and line of a location, where they are known.
    faults : iterable of MarkedFault
        Faults found before, to be told together with those found here.

    Returns
    -------
    Specification
        The valid specification.

    Raises
    ------
    InputError
        With all faults, each at its path in `data`.

    Examples
    --------
    >>> class Pump(Specification):
    ...     power: float
    >>> validated(Pump, {"power": 3}).power
    3.0
    """
    found = list(faults)
    try:
        specification = kind.model_validate(data, context={})
    except ValidationError as error:
        found += _marked_faults(error, data, kind, "", mark)
    if found:
        found.sort(key=lambda pair: (pair[0] is None, pair[0] or Mark(0, "", 0)))
        raise InputError(fault for _, fault in found)
    return specification


def wrong(what: str, remedy: str = "") -> PydanticCustomError:
    """Make the error that a validator raises: what is wrong, and how to mend it.

    Examples
    --------
    >>> wrong("92 is not between 0 and 1", "did you mean 0.92?").message()
    '92 is not between 0 and 1'
    """
    return PydanticCustomError(_FAULT, "{what}", {"what": what, "remedy": remedy})


def faults_of(error: ValidationError, data: object, kind: type[Specification]) -> list[Fault]:
    """Turn a pydantic error into faults, each told in the user's own path.

    Parameters
    ----------
    error : pydantic.ValidationError
        What pydantic found.
    data : object
        What was validated; parts of pydantic's paths that are not in it are left out.
    kind : type of Specification
        What `data` was to become; its name is the first part of every path.

    Returns
    -------
    list of Fault
        One for each error, in pydantic's order.
    """
    return [fault for _, fault in _marked_faults(error, data, kind, kind.__name__, lambda _: None)]


def _marked_faults(
    error: ValidationError,
    data: object,
    kind: type[Specification],
    prefix: str,
    mark: Callable[[Location], Mark | None],
) -> Iterator[MarkedFault]:
    for detail in error.errors(include_url=False):
        location = _within(data, detail["loc"])
        ctx = detail.get("ctx", {})
        what, remedy = (ctx["what"], ctx["remedy"]) if _is_reworded(detail) else _words(detail)
        if ctx.get("unknown"):
            remedy = _with_place(remedy, kind, location)
        line, field = mark(location), located(location[:-1] if detail["type"] == _KEY_FAULT else location, data, prefix)
        yield line, Fault(": ".join(str(part) for part in (line, field) if part), what, remedy)


def _with_place(remedy: str, kind: type[Specification], location: Location) -> str:
    """Say besides in which other block a key is known, rather than which keys its own block has."""
    path, key = [part for part in location[:-1] if isinstance(part, str)], str(location[-1])
    place = belongs(kind, path, key)
    if not place or not remedy.startswith("did you mean"):
        return place or remedy
    return f"{place}, or {remedy}"


def relayed(error: ValidationError) -> list[InitErrorDetails]:
    """Give the errors of an inner validation in the form in which an outer one raises them again."""
    return [_detail(d, d.get("ctx", {})) if _is_reworded(d) else _detail(d, _ctx(*_words(d))) for d in error.errors()]


def path_text(location: Iterable[str | int]) -> str:
    """Write a location as the user would.

    Examples
    --------
    >>> path_text(("site", "batteries", 0, "soc_min"))
    'site.batteries[0].soc_min'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{key_text(part)}" for part in location)
    return text.removeprefix(".")


def key_text(key: str) -> str:
    """Write a key in one line, and not endlessly."""
    return key if key.isprintable() and len(key) <= _LONGEST else shown(key)[1:-1]


def located(location: Location, data: object, prefix: str = "") -> str:
    """Write a location in `data` as the user would, with the name of the innermost list item that has one.

    Examples
    --------
    >>> located(("batteries", 0, "soc_min"), {"batteries": [{"name": "north"}]})
    "batteries[0].soc_min ('north')"
    """
    name = None
    for part in location:
        data = _item(data, part)
        if isinstance(part, int):
            name = _item(data, "name")
    text = path_text((prefix, *location) if prefix else location)
    return f"{text} ({shown(name)})" if isinstance(name, str) else text


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Find the known word that the user most likely meant; None if none is alike enough (0 not at all, 1 the same).

    Examples
    --------
    >>> nearest("energy_capcity", ["power_capacity", "energy_capacity"])
    'energy_capacity'
    """
    by_lower = {name.lower(): name for name in known}
    alike = get_close_matches(word.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[alike[0]] if alike else _only_longer(word.lower(), by_lower)


def _only_longer(word: str, by_lower: Mapping[str, str]) -> str | None:
    """Find the one known name that has the word as a part: 'cost' in 'annual_cost'."""
    longer = [name for lower, name in by_lower.items() if word in lower.split("_")]
    return longer[0] if len(longer) == 1 else None


def hint(word: str, known: Sequence[str], *, quote: str = "`", none: str = "") -> str:
    """Say which known word was most likely meant, or else list them all (or give `none` if there are none)."""
    near = nearest(word, known)
    if near is not None:
        return f"did you mean {quote}{near}{quote}?"
    return "known: " + ", ".join(f"{quote}{name}{quote}" for name in known) if known else none


def shown(value: object) -> str:
    """Show a user's value in a message, briefly and as YAML has it.

    Examples
    --------
    >>> shown("ten"), shown(92.0), shown(True), shown(None), shown({"a": 1})
    ("'ten'", '92', 'true', 'null', 'a mapping')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "...")
    if isinstance(value, Real):
        return _number_text(value)
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    return "a mapping" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def _number_text(value: Real) -> str:
    """Write a number without a needless '.0'; a huge whole number only roughly."""
    if isinstance(value, Integral):
        whole = int(value)
        return str(whole) if abs(whole) < 10**18 else f"about 10^{int(whole.bit_length() * 0.30103)}"
    return repr(float(value)).removesuffix(".0")


def _is_reworded(detail: ErrorDetails) -> bool:
    return detail["type"] in (_FAULT, _KEY_FAULT)


def _ctx(what: str, remedy: str) -> dict[str, str]:
    return {"what": what, "remedy": remedy}


def _detail(detail: ErrorDetails, ctx: dict[str, Any], kind: str = "") -> InitErrorDetails:
    kind = kind or (detail["type"] if _is_reworded(detail) else _FAULT)
    error = PydanticCustomError(kind, "{what}", ctx)
    return InitErrorDetails(type=error, loc=detail["loc"], input=detail["input"])


def _reworded(detail: ErrorDetails, cls: type[Specification]) -> InitErrorDetails:
    """Word one of pydantic's errors while the class that it belongs to is known."""
    if _is_reworded(detail):
        return _detail(detail, detail["ctx"])
    location, kind = detail["loc"], detail["type"]
    if kind == "extra_forbidden" and len(location) == 1:
        key = str(location[0])
        what, remedy = f"`{key_text(key)}` is not known here", hint(key, cls.known_keys())
        return _detail(detail, _ctx(what, remedy) | {"unknown": "yes"}, _KEY_FAULT)
    if kind == "missing" and len(location) == 1:
        description = _description(cls.model_fields[str(location[0])])
        remedy = f"give it: {description}" if description else ""
        return _detail(detail, _ctx(f"`{location[0]}` is missing", remedy), _KEY_FAULT)
    if kind == "invalid_key":
        return _detail(detail, _ctx(*_words(detail)), _KEY_FAULT)
    if kind in ("model_type", "model_attributes_type") and not location:
        needed = [name for name, field in cls.model_fields.items() if field.is_required()]
        remedy = f"give it keys: {', '.join(f'`{name}`' for name in needed or cls.known_keys())}"
        return _detail(detail, _ctx(f"{shown(detail['input'])} is not a mapping", remedy))
    return _detail(detail, _ctx(*_words(detail)))


def _description(field: FieldInfo) -> str:
    """Give what a field says of itself, or else what the marks of its type say."""
    marks = (getattr(mark, "text", "") for mark in field.metadata)
    return field.description or next((text for text in marks if text), "")


def _documented(name: str, field: FieldInfo) -> str:
    default = field.get_default()
    told = f"default {shown(default)}" if isinstance(default, str | int | float | None) else "optional"
    return f"{name}{'' if field.is_required() else f' : {told}'}\n    {_description(field)}"


def _words(detail: ErrorDetails) -> tuple[str, str]:
    """Say what is wrong and how to mend it, for the errors that pydantic raises by itself."""
    value, ctx, kind = shown(detail["input"]), detail.get("ctx", {}), detail["type"]
    if kind in ("value_error", "assertion_error"):
        return str(ctx["error"]), ""
    if kind == "invalid_key":
        return f"{value} is not usable as a key", "keys are text"
    if kind == "literal_error":
        return f"{value} is not one of {ctx['expected']}", _literal_hint(detail["input"], ctx["expected"])
    if kind in _BOUNDS:
        symbol, key = _BOUNDS[kind]
        return f"{value} is not {symbol} {shown(ctx[key])}", ""
    if kind in _EXPECTED:
        expected, remedy = _EXPECTED[kind]
        if _EXPECTED[kind] is _A_LIST and detail["input"] is None:
            remedy = "write [] for none"
        return f"{value} is not {expected}", remedy
    return f"{value} is not usable: {detail['msg'][0].lower()}{detail['msg'][1:]}", ""


_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_A_LIST = ("a list", "start each item on a line of its own with '- '")
_A_NUMBER, _A_WHOLE_NUMBER = ("a number", ""), ("a whole number", "")
_A_TIME = ("a date or time", "write it as 2025-01-01 or 2025-01-01T00:00Z")
_EXPECTED = {
    "string_type": ("text", "put it in quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "bool_parsing": ("true or false", "write true or false, without quotes"),
    "tuple_type": _A_LIST,
    "list_type": _A_LIST,
    "iterable_type": _A_LIST,
    "dict_type": ("a mapping", ""),
    "mapping_type": ("a mapping", ""),
    "model_type": ("a mapping", ""),
    "float_type": _A_NUMBER,
    "float_parsing": _A_NUMBER,
    "int_type": _A_WHOLE_NUMBER,
    "int_parsing": _A_WHOLE_NUMBER,
    "int_from_float": _A_WHOLE_NUMBER,
    "finite_number": ("a finite number", ""),
    "datetime_type": _A_TIME,
    "datetime_parsing": _A_TIME,
    "datetime_from_date_parsing": _A_TIME,
}


def _literal_hint(value: object, expected: str) -> str:
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    near = nearest(value, choices) if isinstance(value, str) else None
    return f"did you mean '{near}'?" if near else ""


def _within(data: object, location: Location) -> Location:
    """Leave out the parts of pydantic's path that the user did not write: the branches of a union."""
    kept: list[str | int] = []
    for part in location:
        inner = _item(data, part)
        if inner is _NOTHING and _is_branch(part):
            continue
        kept.append(part)
        data = inner
    return tuple(kept)


def _is_branch(part: str | int) -> bool:
    """Tell the name of a type (``str``, ``list[Change]``, ``Horizon``) from that of a field."""
    if isinstance(part, int):
        return False
    return not part.isidentifier() or part[0].isupper() or isinstance(getattr(builtins, part, None), type)


_NOTHING = object()


def _item(data: object, part: str | int) -> object:
    if isinstance(data, Mapping):
        return data.get(part, _NOTHING)
    if isinstance(data, Sequence) and not isinstance(data, str) and isinstance(part, int) and part < len(data):
        return data[part]
    return getattr(data, str(part), _NOTHING) if isinstance(data, BaseModel) else _NOTHING
