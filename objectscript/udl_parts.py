"""The pieces of a class file's heads: keyword lists, types with parameters, arguments, values."""

import re

from .definitions import ArgumentDefinition, ForeignKeyDefinition, IndexDefinition
from .signatures import STRING_OR_COMMENT, argument, balanced, split

TYPE = re.compile(r"\s*As\s+(?:(list|array)\s+Of\s+)?(%?[\w.%]+)[ \t]*", re.I)
#: Keywords as the language writes them, by their lower-case spelling.
_CANONICAL = {
    word.lower(): word
    for word in (
        "Abstract Aliases Calculated Cardinality ClassType ClientDataType ClientName CodeMode CompileAfter Condition "
        "CssName Data DdlAllowed DependsOn Deployed Deprecated EmbeddedClass Encoded Event Extent ExternalProcName "
        "Final Flags ForceGenerate Foreach GenerateAfter GeneratedBy Hidden Identity IdKey Import IncludeCode "
        "IncludeGenerator Inheritance InitialExpression Internal Inverse Language LegacyInstanceContext MemberSuper "
        "MimeType ModificationNumber MultiDimensional NewOnly NoContext NoExtent NoTrigger OdbcType OnDelete OnUpdate "
        "Owner PlaceAfter PrimaryKey Private ProcedureBlock PropertyClass PublicList ReadOnly Relationship Required "
        "Requires ReturnResultsets RowLevelSecurity SchemaSpec Sequence ServerOnly SoapAction SoapBindingStyle "
        "SoapBodyUse SoapMessageName SoapNameSpace SoapRequestMessage SoapTypeNameSpace SqlCategory "
        "SqlCollation SqlColumnNumber SqlComputeCode SqlComputeOnChange SqlComputed SqlFieldName SqlListDelimiter "
        "SqlListType SqlName SqlProc SqlQuery SqlRoutinePrefix SqlRowIdName SqlRowIdPrivate SqlTableName SqlView "
        "SqlViewName StorageStrategy System Time Transient Type Unique UpdateTable ViewQuery WebMethod XMLNamespace"
    ).split()
}


def without_comments(text: str) -> str:
    """The text with its comments blanked; strings stay."""
    return STRING_OR_COMMENT.sub(lambda found: found.group() if found.group()[0] == '"' else " ", text)


def names(text: str) -> tuple[str, ...]:
    """``(A, B)`` or ``A``."""
    return tuple(part.strip().strip('"') for part in text.strip().strip("()").split(",") if part.strip())


def unquoted(text: str) -> str:
    """A value without the quotes around it."""
    text = text.strip()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def keywords(text: str) -> dict[str, str]:
    """``[ Abstract, Language = python ]``; a keyword without value is "1", ``Not X`` is "0"."""
    text = text.strip()
    if not text.startswith("["):
        return {}
    found = {}
    for part in split(balanced(text)[0]):
        name, equals, value = part.strip().partition("=")
        name = name.strip()
        negated = not equals and name.lower().startswith("not ")
        name = name[4:].strip() if negated else name
        if name:
            keyword = _CANONICAL.get(name.lower(), name)
            given = unquoted(value) if keyword in _SQL_NAMES else _keyword_value(value)
            found[keyword] = "0" if negated else given if equals else "1"
    return found


_SQL_NAMES = {"SqlFieldName", "SqlTableName", "SqlViewName", "SqlSchemaName", "SqlName", "SqlRowIdName"}


def _keyword_value(value: str) -> str:
    value = value.strip()
    return value[1:-1].strip() if value.startswith("{") and value.endswith("}") else value


def typed(head: str) -> tuple[str, str, dict[str, str], str]:
    """``As list Of Type(A = 1) rest`` as collection, type, the type's parameters, rest."""
    found = TYPE.match(head)
    collection, type_name, rest = "", "", head
    if found is not None:
        collection, type_name, rest = (found.group(1) or "").lower(), found.group(2), head[found.end() :]
    parameters: dict[str, str] = {}
    if rest.lstrip().startswith("("):
        inside, rest = balanced(rest.lstrip())
        for part in split(inside):
            name, _, value = part.partition("=")
            parameters[name.strip()] = unquoted(value)
    return collection, type_name, parameters, rest


def arguments(text: str) -> tuple[ArgumentDefinition, ...]:
    """The arguments of a method's or query's head."""
    return tuple(argument(part) for part in split(text) if part.strip())


def parameter(head: str) -> tuple[str, bool, bool]:
    """A parameter's value, whether it is an expression to evaluate now, and whether one to evaluate when asked for."""
    _, type_name, _, rest = typed(head)
    rest = rest.strip()
    if rest.startswith("["):
        rest = balanced(rest)[1].strip()
    value = rest.removeprefix("=").strip() if rest.startswith("=") else ""
    if value.startswith("{") and value.endswith("}"):
        return value[1:-1].strip(), True, False
    return unquoted(value), False, type_name.upper() == "COSEXPRESSION"


def index(name: str, head: str) -> IndexDefinition:
    """``Index Name On (A, B As Exact) [ Unique ]``."""
    rest = head.strip()
    columns: list[str] = []
    found = re.match(r"On\s*", rest, re.I)
    if found is not None:
        rest = rest[found.end() :]
        if rest.startswith("("):
            inside, rest = balanced(rest)
            columns = split(inside)
        else:
            single = re.match(r"[^\s\[]+", rest)
            columns = [single.group()] if single is not None else []
            rest = rest[len(columns[0]) if columns else 0 :]
    parts = [re.split(r"\s+As\s+", column.strip(), maxsplit=1, flags=re.I) for column in columns]
    cleaned = [part[0].strip().strip('"') for part in parts]
    collations = {key: part[1].strip() for key, part in zip(cleaned, parts, strict=True) if len(part) > 1}
    bracket = rest.find("[")
    return IndexDefinition(name, tuple(cleaned), keywords(rest[bracket:]) if bracket >= 0 else {}, collations)


_REFERENCES = re.compile(r"\s*References\s+(%?[\w.%]+)\s*(?:\(\s*(\w*)\s*\))?\s*(\[.*\])?\s*$", re.I | re.S)


def foreign_key(name: str, head: str, line: int) -> ForeignKeyDefinition | None:
    """``ForeignKey Name(A, B) References Class(Index) [ OnDelete = cascade ]``; None when it has another form."""
    if not head.lstrip().startswith("("):
        return None
    inside, rest = balanced(head.lstrip())
    found = _REFERENCES.match(rest)
    properties = names(inside)
    if found is None or not properties:
        return None
    return ForeignKeyDefinition(
        name, properties, found.group(1), found.group(2) or "", keywords(found.group(3) or ""), line
    )
