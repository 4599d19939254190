"""Which part of the book a figure speaks of: what the person may see, and what was chosen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from daihou.reports.choices import NO_INDUSTRY, ScopeKind

EVERY_CURRENCY = ""


@dataclass(frozen=True)
class Scope:
    """A part of the book, in one currency; `EVERY_CURRENCY` for lists, which add nothing up.

    `seen_branches` None means the whole bank; else the branches whose clients the person sees, and
    `seen_root` their topmost branch. `seen_officer` adds the person's own clients (客户经理); an
    empty `seen_branches` without `seen_officer` sees nothing. The other fields narrow what is seen;
    None leaves it open. `clients` are clients by id, whoever managed them on the day. `branch` is
    chosen with all branches under it (`branches`).
    """

    currency: str
    seen_branches: tuple[int, ...] | None = ()
    seen_root: int | None = None
    seen_officer: int | None = None
    clients: tuple[int, ...] | None = None
    branch: int | None = None
    branches: tuple[int, ...] = ()
    officer: int | None = None
    product: int | None = None
    industry: str | None = None

    @property
    def sql(self) -> str:
        """The condition on the columns of a snapshot; its values are `values`."""
        terms = [f"({self._seen_sql})"]
        if self.currency != EVERY_CURRENCY:
            terms.append("currency = $currency")
        if self.clients is not None:
            terms.append("list_contains($clients, customer_id)")
        if self.branch is not None:
            terms.append("list_contains($branches, branch_id)")
        if self.officer is not None:
            terms.append("officer_id = $officer")
        if self.product is not None:
            terms.append("product_id = $product")
        if self.industry is not None:
            terms.append(f"coalesce(industry, '{NO_INDUSTRY}') = $industry")
        return " AND ".join(terms)

    @property
    def values(self) -> dict[str, Any]:
        """The values of the condition, by name."""
        values: dict[str, Any] = {"currency": self.currency}
        if self.seen_branches:
            values["seen_branches"] = list(self.seen_branches)
        if self.seen_officer is not None and self.seen_branches is not None:
            values["seen_officer"] = self.seen_officer
        if self.clients is not None:
            values["clients"] = list(self.clients)
        if self.branch is not None:
            values["branches"] = list(self.branches)
        chosen = {"officer": self.officer, "product": self.product, "industry": self.industry}
        return values | {name: value for name, value in chosen.items() if value is not None}

    @property
    def total(self) -> tuple[ScopeKind, str] | None:
        """Under which heading the daily totals hold exactly this part; None when under none."""
        chosen = {
            ScopeKind.BRANCH: self.branch,
            ScopeKind.OFFICER: self.officer,
            ScopeKind.PRODUCT: self.product,
            ScopeKind.INDUSTRY: self.industry,
        }
        named = [(kind, str(value)) for kind, value in chosen.items() if value is not None]
        if len(named) > 1 or self.clients is not None:
            return None
        if self.seen_branches is None:
            return named[0] if named else (ScopeKind.WHOLE, "")
        if self.seen_officer is not None:
            return self._own_clients(named)
        if self.seen_root is None or (named and self.branch is None):
            return None
        return named[0] if named else (ScopeKind.BRANCH, str(self.seen_root))

    def _own_clients(self, named: list[tuple[ScopeKind, str]]) -> tuple[ScopeKind, str] | None:
        own = (ScopeKind.OFFICER, str(self.seen_officer))
        return own if not self.seen_branches and named in ([], [own]) else None

    @property
    def _seen_sql(self) -> str:
        if self.seen_branches is None:
            return "true"
        seen = []
        if self.seen_branches:
            seen.append("list_contains($seen_branches, branch_id)")
        if self.seen_officer is not None:
            seen.append("officer_id = $seen_officer")
        return " OR ".join(seen) or "false"
