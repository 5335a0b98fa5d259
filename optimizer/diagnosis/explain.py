"""From a model without a plan to its diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from optimizer.diagnosis import clash
from optimizer.diagnosis.case import Case
from optimizer.diagnosis.checks import failed_checks
from optimizer.diagnosis.record import Diagnosis, Finding, Remedy, Shortfall
from optimizer.diagnosis.remedies import Finder
from optimizer.diagnosis.shortfalls import LOAD, shortfalls
from optimizer.diagnosis.unbounded import diagnose_unbounded
from optimizer.errors import InfeasibleError, NoPlanError, UnboundedError
from optimizer.lp.diagnosis import Bent, Conflict, ConflictSearch, Part, bending_of, least_bending
from optimizer.lp.feasibility import Stretched

_STEP = "find out why"
_NAMED = 2  # shortfalls in the sentence that sums up


def refuse_impossible(case: Case) -> None:
    """Raise before anything is solved where the data alone show that there is no plan.

    Parameters
    ----------
    case : Case
        A model.

    Raises
    ------
    InfeasibleError
        With its diagnosis.
    """
    findings = failed_checks(case.data, case.sets, case.scenario.site.time_zone)
    diagnosis = diagnose(case, findings) if findings else None
    if diagnosis is not None:
        raise InfeasibleError(diagnosis.text, diagnosis)


def explained(error: NoPlanError, case: Case) -> NoPlanError:
    """Give the same error with a diagnosis, where one can be made.

    Parameters
    ----------
    error : NoPlanError
        What a portfolio raised, with its proof.
    case : Case
        The model.
    """
    if isinstance(error, UnboundedError):
        with case.steps.step(_STEP):
            found = diagnose_unbounded(case)
        return error if found is None else UnboundedError(found.text, found)
    findings = failed_checks(case.data, case.sets, case.scenario.site.time_zone)
    diagnosis = diagnose(case, findings, str(error), stretched=getattr(error, "stretched", None))
    return error if diagnosis is None else InfeasibleError(diagnosis.text, diagnosis)


def diagnose(
    case: Case, findings: Sequence[Finding], told: str = "", *, stretched: Stretched | None = None
) -> Diagnosis | None:
    """Explain why there is no plan.

    Parameters
    ----------
    case : Case
        A model without a plan.
    findings : sequence of Finding
        Necessary conditions that fail.
    told : str
        What is known besides; it stands where nothing better is found.
    stretched : Stretched, optional
        What was solved already to prove that there is no plan.

    Returns
    -------
    Diagnosis or None
        None where it is proved that there is a plan, to within an engine's tolerance.
    """
    with case.steps.step(_STEP):
        known = None if stretched is None else bending_of(stretched, case.prices)
        bent = least_bending(case.program.lp, case.prices, case.options) if known is None else known
        return _diagnosed(case, findings, told, bent)


def _diagnosed(case: Case, findings: Sequence[Finding], told: str, bent: Bent | None) -> Diagnosis | None:
    if bent is None:  # no engine came to an end, or the bounds of a column cross
        summary = _summary(case.scenario.name, findings, (), (), told)
        return _record(case, summary=summary, findings=tuple(findings))
    if not bent.infeasible:
        return None
    short = shortfalls(bent, case.parts, case.site, case.own_rows)
    search = _search(case, bent)
    load_missing = any(item.family == LOAD for item in short) and "unserved" in case.data
    finder = Finder(case, bent, search.first)
    offers = finder.remedies(_suspects(case, search.first, short), load_missing=load_missing)
    # Plans with remedies keep all but what a remedy changes, so that they may show that this is needed.
    conflict = search.smallest(finder.plans)
    found = None if conflict is None else clash.told(conflict, case.program.lp, case.site, case.own)
    return _record(
        case,
        summary=_summary(case.scenario.name, findings, short, offers, told),
        findings=tuple(findings),
        shortfalls=tuple(short),
        clash=found,
        remedies=tuple(offers),
        proof=asdict(bent.certificate),
    )


def _suspects(case: Case, conflict: Conflict | None, short: Sequence[Shortfall]) -> list[str]:
    """Name the model's own rules that are in conflict."""
    parts = conflict.parts if conflict is not None else ()
    families = {part.family for part in parts} | {item.family for item in short}
    return [name for name in case.own_rows if name in families]


def _search(case: Case, bent: Bent) -> ConflictSearch:
    around = _worst_interval(case.parts, bent)
    return ConflictSearch(
        case.program.lp, case.parts, len(case.site.dt), around=around, bent=bent, options=case.options
    )


def _worst_interval(parts: Sequence[Part], bent: Bent) -> int | None:
    """Find the interval where most gives way; None where nothing that gives way has a time."""
    worst, at = 0.0, None
    for part in parts:
        if part.axis and not part.limits:
            sizes = np.abs(bent.violations[part.members])
            place = int(np.argmax(sizes))
            if sizes[place] > max(worst, 1e-6):
                worst, at = float(sizes[place]), int(part.places[place])
                at = max(at - 1, 0) if part.axis == "boundary" else at
    return at


def _record(case: Case, **found: Any) -> Diagnosis:
    calendar, scenario = case.site.calendar, case.scenario
    return Diagnosis(
        kind="infeasible",
        scenario=scenario.name,
        site=scenario.site.name,
        time_zone=scenario.site.time_zone,
        currency=scenario.currency,
        start=calendar.start(0),
        end=calendar.end(len(calendar.dt) - 1),
        **found,
    )


def _summary(
    name: str, findings: Sequence[Finding], short: Sequence[Shortfall], offers: Sequence[Remedy], told: str
) -> str:
    complete = [finding.text for finding in findings if finding.complete]
    what = complete[:1] or [item.text for item in short[:_NAMED]] or [finding.text for finding in findings[:1]]
    if not what:
        return told
    more = len(short) - _NAMED
    if more > 0 and not complete:
        what.append(f"and {more} more {'thing' if more == 1 else 'things'} would have to give way")
    told_of = [offer for offer in offers if offer.name != "value_of_lost_load"] or list(offers)
    would_do = f"; {' or '.join(offer.text for offer in told_of)} would do" if told_of else ""
    return f"no plan satisfies all constraints of '{name}': {'; '.join(what)}{would_do}"
