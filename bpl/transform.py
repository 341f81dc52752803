"""``Ens.DataTransform`` and ``Ens.DataTransformDTL``: objects made of objects.

`transform` is their face for Python; the class method ``Transform`` that for the language.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ByRef, Frame, dictionary, output, status
from isc.py.objectscript.builder import current_platform
from isc.py.objectscript.definitions import find_xdata, includes_of
from isc.py.objectscript.macros import using
from isc.py.objectscript.objects import RegisteredObject

from .exceptions import TransformError
from .transform_model import Transform
from .transform_reader import read_transform
from .transform_steps import Compiler, Left, Run, Step

_LIBRARY = "Ens.Util.FunctionSet"
_log = logging.getLogger("isc.py.bpl")

LogSink = Callable[[str, str], None]
_sink: ContextVar[LogSink | None] = ContextVar("sink", default=None)


@contextmanager
def traces_to(sink: LogSink) -> Iterator[None]:
    """While it lasts, ``trace`` actions and log macros of transformations go to `sink` as kind and text."""
    token = _sink.set(sink)
    try:
        yield
    finally:
        _sink.reset(token)


def transform(name: str | type, source: object, target: object = "", aux: object = "") -> object:
    """What a transformation makes of `source`.

    Args:
        name: the class, or its name.
        source: the object that is transformed.
        target: the object that is changed, for ``create='existing'``.
        aux: passed on as ``aux``.

    Raises:
        TransformError: an action failed; names the class, the action and the line.
        ClassNotFoundError: there is no such class.
    """
    cls: Any = dictionary.resolve(name) if isinstance(name, str) else name
    if not hasattr(cls, "Transform"):
        raise TransformError(f"{dictionary.name_of(cls)} is no transformation: extend Ens.DataTransformDTL")
    made: ByRef[object] = ByRef(target)
    result = cls.Transform(source, made, aux)
    if result != "" and status.is_error(result):
        raise TransformError("; ".join(message for _, arguments in status.entries(result) for message in arguments))
    return made.value


class _WithFunctions(type):
    """Makes the functions of ``Ens.Util.FunctionSet`` class methods: ``..Lookup(…)``, ``..ToUpper(…)``."""

    def __getattr__(cls, name: str) -> Any:
        library = dictionary.resolve(_LIBRARY) if not name.startswith("_") and dictionary.exists(_LIBRARY) else None
        if not callable(getattr(library, name, None)):
            raise AttributeError(f"{cls.__name__} has no {name!r}")
        return getattr(library, name)


class DataTransform(RegisteredObject, metaclass=_WithFunctions):
    """``Ens.DataTransform``: a subclass writes ``Transform`` itself; ``..Name(…)`` calls functions of the library."""

    @classmethod
    def Transform(cls, source: object, target: ByRef[object] | None = None, aux: object = "", *_: object) -> object:
        """Make `target`, by reference, of `source`. Returns a %Status."""
        return status.error(5001, f"{dictionary.name_of(cls)} has no Transform method: write one, or an XData DTL")

    @classmethod
    def _write_log(cls, kind: str, text: str) -> None:
        sink = _sink.get()
        if sink is not None:
            sink(kind, text)
        else:
            _log.info("%s: %s", kind, text)


class DataTransformDTL(DataTransform):
    """``Ens.DataTransformDTL``: the transformation that its ``XData DTL`` says.

    Its parameters are those of the vendor: ``IGNOREMISSINGSOURCE`` (1: what is read from an object or segment that is
    not there is passed over), ``REPORTERRORS`` (1: assignments that fail make the status an error, after the rest was
    done) and ``TREATEMPTYREPEATINGFIELDASNULL`` (1: a foreach over an empty field runs for nothing).
    """

    _parameters = {"IGNOREMISSINGSOURCE": "1", "REPORTERRORS": "1", "TREATEMPTYREPEATINGFIELDASNULL": "0"}  # noqa: RUF012  # as `ObjectMethods` declares it

    @classmethod
    def Transform(cls, source: object, target: ByRef[object] | None = None, aux: object = "", *_: object) -> object:
        """Make `target`, by reference, of `source`. Returns a %Status."""
        made: ByRef[object] = target if target is not None else ByRef("")
        given = aux.value if isinstance(aux, ByRef) else aux
        try:
            model, step = transform_of(cls)
            made.value = _target(cls, model, source, made.value)
            frame = Frame(
                {"source": source, "target": made.value, "aux": given},
                cls,
                current_platform(),
                dictionary.name_of(cls),
                output=output.current(),
                owner=dictionary.name_of(cls),
                method="Transform",
            )
            flags = {name: str(cls._parameters.get(name, "0")) == "1" for name in DataTransformDTL._parameters}
            run = Run(frame, *flags.values())
            with suppress(Left):
                step(run)
            made.value = frame.variables.get("target", "")
            if isinstance(aux, ByRef):
                aux.value = frame.variables.get("aux", "")
        except IscError as error:
            return status.error(5001, str(error))
        return run.result


def transform_of(cls: type) -> tuple[Transform, Step]:
    """The model of a class and the step that runs it, made once.

    Raises:
        TransformError: the class has no DTL, or it cannot be loaded; names action and line.
    """
    held = cls.__dict__.get("_transform")
    if held is None:
        name = dictionary.name_of(cls)
        found = find_xdata(cls, "DTL")
        if found is None:
            raise TransformError(f"{name} has no XData block DTL: write the transformation there")
        owner, xdata = found
        model = read_transform(xdata.text, dictionary.name_of(owner), xdata.line)
        with using(includes_of(owner)):
            held = (model, Compiler(dictionary.name_of(owner)).all(model.actions))
        cls._transform = held  # type: ignore[attr-defined]  # a cache on the class it describes
    made: tuple[Transform, Step] = held
    return made


def _target(cls: type, model: Transform, source: object, given: object) -> object:
    name = dictionary.name_of(cls)
    if model.create == "existing" and given != "":
        return given
    if model.create == "copy":
        clone = getattr(source, "_ConstructClone", None)
        if clone is None:
            raise TransformError(f"{name} copies its source, which is no object")
        made: Any = clone(1)
    else:
        try:
            found: Any = dictionary.resolve(model.target_class)
        except IscError as error:
            raise TransformError(f"{name} makes a {model.target_class!r}: {error}") from error
        made = found._New()
    if model.target_doc_type and hasattr(made, "PokeDocType"):
        made.PokeDocType(model.target_doc_type)
    result: object = made
    return result
