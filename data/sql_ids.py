"""Which ids of a table the condition of a query lets through, so that no other rows are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from .sql_names import Use

__all__ = ["IdRange", "id_range", "is_of_ids"]

#: The values of parameters by their names in the query.
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class IdRange:
    """The least and the greatest id (None: open); `exact` says that every row between them fulfils the condition."""

    low: int | None = None
    high: int | None = None
    exact: bool = False


def id_range(use: Use, values: Values) -> IdRange:
    """The range of ids that the condition of a query lets through."""
    if use.where is None or use.relation.cls is None:
        return IdRange(exact=use.where is None)
    low: int | None = None
    high: int | None = None
    exact = True
    for part in _parts(use.where):
        found = _bounds(part, use, values)
        low = found.low if low is None else low if found.low is None else max(low, found.low)
        high = found.high if high is None else high if found.high is None else min(high, found.high)
        exact &= found.exact
    return IdRange(low, high, exact)


def is_of_ids(use: Use) -> bool:
    """Whether the whole condition of a query compares ids with constants, so that a range may be all it says."""
    return use.where is None or all(
        (isinstance(part, exp.Between) and _is_id(part.this, use))
        or (isinstance(part, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE) and _sides(part, use) is not None)
        for part in _parts(use.where)
    )


def _parts(where: exp.Expr) -> list[exp.Expr]:
    return list(where.flatten()) if isinstance(where, exp.And) else [where]


def _bounds(part: exp.Expr, use: Use, values: Values) -> IdRange:
    if isinstance(part, exp.Between) and _is_id(part.this, use):
        low, high = _whole(part.args["low"], values), _whole(part.args["high"], values)
        return IdRange(low, high, low is not None and high is not None and not part.args.get("symmetric"))
    if isinstance(part, exp.In) and _is_id(part.this, use) and part.expressions:
        found = [_whole(item, values) for item in part.expressions]
        known = [item for item in found if item is not None]
        return IdRange(min(known), max(known)) if len(known) == len(found) else IdRange()
    if not isinstance(part, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
        return IdRange()
    sides = _sides(part, use)
    value = _whole(sides[0], values) if sides is not None else None
    if sides is None or value is None:
        return IdRange()
    turned = sides[1]
    if isinstance(part, exp.EQ):
        return IdRange(value, value, True)
    above = isinstance(part, exp.GT | exp.GTE) is not turned
    step = int(isinstance(part, exp.GT | exp.LT))
    return IdRange(value + step, None, True) if above else IdRange(None, value - step, True)


def _sides(part: exp.Expr, use: Use) -> tuple[exp.Expr, bool] | None:
    """What the id is compared with, and whether that stands on the left."""
    if _is_id(part.this, use):
        return part.expression, False
    return (part.this, True) if _is_id(part.expression, use) else None


def _is_id(node: exp.Expr, use: Use) -> bool:
    return (
        isinstance(node, exp.Column)
        and node.name.lower() == use.relation.row_id
        and node.table.lower() == use.table.alias.lower()
        and use.relation.fields[use.relation.row_id].kind == "i"
    )


def _whole(node: exp.Expr, values: Values) -> int | None:
    value: object = None
    if isinstance(node, exp.Literal) and not node.is_string:
        value = Decimal(node.name)
    elif isinstance(node, exp.Placeholder):
        value = values.get(node.name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return int(value) if value == int(value) else None
    except (ValueError, OverflowError):  # infinite, or no number
        return None
