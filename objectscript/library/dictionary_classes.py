"""``%Dictionary`` classes: what classes say about themselves, read only, ``CLASS||MEMBER`` as ids."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import ClassVar, Self

from .. import dictionary, status
from ..definitions import ClassDefinition
from ..errors import ClassNotFoundError, ObjectScriptError
from ..frame import ByRef
from ..names import language_name
from ..values import text
from .collections import ListOfObjects
from .streams import CharacterStream

_KINDS = ("Methods", "Properties", "Parameters", "XDatas", "Queries", "Indices")


class DictionaryClass:
    """A class, or a member of one, as an object."""

    _members: ClassVar[str] = ""  # of which list of a class
    _inherited: ClassVar[bool] = False

    def __init__(self, about: Mapping[str, object]) -> None:
        self.__dict__.update(about)

    @classmethod
    def _OpenId(cls, id: object, concurrency: object = "", sc: object = "") -> object:  # the language's own name
        """``%OpenId``: what the id names; "" and an error status by reference when there is none."""
        found = cls._find(text(id))
        if isinstance(sc, ByRef):
            sc.set(status.OK if found else status.error(5809, text(id)))
        return found or ""

    @classmethod
    def _ExistsId(cls, id: object, *_: object) -> int:  # the language's own name
        """``%ExistsId``."""
        return int(cls._find(text(id)) is not None)

    @classmethod
    def _New(cls, *_: object) -> Self:
        """``%New``: classes cannot be made here.

        Raises:
            ObjectScriptError: always.
        """
        raise ObjectScriptError("<NOT SUPPORTED>", f"%Dictionary.{cls.__name__}: write a class file and load it")

    @classmethod
    def _DeleteId(cls, id: object, *_: object) -> object:  # the language's own name
        """``%DeleteId``: an error status: classes cannot be deleted here."""
        return status.error(5001, f"class {text(id)} cannot be deleted here: delete its file")

    @classmethod
    def IDKEYOpen(cls, *parts: object) -> object:
        """As ``%OpenId`` with the parts of the id."""
        return cls._OpenId("||".join(text(part) for part in parts[:2] if part != ""))

    @classmethod
    def IDKEYExists(cls, *parts: object) -> int:
        """As ``%ExistsId`` with the parts of the id."""
        return cls._ExistsId("||".join(text(part) for part in parts[:2] if part != ""))

    @classmethod
    def _find(cls, id: str) -> "DictionaryClass | None":
        owner, _, member = id.partition("||")
        try:
            found = dictionary.resolve(dictionary.full_name(owner))
        except (ClassNotFoundError, ImportError):
            return None
        if not cls._members:
            return cls(_described(found, cls._inherited))
        for about in _listed(found, cls._members, cls._inherited):
            if about["Name"] == member:
                return cls(about)
        return None

    def _Save(self, *_: object) -> object:
        return status.error(5001, "classes cannot be changed here: edit the file and load it")


def _described(cls: type, inherited: bool) -> dict[str, object]:
    definition = _definition_of(cls)
    supers = definition.superclasses if definition is not None else ()
    keywords = definition.keywords if definition is not None else {}
    return {
        "Name": dictionary.full_name(dictionary.name_of(cls)),
        "Super": ",".join(supers),
        "PrimarySuper": f"~{'~'.join(dictionary.full_name(dictionary.name_of(item)) for item in cls.__mro__[:-1])}~",
        "Abstract": int(keywords.get("Abstract", "0") != "0"),
        "Final": int(keywords.get("Final", "0") != "0"),
        "System": 0,
        "ClassType": keywords.get("ClassType", ""),
        "SqlTableName": keywords.get("SqlTableName", ""),
        "Description": "",
    } | {kind: ListOfObjects(SimpleNamespace(**about) for about in _listed(cls, kind, inherited)) for kind in _KINDS}


def _definition_of(cls: type) -> ClassDefinition | None:
    found: ClassDefinition | None = cls.__dict__.get("_definition")
    return found


def _listed(cls: type, kind: str, inherited: bool) -> Iterator[dict[str, object]]:
    """The members of a kind, each once; of the class itself or of its superclasses, too."""
    seen: set[str] = set()
    for owner in cls.__mro__ if inherited else (cls,):
        for about in _own(owner, kind):
            name = str(about["Name"])
            if name not in seen:
                seen.add(name)
                yield about | {"Origin": dictionary.full_name(dictionary.name_of(owner)), "parent": owner.__name__}
    if kind == "Methods" and inherited:
        for name in dir(cls):
            shown = language_name(name)
            if not name.startswith("__") and shown not in seen and callable(getattr(cls, name, None)):
                yield {"Name": shown, "Origin": "", "FormalSpec": "", "ReturnType": "", "ClassMethod": 0}


def _own(owner: type, kind: str) -> Iterator[dict[str, object]]:
    definition = _definition_of(owner)
    if definition is None:
        return
    if kind == "Properties":
        for item in definition.properties:
            shown = {key: int(item.keywords.get(key, "0") == "1") for key in ("Required", "Private", "Transient")}
            yield {"Name": item.name, "Type": item.type, "Collection": item.collection, **shown,
                   "Calculated": int(item.keywords.get("Calculated", "0") == "1"),
                   "InitialExpression": item.keywords.get("InitialExpression", '""'),
                   "Relationship": int(bool(item.cardinality)), "Cardinality": item.cardinality}  # fmt: skip
    elif kind == "Methods":
        for method in definition.methods:
            spec = ",".join(item.name + (f":{item.type}" if item.type else "") for item in method.arguments)
            yield {"Name": method.name, "FormalSpec": spec, "ReturnType": method.returns,
                   "ClassMethod": int(method.is_class_method), "Language": method.language,
                   "Implementation": CharacterStream(method.body)}  # fmt: skip
    elif kind == "Parameters":
        for name, value in definition.parameters.items():
            yield {"Name": name, "Default": value}
    elif kind == "XDatas":
        for xdata in definition.xdatas:
            yield {"Name": xdata.name, "Data": CharacterStream(xdata.text.strip("\n")),
                   "MimeType": xdata.keywords.get("MimeType", ""),
                   "XMLNamespace": xdata.keywords.get("XMLNamespace", "")}  # fmt: skip
    elif kind == "Queries":
        for query in definition.queries:
            yield {"Name": query.name, "Type": query.type, "SqlQuery": query.body}
    elif kind == "Indices":
        for index in definition.indices:
            yield {"Name": index.name, "Properties": ",".join(index.properties)}


def _made(name: str, members: str, inherited: bool) -> type[DictionaryClass]:
    doc = f"``%Dictionary.{name}``: {'what a class has, inherited or not' if inherited else 'what a class file says'}."
    return type(name, (DictionaryClass,), {"_members": members, "_inherited": inherited, "__doc__": doc})


ClassDefinitionItem = _made("ClassDefinition", "", False)
CompiledClass = _made("CompiledClass", "", True)
MethodDefinitionItem = _made("MethodDefinition", "Methods", False)
CompiledMethod = _made("CompiledMethod", "Methods", True)
PropertyDefinitionItem = _made("PropertyDefinition", "Properties", False)
CompiledProperty = _made("CompiledProperty", "Properties", True)
ParameterDefinition = _made("ParameterDefinition", "Parameters", False)
CompiledParameter = _made("CompiledParameter", "Parameters", True)
XDataDefinitionItem = _made("XDataDefinition", "XDatas", False)
CompiledXData = _made("CompiledXData", "XDatas", True)
QueryDefinitionItem = _made("QueryDefinition", "Queries", False)
CompiledQuery = _made("CompiledQuery", "Queries", True)
IndexDefinitionItem = _made("IndexDefinition", "Indices", False)
CompiledIndex = _made("CompiledIndex", "Indices", True)
