"""Forms of statements that the parser of sqlglot does not know, or knows as another database has them."""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import TokenType, exp, parser

__all__ = ["calls", "parse_delete", "parse_update", "readable", "statements"]

_OR_UPDATE = re.compile(r"^(\s*insert\s+)(or\s+update)\b", re.I)
_UNREAD = (
    re.compile(r"^\s*(?:create\s+(?:unique\s+|bitmap\s+|bitslice\s+)*|drop\s+)index\b.*?\bon(\s+table)\b", re.I | re.S),
    re.compile(r"^\s*create\s+(?:unique\s+)?(bitmap|bitslice)\s", re.I),
    re.compile(r"^\s*create\b.*?\bindex\b.*(\bwith\s+data\s*\([^)]*\))", re.I | re.S),
)
_HINTS = (
    "%PARALLEL|%FULL|%INORDER|%ALLINDEX|%NOFLATTEN|%NOMERGE|%NOREDUCE|%NOSVSO|%NOTOPOPT|%NOUNIONOROPT|%IGNOREINDICES"
    "|%NOLOCK|%NOCHECK|%NOINDEX|%NOTRIGGER|%NOJOURN|%(?:FIRST|START)TABLE\\s+\\w+|%IGNOREINDEX\\s+(?:[\\w.]+|\\*)"
)
_QUOTED_OR_WORD = re.compile(
    rf"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(?P<hint>(?:{_HINTS})(?!\w))|\bdistinct\s+(?P<by>by)\b", re.I
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
_ENDS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|(?P<end>;|^[ \t]*GO[ \t]*$)", re.S | re.I | re.M
)
_CALL = re.compile(r"^\s*call\s+", re.I)


def readable(sql: str) -> tuple[str, bool]:
    """A statement without words that the parser does not know, every other in its place; whether it said OR UPDATE.

    Hints for the plan are nothing here; ``DISTINCT BY (…)`` is ``DISTINCT ON (…)``.
    """
    sql = _QUOTED_OR_WORD.sub(_plain, sql)
    updates = _OR_UPDATE.match(sql)
    text = sql if updates is None else _blanked(sql, updates, 2)
    for unread in _UNREAD:
        part = unread.match(text)
        if part is not None:
            text = _blanked(text, part, 1)
    return text, updates is not None


def statements(text: str) -> list[str]:
    """The statements of a text, which a ``;`` ends, or a line ``GO``; not within quotes and comments."""
    found, start = [], 0
    for part in _ENDS.finditer(text):
        if part.group("end") is not None:
            found.append(text[start : part.start()])
            start = part.end()
    return [item for item in (*found, text[start:]) if _COMMENT.sub("", item).strip()]


def _plain(found: re.Match[str]) -> str:
    if found.group("hint"):
        return re.sub(r"[^\n]", " ", found.group())
    return f"{found.group()[:-2]}on" if found.group("by") else found.group()


def _blanked(text: str, found: re.Match[str], group: int) -> str:
    blanks = re.sub(r"[^\n]", " ", found.group(group))
    return text[: found.start(group)] + blanks + text[found.end(group) :]


def calls(sql: str) -> str:
    """``CALL Schema.Query(…)`` as the SELECT of its rows."""
    return _CALL.sub("select * from ", sql, count=1)


def parse_delete(self: parser.Parser) -> exp.Delete:
    """``DELETE [FROM] t [alias] [FROM others] [WHERE …]``; the others are in `using`."""
    self._match(TokenType.FROM)
    target = self._parse_table(alias_tokens=self.UPDATE_ALIAS_TOKENS)
    others = self._parse_from(joins=True) if self._match(TokenType.FROM, advance=False) else None
    using = [others.this] if others is not None else None
    return self.expression(exp.Delete(this=target, using=using, where=self._parse_where()))


def parse_update(parse: Callable[[parser.Parser], exp.Expr]) -> Callable[[parser.Parser], exp.Expr]:
    """``UPDATE t (a, …) VALUES (x, …) [FROM others] [WHERE …]``, and what the parser knows."""

    def update(self: parser.Parser) -> exp.Expr:
        index = self._index
        target: Any = self._parse_table_parts(schema=True)
        alias = self._parse_table_alias(alias_tokens=self.UPDATE_ALIAS_TOKENS)  # takes (a, …) for names of its own
        names: list[exp.Expr] = list(alias.args.get("columns") or []) if alias is not None else []
        if names and self._match(TokenType.VALUES):
            if alias is not None and alias.this is not None:
                target.set("alias", exp.TableAlias(this=alias.this))
            self._match_l_paren()
            values = self._parse_csv(self._parse_disjunction)
            self._match_r_paren()
            made = exp.Update(
                this=target,
                expressions=[exp.EQ(this=exp.Tuple(expressions=names), expression=exp.Tuple(expressions=values))],
                from_=self._parse_from(joins=True),
                where=self._parse_where(),
            )
            return self.expression(made)
        self._retreat(index)
        return parse(self)

    return update
