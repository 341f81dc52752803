"""What the names of a query mean: every table gets its rows' description, every column its field.

Which fields and which ids of a table are needed comes out of it, so that no more than those is decoded.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from isc.py.objectscript.names import similar
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from .exceptions import SQLError
from .sql_catalog import Relation, TableField, View
from .sql_dialect import Reference, call

__all__ = ["Names", "Use", "place_of", "resolve_names"]

_BARE_CALLS = {"user": "_SYSTEM", "current_user": "_SYSTEM", "session_user": "_SYSTEM"}
_BARE_TIMES = {"sysdate": "iscpy_now", "getdate": "iscpy_now", "curdate": "iscpy_today", "curtime": "iscpy_clock"}
Find = Callable[[exp.Table], "Relation | View"]
Parse = Callable[[str], exp.Query]


@dataclass(slots=True)
class Use:
    """A table as one place of a query uses it."""

    table: exp.Table
    relation: Relation
    wanted: dict[str, TableField] = field(default_factory=dict)
    where: exp.Expr | None = None

    def need(self, item: TableField) -> None:
        """That a field is read."""
        self.wanted[item.name.lower()] = item

    def need_visible(self) -> None:
        """That ``*`` is read."""
        for item in self.relation.fields.values():
            if not item.hidden:
                self.need(item)


@dataclass(slots=True)
class Names:
    """What was found: the tables, the kind of each column by the identity of its node, and what the query gives, by
    lower names; nothing when that is not known.
    """

    uses: list[Use] = field(default_factory=list)
    kinds: dict[int, TableField] = field(default_factory=dict)
    outputs: dict[str, TableField] = field(default_factory=dict)
    keep: list[exp.Expr] = field(default_factory=list)

    def note(self, node: exp.Expr, item: TableField) -> None:
        """The field of a column."""
        self.kinds[id(node)] = item
        self.keep.append(node)  # so that its identity is not given to another


def place_of(node: exp.Expr) -> str:
    """Where a name stands in the text, " at line L, column C"; "" when that is not known."""
    for item in node.walk(bfs=False):
        line, column, size = item.meta.get("line"), item.meta.get("col"), len(item.name)
        if line is not None and column is not None:
            return f" at line {line}, column {max(column - size + 1, 1)}"
    return ""


def resolve_names(tree: exp.Query, find: Find, parse: Parse) -> Names:
    """Find every table and column of a query; views become their queries, references become joins.

    Raises:
        SQLError: a table (-30), a field (-29) or a label (-23) is not there, or a field is of several tables (-27).
    """
    names = Names()
    relations = _tables(tree, find, parse)
    scopes = list(traverse_scope(tree))
    resolver = _Resolver(names, relations)
    for scope in scopes:
        resolver.resolve(scope)
    if scopes:
        names.outputs = resolver.output(scopes[-1]) or {}
    return names


def _tables(tree: exp.Query, find: Find, parse: Parse) -> dict[int, Relation]:
    """The relation of each table; a view is replaced by its query, as often as that names another one."""
    relations: dict[int, Relation] = {}
    for _ in range(20):
        shadowed = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
        again = False
        for table in list(tree.find_all(exp.Table)):
            if id(table) in relations or (not table.db and table.name.lower() in shadowed):
                continue
            found = find(table)
            if isinstance(found, View):
                inner = parse(found.sql)
                alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
                table.replace(exp.Subquery(this=inner, alias=alias.copy()))
                again = True
            else:
                relations[id(table)] = found
                if not table.args.get("alias"):
                    table.set("alias", exp.TableAlias(this=exp.to_identifier(_label(table), quoted=True)))
        if not again:
            return relations
    raise SQLError(-400, "a view refers to itself")


def _label(table: exp.Table) -> str:
    return table.name or table.this.name


class _Resolver:
    def __init__(self, names: Names, relations: dict[int, Relation]) -> None:
        self._names = names
        self._relations = relations
        self._uses: dict[int, Use] = {}
        self._outputs: dict[int, dict[str, TableField] | None] = {}
        self._joins: dict[tuple[int, str, str], Use] = {}
        self._joined: dict[int, dict[str, Use]] = {}

    # --- sources ---

    def _sources(self, scope: Scope) -> dict[str, "Use | Scope"]:
        found: dict[str, Use | Scope] = {}
        for name, (_, source) in scope.selected_sources.items():
            if isinstance(source, exp.Table):
                if id(source) not in self._relations:
                    continue
                found[name.lower()] = self._use(source, scope)
            else:
                found[name.lower()] = source
        return found | self._joined.get(id(scope), {})

    def _use(self, table: exp.Table, scope: Scope | None) -> Use:
        if id(table) not in self._uses:
            where = scope.expression.args.get("where") if scope is not None else None
            made = Use(table, self._relations[id(table)], where=where.this if where is not None else None)
            self._uses[id(table)] = made
            self._names.uses.append(made)
        return self._uses[id(table)]

    def _fields(self, source: "Use | Scope") -> Mapping[str, TableField] | None:
        """The fields of a source by lower name; None when they are not known."""
        if isinstance(source, Use):
            return source.relation.fields
        found, around = self.output(source), source.expression.parent
        renamed = around.alias_column_names if isinstance(around, exp.Subquery | exp.CTE) else []
        if found is None or len(renamed) != len(found):
            return None if renamed else found
        return {name.lower(): replace(item, name=name) for name, item in zip(renamed, found.values(), strict=True)}

    def output(self, scope: Scope) -> dict[str, TableField] | None:
        if id(scope) not in self._outputs:
            self._outputs[id(scope)] = None  # a recursive query: not known yet
            self._outputs[id(scope)] = self._made_output(scope)
        return self._outputs[id(scope)]

    def _made_output(self, scope: Scope) -> dict[str, TableField] | None:
        if _union(scope):
            return self.output(_union(scope)[0])
        if not isinstance(scope.expression, exp.Select):
            return None
        found: dict[str, TableField] = {}
        for item in scope.expression.selects:
            if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
                only = item.table.lower() if isinstance(item, exp.Column) else ""
                for name, source in self._sources(scope).items():
                    inside = self._fields(source) if not only or name == only else {}
                    if inside is None:
                        return None
                    found.update({key: one for key, one in inside.items() if not one.hidden})
            elif item.alias_or_name:
                inner = item.unalias()
                known = self._names.kinds.get(id(inner)) if isinstance(inner, exp.Column) else None
                found[item.alias_or_name.lower()] = (
                    replace(known, name=item.alias_or_name, field=None, hidden=False)
                    if known is not None
                    else TableField(item.alias_or_name, "")
                )
        return found

    # --- columns ---

    def resolve(self, scope: Scope) -> None:
        """Every column of a scope that has none of its own yet."""
        if _union(scope):
            return
        self._sources(scope)
        references = [node for node in scope.walk() if isinstance(node, Reference)]
        for node in reversed(references):  # the inner one of a chain first
            self._follow(scope, node)
        if id(scope) in self._joined:
            self._widen_stars(scope)
        for star in _stars(scope):
            only = star.table.lower() if isinstance(star, exp.Column) else ""
            sources = self._sources(scope)
            if only and only not in sources:
                raise SQLError(-23, f"label {only!r} is not listed among the applicable tables{place_of(star)}")
            for name, source in sources.items():
                if isinstance(source, Use) and (not only or name == only) and not name.startswith("iscpy_j"):
                    source.need_visible()
        aliases = {item.alias.lower() for item in getattr(scope.expression, "selects", []) if item.alias}
        for column in scope.find_all(exp.Column):
            if id(column) not in self._names.kinds and not isinstance(column.this, exp.Star):
                self._column(scope, column, aliases)

    def _column(self, scope: Scope, column: exp.Column, aliases: set[str]) -> None:
        found = self._found(scope, column)
        if found is not None:
            source, item = found
            self._set(column, source, item)
            return
        name = column.name.lower()
        if not column.table and (name in aliases or self._is_open(scope)):
            self._names.note(column, TableField(column.name, ""))
        elif not column.table and name in _BARE_CALLS:
            column.replace(exp.Literal.string(_BARE_CALLS[name]))
        elif not column.table and name in _BARE_TIMES:
            column.replace(call(_BARE_TIMES[name]))
        elif column.table and not self._has_label(scope, column.table):
            raise SQLError(-23, f"label {column.table!r} is not listed among the applicable tables{place_of(column)}")
        else:
            raise self._unknown(scope, column)

    def _found(self, scope: Scope, column: exp.Column) -> tuple[str, TableField] | None:
        wanted, label = column.name.lower(), column.table.lower()
        at: Scope | None = scope
        while at is not None:
            matches = []
            for name, source in self._sources(at).items():
                if (label and name != label) or (not label and name.startswith("iscpy_j")):
                    continue
                fields = self._fields(source)
                key = source.relation.row_id if wanted == "%id" and isinstance(source, Use) else wanted
                item = fields.get(key) if fields is not None else None
                if fields is None and label:
                    item = TableField(column.name, "")
                if item is not None:
                    matches.append((name, source, item))
            if len(matches) > 1 and not _merges(at):
                tables = " and ".join(repr(name) for name, _, _ in matches)
                raise SQLError(-27, f"field {column.name!r} is ambiguous: it is of {tables}{place_of(column)}")
            if matches:
                name, source, item = matches[0]
                if isinstance(source, Use):
                    source.need(item)
                return (name if len(matches) == 1 else ""), item
            at = _above(at)
        return None

    def _set(self, column: exp.Column, source: str, item: TableField) -> None:
        column.set("this", exp.to_identifier(item.name, quoted=True))
        if column.table:
            column.set("db", None)
        elif source:
            column.set("table", exp.to_identifier(source, quoted=True))
        self._names.note(column, item)

    def _is_open(self, scope: Scope) -> bool:
        """Whether a source has fields that are not known."""
        at: Scope | None = scope
        while at is not None:
            if any(self._fields(source) is None for source in self._sources(at).values()):
                return True
            at = _above(at)
        return False

    def _has_label(self, scope: Scope, label: str) -> bool:
        at: Scope | None = scope
        while at is not None:
            if label.lower() in self._sources(at):
                return True
            at = _above(at)
        return False

    def _unknown(self, scope: Scope, column: exp.Column) -> SQLError:
        known: dict[str, None] = {}
        at: Scope | None = scope
        while at is not None:
            for name, source in self._sources(at).items():
                fields = self._fields(source) or {}
                if not column.table or name == column.table.lower():
                    known.update(dict.fromkeys(item.name for item in fields.values()))
            at = _above(at)
        listed = list(known)
        hint = similar(column.name, listed) or (f"; the fields are {', '.join(listed)}" if listed else "")
        return SQLError(-29, f"field {column.name!r} not found in the applicable tables{place_of(column)}{hint}")

    def _widen_stars(self, scope: Scope) -> None:
        """``*`` as the stars of the tables that the query names: what references joined is not among them."""
        labels = [name for name in self._sources(scope) if not name.startswith("iscpy_j")]
        for star in [item for item in _stars(scope) if isinstance(item, exp.Star)]:
            made = [exp.Column(this=exp.Star(), table=exp.to_identifier(name, quoted=True)) for name in labels]
            selects = list(scope.expression.expressions)
            at = next(index for index, item in enumerate(selects) if item is star)
            scope.expression.set("expressions", selects[:at] + made + selects[at + 1 :])

    # --- references ---

    def _follow(self, scope: Scope, node: Reference) -> None:
        """``a->b``: a left join of the table that `a` refers to, once for each `a`."""
        left = node.this
        if not isinstance(left, exp.Column):
            raise SQLError(-1, f"{left.sql()}->{node.expression.name}: a field that is a reference was expected")
        if id(left) not in self._names.kinds:
            self._column(scope, left, set())
        item = self._names.kinds.get(id(left))
        if item is None or not item.reference:
            raise SQLError(-29, f"field {left.name!r} is no reference: -> follows one to another table{place_of(left)}")
        key = (id(scope), left.table.lower(), left.name.lower())
        if key not in self._joins:
            self._joins[key] = self._join(scope, left, item)
        use = self._joins[key]
        name = node.expression.name.lower()
        target = use.relation.fields.get(use.relation.row_id if name == "%id" else name)
        if target is None:
            hint = similar(node.expression.name, use.relation.names())
            raise SQLError(-29, f"field {node.expression.name!r} not found in {use.relation.label}{hint}")
        use.need(target)
        made = exp.column(exp.to_identifier(target.name, quoted=True), table=exp.to_identifier(use.table.alias))
        self._names.note(made, target)
        node.replace(made)

    def _join(self, scope: Scope, left: exp.Column, item: TableField) -> Use:
        alias = f"iscpy_j{len(self._joins)}"
        table = exp.Table(this=exp.to_identifier(item.reference), alias=exp.TableAlias(this=exp.to_identifier(alias)))
        self._relations[id(table)] = self._referred(item)
        use = self._use(table, None)
        key = use.relation.fields[use.relation.row_id]
        use.need(key)
        row_id = exp.column(exp.to_identifier(key.name, quoted=True), table=exp.to_identifier(alias))
        on = exp.EQ(this=row_id, expression=left.copy())
        for column in on.find_all(exp.Column):
            self._names.note(column, key)
        if not isinstance(scope.expression, exp.Select):
            raise SQLError(-1, "-> works in SELECT only")
        scope.expression.append("joins", exp.Join(this=table, side="LEFT", on=on))
        self._joined.setdefault(id(scope), {})[alias] = use
        return use

    def _referred(self, item: TableField) -> Relation:
        from isc.py.objectscript import dictionary

        from .namespace import current
        from .sql_catalog import class_relation

        return class_relation(current(), dictionary.resolve(item.reference))


def _merges(scope: Scope) -> bool:
    """Whether a join makes one field of two with the same name."""
    return any(join.args.get("using") or join.method == "NATURAL" for join in scope.expression.args.get("joins") or [])


def _stars(scope: Scope) -> Iterator[exp.Expr]:
    """The stars of a SELECT list, those of ``COUNT(*)`` not."""
    for item in getattr(scope.expression, "selects", []):
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            yield item


def _above(scope: Scope) -> Scope | None:
    """The scope whose names a scope sees, too: a subquery those around it, a derived table none but ``%ELEMENT``'s."""
    inside = scope.is_subquery or scope.is_udtf or scope.expression.meta.get("beside")
    if inside or (scope.parent is not None and _union(scope.parent)):
        return scope.parent
    return None


def _union(scope: Scope) -> list[Scope]:
    """The scopes that a set operation joins."""
    return list(getattr(scope, "union_scopes", None) or getattr(scope, "set_operation_scopes", None) or [])
