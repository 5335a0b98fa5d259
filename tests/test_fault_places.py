"""What is found wrong only over the horizon is told with file and line too, as a fault of the specification is."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.model import Model
from optimizer.scenario import Scenario

HEAD = """\
name: casa
horizon: {start: "2025-01-01T00:00Z", end: "2025-01-02T00:00Z", step: 3 h}
site:
  name: hall
  latitude: 33.4
  longitude: -7.6
  time_zone: Africa/Casablanca
"""
LOAD = "  load: {it_load: 10}\n"
GRID = "  grid: {connection_capacity: 60}\n"
BATTERY = """\
  batteries:
    - name: north
      power_capacity: 1
      energy_capacity: 4
"""
TARIFF = """\
  grid:
    connection_capacity: 60
    tariff:
      name: ht
"""


def work(text: str) -> str:
    """Write the site with a load of workloads."""
    return "  load:\n    value_of_lost_load: 100\n    workloads:\n" + textwrap.indent(textwrap.dedent(text), "      ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            LOAD + GRID + BATTERY + "      self_discharge: 0.5  # here\n",
            "site.batteries[0].self_discharge ('north'): 0.5 an hour loses more than all energy",
        ),
        (
            LOAD + GRID + BATTERY + "      calendar_fade: 0.2  # here\nfinance: {discount_rate: 0.07, years: 20}\n",
            "site.batteries[0].calendar_fade ('north'): 0.2 a year leaves nothing",
        ),
        (
            LOAD + GRID + "targets:\n  cfe_rolling:\n    share: 0.5\n    days: 9  # here\n",
            "targets.cfe_rolling.days: a window of 9 days is longer",
        ),
        (
            work("- {name: spot, kind: opportunistic, power_max: 5, value: 130}  # here\n") + GRID,
            "site.load.workloads[0] ('spot'): a MWh of 'spot' earns 130",
        ),
        (
            work(
                """\
                - name: llm
                  kind: job
                  energy: 9
                  power_max: 3
                  release: 2025-01-01T01:00Z
                  deadline: 2025-01-03T00:00Z  # here
                """
            )
            + GRID,
            "site.load.workloads[0].deadline ('llm'): 2025-01-03T00:00Z is after the horizon ends",
        ),
        (
            "  load:\n    it_load: 10  # here\n    fleets:\n      - {name: a, machine: gb200-nvl72, racks: 1}\n" + GRID,
            "site.load.it_load: it is 10 MW at 2025-01-01 00:00 UTC, and the racks in service are rated at",
        ),
        (
            "  load:\n    it_load: 10\n    value_of_lost_load: 9\n    tiers:  # here\n"
            "      - {name: a, power: 11, critical: true}\n" + GRID,
            "site.load.tiers: the tiers are more than the facility load in 8 intervals",
        ),
        (
            LOAD + "  grid:\n    connection_capacity: 60\n    outages:\n      - start: 2025-01-01T01:00\n"
            "        end: 2025-01-01T01:30+01:00  # here\n",
            "site.grid.outages[0].end ('outage'): on the site's clock, the end '2025-01-01 01:30:00+01:00' is",
        ),
        (
            LOAD + "  grid:\n    connection_capacity: 60\n    outages:\n"
            "      - {start: 2025-01-01T01:00, end: 2025-01-01T03:00}\n"
            "      - {start: 2025-01-01T02:00, end: 2025-01-01T04:00}  # here\n",
            "site.grid.outages[1] ('outage'): it overlaps item 0",
        ),
        (
            LOAD + GRID + "  demand_response:\n    - name: relief\n      commitment: 5\n      events:\n"
            "        - start: 2025-01-01T01:00\n          end: 2025-01-01T01:30+01:00  # here\n",
            "site.demand_response[0].events[0].end ('call'): on the site's clock, the end is not after the start",
        ),
        (
            LOAD + GRID + "  demand_response:\n    - name: relief\n      commitment: 5\n      events:\n"
            "        - {start: 2025-01-01T01:00, end: 2025-01-01T03:00}\n"
            "        - {start: 2025-01-01T02:00, end: 2025-01-01T04:00}  # here\n",
            "site.demand_response[0].events[1] ('call'): it overlaps demand_response[0].events[0], so",
        ),
        (
            LOAD + TARIFF + "      billing_dates: [2025-02-01, 2025-03-01]  # here\n",
            "site.grid.tariff.billing_dates: they cover 2025-02-01 to 2025-03-01",
        ),
        (
            LOAD + TARIFF + "      partial_periods: whole\n      demand_charges:\n        - name: peak\n"
            "          price: 9\n          peak_so_far: {2025-03: 5}  # here\n",
            "site.grid.tariff.demand_charges[0].peak_so_far ('peak'): 2025-03 lies after the horizon",
        ),
        (
            LOAD + TARIFF + "      demand_charges:\n        - name: peak\n          price: 9\n"
            "          coincident_times: [2026-01-01T10:00]  # here\n",
            "site.grid.tariff.demand_charges[0].coincident_times ('peak'): none of them lies in the horizon",
        ),
        (
            LOAD + TARIFF + "      partial_periods: prorated\n      block_rates:\n        - name: tiers\n"
            "          blocks: [{price: 9}]\n          energy_so_far: 5  # here\n",
            "site.grid.tariff.block_rates[0].energy_so_far ('tiers'): the horizon covers 2025-01 in part",
        ),
        (
            LOAD + GRID + "finance:\n  discount_rate: 0.07\n  escalation:\n    carbo: 0.02  # here\n",
            "finance.escalation.carbo: there is no cost line of that name",
        ),
    ],
)
def test_a_fault_over_the_horizon_is_told_with_file_and_line(tmp_path: Path, text: str, told: str):
    file = tmp_path / "scenario.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    line = next(n for n, written in enumerate((HEAD + text).splitlines(), start=1) if written.endswith("# here"))
    with pytest.raises(InputError) as caught:
        _ = Model(Scenario.load(file)).program
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"{file}:{line}: {told}")


def test_a_fault_in_a_tariff_file_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "ht.yaml").write_text("name: ht\nbilling_dates: [2025-02-01, 2025-03-01]\n", encoding="utf-8")
    file = tmp_path / "scenario.yaml"
    file.write_text(HEAD + LOAD + "  grid: {connection_capacity: 60, tariff: ht.yaml}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Model(Scenario.load(file))
    (fault,) = caught.value.faults
    assert fault.where == f"{tmp_path / 'ht.yaml'}:2: site.grid.tariff.billing_dates"
