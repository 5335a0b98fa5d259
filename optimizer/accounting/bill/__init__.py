"""The grid's bill, line by line and period by period, recomputed from the import as the supplier would.

Amounts are what the invoices of the horizon's periods say; what each line counts in the yearly cost stands beside it.
Prices are those that were bound to the plan, before any escalation over the years. `line` is what all lines share,
`energy` and `power` write them, `bill` puts them together with the taxes on them.
"""

from __future__ import annotations

from optimizer.accounting.bill.bill import bill, yearly_by_kind
from optimizer.accounting.bill.line import KINDS, BillLine

__all__ = ["KINDS", "BillLine", "bill", "yearly_by_kind"]
