"""Finds arithmetic of loans in source text: accrual, instalments, penalty rates, allocation.

Each form is what such arithmetic looks like, whoever writes it and whatever the names around it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

YEARS = {
    unit * days for unit in (1, 12, 100, 10_000, 1_000_000, 100_000_000) for days in (360, 365, 366)
} | {365.25, 36_525}  # fmt: skip
ONE_IN_BPS = 10_000
ONE_IN_RATE = 100_000_000
RATE_WORDS = {"rate", "rates", "apr", "coupon", "yearly", "lpr"}
UPLIFT_WORDS = {"bps", "uplift", "uplifts", "spread"}
MANY_SIDED = (ast.Div, ast.FloorDiv, ast.Mod)
KNOWN_CONSTANTS = {"BPS_PER_ONE": ONE_IN_BPS, "RATE_UNIT": ONE_IN_RATE, "PER_ONE": ONE_IN_RATE}
SQL_FORMS = re.compile(
    r"(?:[\w)\]]\s*/\s*36(?:0|5|6)(?:\.0*)?\b)"  # ... / 360
    r"|\b(?:\w+_)?rate\s*\*\s*(?!1(?:0|\.0)*\b)[\w(]"  # rate * days
    r"|[\w)]\s*\*\s*(?:\w+\.)?(?:\w+_)?rate\b"  # principal * rate
    r"|\bpow(?:er)?\s*\(\s*1(?:\.0*)?\s*\+"  # power(1 + ...)
    r"|\b(?:\w+_)?bps\s*\*|\*\s*(?:\w+\.)?(?:\w+_)?bps\b",
    re.IGNORECASE,
)
LOOKS_LIKE_SQL = re.compile(r"\b(?:SELECT|CASE WHEN|INSERT INTO|UPDATE|GROUP BY|ORDER BY|FROM)\b")


@dataclass(frozen=True)
class Found:
    """A place where a formula seems to be: the form, the function around it and the line."""

    form: str
    function: str
    line: int


class Constants(dict[str, float]):
    """The module's names for plain numbers, so that a named 365 is seen as one."""

    @classmethod
    def of(cls, tree: ast.Module) -> Constants:
        named = cls(KNOWN_CONSTANTS)
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                value = named.number(node.value)
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name) and value is not None:
                        named[target.id] = value
        return named

    def number(self, node: ast.AST) -> float | None:
        """What an expression is worth if it is a number, a name for one, or made of such."""
        node = bare(node)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return node.value
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return float(node.value) if re.fullmatch(r"\d+(\.\d+)?", node.value) else None
        if isinstance(node, ast.Name):
            return self.get(node.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            left, right = self.number(node.left), self.number(node.right)
            return None if left is None or right is None else left * right
        return None


def bare(node: ast.AST) -> ast.AST:
    """An expression without what only changes its type or picks from it."""
    while True:
        if isinstance(node, ast.Subscript):
            column = node.slice
            if isinstance(column, ast.Constant) and isinstance(column.value, str):
                return ast.Name(column.value)
            node = node.value
        elif isinstance(node, ast.Call) and words(node.func) & {"astype", "copy", "float64"}:
            node = node.func.value if isinstance(node.func, ast.Attribute) else node
        elif isinstance(node, ast.Call) and len(node.args) == 1 and words(node.func) & {
            "int", "float", "Decimal", "Fraction", "int64", "abs"
        }:  # fmt: skip
            node = node.args[0]
        else:
            return node


def words(node: ast.AST) -> set[str]:
    """The words that the name of a thing is made of: `loan.penalty_rate` has penalty and rate."""
    if isinstance(node, ast.Attribute):
        return {node.attr, *node.attr.lower().split("_")}
    return {node.id, *node.id.lower().split("_")} if isinstance(node, ast.Name) else set()


def _names(node: ast.AST, wanted: set[str]) -> bool:
    """Whether a factor is named so, or is a product or quotient with such a factor."""
    node = bare(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return _names(node.left, wanted) or _names(node.right, wanted)
    return bool(words(node) & wanted)


def _over_a_year(node: ast.AST, known: Constants) -> bool:
    """Something divided by the days of a year: `interest * days / 360`, `divmod(x, 365)`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, MANY_SIDED):
        return known.number(node.right) in YEARS and known.number(node.left) is None
    if isinstance(node, ast.Call) and words(node.func) & {"divmod", "floor_divide", "divide"}:
        return len(node.args) > 1 and known.number(node.args[1]) in YEARS
    if isinstance(node, ast.Call) and words(node.func) & {"divide_half_up", "divide_down"}:
        return any(known.number(argument) in YEARS for argument in node.args)
    return False


def _times_a_rate(node: ast.AST, known: Constants) -> bool:
    """A rate multiplied by what is not a plain number: `principal * rate`, `rate * days`."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return False
    sides = ((node.left, node.right), (node.right, node.left))
    return any(_names(a, RATE_WORDS) and known.number(b) is None for a, b in sides)


def _over_a_rate_unit(node: ast.AST, known: Constants) -> bool:
    """Something times something over the unit of rates: `base * weight // 100_000_000`."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv)):
        return False
    whole, over = bare(node.left), known.number(node.right)
    product = isinstance(whole, ast.BinOp) and isinstance(whole.op, ast.Mult)
    return product and over in {ONE_IN_RATE, 12 * ONE_IN_RATE}


def _power_of_one_and(node: ast.AST, known: Constants) -> bool:
    """Compounding and discounting: `(1 + r) ** n`, `pow(1 + r, -n)`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base: ast.AST = node.left
    elif isinstance(node, ast.Call) and words(node.func) & {"pow", "power"} and node.args:
        base = node.args[0]
    else:
        return False
    if not (isinstance(base, ast.BinOp) and isinstance(base.op, ast.Add)):
        return False
    return 1 in (known.number(base.left), known.number(base.right))


def _raised_by_bps(node: ast.AST, known: Constants) -> bool:
    """A rate raised by basis points: `10_000 + bps`, `1 + uplift / 100`, `spread_bps * unit`."""
    if not isinstance(node, ast.BinOp):
        return False
    sides = ((node.left, node.right), (node.right, node.left))
    if isinstance(node.op, ast.Add):
        ones = {1, 100, ONE_IN_BPS, ONE_IN_RATE}
        return any(known.number(a) in ones and _names(b, UPLIFT_WORDS) for a, b in sides)
    if isinstance(node.op, ast.Mult):
        return any(_names(a, UPLIFT_WORDS) and known.number(b) is None for a, b in sides)
    return False


def _half_up(node: ast.AST, known: Constants) -> bool:
    """Rounding of halves by hand: `(2 * a + b) // (2 * b)`, `(a + b // 2) // b`, `quantize`."""
    if isinstance(node, ast.Attribute | ast.Name):
        return bool(words(node) & {"ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_HALF_DOWN"})
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv)):
        return False
    above = node.left
    if not (isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add)):
        return False
    below = ast.unparse(node.right)
    number = known.number(node.right)
    for part in (above.left, above.right):
        halved = isinstance(part, ast.BinOp) and isinstance(part.op, ast.FloorDiv)
        if halved and known.number(part.right) == 2 and ast.unparse(part.left) == below:
            return True
        if below in {f"2 * {ast.unparse(part)}", f"{ast.unparse(part)} * 2"}:
            return True
        if number is not None and known.number(part) == number / 2 and number > 2:
            return True
    return False


def _takes_what_there_is(function: ast.AST) -> Iterator[int]:
    """A payment spread over claims: `part = min(left, owed)`, then `left -= part`."""
    taken: dict[str, set[str]] = {}
    for node in ast.walk(function):
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        if words(node.value.func) & {"min", "minimum"}:
            for target in node.targets:
                given = {ast.unparse(argument) for argument in node.value.args}
                taken.setdefault(ast.unparse(target), set()).update(given)
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub):
            left, part = ast.unparse(node.target), ast.unparse(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
            if not isinstance(node.value.op, ast.Sub):
                continue
            left, part = ast.unparse(node.value.left), ast.unparse(node.value.right)
            if ast.unparse(node.targets[0]) != left:
                continue
        else:
            continue
        if left in taken.get(part, set()):
            yield node.lineno


FORMS: dict[str, Callable[[ast.AST, Constants], bool]] = {
    "days over a year": _over_a_year,
    "an amount times a rate": _times_a_rate,
    "over the unit of rates": _over_a_rate_unit,
    "a power of one and a rate": _power_of_one_and,
    "a rate raised by basis points": _raised_by_bps,
    "rounding of halves": _half_up,
}


def formulas_in(tree: ast.Module) -> Iterator[Found]:
    """Every place in a module that looks like arithmetic of loans."""
    known = Constants.of(tree)
    for function, part in _parts(tree):
        for node in part:
            for form, matches in FORMS.items():
                if matches(node, known):
                    yield Found(form, function, getattr(node, "lineno", 0))
            if isinstance(node, ast.FunctionDef):
                for line in _takes_what_there_is(node):
                    yield Found("a payment spread over claims", function, line)
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and LOOKS_LIKE_SQL.search(text) and SQL_FORMS.search(text):
                yield Found("a formula in SQL", function, node.lineno)


def _parts(tree: ast.Module) -> Iterator[tuple[str, Iterator[ast.AST]]]:
    """The module's functions and methods with the nodes in them, and the rest of it as ''."""
    functions: list[tuple[str, ast.AST]] = []
    inside: set[ast.AST] = set()
    for node in tree.body:
        methods = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        functions += [
            (prefix + inner.name, inner) for inner in methods if isinstance(inner, ast.FunctionDef)
        ]
    for name, function in functions:
        inside.update(ast.walk(function))
        yield name, ast.walk(function)
    yield "", (node for node in ast.walk(tree) if node not in inside)


def formulas_in_text(text: str) -> Iterator[int]:
    """The lines of an SQL file or a script that look like arithmetic of loans."""
    for number, line in enumerate(text.splitlines(), 1):
        code = re.split(r"--|//", line)[0]
        if SQL_FORMS.search(code):
            yield number
