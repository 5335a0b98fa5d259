from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any

import pytest

from optimizer.errors import FormulationError
from optimizer.lp.rules import Kind, constraint, cost, expression, make_rule, variable


def test_a_decorator_makes_a_rule_of_its_kind() -> None:
    kinds: dict[Kind, Any] = {"variable": variable, "constraint": constraint, "cost": cost, "expression": expression}
    for kind, decorator in kinds.items():

        @decorator(over=("battery", "hour"), when="price")
        def charged(m: Any, b: Any, t: Any) -> Any:
            """Energy charged.

            More words.
            """
            return b, t

        assert (charged.kind, charged.name, charged.over, charged.when) == (
            kind,
            "charged",
            ("battery", "hour"),
            ("price",),
        )
        assert charged.description == "Energy charged."
        assert charged(None, 1, 2) == (1, 2)


def test_a_label_is_the_name_in_words_unless_given() -> None:
    def grid_energy(m: Any, t: Any) -> Any:
        return 0

    assert cost(over="hour")(grid_energy).label == "grid energy"
    assert cost(over="hour", label="Grid energy")(grid_energy).label == "Grid energy"
    assert cost()(grid_energy).over == ()
    assert cost()(grid_energy).description == ""


def test_a_rule_needs_a_name() -> None:
    with pytest.raises(FormulationError) as error:
        make_rule("constraint", lambda m: m.x >= 0)
    assert str(error.value) == "a rule needs a name of its own: write a function with def, not '<lambda>'"

    with pytest.raises(
        FormulationError, match="a rule needs a name of its own: write a function with def, not functools"
    ):
        make_rule("constraint", functools.partial(max, 1))


def test_fortran_is_loaded_when_it_is_asked_for():
    code = """
import sys
import optimizer.lp.program
import scipy.sparse
print("numpy.f2py.crackfortran" in sys.modules)
import numpy
print(numpy.f2py.get_include().endswith("src"), "numpy.f2py.crackfortran" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True", "True"]


def test_pyomo_does_not_load_all_of_scipy_but_still_finds_it():
    code = """
import sys
import optimizer.lp.program
import scipy.sparse
print("scipy.stats" in sys.modules)
from pyomo.common.dependencies import scipy, scipy_available
print(bool(scipy_available), round(float(scipy.stats.norm.cdf(0)), 3))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True", "0.5"]
