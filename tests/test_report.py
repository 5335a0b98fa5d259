"""The pages: complete in themselves, safe, readable, and every figure drawn in a real browser."""

from __future__ import annotations

import base64
import doctest
import importlib
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import browser
import numpy as np
import pandas as pd
import pytest
import sample_result
import xarray as xr
import yaml

from optimizer import plots, report
from optimizer.errors import InputError
from optimizer.report import assumptions, page, words
from optimizer.report.numbers import view

HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">\'"&</style></script>'
MEGABYTE = 1_000_000


def short(**attrs: Any) -> xr.Dataset:
    return sample_result.span(pd.date_range("2025-06-01", periods=49, freq="h"), **attrs)


@pytest.fixture(scope="module")
def year() -> xr.Dataset:
    return sample_result.year()


@pytest.fixture(scope="module")
def text(year: xr.Dataset) -> str:
    return report.render_report(year)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser.chromium() as running:
        yield running


def without_scripts(html: str) -> str:
    return re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)


class Outline(HTMLParser):
    """The headings, ids and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(without_scripts(html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if found.get("id"):
            self.ids.append(str(found["id"]))


# ---- the file ----


def test_a_year_fits_into_eight_megabytes(text: str) -> None:
    assert len(text.encode()) < 8 * MEGABYTE


def test_the_page_asks_for_nothing_from_outside(text: str) -> None:
    outline = Outline(text)
    for tag, attrs in outline.tags:
        for name in ("src", "href", "srcset", "action", "data"):
            value = attrs.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, name, value)
    policy = next(attrs["content"] for tag, attrs in outline.tags if attrs.get("http-equiv"))
    assert str(policy).startswith("default-src 'none'")
    assert "unsafe-inline' 'sha256" not in str(policy)
    assert "unsafe-eval" not in str(policy)


def test_the_same_result_gives_the_same_page(year: xr.Dataset, text: str) -> None:
    assert report.render_report(year) == text


def test_every_figure_is_in_one_section(text: str) -> None:
    assert sorted(name for names in report.SECTIONS.values() for name in names) == sorted(plots.FIGURES)
    for name in plots.FIGURES:
        assert text.count(f'data-figure="{name}"') == 1


def test_the_outline_is_in_order_and_ids_are_unique(text: str, year: xr.Dataset) -> None:
    for html in (text, report.render_comparison({"a": year, "b": short()})):
        outline = Outline(html)
        assert outline.headings[0] == 1
        assert outline.headings.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
        assert len(outline.ids) == len(set(outline.ids))
        assert ("html", {"lang": "en"}) in outline.tags
        labelled = [attrs["aria-labelledby"] for _, attrs in outline.tags if "aria-labelledby" in attrs]
        assert set(labelled) <= set(outline.ids)
        assert all(attrs.get("aria-label") for _, attrs in outline.tags if attrs.get("role") in {"img", "region"})


def test_text_stands_out_from_its_ground() -> None:
    css = Path(report.__file__).with_name("assets").joinpath("page.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css)) | {"paper": "#ffffff"}

    def light(colour: str) -> float:
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    pairs = [(ink, paper) for ink in ("ink", "quiet", "accent") for paper in ("paper", "tint")]
    for ink, paper in [*pairs, ("warn", "warn-tint"), ("ink", "warn-tint")]:
        ratio = (light(colours[paper]) + 0.05) / (light(colours[ink]) + 0.05)
        assert ratio >= 4.5, (ink, paper)


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    assert report.write_report(short(), target) == target
    before = target.read_text(encoding="utf-8")

    class Full:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, _: str) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(page.os, "fdopen", Full)
    with pytest.raises(OSError, match="No space"):
        report.write_report(short(scenario="Another"), target)
    assert target.read_text(encoding="utf-8") == before
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


# ---- what it says ----


def test_the_top_answers_the_question(text: str) -> None:
    top = without_scripts(text).split("<main")[0]
    for needed in (
        "Sample year",
        "Casablanca (33.4° N, 7.6° W)",
        "1 January 2025 to 1 January 2026 UTC",
        "8,760 intervals",
    ):
        assert needed in top
    for label in ("Cost per MWh of load", "Cost per year", "Carbon-free share, hour by hour", "Battery full cycles"):
        assert label in top
    assert "million" in top
    assert "USD a year" in top
    assert "tCO₂e a year" in top


def test_notes_stand_at_the_top_and_are_never_folded_away(text: str) -> None:
    top = without_scripts(text).split("<main")[0]
    assert "Weather and prices are synthetic" in top
    assert "Wind price: example, unverified" in top
    assert "1 gaps filled, the first at 2025-03-02T04:00 UTC" in top
    assert "prices.csv" not in top
    assert "prices.csv, column &#39;price&#39;" in text
    assert "<details" not in top


def test_a_plan_without_proof_is_called_so() -> None:
    doubtful = json.dumps(sample_result.CERTIFICATE | {"proved": False})
    dataset = short(certificate=doubtful)
    assert words.notes(dataset)[0].startswith("This plan is NOT proved optimal")
    assert "not proved to be the cheapest" in words.verdict(dataset)
    assert any(line.startswith("NOT all is within") for line in words.certificate_words(json.loads(doubtful), "USD"))


def test_the_verdict_tells_what_is_not_served() -> None:
    dataset = short()
    summary = {row["name"]: row for row in json.loads(dataset.attrs["summary"])}
    summary["unserved"]["value"], summary["cfe_hourly"]["value"] = 0.0, 0.912
    summary["cost_per_mwh"]["value"], summary["cost_per_year"]["value"] = 41.05, 13_042_417.0
    told = words.verdict(dataset.assign_attrs(summary=json.dumps(list(summary.values()))))
    assert told == (
        "91.2 % of the load is carbon-free hour by hour, at 41.05 USD/MWh (13.04 million USD a year), "
        "all load is served, and no plan under these assumptions costs less (proved)."
    )
    dataset["unserved"].values[:] = 0
    dataset["unserved"].values[:3] = 1.5
    summary["unserved"]["value"] = 4.5
    told = words.verdict(dataset.assign_attrs(summary=json.dumps(list(summary.values()))))
    assert "4.50 MWh a year are not served (in 3 intervals)" in told


def test_the_period_names_its_steps() -> None:
    boundaries = pd.date_range("2025-06-01", periods=3, freq="15min").append(pd.DatetimeIndex(["2025-06-01T03:30"]))
    assert words.period(sample_result.span(boundaries)) == (
        "1 June 2025 to 1 June 2025 03:30 UTC, 3 intervals of 15 to 180 min"
    )


def test_the_certificate_is_told_in_words() -> None:
    told = " ".join(words.certificate_words(sample_result.CERTIFICATE, "USD"))
    assert "The plan costs 15,234,567 USD a year" in told
    assert "power_balance[2025-04-01 03:00]" in told
    assert "0.120 USD a year from the true least cost" in told
    assert "All is within the tolerance of 1e-06" in told


def test_assumptions_are_read_without_knowing_yaml() -> None:
    scenario = yaml.safe_load(
        """
        currency: MAD
        site:
          supplies:
            - {name: Tarfaya wind, capacity: {min: 0, max: 200, annual_cost: 12000}, energy_price: 32.5, note: ''}
            - {name: Noor, capacity: {min: 60, max: 60, annual_cost: 0}, availability: solar_cf}
          grid: null
        notes: [synthetic weather, unverified]
        """
    )
    found = {
        group.title: [(s.name, s.value, s.unit) for s in group.settings]
        for group in assumptions.groups(scenario, "MAD")
    }
    assert found == {
        "Scenario": [("Currency", "MAD", "")],
        "Site › Supplies › Tarfaya wind": [
            ("Capacity", "free, 0 to 200", "MW"),
            ("Capacity: yearly cost", "12,000", "MAD/MW/a"),
            ("Energy price", "32.5", "MAD/MWh"),
        ],
        "Site › Supplies › Noor": [("Capacity", "60", "MW"), ("Availability", "solar_cf", "")],
    }


def test_workloads_are_read_with_their_units() -> None:
    curve = {"points": [[0.8, 0.94], [1, 1]], "value": 400}
    works = [{"name": "inference", "kind": "firm", "power": 12, "gpus_per_mw": 600, "curve": curve},
             {"name": "llm", "kind": "job", "energy": 9, "power_max": 4}]  # fmt: skip
    found = {
        group.title.removeprefix("Site › Load › Workloads › "): [(s.name, s.value, s.unit) for s in group.settings]
        for group in assumptions.groups({"site": {"load": {"workloads": works}}}, "USD")
    }
    assert found == {
        "inference": [("Kind", "firm", ""), ("Power", "12", "MW"), ("GPUs per MW", "600", "1/MW")],
        "inference › Curve": [("Points", "(0.8, 0.94); (1, 1)", ""), ("Value", "400", "USD/MWh")],
        "llm": [("Kind", "job", ""), ("Energy", "9", "MWh"), ("Power max", "4", "MW")],
    }


def test_tables_write_numbers_that_share_a_unit_alike() -> None:
    by_column = pd.DataFrame({"Energy [MWh]": [12345.6, 0.4], "Share [%]": [1.0, 99.55]}, index=["a", "b"])
    assert [cells for _, cells in view(by_column).rows] == [["12,346", "1.00"], ["0", "99.55"]]
    by_row = pd.DataFrame({"run": [60.0, 0.25]}, index=pd.Index(["Wind [MW]", "Price [USD]"], name="Line"))
    assert [cells for _, cells in view(by_row).rows] == [["60"], ["0.250"]]
    throughout = pd.DataFrame({"Jan": [1234.5], "Feb": [np.nan]}, index=pd.Index(["Wind"], name="Energy [MWh]"))
    assert [cells for _, cells in view(throughout).rows] == [["1,234", "–"]]


@pytest.mark.parametrize("module", ["numbers", "words"])
def test_examples_run(module: str) -> None:
    assert doctest.testmod(importlib.import_module(f"optimizer.report.{module}")).failed == 0


def test_marginal_prices_name_their_unit(text: str) -> None:
    assert "Load (marginal price) [USD/MWh]" in text
    assert "Power balance [USD/a per MW]" in text


# ---- the figures' data ----


def test_data_survive_the_way_into_the_page() -> None:
    dataset = sample_result.year(time_zone="Asia/Kolkata")  # a zone whose clock never changes
    text = report.render_report(dataset)
    raw = json.loads(re.search(r'id="data-dispatch">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    arrays = [
        np.frombuffer(base64.b64decode(a["bdata"]), {"f4": "<f4", "f8": "<f8"}[a["dtype"]]) for a in raw["arrays"]
    ]
    trace = next(trace for trace in raw["data"] if trace["name"] == "Facility load")
    assert np.array_equal(arrays[trace["y"]["array"]][:-1], dataset["facility_load"].to_numpy().astype("f4"))
    first = pd.Timestamp(arrays[trace["x"]["array"]][0], unit="ms")
    assert first == pd.Timestamp("2025-01-01 05:30")  # midnight UTC on the site's clock
    assert len({trace["x"]["array"] for trace in raw["data"]}) == 2


def test_whatever_a_user_types_stays_text() -> None:
    dataset = short(supplies=[HOSTILE], batteries=[HOSTILE])
    lines = dataset["cost_line"].to_numpy().copy()
    lines[0] = HOSTILE
    dataset = dataset.assign_coords(cost_line=lines)
    dataset.attrs |= {"scenario": HOSTILE, "site": HOSTILE, "notes": json.dumps([HOSTILE])}
    dataset.attrs |= {"data_notes": json.dumps([HOSTILE])}
    dataset.attrs |= {"scenario_yaml": yaml.safe_dump({"name": HOSTILE, HOSTILE: [{"name": HOSTILE, "x": HOSTILE}]})}
    for html in (report.render_report(dataset), report.render_comparison({HOSTILE: dataset, "b": short()})):
        assert "<script>window" not in html
        assert "<img src=x" not in html
        assert html.count("<style>") == html.count("</style>") == 2  # the page's own, and that for no JavaScript


# ---- comparison ----


def test_comparison_tells_the_difference_to_the_first_run(year: xr.Dataset) -> None:
    def changed(**values: float) -> xr.Dataset:
        rows = json.loads(year.attrs["summary"])
        rows = [row | {"value": values.get(row["name"], row["value"])} for row in rows]
        return year.assign_attrs(summary=json.dumps(rows))

    first = changed(cost_per_mwh=40.0, cfe_hourly=0.8, unserved=0.0)
    second = changed(cost_per_mwh=50.0, cfe_hourly=0.75, unserved=2.0)
    rows = {row.label: row for row in report.comparing.rows({"a": first, "b": second})}
    assert [(cell.text, cell.difference) for cell in rows["Cost per MWh of load"].cells] == [
        ("40", ""),
        ("50", "+10 (+25.0 %)"),
    ]
    assert rows["Carbon-free share, hour by hour"].cells[1].difference == "−5.0 points"
    assert rows["Unserved energy"].cells[1].difference == "+2"
    assert rows["Peak grid import"].cells[1].difference == "±0"
    assert "Grid connection" not in rows


def test_the_dust_of_a_solver_is_no_difference(year: xr.Dataset) -> None:
    """Neither 0.1 MWh of 400,000, nor a thousandth of a MWh where there was none; but 1 MWh of 400,000 is one."""
    rows = json.loads(year.attrs["summary"])

    def without(energy: float) -> xr.Dataset:
        told = [row | {"value": energy} if row["name"] == "unserved" else row for row in rows]
        return year.assign_attrs(summary=json.dumps(told))

    def difference(*energies: float) -> str:
        runs = {str(number): without(energy) for number, energy in enumerate(energies)}
        row = next(row for row in report.comparing.rows(runs) if row.label == "Unserved energy")
        return row.cells[1].difference

    assert difference(400_000.0, 400_000.1) == "±0"
    assert difference(0.0, 6e-4) == "±0"
    assert difference(400_000.0, 400_001.0).startswith("+1")


def test_comparison_needs_two_runs_of_one_currency(year: xr.Dataset) -> None:
    with pytest.raises(InputError, match="name at least two runs"):
        report.render_comparison({"a": year})
    with pytest.raises(InputError, match="different currencies"):
        report.render_comparison({"a": year, "b": year.assign_attrs(currency="MAD")})


def test_comparison_warns_where_runs_differ_in_kind(year: xr.Dataset) -> None:
    top = report.render_comparison({"a": year, "b": short(site="Agadir")}).split("<main")[0]
    assert "The runs cover different periods: a: 2025-01-01 00:00 to" in top
    assert "The runs are of different sites: a: Casablanca; b: Agadir." in top
    assert "different time zones" not in top


def test_comparison_tells_shared_notes_once_and_a_runs_own_with_the_run(year: xr.Dataset) -> None:
    mine = year.assign_attrs(notes=json.dumps(["Weather and prices are synthetic", "only here"]))
    html = report.render_comparison({"a": year, "b": mine})
    assert html.count("Weather and prices are synthetic") == 1
    assert "Weather and prices are synthetic" in html.split("<main")[0]
    assert "<li>only here</li>" in html.split("<main")[1]


# ---- in a browser ----

Writer = Callable[[Path], Path]
PAGES: dict[str, Writer] = {
    "year": lambda path: report.write_report(sample_result.year(), path),
    "three hours": lambda path: report.write_report(
        sample_result.span(pd.date_range("2025-06-01", periods=4, freq="h")), path
    ),
    "nothing but load": lambda path: report.write_report(short(supplies=(), batteries=(), grid=False), path),
    "comparison": lambda path: report.write_comparison(
        {"year": sample_result.year(), "no battery": sample_result.year(batteries=()), "two days": short()}, path
    ),
}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "screen"),
    [*((name, browser.LAPTOP) for name in PAGES), ("year", browser.PHONE), ("comparison", browser.PHONE)],
)
def test_every_figure_is_drawn_without_a_complaint(
    chromium: Any, tmp_path: Path, name: str, screen: dict[str, int]
) -> None:
    path = PAGES[name](tmp_path / "page.html")
    phone = screen is browser.PHONE
    with browser.visit(chromium, path, screen, is_mobile=phone, has_touch=phone) as visit:
        assert visit.wait_for_figures() == path.read_text(encoding="utf-8").count("data-figure=") > 0
        assert all(visit.drawn().values()), visit.drawn()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
        assert visit.page.locator("figure details table").count() == visit.page.locator("[data-figure]").count()
        visit.page.screenshot(path=tmp_path / "page.png", full_page=True)
        assert visit.complaints == []
    assert (tmp_path / "page.png").stat().st_size > 100_000


@pytest.mark.browser
def test_long_names_leave_a_figure_its_room_on_a_phone(chromium: Any, tmp_path: Path) -> None:
    runs = {f"A site of forty megawatts, {kind}": short() for kind in ("rigid", "deferrable and cappable")}
    path = report.write_comparison(runs, tmp_path / "page.html")
    with browser.visit(chromium, path, browser.PHONE, is_mobile=True, has_touch=True) as visit:
        visit.wait_for_figures()
        drawing = "document.querySelector('[data-figure=energy_by_source]')"
        assert visit.page.evaluate(f"{drawing}._fullLayout.xaxis.ticktext") == [
            "A site of<br>forty<br>megawatts,<br>rigid",
            "A site of<br>forty<br>megawatts,<br>deferrable and<br>cappable",
        ]
        assert visit.page.evaluate(f"{drawing}._fullLayout._size.h") > 150


@pytest.mark.browser
def test_the_dispatch_zooms_from_the_year_to_the_day(chromium: Any, tmp_path: Path, year: xr.Dataset) -> None:
    with browser.visit(chromium, report.write_report(year, tmp_path / "page.html")) as visit:
        visit.wait_for_figures()
        figure = visit.page.locator("#figure-dispatch")
        told = figure.locator("output")
        assert "daily means" in told.inner_text()

        figure.get_by_role("button", name="1 day").click()
        assert told.inner_text() == "2 Jul 2025 to 3 Jul 2025, every interval"
        assert "00:00" in figure.locator(".xtick text").first.text_content()
        figure.get_by_role("button", name="Later").click()
        assert told.inner_text() == "3 Jul 2025 to 4 Jul 2025, every interval"
        figure.get_by_role("button", name="1 week").click()
        assert told.inner_text() == "30 Jun 2025 to 7 Jul 2025, every interval"
        slider = figure.get_by_role("slider")
        slider.focus()
        visit.page.keyboard.press("ArrowRight")
        visit.page.wait_for_function(
            "() => document.querySelector('#figure-dispatch output').textContent.startsWith('1 Jul')"
        )
        assert slider.get_attribute("aria-valuetext") == "1 Jul 2025 to 8 Jul 2025"
        shown = visit.page.evaluate("document.querySelector('[data-figure=dispatch]').data.at(-2).y.length")
        assert 7 * 24 <= shown <= 7 * 24 + 4  # hours, and only those in view
        ends = visit.page.evaluate("document.querySelector('[data-figure=dispatch]')._fullLayout.xaxis.range")
        assert [str(end)[:10] for end in ends] == ["2025-07-01", "2025-07-08"]
        figure.get_by_role("button", name="Year").click()
        assert "daily means" in told.inner_text()
        assert "2025" in figure.locator(".xtick text").first.text_content()
        assert visit.complaints == []


@pytest.mark.browser
def test_paper_gets_all_figures_and_open_tables(chromium: Any, tmp_path: Path, year: xr.Dataset) -> None:
    with browser.visit(chromium, report.write_report(year, tmp_path / "page.html")) as visit:
        # At once, before anything below the first screen has been drawn.
        visit.page.evaluate(
            """() => addEventListener("beforeprint", () => {
                const all = (query) => [...document.querySelectorAll(query)];
                window.seen = {
                    closed: all("details:not([open])").length,
                    undrawn: all("[data-figure]").filter((node) => !node.querySelector(".main-svg")).length,
                    wide: all("[data-figure]").filter((node) => node.layout.width !== 685).length,
                    tables: all(".scroll > table").filter((item) => item.getBoundingClientRect().width > 690).length,
                };
            })"""
        )
        pdf = visit.page.pdf(prefer_css_page_size=True)
        assert visit.page.evaluate("window.seen") == {"closed": 0, "undrawn": 0, "wide": 0, "tables": 0}
        assert pdf.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 8
        visit.wait_for_figures()
        assert visit.page.locator("details[open]").count() == 1  # the dearest hours, whose table is told at once
        assert visit.page.evaluate("document.querySelector('[data-figure=dispatch]').clientWidth") > 1000
        assert visit.complaints == []


@pytest.mark.browser
def test_a_hostile_name_does_nothing_in_the_browser(chromium: Any, tmp_path: Path) -> None:
    dataset = short(supplies=[HOSTILE], batteries=[HOSTILE])
    dataset.attrs |= {"scenario": HOSTILE, "notes": json.dumps([HOSTILE])}
    with browser.visit(chromium, report.write_report(dataset, tmp_path / "page.html")) as visit:
        visit.wait_for_figures()
        assert visit.page.evaluate("window.hacked") is None
        assert visit.page.locator("h1").inner_text() == HOSTILE
        assert visit.page.locator("img[src=x]").count() == 0
        assert HOSTILE in visit.page.locator("#figure-dispatch .legendtext").first.text_content()
        assert visit.complaints == []


@pytest.mark.browser
def test_without_javascript_the_numbers_are_still_there(chromium: Any, tmp_path: Path) -> None:
    path = report.write_report(short(), tmp_path / "page.html")
    with browser.visit(chromium, path, java_script_enabled=False) as visit:
        assert "The figures need JavaScript" in visit.page.locator("body").inner_text()
        assert not visit.page.locator(".plot").first.is_visible()
        visit.page.locator("#figure-monthly_energy summary").click()
        assert visit.page.locator("#figure-monthly_energy table").is_visible()


@pytest.mark.browser
def test_the_tool_bar_offers_nothing_that_sends_data_away(chromium: Any, tmp_path: Path) -> None:
    with browser.visit(chromium, report.write_report(short(), tmp_path / "page.html")) as visit:
        visit.wait_for_figures()
        titles = visit.page.locator("#figure-dispatch .modebar-btn").evaluate_all(
            "all => all.map(b => b.dataset.title)"
        )
        assert titles == ["Download plot as a PNG", "Reset axes"]


@pytest.mark.browser
def test_a_page_that_complains_is_noticed(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text("<img src='https://example.invalid/x.png'><script>console.warn('w'); throw Error('e')</script>")
    with browser.visit(chromium, path) as visit:
        visit.page.wait_for_load_state()
    assert any(line.startswith("request to https://example.invalid") for line in visit.complaints)
    assert any(line.startswith("console warning: w") for line in visit.complaints)
    assert any(line.startswith("uncaught: ") for line in visit.complaints)
