"""The SQL that users of InterSystems servers type, as a dialect of sqlglot: what is written becomes its tree, with
calls of the macros of `sql_functions` where no standard function does the same.

What a name means (which table, which field) is for `sql_names`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import Dialect, TokenType, exp, parser, tokens

from .sql_for_some import for_some
from .sql_forms import parse_delete, parse_update

__all__ = ["Iris", "Reference", "call"]


class Reference(exp.Expression):
    """``Company->Name``: a field of the row that a reference points at."""

    arg_types = {"this": True, "expression": True}  # noqa: RUF012  # sqlglot's own way to say it


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A call of a macro or function of DuckDB."""
    return exp.Anonymous(this=name, expressions=list(arguments))


Arguments = Sequence[exp.Expr]
_Builder = Callable[[Arguments], exp.Expr]

#: Unit names of DATEADD, DATEDIFF, DATEPART and DATENAME.
UNITS = {
    **dict.fromkeys(("yy", "yyyy", "year", "sql_tsi_year"), "year"),
    **dict.fromkeys(("qq", "q", "quarter", "sql_tsi_quarter"), "quarter"),
    **dict.fromkeys(("mm", "m", "month", "sql_tsi_month"), "month"),
    **dict.fromkeys(("wk", "ww", "week", "sql_tsi_week"), "week"),
    **dict.fromkeys(("dd", "d", "day", "sql_tsi_day"), "day"),
    **dict.fromkeys(("dy", "y", "dayofyear", "dayyear"), "doy"),
    **dict.fromkeys(("dw", "weekday"), "dow"),
    **dict.fromkeys(("hh", "hour", "sql_tsi_hour"), "hour"),
    **dict.fromkeys(("mi", "n", "minute", "sql_tsi_minute"), "minute"),
    **dict.fromkeys(("ss", "s", "second", "sql_tsi_second"), "second"),
    **dict.fromkeys(("ms", "millisecond", "sql_tsi_frac_second"), "millisecond"),
}


def _to(name: str) -> _Builder:
    """The builder of a function that has another name in DuckDB."""
    return lambda arguments: call(name, *arguments)


def _unit(argument: exp.Expr) -> exp.Literal:
    """The part of a date that an argument names.

    Raises:
        ValueError: it names none.
    """
    name = argument.name.lower()
    if name not in UNITS:
        raise ValueError(f"{argument.sql()!r} is no part of a date: year, month, day, hour, minute, second, week …")
    return exp.Literal.string(UNITS[name])


def _dated(name: str) -> _Builder:
    """The builder of a function whose first argument is the part of a date."""
    return lambda arguments: call(name, _unit(arguments[0]), *arguments[1:])


def _part(unit: str) -> _Builder:
    return lambda arguments: call("iscpy_datepart", exp.Literal.string(unit), *arguments)


def _if_null(arguments: Arguments) -> exp.Expr:
    """``IFNULL(x, when null[, when not])``: of two arguments, null when x is not, as the servers have it."""
    test = exp.Is(this=arguments[0], expression=exp.Null())
    otherwise = arguments[2] if len(arguments) > 2 else exp.Null()
    return exp.Paren(this=exp.Case(ifs=[exp.If(this=test, true=arguments[1])], default=otherwise))


def _is_null(arguments: Arguments) -> exp.Expr:
    return exp.Coalesce(this=arguments[0], expressions=list(arguments[1:]))


def _decode(arguments: Arguments) -> exp.Expr:
    """``DECODE(x, search, result, …[, default])``: null equals null."""
    subject, *rest = arguments
    default = rest.pop() if len(rest) % 2 else None
    pairs = zip(rest[::2], rest[1::2], strict=True)
    ifs = [exp.If(this=exp.NullSafeEQ(this=subject.copy(), expression=key), true=value) for key, value in pairs]
    return exp.Paren(this=exp.Case(ifs=ifs, default=default))


def _joined(arguments: Arguments) -> exp.Expr:
    """``CONCAT`` and ``STRING``: null when one is."""
    found = arguments[0]
    for argument in arguments[1:]:
        found = exp.DPipe(this=found, expression=argument)
    return exp.Paren(this=found) if len(arguments) > 1 else call("iscpy_text", found)


def _listed(argument: exp.Expr) -> exp.Expr:
    """``LIST(x)`` and ``LIST(DISTINCT x)``: the values of a group with commas."""
    distinct = isinstance(argument, exp.Distinct)
    shown = call("iscpy_text", argument.expressions[0] if distinct else argument)
    return call("string_agg", exp.Distinct(expressions=[shown]) if distinct else shown, exp.Literal.string(","))


def _list_built(arguments: Arguments) -> exp.Expr:
    return call("iscpy_listbuild", exp.Array(expressions=[call("iscpy_text", item) for item in arguments]))


def _truncated(arguments: Arguments) -> exp.Expr:
    return call("trunc", *arguments)


def _now(_: Arguments) -> exp.Expr:
    return call("iscpy_now")


def _constant(value: exp.Expr) -> _Builder:
    return lambda _: value.copy()


FUNCTIONS: dict[str, _Builder] = {
    # text
    "$PIECE": _to("iscpy_piece"),
    "$EXTRACT": _to("iscpy_extract"),
    "$LENGTH": _to("iscpy_length"),
    "$FIND": _to("iscpy_find"),
    "$TRANSLATE": _to("iscpy_translate"),
    "$JUSTIFY": _to("iscpy_justify"),
    "LENGTH": lambda arguments: call("length", call("rtrim", call("iscpy_text", *arguments))),
    "CHAR_LENGTH": lambda arguments: call("length", call("iscpy_text", *arguments)),
    "CHARACTER_LENGTH": lambda arguments: call("length", call("iscpy_text", *arguments)),
    "DATALENGTH": lambda arguments: call("length", call("iscpy_text", *arguments)),
    "LEN": lambda arguments: call("length", call("rtrim", call("iscpy_text", *arguments))),
    "LCASE": _to("lower"),
    "UCASE": _to("upper"),
    "CHARINDEX": lambda a: call("iscpy_index", a[1], a[0], *(a[2:] or [exp.Literal.number(1)])),
    "INSTR": lambda a: call("iscpy_index", a[0], a[1], *(a[2:] or [exp.Literal.number(1)])),
    "STUFF": _to("iscpy_stuff"),
    "SPACE": lambda arguments: call("repeat", exp.Literal.string(" "), *arguments),
    "REPLICATE": _to("repeat"),
    "CONCAT": _joined,
    "STRING": _joined,
    "CHAR": _to("chr"),
    "ASCII": _to("ascii"),
    "LIST": lambda arguments: _listed(arguments[0]),
    # lists
    **{
        f"${name}": _to(f"iscpy_{made}")
        for names, made in (
            (("LIST", "LI"), "list"),
            (("LISTGET", "LG"), "listget"),
            (("LISTLENGTH", "LL"), "listlength"),
            (("LISTFIND", "LF"), "listfind"),
            (("LISTDATA", "LD"), "listdata"),
            (("LISTTOSTRING", "LTS"), "listtostring"),
            (("LISTFROMSTRING", "LFS"), "listfromstring"),
            (("LISTSAME", "LS"), "listsame"),
        )
        for name in names
    },
    "$LISTBUILD": _list_built,
    "$LB": _list_built,
    # collation and formats
    "%EXACT": _to("iscpy_exact"),
    "%UPPER": _to("iscpy_upper"),
    "%SQLUPPER": _to("iscpy_sqlupper"),
    "%SQLSTRING": _to("iscpy_sqlstring"),
    "%STRING": _to("iscpy_sqlstring"),
    "%ALPHAUP": _to("iscpy_alphaup"),
    "%TRUNCATE": _to("iscpy_truncate"),
    "%PLUS": _to("iscpy_number"),
    "%MINUS": lambda arguments: exp.Neg(this=call("iscpy_number", *arguments)),
    "%EXTERNAL": _to("iscpy_external"),
    "%INTERNAL": _to("iscpy_internal"),
    "%ODBCOUT": _to("iscpy_odbcout"),
    "%ODBCIN": _to("iscpy_internal"),
    # null and choice
    "NVL": _is_null,
    "ISNULL": _is_null,
    "IFNULL": _if_null,
    "DECODE": _decode,
    # numbers
    "TRUNCATE": _truncated,
    "TRUNC": _truncated,
    "POWER": _to("power"),
    "SQUARE": lambda a: exp.Paren(this=exp.Mul(this=exp.Paren(this=a[0]), expression=exp.Paren(this=a[0].copy()))),
    "LOG": _to("ln"),
    "LOG10": _to("log10"),
    "PI": _to("pi"),
    "TO_NUMBER": _to("iscpy_number"),
    "TONUMBER": _to("iscpy_number"),
    "ISNUMERIC": _to("iscpy_isnumeric"),
    # dates
    "DATEDIFF": _dated("iscpy_datediff"),
    "TIMESTAMPDIFF": _dated("iscpy_datediff"),
    "DATEADD": _dated("iscpy_dateadd"),
    "TIMESTAMPADD": _dated("iscpy_dateadd"),
    "DATEPART": _dated("iscpy_datepart"),
    "DATENAME": _dated("iscpy_datename"),
    **{unit.upper(): _part(unit) for unit in ("year", "quarter", "month", "week", "day", "hour", "minute", "second")},
    "DAYOFMONTH": _part("day"),
    "DAYOFYEAR": _part("doy"),
    "DAYOFWEEK": _part("dow"),
    "DAYNAME": lambda a: call("dayname", call("iscpy_moment", *a)),
    "MONTHNAME": lambda a: call("monthname", call("iscpy_moment", *a)),
    "LAST_DAY": lambda a: call("last_day", call("iscpy_moment", *a)),
    "CURDATE": _to("iscpy_today"),
    "CURTIME": _to("iscpy_clock"),
    "NOW": _now,
    "GETDATE": _now,
    "GETUTCDATE": _to("iscpy_utc"),
    "SYSDATE": _now,
    "TO_DATE": _to("iscpy_to_date"),
    "TO_TIMESTAMP": _to("iscpy_to_timestamp"),
    "TO_CHAR": _to("iscpy_to_char"),
    "TO_POSIXTIME": lambda a: call("epoch_us", call("iscpy_moment", *a)),
    # the session
    "DATABASE": _constant(exp.Literal.string("USER")),
    "USER": _constant(exp.Literal.string("_SYSTEM")),
}


def _converted(self: parser.Parser, *_: object) -> exp.Expr:
    """``CONVERT(type, x[, format])``, and ODBC's ``CONVERT(x, SQL_TYPE)``."""
    index = self._index
    kind = self._try_parse(self._parse_types)
    named = kind is not None and kind.this is exp.DataType.Type.USERDEFINED
    if kind is not None and not named and self._match(TokenType.COMMA):
        value: Any = self._parse_disjunction()
        style = self._parse_disjunction() if self._match(TokenType.COMMA) else None
        if style is not None:
            sizes = [item.this for item in kind.expressions]
            return call("iscpy_convert", value, exp.Literal.string(kind.this.value), style, *sizes)
        return exp.Cast(this=value, to=kind)
    self._retreat(index)
    value = self._parse_disjunction()
    self._match(TokenType.COMMA)
    target = self._parse_var(any_token=True)
    name = target.name.upper().removeprefix("SQL_") if target is not None else ""
    known = {"TYPE_DATE": "DATE", "TYPE_TIME": "TIME", "TYPE_TIMESTAMP": "TIMESTAMP", "BIT": "BOOLEAN"}
    return exp.Cast(this=value, to=exp.DataType.build(known.get(name, name or "VARCHAR"), dialect="duckdb"))


def _cast(self: parser.Parser, *_: object) -> exp.Expr:
    """``CAST(x AS type)``."""
    return self._parse_cast(True, False)


def _binary(make: Callable[[exp.Expr, exp.Expr], exp.Expr]) -> Callable[[parser.Parser, exp.Expr], exp.Expr | None]:
    def parse(self: parser.Parser, this: exp.Expr) -> exp.Expr | None:
        right = self._parse_bitwise()
        if right is None:
            self.raise_error("Expected a term")
            return None
        return self._parse_escape(make(this, right))

    return parse


def _contains(this: exp.Expr, right: exp.Expr) -> exp.Expr:
    return call("iscpy_contains", this, right)


def _reference(_: parser.Parser, this: exp.Expr, field: exp.Expr) -> exp.Expr:
    return Reference(this=this, expression=exp.to_identifier(field.name))


def _placeholder(self: parser.Parser) -> exp.Expr:
    """``?``, which is named by how many stand before it in the text."""
    before = sum(token.token_type is TokenType.PLACEHOLDER for token in self._tokens[: self._index - 1])
    return exp.Placeholder(this=f"?{before}")


class Iris(Dialect):
    """InterSystems SQL; nulls sort before everything."""

    NULL_ORDERING = "nulls_are_small"
    INDEX_OFFSET = 1

    class Tokenizer(tokens.Tokenizer):
        """``%`` and ``$`` begin names, ``#`` and ``\\`` are operators."""

        VAR_SINGLE_TOKENS = {"%", "$"}  # noqa: RUF012  # sqlglot's own way to say it
        SINGLE_TOKENS = {  # noqa: RUF012
            **{key: value for key, value in tokens.Tokenizer.SINGLE_TOKENS.items() if key not in "%$"},
            "\\": TokenType.DIV,
            "#": TokenType.MOD,
        }
        KEYWORDS = {  # noqa: RUF012
            **{key: value for key, value in tokens.Tokenizer.KEYWORDS.items() if key not in ("^@", "#>", "#>>", "#-")},
            "TOP": TokenType.TOP,
            "TOP ALL": TokenType.ALL,
            "%STARTSWITH": TokenType.CARET_AT,
            "%CONTAINS": TokenType.AT_GT,
            "%INLIST": TokenType.LT_AT,
            "%MATCHES": TokenType.GLOB,
            "%PATTERN": TokenType.RLIKE,
            "%LIKE": TokenType.LIKE,
            "LONG": TokenType.TEXT,
            "LONG VARCHAR": TokenType.TEXT,
            "LONG RAW": TokenType.VARBINARY,
            "LONG VARBINARY": TokenType.VARBINARY,
        }

    class Parser(parser.Parser):
        """Functions and operators of the servers."""

        LOG_DEFAULTS_TO_LN = True
        FUNCTIONS = {**parser.Parser.FUNCTIONS, **FUNCTIONS}  # noqa: RUF012
        FUNCTION_PARSERS = {  # noqa: RUF012
            **{
                key: value
                for key, value in parser.Parser.FUNCTION_PARSERS.items()
                if key not in ("DECODE", "CHAR", "CHR", "STRING_AGG")
            },
            "CONVERT": _converted,
            "CAST": _cast,
        }
        NO_PAREN_FUNCTION_PARSERS = {**parser.Parser.NO_PAREN_FUNCTION_PARSERS, "FOR": for_some}  # noqa: RUF012
        ODBC_DATETIME_LITERALS = {"d": exp.Date, "t": exp.Time, "ts": exp.Timestamp}  # noqa: RUF012
        COLUMN_OPERATORS = {**parser.Parser.COLUMN_OPERATORS, TokenType.ARROW: _reference}  # noqa: RUF012
        PLACEHOLDER_PARSERS = {  # noqa: RUF012
            **parser.Parser.PLACEHOLDER_PARSERS,
            TokenType.PLACEHOLDER: _placeholder,
        }
        STATEMENT_PARSERS = {  # noqa: RUF012
            **parser.Parser.STATEMENT_PARSERS,
            TokenType.DELETE: parse_delete,
            TokenType.UPDATE: parse_update(parser.Parser.STATEMENT_PARSERS[TokenType.UPDATE]),
        }
        BRACKETS = frozenset({TokenType.L_BRACE})
        RANGE_PARSERS = {  # noqa: RUF012
            **parser.Parser.RANGE_PARSERS,
            TokenType.CARET_AT: _binary(lambda this, right: call("iscpy_startswith", this, right)),
            TokenType.L_BRACKET: _binary(_contains),
            TokenType.AT_GT: _binary(_contains),
            TokenType.LT_AT: _binary(lambda this, right: call("iscpy_inlist", this, right)),
            TokenType.GLOB: _binary(lambda this, right: exp.Glob(this=this, expression=right)),
            TokenType.RLIKE: _binary(lambda this, right: call("iscpy_pattern", this, right)),
            TokenType.R_BRACKET: _binary(lambda this, right: exp.GT(this=this, expression=right)),
        }

        def _parse_type_size(self) -> exp.DataTypeParam | None:
            """A size, or a parameter of a type of the language: ``%String(MAXLEN = 5)``."""
            found: exp.DataTypeParam | None = super()._parse_type_size()
            if found is not None and self._match(TokenType.EQ):
                found.set("expression", self._parse_unary())
            return found

        def _parse_csv(self, parse_method: Any, sep: Any = TokenType.COMMA) -> list[Any]:
            found: list[Any] = super()._parse_csv(parse_method, sep)
            if sep is TokenType.COMMA and self._prev is not None and self._prev.token_type is sep:
                self.raise_error("Expected a term")  # sqlglot lets a comma stand at the end
            return found


def parse(text: str) -> list[Any]:
    """The trees of the statements of a text.

    Raises:
        sqlglot.ParseError: it is no SQL.
        ValueError: a function cannot take its arguments.
    """
    return Iris().parse(text)
