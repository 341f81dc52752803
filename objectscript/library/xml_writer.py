"""``%XML.Writer``: a document written element by element, to the device, a file, a stream or a string.

What is written is held as a tree until its outermost element ends, so nothing that is not well-formed goes out.
"""

from typing import Any

from lxml import etree

from .. import status
from ..errors import ObjectScriptError
from ..objects import ObjectMethods
from ..output import current
from ..values import number, text
from .confinement import path_of
from .xml import Adaptor, element, root_name

_WRONG = 6237


class Writer(ObjectMethods):
    """``%XML.Writer``: `RootElement` to `EndRootElement` is a document; an element without a root is a fragment."""

    def __init__(self) -> None:
        self.Indent: object = 0
        self.IndentChars: object = "  "
        self.NoXMLDeclaration: object = 0
        self.Charset: object = ""
        self.DefaultNamespace: object = ""
        self.ElementQualified: object = 1
        self.RuntimeIgnoreNull: object = 0
        self._target: Any = None  # a stream
        self._path: Any = None
        self._held: list[str] | None = None  # of OutputToString
        self._prefixes: dict[str, str] = {}  # by namespace
        self._pending: dict[str, str] = {}  # declared for the next element
        self._stack: list[etree._Element] = []
        self._is_document = False
        self._is_open = False

    @classmethod
    def _property_names(cls) -> list[str]:
        return [
            "Indent", "IndentChars", "NoXMLDeclaration", "Charset", "DefaultNamespace", "ElementQualified",
            "RuntimeIgnoreNull",
        ]  # fmt: skip

    # --- where it goes ---

    def OutputToDevice(self) -> object:
        """Write to the current device: what holds unless something else is said."""
        self._target, self._path, self._held = None, None, None
        return status.OK

    def OutputToString(self) -> object:
        """Keep what is written for `GetXMLString`."""
        self.OutputToDevice()
        self._held = []
        return status.OK

    def GetXMLString(self, problem: object = None) -> str:
        """What was written since `OutputToString`."""
        if hasattr(problem, "set"):
            problem.set(status.OK)
        return "".join(self._held or [])

    def OutputToStream(self, stream: object = "") -> object:
        """Write to a stream: OK, or the status that says that it is none."""
        if not hasattr(stream, "Write"):
            return status.error(_WRONG, "OutputToStream wants a stream: make one with ##class(%Stream.GlobalCharacter)")
        self.OutputToDevice()
        self._target = stream
        return status.OK

    def OutputToFile(self, name: object = "") -> object:
        """Write to a file, which begins empty: OK, or the status that says why it cannot be written."""
        self.OutputToDevice()
        self._path = path_of(name)
        try:
            self._path.write_bytes(b"")
        except OSError as error:
            return status.error(5005, f"{text(name)}: {error.strerror}")
        return status.OK

    def Reset(self) -> object:
        """Forget what was begun and where it was to go."""
        self.OutputToDevice()
        self._stack, self._prefixes, self._pending, self._is_document = [], {}, {}, False
        return status.OK

    # --- elements ---

    def StartDocument(self) -> object:
        """Begin a document; `RootElement` does so, too."""
        return status.OK

    def EndDocument(self) -> object:
        """End a document: OK, or the status that names the element that is open still."""
        return self._still_open() if self._stack else status.OK

    def AddNamespace(self, uri: object, prefix: object = "", *_: object) -> object:
        """Declare a namespace in the element that begins next."""
        self._pending[text(uri)] = text(prefix) or self._prefix()
        return status.OK

    def RootElement(self, tag: object, uri: object = "") -> object:
        """Begin the document's outermost element."""
        if self._stack:
            return self._still_open()
        self._is_document = True
        return self._begun(text(tag), text(uri))

    def EndRootElement(self) -> object:
        """End it: the document is written."""
        if len(self._stack) > 1:
            return self._still_open()
        if not self._stack or not self._is_document:
            return status.error(_WRONG, "there is no root element to end: begin with RootElement")
        return self._ended()

    def Element(self, tag: object, uri: object = "") -> object:
        """Begin an element."""
        return self._begun(text(tag), text(uri))

    def EndElement(self) -> object:
        """End the innermost element; the root has `EndRootElement`."""
        if not self._stack or (self._is_document and len(self._stack) == 1):
            return status.error(_WRONG, "there is no element to end: EndElement closes what Element began")
        return self._ended()

    def WriteAttribute(self, name: object, value: object = "", uri: object = "", *_: object) -> object:
        """An attribute of the element that was begun last."""
        if not self._is_open:
            return status.error(_WRONG, f"attribute {text(name)} comes too late: write it right behind the element")
        try:
            self._stack[-1].set(self._qualified(text(name), text(uri)), text(value))
        except ValueError as error:
            return status.error(_WRONG, f"attribute {text(name)}: {error}")
        return status.OK

    def WriteChars(self, value: object = "") -> object:
        """Text, escaped as XML wants it."""
        return self._text(text(value))

    def WriteCData(self, value: object = "") -> object:
        """Text as a CDATA section; readers see no difference to `WriteChars`."""
        return self._text(text(value))

    def WriteComment(self, value: object = "") -> object:
        """A comment."""
        if not self._stack:
            return self._nothing_open("a comment")
        try:
            self._stack[-1].append(etree.Comment(text(value)))
        except ValueError as error:
            return status.error(_WRONG, str(error))
        return status.OK

    def Write(self, markup: object = "") -> object:
        """Markup as it is: OK, or the status that says why it is not well-formed."""
        if not self._stack:
            return self._nothing_open("markup")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            held = etree.fromstring(f"<a>{text(markup)}</a>", parser)
        except etree.XMLSyntaxError as error:
            return status.error(_WRONG, f"Write was given markup that is not well-formed: {error.msg}")
        self._text(held.text or "")
        for child in held:
            self._stack[-1].append(child)
        self._is_open = False
        return status.OK

    def Object(self, value: object, tag: object = "", uri: object = "", *_: object) -> object:
        """An object whose class extends ``%XML.Adaptor``, as an element."""
        if not isinstance(value, Adaptor):
            shown = value._ClassName(1) if isinstance(value, ObjectMethods) else repr(text(value))
            return status.error(_WRONG, f"{shown} cannot be written: its class must extend %XML.Adaptor")
        try:
            made = element(value)
        except ObjectScriptError as error:
            return status.error(_WRONG, str(error))
        space = text(uri) or text(getattr(type(value), "_parameters", {}).get("NAMESPACE", "") or "")
        begun = self._begun(text(tag) or root_name(type(value)), space)
        if status.is_error(begun):
            return begun
        self._take(made)
        return self._ended()

    def RootObject(self, value: object, tag: object = "", uri: object = "", *_: object) -> object:
        """A document that is one object."""
        if self._stack:
            return self._still_open()
        self._is_document = True
        return self.Object(value, tag, uri)

    # --- how ---

    def _take(self, made: etree._Element) -> None:
        """Move what an object's element has into the one that was begun for it, in that one's namespace."""
        to = self._stack[-1]
        space = etree.QName(to).namespace
        for name, given in made.attrib.items():
            to.set(name, given)
        to.text = made.text
        for child in list(made):
            for inner in child.iter(etree.Element) if space and number(text(self.ElementQualified)) else ():
                inner.tag = f"{{{space}}}{etree.QName(inner).localname}"
            to.append(child)

    def _begun(self, tag: str, uri: str) -> object:
        default = text(self.DefaultNamespace)
        spaces: Any = {}  # the stubs do not know that the default one's prefix is None
        if default and not self._stack:
            spaces[None] = default
        if uri and uri != default and uri not in self._prefixes and uri not in self._pending:
            self._pending[uri] = self._prefix()
        spaces |= {prefix: space for space, prefix in self._pending.items()}
        self._prefixes |= self._pending
        self._pending = {}
        space = uri or default
        try:
            name = f"{{{space}}}{tag}" if space else tag
            if self._stack:
                made = etree.SubElement(self._stack[-1], name, nsmap=spaces)
            else:
                made = etree.Element(name, nsmap=spaces)
        except ValueError as error:
            return status.error(_WRONG, f"{tag!r} is no name of an element: {error}")
        self._stack.append(made)
        self._is_open = True
        return status.OK

    def _ended(self) -> object:
        ended = self._stack.pop()
        self._is_open = False
        return status.OK if self._stack else self._put(ended)

    def _put(self, root: etree._Element) -> object:
        charset = text(self.Charset) or "UTF-8"
        if number(text(self.Indent)):
            etree.indent(root, text(self.IndentChars))
        shown = etree.tostring(root, encoding="unicode")
        if self._is_document and not number(text(self.NoXMLDeclaration)):
            shown = f'<?xml version="1.0" encoding="{charset}"?>\n{shown}'
        self._is_document, self._prefixes = False, {}
        if self._held is not None:
            self._held.append(shown)
        elif self._target is not None:
            self._target.Write(shown)
        elif self._path is not None:
            return self._to_file(shown, charset)
        else:
            current().append(shown)
        return status.OK

    def _to_file(self, shown: str, charset: str) -> object:
        try:
            with self._path.open("ab") as file:
                file.write(shown.encode(charset, "xmlcharrefreplace"))
        except OSError as error:
            return status.error(5005, f"{self._path}: {error.strerror}")
        except LookupError:
            return status.error(_WRONG, f"Charset {charset!r} is not known: use UTF-8, ISO-8859-1, …")
        return status.OK

    def _text(self, value: str) -> object:
        if not self._stack:
            return self._nothing_open("text")
        parent = self._stack[-1]
        try:
            if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + value
            else:
                parent.text = (parent.text or "") + value
        except ValueError as error:
            return status.error(_WRONG, f"text of <{etree.QName(parent).localname}>: {error}")
        self._is_open = False
        return status.OK

    def _qualified(self, name: str, uri: str) -> str:
        return f"{{{uri}}}{name}" if uri else name

    def _prefix(self) -> str:
        return f"s{len(self._prefixes) + len(self._pending) + 1:02}"

    def _still_open(self) -> object:
        return status.error(_WRONG, f"<{etree.QName(self._stack[-1]).localname}> is open still: end it first")

    def _nothing_open(self, what: str) -> object:
        return status.error(_WRONG, f"{what} stands in no element: begin one with RootElement or Element")
