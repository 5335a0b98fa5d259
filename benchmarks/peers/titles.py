"""What the tools and the problems are called in tables and plots."""

from __future__ import annotations

TOOLS: dict[str, str] = {
    "optimizer": "optimizer",
    "linopy": "linopy",
    "pypsa": "PyPSA",
    "oemof": "oemof-solph",
    "pyomo": "plain Pyomo",
}
PROBLEMS: dict[str, str] = {
    "dispatch": "Year of dispatch",
    "sizing": "Year of sizing",
    "sizing-cfe-surplus": "Year of sizing, with a 90 % CFE row and a 20 % surplus row",
    "quarter-hours": "Year of sizing in quarter hours",
    "two-years": "Sizing on two weather years",
    "five-years": "Sizing on five weather years",
    "windows": "Dispatch in 14 windows of 7 days, one day apart",
}
