"""What follows from a plan by arithmetic alone: shares, cycles, emissions, and the figures of the summary.

Every function reads a dataset with the names of `nomenclature`; nothing here knows how the plan was found.
"""

from __future__ import annotations

from optimizer.accounting.allocation import allocation, jobs
from optimizer.accounting.bill import BillLine, bill
from optimizer.accounting.certificates import certificates, certified_energy
from optimizer.accounting.compute import workload_table
from optimizer.accounting.contracts import contract_accounts, contract_table
from optimizer.accounting.emissions import market_note
from optimizer.accounting.energy import NOTICEABLE_MW, balance_residual, exchange_both_ways, yearly_energy
from optimizer.accounting.finance import Payback, cash_flow, payback_against
from optimizer.accounting.flexibility import flexibility
from optimizer.accounting.marginal_work import marginal_work
from optimizer.accounting.matching import annual_matched_share, cfe_score, hourly_matched_share, matched_share
from optimizer.accounting.reliability import reliability
from optimizer.accounting.storage import equivalent_cycles, simultaneous_hours, soc
from optimizer.accounting.summary import Figure, summarise
from optimizer.accounting.wear import cycle_wear, cycles_by_depth, expected_life
from optimizer.accounting.work import workloads

__all__ = [
    "NOTICEABLE_MW",
    "BillLine",
    "Figure",
    "Payback",
    "allocation",
    "annual_matched_share",
    "balance_residual",
    "bill",
    "cash_flow",
    "certificates",
    "certified_energy",
    "cfe_score",
    "contract_accounts",
    "contract_table",
    "cycle_wear",
    "cycles_by_depth",
    "equivalent_cycles",
    "exchange_both_ways",
    "expected_life",
    "flexibility",
    "hourly_matched_share",
    "jobs",
    "marginal_work",
    "market_note",
    "matched_share",
    "payback_against",
    "reliability",
    "simultaneous_hours",
    "soc",
    "summarise",
    "workload_table",
    "workloads",
    "yearly_energy",
]
