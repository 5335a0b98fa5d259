"""A figure together with its data, its title and the sentence that explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Spec = dict[str, Any]

_DAY = 86_400_000  # ms


@dataclass(frozen=True, eq=False)
class Figure:
    """What a reader sees, and the numbers behind it.

    Attributes
    ----------
    name : str
        The name under which the figure is asked for.
    title : str
        A short title.
    explanation : str
        How to read the figure, in a sentence or two.
    spec : dict
        The plotly figure as plain ``{"data": [...], "layout": {...}}`` with numpy arrays inside; `plot` makes the
        figure object of it. Kept plain because a page needs no object, and making one for a year takes its time.
    table : pandas.DataFrame
        The numbers of the figure, with units in the headers.
    digest : pandas.DataFrame or None
        A table short enough to print, where `table` is longer than a page.
    overview : sequence of dict
        For each trace the coarser ``x`` and ``y`` that a page draws while a long span is in view; empty where the
        figure has none.
    absent : str
        Why there is nothing to draw, such as "The site has no battery."; empty otherwise.
    table_first : bool
        Whether the table tells more than the drawing, so that a page shows it without being asked.
    """

    name: str
    title: str
    explanation: str
    spec: Spec
    table: pd.DataFrame
    digest: pd.DataFrame | None = None
    overview: Sequence[Mapping[str, Any]] = field(default=())
    absent: str = ""
    table_first: bool = False

    @property
    def page_table(self) -> pd.DataFrame:
        """The table that a page shows: the digest where there is one."""
        return self.table if self.digest is None else self.digest

    @property
    def plot(self) -> Any:
        """The figure as a ``plotly.graph_objects.Figure``, with its title.

        A long time axis starts with a week in its middle: a year of hours is only noise on a screen.
        """
        from plotly import graph_objects  # noqa: PLC0415, plotly is slow to import and pages do without it

        figure = graph_objects.Figure(self.spec)
        if _has_legend(figure):
            # Above the legend, which may have any number of rows.
            figure.update_layout(legend_title={"text": self.title, "side": "top", "font": {"size": 17}})
        else:
            title = {"text": self.title, "x": 0, "xref": "paper", "y": 1, "yref": "container", "yanchor": "top"}
            room = 50  # above the drawing, or its colour bar [px]
            more = {"margin": {"t": figure.layout.margin.t + room}, "height": figure.layout.height + room}
            figure.update_layout(title=title | {"pad": {"t": 16}}, **more)
        if self.overview:
            first, last = figure.layout.xaxis.range
            if last - first > 31 * _DAY:
                start = (first + last) // 2 // _DAY * _DAY
                figure.update_xaxes(range=[start, start + 7 * _DAY])
        return figure

    def show(self, **options: Any) -> None:
        """Open the figure in a browser or a notebook, as plotly does it."""
        self.plot.show(**options)

    def _repr_mimebundle_(self, *args: Any, **options: Any) -> Any:
        """Draw the figure when it ends a notebook's cell."""
        return self.plot._repr_mimebundle_(*args, **options)


def _has_legend(figure: Any) -> bool:
    """Tell whether plotly shows a legend: not of a single trace, unless it is asked for."""
    listed = [trace for trace in figure.data if trace.type != "heatmap" and trace.showlegend is not False]
    return len(listed) > 1 or any(trace.showlegend for trace in listed)


def absent(name: str, title: str, reason: str) -> Figure:
    """Give a figure that says why there is nothing to draw.

    Parameters
    ----------
    name, title : str
        As in `Figure`.
    reason : str
        One sentence, such as "The site has no battery."

    Returns
    -------
    Figure
        With an empty table and the reason in place of a drawing.
    """
    import pandas as pd  # noqa: PLC0415, only needed once a figure is made

    blank = {"visible": False}
    note = {"text": reason, "showarrow": False, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    layout = {"xaxis": blank, "yaxis": blank, "height": 160, "margin": {"t": 16}, "annotations": [note]}
    return Figure(name, title, reason, {"data": [], "layout": layout}, pd.DataFrame(), absent=reason)
