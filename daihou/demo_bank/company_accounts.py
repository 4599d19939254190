"""Books of a made-up company, kept quarter by quarter, so that its three sheets hang together."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from enum import Enum

Lines = dict[str, int]
YUAN = 100


class Course(Enum):
    """How a company fares."""

    STEADY = "steady"
    GROWING = "growing"
    SHRINKING = "shrinking"
    SLIDING = "sliding"  # towards a cash break
    COOKED = "cooked"  # its sheets do not hang together
    LOSS = "loss"


@dataclass(frozen=True)
class Shape:
    """What a company is like: yearly sales (yuan), margins, days, and how it fares."""

    sales: int
    gross_margin: float
    costs: float
    receivable_days: int
    inventory_days: int
    payable_days: int
    debt: int
    growth: float
    course: Course
    seasons: tuple[float, float, float, float]


@dataclass
class Books:
    """Balances (yuan) at the end of the last quarter, and flows of the year so far."""

    cash: int
    receivables: int
    inventory: int
    payables: int
    fixed: int
    short_loans: int
    long_loans: int
    taxes: int
    wages: int
    other_receivables: int
    capital: int
    surplus: int
    retained: int
    flows: dict[str, int] = field(default_factory=dict)
    opening: Lines = field(default_factory=dict)

    def add(self, key: str, amount: int) -> None:
        """Add to a flow of the year."""
        self.flows[key] = self.flows.get(key, 0) + amount


_SEASONS = {
    "A": (0.6, 0.9, 1.1, 1.4),
    "C": (0.85, 1.0, 1.0, 1.15),
    "E": (0.6, 1.0, 1.1, 1.3),
    "F": (1.0, 0.9, 0.95, 1.15),
}
# gross margin, costs to sales, days of receivables, stock and payables
_TRADES = {
    "A": (0.22, 0.10, 35, 110, 40),
    "C": (0.21, 0.12, 75, 70, 60),
    "E": (0.13, 0.06, 120, 40, 95),
    "F": (0.11, 0.07, 40, 45, 35),
    "G": (0.16, 0.09, 50, 8, 30),
    "H": (0.52, 0.43, 8, 12, 35),
}
_USUAL = (0.25, 0.17, 55, 25, 40)


def draw_shape(industry: str, owed: int, course: Course, chance: random.Random) -> Shape:
    """A company of an industry that owes us so many yuan."""
    margin, costs, receivable, stock, payable = _TRADES.get(industry, _USUAL)
    sales = int(max(owed, 1_500_000) * chance.uniform(2.6, 5.5))
    growth = {
        Course.GROWING: chance.uniform(0.10, 0.24),
        Course.SHRINKING: chance.uniform(-0.16, -0.08),
        Course.SLIDING: -0.05,
    }.get(course, chance.uniform(-0.02, 0.08))
    return Shape(
        sales,
        margin * chance.uniform(0.88, 1.14),
        costs * chance.uniform(0.9, 1.06),
        int(receivable * chance.uniform(0.7, 1.35)),
        int(stock * chance.uniform(0.7, 1.35)),
        int(payable * chance.uniform(0.75, 1.25)),
        int(owed * chance.uniform(1.1, 1.7)),
        growth,
        course,
        _SEASONS.get(industry, (0.95, 1.0, 1.0, 1.05)),
    )


def quarterly_sheets(
    shape: Shape, quarters: int, chance: random.Random
) -> list[tuple[Lines, Lines]]:
    """The statements of so many quarters from a January on: lines in fen, and the second column."""
    books = _first_books(shape)
    sheets: list[tuple[Lines, Lines]] = []
    for n in range(quarters):
        if n % 4 == 0:
            books.flows = {}
            books.opening = _balance(books)
        now = _bad_times(shape, n, quarters)
        _quarter(books, now, n, chance)
        lines = {**_balance(books), **_income(books), **_cash_flow(books)}
        year_ago = sheets[n - 4][0] if n >= 4 else {}
        flows = {key: fen for key, fen in year_ago.items() if key not in books.opening}
        sheets.append((lines, {**books.opening, **flows}))
    return sheets


def _bad_times(shape: Shape, n: int, quarters: int) -> Shape:
    """The last quarters of a company in trouble are not like those before."""
    left = quarters - n
    if shape.course is Course.SLIDING and left <= 6:
        weight = 7 - left
        return replace(
            shape,
            sales=int(shape.sales * (1 - 0.11 * weight)),
            gross_margin=shape.gross_margin - 0.024 * weight,
            receivable_days=shape.receivable_days + 34 * weight,
            inventory_days=shape.inventory_days + 30 * weight,
        )
    if shape.course is Course.LOSS and left <= 4:
        return replace(shape, gross_margin=shape.gross_margin - 0.16)
    return shape


def _first_books(shape: Shape) -> Books:
    cost = shape.sales * (1 - shape.gross_margin)
    receivables = _round(shape.sales * shape.receivable_days / 360)
    inventory = _round(cost * shape.inventory_days / 360)
    payables = _round(cost * shape.payable_days / 360)
    fixed = _round(shape.sales * 0.35 + shape.debt * 0.3)
    cash = _round(shape.sales * 0.085)
    taxes, wages, other = (_round(shape.sales * part) for part in (0.006, 0.012, 0.02))
    short = _round(shape.debt * 0.7)
    long = _round(shape.debt * 0.3)
    owned = cash + receivables + inventory + fixed + other
    equity = owned - payables - taxes - wages - short - long
    capital = max(_round(equity * 0.6), 500_000)
    surplus = _round(max(equity - capital, 0) * 0.12)
    retained = equity - capital - surplus
    return Books(cash, receivables, inventory, payables, fixed, short, long, taxes, wages, other,
                 capital, surplus, retained)  # fmt: skip


def _quarter(books: Books, shape: Shape, n: int, chance: random.Random) -> None:
    """One quarter of business: everything is booked twice, so that the sheets hang together."""
    season = shape.seasons[n % 4]
    yearly = shape.sales * (1 + shape.growth) ** (n / 4)
    sales = _round(yearly / 4 * season * chance.uniform(0.96, 1.04))
    cost = _round(sales * (1 - shape.gross_margin * chance.uniform(0.97, 1.03)))
    worn = _round(books.fixed * 0.022)
    selling, admin = _round(sales * shape.costs * 0.4), _round(sales * shape.costs * 0.52)
    interest = _round((books.short_loans + books.long_loans) * 0.0112)
    levies = _round(sales * 0.005)
    profit = sales - cost - selling - admin - interest - levies
    tax = _round(max(profit, 0) * 0.2)
    net = profit - tax
    smooth = yearly / 4
    moves = {
        "receivables": _round(smooth * 4 * shape.receivable_days / 360) - books.receivables,
        "inventory": _round(smooth * 4 * 0.8 * shape.inventory_days / 360) - books.inventory,
        "payables": _round(smooth * 4 * 0.8 * shape.payable_days / 360) - books.payables,
        "other_receivables": _round(sales * 0.08 * chance.uniform(0.9, 1.1))
        - books.other_receivables,
    }
    wages = _round((cost + selling + admin) * 0.16)
    received = sales - moves["receivables"] - moves["other_receivables"]
    bought = cost + selling + admin - wages - worn + moves["inventory"] - moves["payables"]
    operating = received - bought - wages - tax - levies
    capex = _round(worn * chance.uniform(0.6, 1.3)) if books.cash > sales * 0.15 else 0
    paid_out = _round(max(net, 0) * 0.3) if n % 4 == 1 and books.retained > 0 else 0
    _book_financing(books, shape, operating - capex - interest - paid_out, sales)
    for key, change in moves.items():
        setattr(books, key, getattr(books, key) + change)
    books.fixed = books.fixed + capex - worn
    books.cash = books.cash + operating - capex - interest - paid_out
    books.retained = books.retained + net - paid_out
    if n % 4 == 3:
        year = books.flows.get("net_profit", 0) + net
        kept = _round(max(year, 0) * 0.1)
        books.surplus, books.retained = books.surplus + kept, books.retained - kept
    for key, amount in {
        "revenue": sales, "cost": cost, "taxes_surcharges": levies, "selling": selling,
        "admin": admin, "financial": interest, "interest_expense": interest,
        "profit_before_tax": profit, "income_tax": tax, "net_profit": net,
        "sales_receipts": received, "purchases": bought, "wages": wages, "taxes_paid": tax + levies,
        "assets_bought": capex, "interest_and_dividends": interest + paid_out,
        "depreciation": worn, "dividends": paid_out,
    }.items():  # fmt: skip
        books.add(key, amount)


def _book_financing(books: Books, shape: Shape, free: int, sales: int) -> None:
    """Borrow when the cash runs low, repay when there is plenty; who slides just stays alive."""
    after = books.cash + free
    is_sliding = shape.course is Course.SLIDING
    least = _round(sales * (0.04 if is_sliding else 0.18))
    borrowed = repaid = 0
    if after < least:
        borrowed = _round((least - after) * (1 if is_sliding else 1.2))
    elif after > sales * 0.8:
        repaid = min(_round((after - sales * 0.8) * 0.6), books.short_loans)
    books.short_loans = books.short_loans + borrowed - repaid
    books.cash = books.cash + borrowed - repaid
    books.add("borrowed", borrowed)
    books.add("debt_repaid", repaid)


def _balance(books: Books) -> Lines:
    current = books.cash + books.receivables + books.other_receivables + books.inventory
    owed = books.short_loans + books.payables + books.wages + books.taxes
    equity = books.capital + books.surplus + books.retained
    return _fen(
        {
            "cash": books.cash, "notes_receivable": 0, "receivables": books.receivables,
            "prepayments": 0, "other_receivables": books.other_receivables,
            "inventory": books.inventory, "current_assets": current, "fixed_assets": books.fixed,
            "intangibles": 0, "noncurrent_assets": books.fixed,
            "total_assets": current + books.fixed, "short_loans": books.short_loans,
            "notes_payable": 0, "payables": books.payables, "wages_payable": books.wages,
            "taxes_payable": books.taxes, "other_payables": 0, "current_liabilities": owed,
            "long_loans": books.long_loans, "noncurrent_liabilities": books.long_loans,
            "total_liabilities": owed + books.long_loans, "paid_in_capital": books.capital,
            "surplus_reserve": books.surplus, "retained_earnings": books.retained,
            "parent_equity": equity, "total_equity": equity,
            "liabilities_and_equity": owed + books.long_loans + equity,
        }
    )  # fmt: skip


def _income(books: Books) -> Lines:
    keys = ("revenue", "cost", "taxes_surcharges", "selling", "admin", "financial",
            "interest_expense", "profit_before_tax", "income_tax", "net_profit")  # fmt: skip
    flows = {key: books.flows[key] for key in keys}
    return _fen({**flows, "research": 0, "operating_profit": flows["profit_before_tax"],
                 "other_gains": 0, "other_losses": 0})  # fmt: skip


def _cash_flow(books: Books) -> Lines:
    f = books.flows
    inflow, outflow = f["sales_receipts"], f["purchases"] + f["wages"] + f["taxes_paid"]
    operating = inflow - outflow
    financing = f["borrowed"] - f["debt_repaid"] - f["interest_and_dividends"]
    change = operating - f["assets_bought"] + financing
    return _fen(
        {
            "sales_receipts": inflow, "operating_inflow": inflow, "purchases": f["purchases"],
            "wages": f["wages"], "taxes_paid": f["taxes_paid"], "operating_outflow": outflow,
            "operating_cash": operating, "assets_bought": f["assets_bought"],
            "investing_inflow": 0, "investing_outflow": f["assets_bought"],
            "investing_cash": -f["assets_bought"], "borrowed": f["borrowed"],
            "financing_inflow": f["borrowed"], "debt_repaid": f["debt_repaid"],
            "interest_and_dividends": f["interest_and_dividends"],
            "financing_outflow": f["debt_repaid"] + f["interest_and_dividends"],
            "financing_cash": financing, "exchange_effect": 0, "cash_change": change,
            "cash_at_start": books.cash - change, "cash_at_end": books.cash,
            "depreciation": f["depreciation"], "dividends": f["dividends"],
        }
    )  # fmt: skip


def cook(lines: Lines) -> Lines:
    """Make a sheet look better than it is, and forget what hangs on it."""
    extra = lines["receivables"] * 45 // 100 // 100_00 * 100_00
    cooked = dict(lines)
    for key in ("receivables", "current_assets", "total_assets", "retained_earnings",
                "parent_equity", "total_equity", "liabilities_and_equity"):  # fmt: skip
        cooked[key] = lines[key] + extra
    cooked["inventory"] = lines["inventory"] + extra // 3
    return cooked


def _round(amount: float) -> int:
    """To hundreds of yuan, as small companies' books look."""
    return int(amount // 100 * 100)


def _fen(lines: Lines) -> Lines:
    return {key: amount * YUAN for key, amount in lines.items()}
