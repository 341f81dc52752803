"""``FOR SOME (table) (condition)`` and ``FOR SOME %ELEMENT(list) (condition)``: as the EXISTS that they mean."""

from sqlglot import TokenType, exp, parser

__all__ = ["for_some"]

_ELEMENT = "iscpy_element"


def for_some(self: parser.Parser) -> exp.Expr:
    """What stands behind FOR in a condition.

    ``%VALUE`` and ``%KEY`` are an element of the list and its position; they may have an alias in front.
    """
    if not self._match_text_seq("SOME"):
        self.raise_error("Expected a term")
    if self._match_text_seq("%ELEMENT"):
        return _of_elements(self)
    if self._curr is None or self._curr.token_type != TokenType.L_PAREN:
        self.raise_error("Expected a table in parentheses, or %ELEMENT, behind FOR SOME")
    self._match_l_paren()
    tables = self._parse_csv(self._parse_table)
    self._match_r_paren()
    found = exp.select("1").from_(tables[0])
    for table in tables[1:]:
        found = found.join(table, join_type="cross")
    return exp.Exists(this=found.where(_condition(self)))


def _of_elements(self: parser.Parser) -> exp.Expr:
    self._match_l_paren()
    field = self._parse_column()
    self._match_r_paren()
    alias = None
    if self._curr is not None and self._curr.token_type != TokenType.L_PAREN:
        self._match(TokenType.ALIAS)
        alias = self._parse_id_var()
    if not isinstance(field, exp.Column):
        self.raise_error("Expected a field that is a list in %ELEMENT")
    items = exp.Anonymous(this="iscpy_items", expressions=[field])
    subscripts = exp.Anonymous(this="generate_subscripts", expressions=[items.copy(), exp.Literal.number(1)])
    elements = exp.select(
        exp.alias_(exp.Anonymous(this="unnest", expressions=[items]), "%VALUE", quoted=True),
        exp.alias_(subscripts, "%KEY", quoted=True),
    )
    elements.meta["beside"] = True  # it names a field of the query around it
    name = alias if isinstance(alias, exp.Identifier) else exp.to_identifier(_ELEMENT)
    found = exp.select("1").from_(exp.Subquery(this=elements, alias=exp.TableAlias(this=name)))
    return exp.Exists(this=found.where(_condition(self)))


def _condition(self: parser.Parser) -> exp.Expr:
    if self._curr is None or self._curr.token_type != TokenType.L_PAREN:
        self.raise_error("Expected a condition in parentheses behind FOR SOME (…)")
    self._match_l_paren()
    found = self._parse_disjunction()
    if found is None:
        self.raise_error("Expected a term")
    self._match_r_paren()
    assert found is not None  # else an error was raised
    return found
