"""From an interior point to a vertex: basic, as cheap, exactly on its bounds, and proved on the program as given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.lp.arrays import LinearProgram
from optimizer.lp.basis import BASIC
from optimizer.lp.certificate import Certificate, certify
from optimizer.lp.engines import make_engine
from optimizer.lp.engines.base import EngineOptions, Outcome
from optimizer.lp.engines.highs import Highs
from optimizer.lp.engines.piqp import SETTINGS
from optimizer.lp.portfolio import Portfolio
from optimizer.lp.vertex import Vertex, face, to_vertex
from tests.lp.solving import INF, program, storage

OPTIONS = EngineOptions()


def interior(lp: LinearProgram, engine: str = "piqp") -> Outcome:
    """A nearly optimal point from the inside of the face of all best plans."""
    made = make_engine(engine)
    made.load(lp)
    found = made.run(OPTIONS)
    assert found.status == "optimal"
    assert not found.basic
    return found


def vertex_beside(lp: LinearProgram, point: Outcome) -> tuple[Vertex, Certificate]:
    assert point.x is not None
    assert point.row_dual is not None
    found = to_vertex(lp, point.x, point.row_dual, OPTIONS)
    assert found.outcome.x is not None
    assert found.outcome.row_dual is not None
    return found, certify(lp, found.outcome.x, found.outcome.row_dual, tolerance=1e-9)


def between(x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> int:
    """How many values are at neither bound, to the last digit."""
    return int(((x != lower) & (x != upper)).sum())


# Four of anything, in equal parts as an interior point would have it; every split of it costs the same.
TIES = program([1] * 6, [(0, INF)] * 6, [([1] * 6, 4, INF)])


@pytest.mark.parametrize("engine", ["piqp", "clarabel"])
@pytest.mark.parametrize(
    "lp",
    [
        pytest.param(TIES, id="ties"),
        pytest.param(storage(72), id="dispatch"),
        pytest.param(storage(72, sized=True), id="sizing"),
        pytest.param(replace(storage(48), cost=np.ones(4 * 48 + 1)), id="flat prices"),
        pytest.param(program([1, -1], [(0, 2), (-INF, 3)]), id="no rows"),
        pytest.param(program([-1, 0], [(-INF, 4), (-INF, INF)], [([1, 1], 0, 0)]), id="free columns"),
    ],
)
def test_a_vertex_is_basic_and_as_cheap_and_proved(lp: LinearProgram, engine: str):
    point = interior(lp, engine)
    found, proof = vertex_beside(lp, point)
    assert found.outcome.basic
    assert found.outcome.engine.startswith("highs-primal-simplex ")
    assert proof.proved, proof
    simplex = Portfolio(lp, "highs-simplex").solve(OPTIONS).certificate
    assert proof.objective == pytest.approx(simplex.objective, rel=1e-9, abs=1e-9)
    # A basic solution has at most as many values off their bounds as there are rows.
    x = found.outcome.x
    assert x is not None
    assert between(x, lp.lower, lp.upper) <= lp.shape[0]


def test_ties_are_decided_and_zeros_are_exact():
    point = interior(TIES)
    assert point.x is not None
    assert between(point.x, TIES.lower, TIES.upper) == 6
    found, _ = vertex_beside(TIES, point)
    assert sorted(np.asarray(found.outcome.x).tolist()) == pytest.approx([0, 0, 0, 0, 0, 4])
    assert (np.asarray(found.outcome.x) == 0.0).sum() == 5


def test_duals_of_a_degenerate_plan_are_those_of_one_basis():
    """The same need four times: its price stands once, where an interior point spreads it over all."""
    lp = program([2, 5], [(0, INF), (0, INF)], [([1, 1], 3, INF)] * 4)
    point = interior(lp)
    assert (np.asarray(point.row_dual) > 0.1).sum() == 4
    found, proof = vertex_beside(lp, point)
    assert sorted(np.asarray(found.outcome.row_dual).tolist()) == [0, 0, 0, 2]
    assert proof.proved


@pytest.mark.parametrize("lp", [storage(120), TIES], ids=["dispatch", "ties"])
def test_its_basis_is_one_of_the_full_program(lp: LinearProgram):
    found, proof = vertex_beside(lp, interior(lp))
    assert found.basis is not None
    assert (found.basis.columns == BASIC).sum() + (found.basis.rows == BASIC).sum() == lp.shape[0]
    again = Highs("simplex")
    again.load(lp)
    again.start_at(found.basis)
    outcome = again.run(OPTIONS)
    assert outcome.iterations == 0
    assert outcome.x is not None
    assert lp.objective(outcome.x) == pytest.approx(proof.objective, rel=1e-9)


def test_where_columns_were_exchanged_there_is_a_vertex_but_no_basis():
    """A store counted from its floor is another column, so that the basis means nothing to the full program."""
    lp = storage(72, sized=True)
    found, proof = vertex_beside(lp, interior(lp))
    assert found.basis is None
    assert proof.proved


@pytest.mark.parametrize("off", [1e-6, 1e-4, 1e-2])
def test_a_rough_point_leads_to_a_vertex_all_the_same(off: float):
    """What is held fast by mistake is let go: a second try holds less, and the last steps are free."""
    lp = storage(96, sized=True)
    point = interior(lp)
    assert point.x is not None
    assert point.row_dual is not None
    rng = np.random.default_rng(0)
    rough = replace(
        point,
        x=np.clip(point.x + off * rng.normal(size=len(point.x)), lp.lower, lp.upper),
        row_dual=point.row_dual + off * rng.normal(size=len(point.row_dual)),
    )
    _, proof = vertex_beside(lp, rough)
    assert proof.proved, proof


@pytest.mark.parametrize(
    ("stopped_after", "share"),
    [pytest.param(180, 0.01, id="at its end"), pytest.param(10, 0.6, id="early: the first guess holds too much")],
)
def test_the_way_to_a_vertex_is_short(stopped_after: int, share: float, monkeypatch: pytest.MonkeyPatch):
    lp = storage(400, sized=True)
    monkeypatch.setitem(SETTINGS, "max_iter", stopped_after)
    engine = make_engine("piqp")
    engine.load(lp)
    point = engine.run(OPTIONS)
    found, proof = vertex_beside(lp, point)
    assert proof.proved
    monkeypatch.setattr("optimizer.lp.vertex._STRICTNESS", ())
    from_nowhere, _ = vertex_beside(lp, point)
    assert found.outcome.iterations <= share * from_nowhere.outcome.iterations


def test_prices_that_lie_about_every_row_cost_steps_but_no_truth():
    lp = storage(48)
    found, proof = vertex_beside(lp, replace(interior(lp), x=lp.lower.copy(), row_dual=np.full(lp.shape[0], 1e3)))
    assert proof.proved
    assert found.outcome.iterations > 0


def test_only_what_rests_on_the_whole_face_is_held():
    """At a vertex of SHOP the ceiling of the cheap one presses, and the need; the dear one is free to move."""
    lp = program([1, 2, 9], [(0, 2), (0, INF), (0, 5)], [([1, 1, 1], 3, INF), ([1, 0, 1], -INF, 8)])
    held = face(lp, np.array([2.0, 1.0, 1e-9]), np.array([2.0, -1e-9]), 1e-1)
    np.testing.assert_array_equal(held.lower, [2, 0, 0])
    np.testing.assert_array_equal(held.upper, [2, INF, 0])
    np.testing.assert_array_equal(held.row_lower, [3, -INF])
    np.testing.assert_array_equal(held.row_upper, [3, 8])
    least = face(lp, np.array([2.0, 1.0, 1e-4]), np.array([2.0, -1e-9]), 1e-5)
    np.testing.assert_array_equal(least.upper, [2, INF, 5])  # so near is not near enough


def test_without_time_there_is_no_vertex_and_nobody_says_so():
    lp = storage(2_000, sized=True)
    point = interior(lp)
    assert point.x is not None
    assert point.row_dual is not None
    found = to_vertex(lp, point.x, point.row_dual, EngineOptions(time_limit=0.0))
    assert found.outcome.status == "limit"
    assert not (
        found.outcome.x is not None
        and found.outcome.row_dual is not None
        and certify(lp, found.outcome.x, found.outcome.row_dual).proved
    )


@pytest.mark.parametrize("engine", ["piqp", "clarabel"])
def test_on_request_a_solve_ends_at_a_vertex(engine: str):
    lp = storage(120, sized=True)
    inside, at_vertex = (Portfolio(lp, engine).solve(OPTIONS, vertex=vertex) for vertex in (False, True))
    assert not inside.outcome.basic
    assert at_vertex.outcome.basic
    assert at_vertex.outcome.engine.startswith(f"{engine} ")
    assert ", then highs-primal-simplex " in at_vertex.outcome.engine
    assert at_vertex.attempts[-1].engine == at_vertex.outcome.engine
    assert at_vertex.certificate.proved
    assert at_vertex.certificate.objective == pytest.approx(inside.certificate.objective, rel=1e-7)
    assert at_vertex.certificate.cost_error_bound <= inside.certificate.cost_error_bound


def test_an_engine_that_ends_at_a_vertex_is_left_alone():
    solved = Portfolio(storage(48), "highs-simplex").solve(OPTIONS, vertex=True)
    assert solved.outcome.basic
    assert "then" not in solved.outcome.engine
