"""How HiGHS is run for the peers: its simplex method, and its two interior-point methods without crossover."""

from __future__ import annotations

from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "simplex": {"solver": "simplex"},
    "ipx": {"solver": "ipx", "run_crossover": "off"},
    "hipo": {"solver": "hipo", "run_crossover": "off"},
}
