"""A query as DuckDB types it: constants become values of the field they meet, and where the servers take a value of
another type (text in a sum, a flag in a product, a number beside text), so does what is made here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from sqlglot import exp

from .sql_date_formats import converted, parsed_date, to_char
from .sql_dialect import call
from .sql_lists import DISPLAYED
from .sql_names import Names
from .sql_values import as_kind

__all__ = ["Slot", "Typed", "typed"]

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)
_SUMS = (exp.Sum, exp.Avg, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop)
_TEXTUAL = (
    exp.Like, exp.ILike, exp.Upper, exp.Lower, exp.Substring, exp.Left, exp.Right, exp.Trim, exp.Replace, exp.Length,
    exp.StrPosition, exp.Reverse, exp.Repeat, exp.Pad, exp.Concat, exp.Glob, exp.Ascii, exp.Initcap,
)  # fmt: skip
_TEXT_CALLS = {
    f"iscpy_{name}"
    for name in "piece extract find index translate stuff contains startswith list listget listfind".split()
} | {"ltrim", "rtrim", "lower", "upper", "repeat", "reverse", "ascii"}
_MOMENT_CALLS = {
    "iscpy_datediff", "iscpy_dateadd", "iscpy_datepart", "iscpy_datename", "dayname", "monthname", "last_day",
    "epoch_us", "iscpy_to_char",
}  # fmt: skip
_NOW = {"iscpy_now": "m", "iscpy_today": "d", "iscpy_clock": "t", "iscpy_utc": "m"}
_RESULTS = {
    "iscpy_dateadd": "m", "iscpy_datediff": "i", "iscpy_datepart": "i", "iscpy_to_date": "d", "iscpy_moment": "m",
    "iscpy_to_timestamp": "m", "iscpy_number": "f", "iscpy_length": "i", "iscpy_find": "i", "iscpy_index": "i",
    "iscpy_listlength": "i", "iscpy_listfind": "i", "iscpy_horolog": "i", "last_day": "d", "length": "i", **_NOW,
}  # fmt: skip
_CASTS = {
    **dict.fromkeys(("DATE",), "d"),
    **dict.fromkeys(("TIME",), "t"),
    **dict.fromkeys(("TIMESTAMP", "DATETIME", "TIMESTAMPTZ"), "m"),
    **dict.fromkeys(("INT", "BIGINT", "SMALLINT", "TINYINT"), "i"),
    **dict.fromkeys(("DOUBLE", "FLOAT", "DECIMAL"), "f"),
    **dict.fromkeys(("VARCHAR", "CHAR", "TEXT", "NVARCHAR", "NCHAR"), "s"),
    "BOOLEAN": "b",
    "BIT": "b",
}
_SQL_TYPE = {"d": "DATE", "t": "TIME", "m": "TIMESTAMP", "i": "BIGINT", "f": "DOUBLE"}


@dataclass(slots=True)
class Slot:
    """A place of a parameter: which one it is, and the kind that it meets."""

    source: int | str
    kind: str = ""


@dataclass(slots=True)
class Typed:
    """What the query needs beside its text: parameters by their names in it, and the times of day it asks for."""

    slots: dict[str, Slot] = field(default_factory=dict)
    times: set[str] = field(default_factory=set)


def typed(tree: exp.Query, names: Names) -> Typed:
    """Rewrite a query in place, its names being resolved.

    Raises:
        SQLError: a constant is no date or time where one is needed.
    """
    made = Typed()
    _number_slots(tree, made)
    rewriter = _Rewriter(names, made)
    for node in reversed(list(tree.walk(bfs=True))):
        rewriter.rewrite(node)
    return made


def _number_slots(tree: exp.Query, made: Typed) -> None:
    """Each place of a parameter under a name of its own, for rewriting may move or repeat it."""
    for number, node in enumerate(list(tree.find_all(exp.Placeholder))):
        source = str(node.this)
        made.slots[f"p{number}"] = Slot(int(source[1:]) if source.startswith("?") else source)
        node.set("this", f"p{number}")


def literal(value: object) -> exp.Expr:
    """A constant of Python as one of the query."""
    if value is None:
        return exp.Null()
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(" ")), "TIMESTAMP")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, time):
        return exp.cast(exp.Literal.string(value.isoformat()), "TIME")
    if isinstance(value, int | float | Decimal):
        shown = exp.Literal.number(str(abs(value)))
        return exp.Neg(this=shown) if value < 0 else shown
    return exp.Literal.string(str(value))


class _Rewriter:
    def __init__(self, names: Names, made: Typed) -> None:
        self._names = names
        self._made = made

    # --- what an expression gives ---

    def kind(self, node: exp.Expr | None) -> str:
        """The letter of the kind, "" when it is not known."""
        if node is None:
            return ""
        if isinstance(node, exp.Column):
            item = self._names.kinds.get(id(node))
            return item.kind if item is not None else ""
        if isinstance(node, exp.Paren | exp.Alias | exp.Neg | exp.Min | exp.Max | exp.Abs | exp.Distinct | exp.Nullif):
            return self.kind(node.this if node.this is not None else next(iter(node.expressions), None))
        if isinstance(node, exp.Coalesce):
            return next((found for item in (node.this, *node.expressions) if (found := self.kind(item))), "")
        if isinstance(node, exp.Case):
            branches = [item.args.get("true") for item in node.args.get("ifs") or []] + [node.args.get("default")]
            return next((found for item in branches if (found := self.kind(item))), "")
        if isinstance(node, exp.Subquery):
            selects = node.selects
            return self.kind(selects[0].unalias()) if len(selects) == 1 else ""
        if isinstance(node, exp.Cast):
            return _CASTS.get(node.to.this.value, "")
        if isinstance(node, exp.Anonymous):
            name = str(node.this).lower()
            return _RESULTS.get(name, "s" if name.startswith("iscpy_") or name in _TEXT_CALLS else "")
        if isinstance(node, exp.DPipe | exp.Upper | exp.Lower | exp.Substring | exp.Left | exp.Right | exp.Trim):
            return "s"
        if isinstance(node, exp.Count | exp.Length | exp.StrPosition):
            return "i"
        if isinstance(node, _ARITHMETIC):
            return self._of_arithmetic(node)
        if isinstance(node, exp.Sum | exp.Avg | exp.Round):
            return "f"
        if isinstance(node, exp.CurrentDate | exp.Date):
            return "d"
        return "m" if isinstance(node, exp.CurrentTimestamp | exp.Timestamp) else ""

    def _of_arithmetic(self, node: exp.Expr) -> str:
        left, right = self.kind(node.this), self.kind(node.expression)
        if left in ("d", "m") and right in ("d", "m"):
            return "i"
        return left if left in ("d", "m") else right if right in ("d", "m") else "f"

    # --- constants ---

    def _constant(self, node: exp.Expr | None) -> bool:
        if isinstance(node, exp.Neg | exp.Paren):
            return self._constant(node.this)
        return isinstance(node, exp.Literal | exp.Placeholder)

    def _fit(self, node: exp.Expr, kind: str) -> None:
        """A constant as a value of a kind."""
        if not kind or not self._constant(node):
            return
        if isinstance(node, exp.Paren):
            self._fit(node.this, kind)
        elif isinstance(node, exp.Placeholder):
            self._made.slots[node.name].kind = kind
        elif isinstance(node, exp.Neg):
            if isinstance(node.this, exp.Literal) and (kind in "dtm" or kind == "s"):
                node.replace(literal(as_kind(_plain(node), kind)))
        elif isinstance(node, exp.Literal):
            value = _plain(node)
            fitted = as_kind(value, kind)
            if fitted is not value:
                node.replace(literal(fitted))

    def _as_text(self, node: exp.Expr | None) -> None:
        """An operand that text functions need as text."""
        if node is None or (isinstance(node, exp.Literal) and node.is_string):
            return
        if isinstance(node, exp.Placeholder):
            self._made.slots[node.name].kind = "s"
        elif isinstance(node, exp.Literal):
            node.replace(exp.Literal.string(str(as_kind(_plain(node), "s"))))
        elif self.kind(node) != "s" and not isinstance(node, exp.Null):
            node.replace(call("iscpy_text", node.copy() if node.parent is None else self._moved(node)))

    def _as_number(self, node: exp.Expr | None) -> None:
        if isinstance(node, exp.Literal) and node.is_string:
            value = as_kind(node.name, "f")
            node.replace(literal(value) if value is not None else call("iscpy_number", node.copy()))
        elif isinstance(node, exp.Placeholder):
            self._made.slots[node.name].kind = self._made.slots[node.name].kind or "f"
        elif node is not None and self.kind(node) == "s":
            node.replace(call("iscpy_number", self._moved(node)))
        elif node is not None and self.kind(node) == "b":
            node.replace(exp.cast(self._moved(node), "INT"))

    def _as_moment(self, node: exp.Expr) -> None:
        kind = self.kind(node)
        if self._constant(node):
            self._fit(node, "m")
            if isinstance(node, exp.Placeholder):
                node.replace(exp.cast(self._moved(node), "TIMESTAMP"))
        elif kind == "t":
            epoch = exp.cast(exp.Literal.string("1840-12-31"), "DATE")
            node.replace(exp.Paren(this=exp.Add(this=epoch, expression=self._moved(node))))
        elif kind in ("d", "m"):
            node.replace(exp.cast(self._moved(node), "TIMESTAMP"))
        else:
            node.replace(call("iscpy_moment", self._moved(node)))

    def _moved(self, node: exp.Expr) -> exp.Expr:
        """A copy of an expression, whose columns mean what those of the original do."""
        copied = node.copy()
        for old, new in zip(node.walk(bfs=False), copied.walk(bfs=False), strict=True):
            item = self._names.kinds.get(id(old))
            if item is not None:
                self._names.note(new, item)
        return copied

    # --- rewriting, from the inside out ---

    def rewrite(self, node: exp.Expr) -> None:
        """One node, those below it being done."""
        for kinds, how in _RULES:
            if isinstance(node, kinds):
                how(self, node)
                return

    def comparison(self, node: exp.Expr) -> None:
        left, right = node.this, node.expression
        self._pair(left, right)
        self._pair(right, left)

    def _pair(self, known: exp.Expr, other: exp.Expr) -> None:
        kind = self.kind(known)
        if isinstance(other, exp.Literal | exp.Placeholder | exp.Neg | exp.Paren):
            self._fit(other, kind)
        elif kind in ("d", "t", "m") and self.kind(other) in ("i", "f", "s"):
            name = {"d": "iscpy_date", "t": "iscpy_time", "m": "iscpy_moment"}[kind]
            other.replace(call(name, self._moved(other)))

    def between(self, node: exp.Expr) -> None:
        for bound in ("low", "high"):
            self._pair(node.this, node.args[bound])

    def within(self, node: exp.Expr) -> None:
        for item in list(node.expressions):
            self._pair(node.this, item)

    def arithmetic(self, node: exp.Expr) -> None:
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            if self.kind(one) in ("d", "m") and self.kind(other) not in ("d", "m", "t"):
                if isinstance(other, exp.Literal) and not other.is_string:
                    continue
                if isinstance(other, exp.Placeholder):
                    self._made.slots[other.name].kind = "i"
                other.replace(exp.cast(self._moved(other), "INT"))
            else:
                self._as_number(one)

    def negative(self, node: exp.Expr) -> None:
        if not isinstance(node.this, exp.Literal) or node.this.is_string:
            self._as_number(node.this)

    def summed(self, node: exp.Expr) -> None:
        inner = node.this
        if isinstance(inner, exp.Distinct):
            inner = inner.expressions[0]
        self._as_number(inner)

    def piped(self, node: exp.Expr) -> None:
        self._as_text(node.this)
        self._as_text(node.expression)

    def textual(self, node: exp.Expr) -> None:
        first = node.this
        if isinstance(first, exp.Expr) and self.kind(first) != "s" and not isinstance(first, exp.Null):
            self._as_text(first)
        if isinstance(node, exp.Like | exp.ILike):
            self._as_text(node.expression)

    def called(self, node: exp.Expr) -> None:
        name = str(node.this).lower()
        if name in _NOW:
            self._made.times.add(name)
            node.replace(exp.cast(exp.Placeholder(this=name), _SQL_TYPE[_NOW[name]]))
        elif name in _MOMENT_CALLS:
            dated = {"iscpy_datediff": (1, 2), "iscpy_dateadd": (2,), "iscpy_datepart": (1,), "iscpy_datename": (1,)}
            if name == "iscpy_to_char":
                to_char(self, node)
                return
            for at in dated.get(name, (0,)):
                if at < len(node.expressions):
                    self._as_moment(node.expressions[at])
            if name == "iscpy_dateadd" and isinstance(node.expressions[1], exp.Placeholder):
                self._made.slots[node.expressions[1].name].kind = "f"
        elif name == "iscpy_convert":
            converted(self, node)
        elif name in ("iscpy_to_date", "iscpy_to_timestamp"):
            parsed_date(self, node, name)
        elif name in ("iscpy_startswith", "iscpy_contains", "iscpy_inlist"):
            for item in list(node.expressions):
                self._as_text(item)
        elif name == "iscpy_internal":
            self._internal(node)
        elif name in ("iscpy_external", "iscpy_odbcout"):
            self._external(node, name)
        elif (name in _TEXT_CALLS and node.expressions) or (name == "length" and node.expressions):
            self._as_text(node.expressions[0])

    def _internal(self, node: exp.Expr) -> None:
        inner = node.expressions[0]
        kind = self.kind(inner)
        if kind == "d":
            node.replace(call("iscpy_horolog", self._moved(inner)))
        elif kind == "t":
            node.replace(exp.cast(call("epoch", self._moved(inner)), "BIGINT"))
        elif kind == "b":
            node.replace(exp.cast(self._moved(inner), "INT"))
        elif kind == "m":
            node.replace(call("iscpy_text", self._moved(inner)))
        else:
            node.replace(self._moved(inner))

    def _external(self, node: exp.Expr, name: str) -> None:
        """A value as people see it, or as ODBC has it: a date as MM/DD/YYYY, what has no other form as it is."""
        inner = node.expressions[0]
        item = self._names.kinds.get(id(inner))
        if item is not None and item.delimiter is not None:
            between = DISPLAYED if name == "iscpy_external" else item.delimiter
            node.replace(call("iscpy_listtostring", self._moved(inner), exp.Literal.string(between)))
        elif item is not None and item.display and name == "iscpy_external":
            shown = exp.Case(this=call("iscpy_exact", call("iscpy_text", self._moved(inner))))
            for value, seen in item.display:
                shown = shown.when(exp.Literal.string(value), exp.Literal.string(seen))
            node.replace(exp.Paren(this=shown.else_(call("iscpy_text", self._moved(inner)))))
        elif self.kind(inner) == "d" and name == "iscpy_external":
            node.replace(call("strftime", self._moved(inner), exp.Literal.string("%m/%d/%Y")))
        elif self.kind(inner) == "s":
            node.replace(self._moved(inner))
        else:
            node.replace(call("iscpy_text", self._moved(inner)))

    def choice(self, node: exp.Expr) -> None:
        """Values of a choice that are of several kinds are text."""
        if isinstance(node, exp.Case):
            parts = [(item, "true") for item in node.args.get("ifs") or []] + [(node, "default")]
            values = [owner.args.get(key) for owner, key in parts]
            if node.this is not None:
                for item in node.args.get("ifs") or []:
                    self._pair(node.this, item.this)
        else:
            values = [node.this, *(node.expressions or [node.args.get("expression")])]
        found = [item for item in values if item is not None and not isinstance(item, exp.Null)]
        kinds = {self._loose_kind(item) for item in found} - {""}
        dated = kinds & {"d", "t", "m"}
        if (
            len(dated) == 1
            and kinds - dated <= {"s", "f"}
            and all(self._constant(item) for item in found if self._loose_kind(item) not in dated)
        ):
            for item in found:
                self._fit(item, next(iter(dated)))
        elif len(kinds) > 1 and not kinds <= {"i", "f", "n"}:
            if kinds <= {"i", "f", "n", "b"}:
                for item in found:
                    self._as_number(item)
            else:
                for item in found:
                    self._as_text(item)

    def _loose_kind(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Literal):
            return "s" if node.is_string else "f"
        return self.kind(node)

    def cast(self, node: exp.Expr) -> None:
        target, inner = node.args["to"], node.this
        wanted, have = _CASTS.get(target.this.value, ""), self.kind(inner)
        if wanted in ("d", "t", "m") and (self._constant(inner) or have in ("i", "f", "s")):
            if self._constant(inner):
                self._fit(inner, wanted)
            else:
                name = {"d": "iscpy_date", "t": "iscpy_time", "m": "iscpy_moment"}[wanted]
                inner.replace(call(name, self._moved(inner)))
        elif wanted == "i":
            target.set("this", exp.DataType.Type.BIGINT)
            if have == "d":
                node.replace(call("iscpy_horolog", self._moved(inner)))
            elif have == "s" or (isinstance(inner, exp.Literal) and inner.is_string):
                inner.replace(call("trunc", call("iscpy_number", self._moved(inner))))
            elif have in ("f", "n", "") and not isinstance(inner, exp.Placeholder):
                inner.replace(call("trunc", self._moved(inner)) if have else self._moved(inner))
        elif wanted == "f" and (have == "s" or (isinstance(inner, exp.Literal) and inner.is_string)):
            inner.replace(call("iscpy_number", self._moved(inner)))
        elif wanted == "s":
            size = next(iter(target.expressions), None)
            shown = self._moved(inner) if have == "s" else call("iscpy_text", self._moved(inner))
            made: exp.Expr = shown if size is None else call("left", shown, size.this.copy())
            node.replace(exp.cast(made, "TEXT") if have == "s" and size is None else made)

    def time_of_day(self, node: exp.Expr) -> None:
        name = "iscpy_today" if isinstance(node, exp.CurrentDate) else "iscpy_now"
        name = "iscpy_clock" if isinstance(node, exp.CurrentTime) else name
        made = call(name)
        node.replace(made)
        self.called(made)

    def odbc_literal(self, node: exp.Expr) -> None:
        kind = "d" if isinstance(node, exp.Date) else "t" if isinstance(node, exp.Time) else "m"
        if self._constant(node.this):
            node.replace(literal(as_kind(_plain(node.this), kind)))


def _plain(node: exp.Expr) -> object:
    """The value of a literal."""
    if isinstance(node, exp.Neg):
        inner = _plain(node.this)
        return -inner if isinstance(inner, int | Decimal) else inner
    if node.args.get("is_string"):
        return str(node.this)
    found = Decimal(str(node.this))
    return int(found) if "." not in str(node.this) and found == found.to_integral_value() else found


_Rule = Callable[[_Rewriter, exp.Expr], None]
_RULES: tuple[tuple[tuple[type[exp.Expr], ...], _Rule], ...] = (
    (_COMPARISONS, _Rewriter.comparison),
    ((exp.Between,), _Rewriter.between),
    ((exp.In,), _Rewriter.within),
    (_ARITHMETIC, _Rewriter.arithmetic),
    ((exp.Neg,), _Rewriter.negative),
    (_SUMS, _Rewriter.summed),
    ((exp.DPipe,), _Rewriter.piped),
    (_TEXTUAL, _Rewriter.textual),
    ((exp.Anonymous,), _Rewriter.called),
    ((exp.Coalesce, exp.Case, exp.Nullif), _Rewriter.choice),
    ((exp.Cast,), _Rewriter.cast),
    ((exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp), _Rewriter.time_of_day),
    ((exp.Date, exp.Time, exp.Timestamp), _Rewriter.odbc_literal),
)
