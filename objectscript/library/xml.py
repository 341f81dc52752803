"""``%XML.Adaptor`` and ``%XML.Reader``: objects of simple classes as XML, and XML as such objects.

A property is an element of its XMLNAME (else its name) or, by XMLPROJECTION, an attribute; a list is an element with an
item each, or (XMLPROJECTION = "ELEMENT") repeated elements. No external entity is read and nothing is fetched.
"""

from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from .. import dictionary, status
from ..definitions import PropertyDefinition
from ..errors import ObjectScriptError
from ..frame import ByRef
from ..names import python_name
from ..objects import ObjectMethods, properties
from ..output import current
from ..values import is_object, text
from .datatypes import is_datatype
from .type_classes import DataType
from .xml_source import XMLProblem, parsed, parsed_file


def _name(definition: PropertyDefinition) -> str:
    return definition.parameters.get("XMLNAME") or definition.name.lstrip("%")


def _projection(definition: PropertyDefinition) -> str:
    given = definition.parameters.get("XMLPROJECTION", "").upper()
    return given or ("WRAPPED" if definition.collection else "ELEMENT")


def _projected(cls: type) -> Iterator[PropertyDefinition]:
    """The properties that XML shows: those of the class's own kind, not ``%`` ones and not projected to NONE."""
    for definition in properties(cls):
        if _projection(definition) != "NONE" and not definition.is_many and not definition.name.startswith("%"):
            yield definition


def _type_of(definition: PropertyDefinition) -> type:
    return dictionary.resolve(definition.type) if dictionary.exists(definition.type) else DataType


def _item_name(definition: PropertyDefinition) -> str:
    given = definition.parameters.get("XMLITEMNAME")
    if given:
        return given
    return f"{_name(definition)}Item" if is_datatype(definition.type) else root_name(_type_of(definition))


def root_name(cls: type) -> str:
    """The name of a class's element when nothing else is said."""
    name = str(getattr(cls, "_parameters", {}).get("XMLNAME") or dictionary.name_of(cls).rpartition(".")[2])
    return name.lstrip("%")


class Adaptor:
    """``%XML.Adaptor``: what a class extends to be written as XML and read from it.

    A format whose second part is ``indent`` (``,indent``) gives a line to each element.
    """

    def XMLExport(self, tag: object = "", form: object = "", *_: object) -> object:
        """Write the object as XML to the current device."""
        current().append(self._exported(tag, form))
        return status.OK

    def XMLExportToString(
        self, target: ByRef[object] | None = None, tag: object = "", form: object = "", *_: object
    ) -> object:
        """The object as XML, by reference."""
        if target is not None:
            target.set(self._exported(tag, form))
        return status.OK

    def _exported(self, tag: object, form: object) -> str:
        made = element(self, text(tag))
        if "indent" in text(form).lower().split(","):
            etree.indent(made)
        return etree.tostring(made, encoding="unicode")

    def XMLExportToStream(self, target: Any = None, tag: object = "", form: object = "", *_: object) -> object:
        """The object as XML, written to a stream."""
        shown = self._exported(tag, form)
        if isinstance(target, ByRef):
            from .streams import CharacterStream

            if not is_object(target.get()):
                target.set(CharacterStream())
            target = target.get()
        target.Write(shown)
        return status.OK


def element(value: Any, tag: str = "") -> etree._Element:
    """An object as an element."""
    made = etree.Element(tag or root_name(type(value)))
    for definition in _projected(type(value)):
        _export(made, definition, getattr(value, python_name(definition.name)))
    return made


def _export(parent: etree._Element, definition: PropertyDefinition, held: Any) -> None:
    kind, name = _projection(definition), _name(definition)
    if definition.collection:
        if not held:
            return
        inner = parent if kind == "ELEMENT" else etree.SubElement(parent, name)
        item_name = name if kind == "ELEMENT" else _item_name(definition)
        pairs = list(held.items()) if isinstance(held, dict) else [("", item) for item in held]
        for key, item in pairs:
            made = _child(inner, item_name, definition, item)
            if key:
                made.set(f"{item_name}Key", text(key))
    elif _present(held) == "":
        return
    elif kind == "ATTRIBUTE":
        parent.set(name, _shown(definition, held))
    elif kind == "CONTENT":
        parent.text = _shown(definition, held)
    else:
        _child(parent, name, definition, held)


def _present(held: object) -> object:
    """An object as it is, anything else as its text."""
    return held if is_object(held) else text(held)


def _child(parent: etree._Element, name: str, definition: PropertyDefinition, held: Any) -> etree._Element:
    if isinstance(held, Adaptor):
        made = element(held, name)
        parent.append(made)
        return made
    made = etree.SubElement(parent, name)
    made.text = str(held) if hasattr(held, "Rewind") else _shown(definition, held)
    return made


def _shown(definition: PropertyDefinition, held: object) -> str:
    kind: Any = _type_of(definition)
    converted = kind.LogicalToXSD(held) if issubclass(kind, DataType) else held
    shown = text(converted)
    if any(char < " " and char not in "\t\n\r" for char in shown):
        raise ObjectScriptError("<ILLEGAL VALUE>", f"{definition.name} holds a control character, which XML has not")
    return shown


class Reader(ObjectMethods):
    """``%XML.Reader``: gives the objects of the elements that were correlated with classes."""

    def __init__(self) -> None:
        self._root: etree._Element | None = None
        self._classes: dict[str, type] = {}
        self._waiting: Iterator[etree._Element] = iter(())
        self.IgnoreNull: object = 0

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["IgnoreNull", "Document"]

    def OpenFile(self, path: object, *_: object) -> object:
        """Read a file: OK, or the status that says what is wrong with it."""
        return self._open(parsed_file, path)

    def OpenString(self, source: object, *_: object) -> object:
        """Read a text: OK, or the status that says what is wrong with it."""
        return self._open(parsed, source)

    OpenStream = OpenString

    def _open(self, read: Callable[[object], etree._Element], source: object) -> object:
        self._root = None
        try:
            self._root = read(source)
        except XMLProblem as problem:
            return problem.status
        finally:
            self.Rewind()
        return status.OK

    def OpenURL(self, url: object, *_: object) -> object:
        """Nothing is read from the network: an error status that says so."""
        return status.error(6301, f"{text(url)} is not read: get it by an HTTP operation, then OpenStream")

    def Close(self) -> None:
        """Forget the document."""
        self._root = None
        self.Rewind()

    def Rewind(self) -> None:
        """Begin anew."""
        self._waiting = iter(()) if self._root is None else self._root.iter()

    def Correlate(self, tag: object, name: object, *_: object) -> None:
        """Elements of this name are objects of this class."""
        self._classes[text(tag)] = dictionary.resolve(text(name))

    def Next(self, target: ByRef[object], result: object = None, *_: object) -> int:
        """The object of the next correlated element, by reference; 0 at the end, or when one cannot be read."""
        for found in self._waiting:
            cls = self._classes.get(_local(found)) if isinstance(found.tag, str) else None
            if cls is None:
                continue
            try:
                target.set(object_of(cls, found))
            except ObjectScriptError as error:
                _give(result, status.error(6237, str(error)))
                return 0
            _give(result, status.OK)
            return 1
        target.set("")
        _give(result, status.OK)
        return 0


def _give(place: object, value: object) -> None:
    if isinstance(place, ByRef):
        place.set(value)


def _local(found: etree._Element) -> str:
    return etree.QName(found).localname


def object_of(cls: Any, found: etree._Element) -> object:
    """The object of an element.

    Raises:
        ObjectScriptError: ``<ILLEGAL VALUE>``: it has what the class does not; tells the line.
    """
    new = cls._New()
    known = {_name(definition): definition for definition in _projected(cls)}
    for name, value in found.attrib.items():
        definition = known.get(str(name).rpartition("}")[2])
        if definition is not None and "{" not in str(name):
            new._set_property(definition.name, _read(definition, str(value)))
    for child in found.iterchildren(tag=etree.Element):
        definition = known.get(_local(child))
        if definition is None:
            told = f"<{_local(child)}> at line {child.sourceline} is no property of {dictionary.name_of(cls)}"
            raise ObjectScriptError("<ILLEGAL VALUE>", told)
        _import(new, definition, child)
    content = next((item for item in known.values() if _projection(item) == "CONTENT"), None)
    if content is not None:
        new._set_property(content.name, _read(content, found.text or ""))
    return new


def _import(owner: Any, definition: PropertyDefinition, found: etree._Element) -> None:
    if not definition.collection:
        owner._set_property(definition.name, _value(definition, found))
        return
    held = getattr(owner, python_name(definition.name))
    for item in [found] if _projection(definition) == "ELEMENT" else found.iterchildren(tag=etree.Element):
        value = _value(definition, item)
        if definition.collection == "list":
            held.Insert(value)
        else:
            held.SetAt(value, next(iter(item.attrib.values()), ""))


def _content(found: etree._Element) -> str:
    return "".join(map(str, found.itertext()))


def _value(definition: PropertyDefinition, found: etree._Element) -> object:
    kind = _type_of(definition)
    if issubclass(kind, Adaptor):
        return object_of(kind, found)
    if definition.type.startswith("%Stream."):
        stream: Any = kind._New()  # type: ignore[attr-defined]  # a stream's class
        stream.Write(_content(found))
        return stream
    return _read(definition, _content(found))


def _read(definition: PropertyDefinition, shown: str) -> object:
    kind: Any = _type_of(definition)
    return kind.XSDToLogical(shown) if issubclass(kind, DataType) else shown
