"""One look for all figures: colours, scales, axes and names.

The colours are those of Okabe and Ito (2008), a little lighter where they fill areas; a test keeps them apart for
normal sight and for the three kinds of colour blindness. A colour belongs to a meaning (wind, solar, grid, ...), so a
reader who knows one figure knows all. Further supplies of one kind take darker and lighter tones of its colour, with a
hatch and a dash of their own, and never change the look of those before them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.nomenclature import term

INK = "#1F2933"
QUIET = "#52606D"
GRID = "#E4E7EB"
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif'


@dataclass(frozen=True)
class Look:
    """How one thing is drawn: the colour of areas, the stronger colour of lines, the dash and the hatch."""

    colour: str
    line: str
    dash: str = "solid"
    pattern: str = ""


# Meaning -> tones (area, line), the first being the one that a single thing of its kind takes.
TONES: dict[str, tuple[tuple[str, str], ...]] = {
    "wind": (("#56B4E9", "#1E7FB8"), ("#2B86BF", "#17608C"), ("#A5D8F5", "#4C9CC9")),
    "solar": (("#F0B429", "#A86B00"), ("#C98A00", "#7D5600"), ("#F8DC8A", "#BF9524")),
    "other": (("#0072B2", "#005A8C"), ("#332288", "#332288"), ("#7FA8D1", "#4A79A8")),
    "battery": (("#009E73", "#007A59"), ("#00664A", "#00523B"), ("#7CCFB5", "#2F9678")),
    "generator": (("#8B0000", "#8B0000"), ("#5C0000", "#5C0000"), ("#C77B7B", "#A85050")),
    "grid": (("#B8B8B8", "#6B6B6B"), ("#8F8F8F", "#595959"), ("#D6D6D6", "#858585")),
    "export": (("#99336B", "#99336B"), ("#B86A95", "#B86A95"), ("#6B1F48", "#6B1F48")),
    "unserved": (("#D55E00", "#B34F00"),),
    "load": (("#1F2933", "#1F2933"),),
    "net_load": (("#6B4FA0", "#6B4FA0"),),
    "price": (("#99336B", "#99336B"), ("#1F2933", "#1F2933")),
    "carbon": (("#5C4033", "#5C4033"),),
}
RUNS = ("#0072B2", "#D55E00", "#009E73", "#99336B", "#E0A000", "#56B4E9", "#1F2933", "#8F8F8F")
_DASHES = ("solid", "dash", "dot", "dashdot")
_PATTERNS = ("", "/", ".", "x")

# Words by which the meaning of a free name is known; the first that fits holds.
_WORDS: tuple[tuple[str, str], ...] = (
    ("unserved", r"unserved|lost load|shortage"),
    ("export", r"export|surplus sale"),
    ("carbon", r"carbon|emission|co2"),
    ("wind", r"wind|[eé]olien"),
    ("solar", r"solar|solaire|photovolta|\bpv\b|\bsun\b"),
    ("battery", r"batter|storage|bess|throughput|wear|holding"),
    ("generator", r"generator|genset|diesel|fuel|backup"),
    ("grid", r"grid|import|connection|subscri"),
)

# Perceptually uniform, and readable for the colour-blind: viridis, cividis and magma (light to dark) of matplotlib.
_SCALES = {
    "viridis": "#440154 #482878 #3E4A89 #31688E #26828E #1F9E89 #35B779 #6DCD59 #B4DE2C #FDE725",
    "cividis": "#00224E #123570 #3B496C #575D6D #707173 #8A8678 #A59C74 #C3B369 #E1CC55 #FEE838",
    "magma": "#FCFDBF #FECF92 #FE9F6D #F7705C #DE4968 #B73779 #8C2981 #641A80 #3B0F70 #150E37",
}


def colour_scale(name: str) -> list[list[float | str]]:
    """Give a colour scale as plotly wants it: pairs of a position in 0..1 and a colour."""
    colours = _SCALES[name].split()
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


def meaning(name: str, default: str = "other") -> str:
    """Say what a free name of a supply or a cost line stands for.

    Examples
    --------
    >>> meaning("Parc éolien de Tarfaya"), meaning("Noor PV"), meaning("Hydro")
    ('wind', 'solar', 'other')
    """
    lowered = name.lower()
    return next((kind for kind, words in _WORDS if re.search(words, lowered)), default)


def look(kind: str, nth: int = 0) -> Look:
    """Give the look of the nth thing of a kind."""
    colour, line = TONES[kind][nth % len(TONES[kind])]
    return Look(colour, line, _DASHES[nth % len(_DASHES)], _PATTERNS[nth % len(_PATTERNS)])


def looks(kinds: Iterable[str]) -> list[Look]:
    """Give each thing of a list its look, in order, so that appending one changes none before it."""
    seen: Counter[str] = Counter()
    found = []
    for kind in kinds:
        found.append(look(kind, seen[kind]))
        seen[kind] += 1
    return found


def supply_kind(name: str) -> str:
    """Say whether a supply is wind, solar or other, by its name.

    Examples
    --------
    >>> supply_kind("Tarfaya wind"), supply_kind("Grid-side hydro")
    ('wind', 'other')
    """
    kind = meaning(name)
    return kind if kind in {"wind", "solar"} else "other"


def cost_looks(labels: Sequence[str]) -> list[Look]:
    """Give the look of each cost line by its label; what capacity costs takes the later tones of its meaning."""
    standing = re.compile(r"capacity|connection|power$|battery energy|fixed|investment", re.IGNORECASE)
    order = sorted(range(len(labels)), key=lambda place: bool(standing.search(labels[place])))
    found = dict(zip(order, looks(meaning(labels[place]) for place in order), strict=True))
    return [found[place] for place in range(len(labels))]


def run_looks(count: int) -> list[Look]:
    """Give the looks of runs that stand side by side."""
    return [
        Look(RUNS[i % len(RUNS)], RUNS[i % len(RUNS)], _DASHES[i % 4], _PATTERNS[i // len(RUNS) % 4])
        for i in range(count)
    ]


_LABELS = {
    "it_load": "IT load",
    "pue": "PUE",
    "gpus": "GPUs",
    "gpus_per_mw": "GPUs per MW",
    "value_per_gpu_hour": "Value per GPU-hour",
    "ups_efficiency": "UPS efficiency",
    "soc": "State of charge",
    "soc_min": "Least state of charge",
    "soc_max": "Greatest state of charge",
    "initial_soc": "State of charge at the start",
    "final_soc_min": "Least state of charge at the end",
    "final_soc_max": "Greatest state of charge at the end",
    "variable_om": "Variable O&M",
    "hours_max": "Full-load hours a year, at most",
    "energy_max": "Energy a year, at most",
    "cfe": "Carbon-free share",
    "cfe_score": "Carbon-free share",
    "grid_cfe": "Carbon-free share of the grid",
}


def label(name: str) -> str:
    """Give a quantity's name as a reader writes it.

    Examples
    --------
    >>> label("grid_import"), label("soc")
    ('Grid import', 'State of charge')
    """
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def header(text: str, unit: str) -> str:
    """Put a unit behind a text, as in table headers and axis titles; the unit 1 is left out."""
    return text if unit in {"", "1"} else f"{text} [{unit}]"


def titled(name: str, currency: str = "") -> str:
    """Give a quantity's name with its unit, from the table of names.

    Examples
    --------
    >>> titled("energy_price", "USD")
    'Energy price [USD/MWh]'
    """
    return header(label(name), term(name).unit_in(currency))


def plain(text: str) -> str:
    """Make a user's text safe in a figure: plotly reads some HTML tags in names and titles.

    Examples
    --------
    >>> plain("<b>A & B</b>")
    '&lt;b&gt;A &amp; B&lt;/b&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def small(values: ArrayLike) -> NDArray[np.float32]:
    """Give values as float32: seven digits are more than a drawing shows, and halve a page's data."""
    return np.asarray(values, dtype=np.float32)


def layout(height: int, **more: Any) -> dict[str, Any]:
    """Give the layout that all figures share."""
    return {
        "height": height,
        "autosize": True,
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "margin": {"l": 64, "r": 16, "t": 16, "b": 48},
        "separators": ".,",
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "namelength": -1},
        **more,
    }


def axis(title: str = "", standoff: int = 10, **more: Any) -> dict[str, Any]:
    """Give an axis with a title, thousands separated and without powers of ten."""
    return {
        "title": {"text": title, "standoff": standoff, "font": {"size": 13}},
        "gridcolor": GRID,
        "zerolinecolor": QUIET,
        "linecolor": QUIET,
        "ticks": "outside",
        "tickcolor": GRID,
        "automargin": True,
        "separatethousands": True,
        "exponentformat": "none",
        **more,
    }


def ranged(values: NDArray[np.float64]) -> tuple[float, float, bool]:
    """Find the range to draw, so that one spike does not hide everything else.

    Parameters
    ----------
    values : array
        The values; what is not finite is ignored.

    Returns
    -------
    lowest, highest : float
        The ends of the range, never the same: the outermost values within Tukey's outer fences, three times the middle
        half's width beyond its ends, or the middle four fifths' where half of all values are the same.
    cut : bool
        Whether there are values outside.

    Examples
    --------
    >>> import numpy as np
    >>> ranged(np.array([1.0, 2.0, 3.0, 4.0, 900.0]))
    (1.0, 4.0, True)
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0, False
    tenth, first, third, ninth = np.percentile(finite, (10, 25, 75, 90))
    reach = 3 * (third - first or ninth - tenth)
    inside = finite[(finite >= first - reach) & (finite <= third + reach)] if reach > 0 else finite
    lowest, highest = float(inside.min()), float(inside.max())
    cut = inside.size < finite.size
    return (lowest, highest, cut) if highest > lowest else (lowest - 0.5, highest + 0.5, cut)


def joined(parts: Sequence[str]) -> str:
    """Join sentences, leaving empty ones out."""
    return " ".join(part for part in parts if part)
