"""Every number that regulation or the business may change: name, unit, shipped value, clause.

One entry per parameter, one file per group under `shipped`. A new group is a file there and a name
below; nothing else is needed for a parameter to be read by rules, shown on the 参数 desk and
changed there.
"""

from __future__ import annotations

from types import MappingProxyType

from daihou.policy.shipped.collateral import COLLATERAL
from daihou.policy.shipped.events import EVENT
from daihou.policy.shipped.funds import FUND
from daihou.policy.shipped.grading import GRADE
from daihou.policy.shipped.graph import GRAPH
from daihou.policy.shipped.handling import CASE, DEADLINE
from daihou.policy.shipped.interest import INTEREST
from daihou.policy.shipped.limits import LIMIT
from daihou.policy.shipped.models import MODEL
from daihou.policy.shipped.provision import PROVISION
from daihou.policy.shipped.reporting import REPORT
from daihou.policy.shipped.statements import STATEMENTS
from daihou.policy.shipped.warnings import SIGNAL, SIGNAL_QUIET
from daihou.policy.shipped.worklist import WORKLIST

_SHIPPED = (
    *INTEREST,
    *GRADE,
    *SIGNAL,
    *SIGNAL_QUIET,
    *DEADLINE,
    *CASE,
    *WORKLIST,
    *LIMIT,
    *REPORT,
    *MODEL,
    *FUND,
    *STATEMENTS,
    *EVENT,
    *GRAPH,
    *COLLATERAL,
    *PROVISION,
)
CATALOGUE = MappingProxyType({entry.code: entry for entry in _SHIPPED})
