"""Units: each accepted spelling, its conversion, and the range of what it measures."""

import numpy as np
import pytest

from optimizer.series.units import CARBON, FRACTION, POWER, TEMPERATURE, as_ratio, find_quantity, find_unit, unit_hint


@pytest.mark.parametrize(
    ("text", "value", "canonical", "unit"),
    [
        ("W", 5e6, 5.0, "MW"),
        ("kW", 33300.0, 33.3, "MW"),
        ("MW", 33.3, 33.3, "MW"),
        ("GW", 0.5, 500.0, "MW"),
        ("MWh/h", 7.0, 7.0, "MW"),
        ("1", 0.31, 0.31, "1"),
        ("%", 31.0, 0.31, "1"),
        ("kW/kW", 0.31, 0.31, "1"),
        ("ratio", 1.2, 1.2, "1"),
        ("degC", 18.0, 18.0, "degC"),
        ("°C", 18.0, 18.0, "degC"),
        ("K", 291.15, 18.0, "degC"),
        ("h", 2.0, 2.0, "h"),
        ("min", 90.0, 1.5, "h"),
        ("EUR/MWh", 87.1, 87.1, "currency/MWh"),
        ("€/MWh", 87.1, 87.1, "currency/MWh"),
        ("USD/kWh", 0.1, 100.0, "currency/MWh"),
        ("currency/MWh", 80.0, 80.0, "currency/MWh"),
        ("c/kWh", 6.68, 66.8, "currency/MWh"),
        ("ct/kWh", 6.68, 66.8, "currency/MWh"),
        ("c MAD/kWh", 6.68, 66.8, "currency/MWh"),
        ("gCO2e/kWh", 551.0, 0.551, "tCO2e/MWh"),
        ("gCO₂eq/kWh", 551.0, 0.551, "tCO2e/MWh"),
        ("g CO2-eq/kWh", 551.0, 0.551, "tCO2e/MWh"),
        ("kgCO2e/MWh", 551.0, 0.551, "tCO2e/MWh"),
        ("kgCO2/kWh", 0.551, 0.551, "tCO2e/MWh"),
        ("tCO2e/MWh", 0.551, 0.551, "tCO2e/MWh"),
    ],
)
def test_conversion(text: str, value: float, canonical: float, unit: str) -> None:
    found = find_unit(text)
    assert found is not None
    assert found.kind.unit == unit
    assert found.canonical(np.array([value]), 1.0) == pytest.approx(canonical, rel=1e-12)


@pytest.mark.parametrize(("text", "factor"), [("Wh", 1e-6), ("kWh", 1e-3), ("MWh", 1.0), ("GWh", 1e3)])
def test_energy_over_an_interval_is_power(text: str, factor: float) -> None:
    unit = find_unit(text)
    assert unit is not None
    assert unit.kind is POWER
    assert unit.canonical(np.array([6.0, 6.0]), np.array([0.25, 1.0])) == pytest.approx([24.0 * factor, 6.0 * factor])


@pytest.mark.parametrize(
    ("text", "currency"), [("EUR/MWh", "EUR"), ("cMAD/kWh", "MAD"), ("c/kWh", "currency"), ("W", "")]
)
def test_currency(text: str, currency: str) -> None:
    unit = find_unit(text)
    assert unit is not None
    assert unit.currency == currency


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("mw", "did you mean 'MW'?"),
        ("kw/kW", "did you mean 'kW/kW'?"),
        ("gCO2e/kwh", "did you mean 'gCO2e/kWh'?"),
        ("usd/mwh", "did you mean 'USD/MWh'?"),
        ("parsec", "accepted: W, kW, MW"),
    ],
)
def test_what_is_no_unit(text: str, hint: str) -> None:
    assert find_unit(text) is None
    assert unit_hint(text, "USD").startswith(hint)


@pytest.mark.parametrize("text", ["", "/MWh", "MW/MWh/h", "$/MWh", "g/kWh", "EUR", "eur/MWh"])
def test_no_guess(text: str) -> None:
    assert find_unit(text) is None


def test_ranges() -> None:
    values = np.array([-0.001, 0.0, 0.5, 1.0, 1.0 + 1e-12, 1.001])
    assert FRACTION.outside(values).tolist() == [True, False, False, False, False, True]
    assert POWER.outside(values).tolist() == [True, False, False, False, False, False]
    assert CARBON.outside(np.array([0.551, 551.0])).tolist() == [False, True]
    assert TEMPERATURE.outside(np.array([-40.0, 50.0, 291.0])).tolist() == [False, False, True]


def test_a_ratio_may_exceed_one() -> None:
    fraction, power = find_unit("1"), find_unit("MW")
    assert fraction is not None
    assert power is not None
    assert not as_ratio(fraction).kind.outside(np.array([1.5])).any()
    assert as_ratio(power) is power


@pytest.mark.parametrize(
    ("text", "number"), [("33.3 MW", 33.3), ("33.3MW", 33.3), (" 2e3 kW ", 2000.0), ("5 EUR/MWh", 5.0)]
)
def test_quantities(text: str, number: float) -> None:
    found = find_quantity(text)
    assert found is not None
    assert found[0] == number


@pytest.mark.parametrize("text", ["33.3", "MW", "33 mw", "-3 MW", ""])
def test_what_is_no_quantity(text: str) -> None:
    assert find_quantity(text) is None
