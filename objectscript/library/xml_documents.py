"""``%XML.XPATH.Document`` and ``%XML.XSLT.Transformer``: documents asked and transformed.

Neither reads external entities or other files, nor fetches anything.
"""

from collections.abc import Callable
from typing import Any

from lxml import etree

from .. import status
from ..frame import ByRef
from ..objects import ObjectMethods
from ..values import is_object, text
from ..variables import LocalByRef
from .collections import ListOfObjects
from .confinement import path_of
from .xml_source import XMLProblem, parsed, parsed_file
from .xml_text_reader import TextReader

#: No stylesheet reads or writes files or the network.
CLOSED: Any = vars(etree.XSLTAccessControl)["DENY_ALL"]  # the stubs lack it
_XPATH, _XSLT = 6301, 6302


class ValueResult(ObjectMethods):
    """``%XML.XPATH.ValueResult``: an expression gave a text, a number or a boolean."""

    def __init__(self, value: object = "") -> None:
        self.Type = 1
        self.Value = value

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["Type", "Value"]


class DOMResult(TextReader):
    """``%XML.XPATH.DOMResult``: an expression gave an element; it is walked as a text reader walks a document."""

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["Type", *super()._property_names()]

    def _get_property(self, name: str) -> object:
        return 2 if name == "Type" else super()._get_property(name)


class Document(ObjectMethods):
    """``%XML.XPATH.Document``: a document that XPath expressions are evaluated in."""

    def __init__(self) -> None:
        self._root: Any = None
        self.PrefixMappings: object = ""

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["PrefixMappings"]

    @classmethod
    def CreateFromString(
        cls,
        source: object = "",
        target: ByRef[object] | None = None,
        _resolver: object = "",
        _flags: object = "",
        _schema: object = "",
        prefixes: object = "",
    ) -> object:
        """The document of a text, by reference; `prefixes` are ``p http://…`` with commas."""
        return cls._made(parsed, source, target, text(prefixes))

    CreateFromStream = CreateFromString

    @classmethod
    def CreateFromFile(
        cls,
        name: object = "",
        target: ByRef[object] | None = None,
        _resolver: object = "",
        _flags: object = "",
        _schema: object = "",
        prefixes: object = "",
    ) -> object:
        """The document of a file, by reference."""
        return cls._made(parsed_file, name, target, text(prefixes))

    @classmethod
    def _made(
        cls, read: Callable[[object], etree._Element], source: object, target: ByRef[object] | None, prefixes: str
    ) -> object:
        made = cls()
        try:
            made._root = read(source).getroottree()
        except XMLProblem as problem:
            return problem.status
        made.PrefixMappings = prefixes
        if target is not None:
            target.set(made)
        return status.OK

    def EvaluateExpression(
        self, context: object = "", expression: object = "", target: ByRef[object] | None = None
    ) -> object:
        """What an expression gives at the nodes of a context: a list of results, by reference."""
        spaces = {}
        for part in filter(None, (part.strip() for part in text(self.PrefixMappings).split(","))):
            prefix, _, uri = part.replace("=", " ", 1).partition(" ")
            spaces[prefix] = uri.strip()
        results = ListOfObjects()
        try:
            at = self._root.xpath(text(context) or "/", namespaces=spaces)
            nodes = [self._root] if text(context) in ("", "/") else at
            if not isinstance(nodes, list):
                return status.error(_XPATH, f"the context {text(context)!r} gives no nodes")
            for node in nodes:
                found = node.xpath(text(expression), namespaces=spaces)
                for item in found if isinstance(found, list) else [found]:
                    results.Insert(_result(item))
        except (etree.XPathError, TypeError) as error:
            return status.error(_XPATH, f"{text(expression)!r} in {text(context)!r}: {error}")
        if target is not None:
            target.set(results)
        return status.OK


def _result(found: Any) -> object:
    if isinstance(found, etree._Element):
        return DOMResult._of(found)
    if isinstance(found, bool):
        return ValueResult(int(found))
    if isinstance(found, float):
        return ValueResult(text(int(found)) if found == int(found) else text(found))
    return ValueResult(str(found))


class CompiledStyleSheet(ObjectMethods):
    """``%XML.XSLT.CompiledStyleSheet``: a stylesheet, compiled once."""

    def __init__(self) -> None:
        self._sheet: Any = None

    @classmethod
    def CreateFromStream(cls, source: object = "", target: ByRef[object] | None = None, *_: object) -> object:
        """The stylesheet of a stream or text, by reference."""
        return cls._compiled(parsed, source, target)

    CreateFromString = CreateFromStream

    @classmethod
    def CreateFromFile(cls, name: object = "", target: ByRef[object] | None = None, *_: object) -> object:
        """The stylesheet of a file, by reference."""
        return cls._compiled(parsed_file, name, target)

    @classmethod
    def _compiled(
        cls, read: Callable[[object], etree._Element], source: object, target: ByRef[object] | None
    ) -> object:
        made = cls()
        try:
            made._sheet = etree.XSLT(read(source), access_control=CLOSED)
        except XMLProblem as problem:
            return problem.status
        except etree.XSLTError as error:
            return status.error(_XSLT, str(error))
        if target is not None:
            target.set(made)
        return status.OK


class Transformer(ObjectMethods):
    """``%XML.XSLT.Transformer``: XSLT 1.0. Parameters are an array by name, each an XPath (``'text'``)."""

    @classmethod
    def TransformString(
        cls, source: object = "", sheet: object = "", target: Any = None, _handler: object = "", given: object = None,
        *_: object,
    ) -> object:  # fmt: skip
        """Transform a text or stream by one; the result comes by reference, or is written to a stream."""
        compiled: ByRef[object] = ByRef("")
        made = CompiledStyleSheet.CreateFromStream(sheet, compiled)
        return made if status.is_error(made) else cls._run(parsed, source, compiled.get(), target, given)

    TransformStream = TransformString

    @classmethod
    def TransformFile(
        cls, source: object = "", sheet: object = "", target: Any = None, _handler: object = "", given: object = None,
        *_: object,
    ) -> object:  # fmt: skip
        """Transform a file by one into a third."""
        compiled: ByRef[object] = ByRef("")
        made = CompiledStyleSheet.CreateFromFile(sheet, compiled)
        if status.is_error(made):
            return made
        return cls.TransformFileWithCompiledXSL(source, compiled.get(), target, "", given)

    @classmethod
    def TransformStringWithCompiledXSL(
        cls, source: object = "", sheet: object = "", target: Any = None, _handler: object = "", given: object = None,
        *_: object,
    ) -> object:  # fmt: skip
        """`TransformString` by a stylesheet that was compiled before."""
        return cls._run(parsed, source, sheet, target, given)

    TransformStreamWithCompiledXSL = TransformStringWithCompiledXSL

    @classmethod
    def TransformFileWithCompiledXSL(
        cls, source: object = "", sheet: object = "", target: Any = None, _handler: object = "", given: object = None,
        *_: object,
    ) -> object:  # fmt: skip
        """`TransformFile` by a stylesheet that was compiled before."""
        made: ByRef[object] = ByRef("")
        done = cls._run(parsed_file, source, sheet, made, given)
        if status.is_error(done):
            return done
        try:
            path_of(target).write_bytes(text(made.get()).encode())
        except OSError as error:
            return status.error(5005, f"{text(target)}: {error.strerror}")
        return status.OK

    @staticmethod
    def _run(
        read: Callable[[object], etree._Element], source: object, sheet: object, target: Any, given: object
    ) -> object:
        if not isinstance(sheet, CompiledStyleSheet):
            return status.error(_XSLT, "there is no stylesheet: make one with ##class(%XML.XSLT.CompiledStyleSheet)")
        parameters = {}
        if isinstance(given, LocalByRef):
            parameters = {name: text(node.value) for name, node in given.array().children.items()}
        try:
            made = str(sheet._sheet(read(source), **parameters))
        except XMLProblem as problem:
            return problem.status
        except (etree.XSLTError, etree.XPathError) as error:
            return status.error(_XSLT, str(error))
        stream = target.get() if isinstance(target, ByRef) else target
        if is_object(stream):
            stream.Write(made)
        elif isinstance(target, ByRef):
            target.set(made)
        return status.OK
