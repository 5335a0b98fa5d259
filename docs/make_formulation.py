"""Write docs/formulation.md from the rules and the table of names: `python docs/make_formulation.py`."""

from __future__ import annotations

from pathlib import Path

from optimizer import Model, Scenario
from optimizer.lp.program import Program
from optimizer.nomenclature import TERMS

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "data" / "casablanca-40mw" / "sizing.yaml"
TITLES = {
    "variable": "Variables",
    "constraint": "Constraints",
    "cost": "Cost lines, whose sum is minimised",
    "expression": "Quantities reported",
}
HEAD = """# Formulation

Made by `python docs/make_formulation.py` from the rules in [optimizer/formulation](../optimizer/formulation), as the
sizing example states them: a capacity that is fixed is data there, and families that it does not use are left out.
"""


def program() -> Program:
    """State the example in which every capacity is free that can be."""
    return Model(Scenario.load(EXAMPLE)).program


def section(stated: Program, kind: str, printed: dict[str, str]) -> list[str]:
    """Print the rules of one kind, each with its first line of documentation."""
    return [f"\n## {TITLES[kind]}\n"] + [
        f"**{rule.name}**: {rule.description}\n\n$$\n{printed[rule.name]}\n$$\n"
        for rule in stated.rules
        if rule.kind == kind
    ]


def symbols() -> list[str]:
    """Print the table of names."""
    lines = ["\n## Names\n", "| symbol | name | unit | meaning |", "|---|---|---|---|"]
    return lines + [f"| ${t.symbol}$ | `{t.name}` | {t.unit} | {t.description} |" for t in TERMS.values()]


def document() -> str:
    """Put the page together."""
    stated = program()
    printed = stated.latex({name: term.symbol for name, term in TERMS.items()})
    parts = [line for kind in TITLES for line in section(stated, kind, printed)]
    return "\n".join([HEAD, *parts, *symbols()]) + "\n"


if __name__ == "__main__":
    (HERE / "formulation.md").write_text(document(), encoding="utf-8")
