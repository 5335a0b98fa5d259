"""One HTML file that holds everything: text, tables, figures, styles, and plotly's script.

The page may load nothing and run no script but its own two, which it names by their hashes; so a name that somebody
typed into a scenario stays text, and the page works offline.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .numbers import number, view

if TYPE_CHECKING:
    from optimizer.plots import Figure

_TYPES = {"float32": "f4", "float64": "f8"}


def render(template: str, **context: Any) -> str:
    """Fill a template of this package with its scripts and styles."""
    plotly, script = _plotly_script(), _asset("page.js")
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(_asset("page.css")),  # a file of this package
            script=Markup(script),  # a file of this package
            plotly=Markup(plotly),  # plotly's own script
            script_hashes=" ".join(_hash(text) for text in (plotly, script)),
            **context,
        )
    )


def write(text: str, path: str | Path) -> Path:
    """Write a page under its name only once it is whole."""
    path = Path(path)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return path


def figure_data(figure: Figure) -> Markup:
    """Give a figure's data as JSON that is safe inside a script element.

    Arrays are listed once, as base64, and referred to by ``{"array": n}``: traces share their time axis.
    """
    arrays: list[dict[str, str]] = []
    seen: dict[int, int] = {}

    def walk(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            if id(value) not in seen:
                seen[id(value)] = len(arrays)
                arrays.append(_encoded(value))
            return {"array": seen[id(value)]}
        if isinstance(value, Mapping):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [walk(item) for item in value]
        return value

    body = {"data": walk(figure.spec["data"]), "layout": walk(figure.spec["layout"]), "overview": walk(figure.overview)}
    text = json.dumps({"arrays": arrays} | body, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # every character with a meaning in HTML is escaped above


def _encoded(array: np.ndarray[Any, Any]) -> dict[str, str]:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    found = {"dtype": _TYPES[array.dtype.name], "bdata": base64.b64encode(little.tobytes()).decode()}
    return found if array.ndim == 1 else found | {"shape": ",".join(str(size) for size in array.shape)}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("optimizer.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "view": view, "figure_data": figure_data}
    return environment


@cache
def _asset(name: str) -> str:
    return resources.files("optimizer.report").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _plotly_script() -> str:
    from plotly.offline import get_plotlyjs  # noqa: PLC0415, read only when a page is written

    return str(get_plotlyjs())


@cache
def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
