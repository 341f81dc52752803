"""`Abstract`: what an initializer is (contract, section 4)."""

import logging
from collections.abc import Sequence
from time import perf_counter
from typing import ClassVar

from isc.py.iscpython_c.callout import Callout
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import status
from isc.py.objectscript.objects import ObjectMethods
from isc.py.terminal import Main

_log = logging.getLogger("isc.py.init")


class InitializerError(IscError):
    """One or more steps of an initializer failed; `errors` has each with the step's name."""

    def __init__(self, initializer: str, errors: list[tuple[str, str]]) -> None:
        self.initializer = initializer
        self.errors = errors
        super().__init__(initializer, errors)

    def __str__(self) -> str:
        steps = "; ".join(f"{step}: {reason}" for step, reason in self.errors)
        return f"initializer {self.initializer}: {len(self.errors)} step(s) failed: {steps}"


class Abstract(ObjectMethods):
    """A subclass lists `Modules` (``"numpy"`` or ``("numpy", "np")``) and defines ``Init*`` class methods.

    In a class file, ``Parameter Modules = "numpy:np,pandas"`` lists them.
    """

    Modules: ClassVar[Sequence[str | tuple[str, str]]] = ()

    @classmethod
    def Initialize(cls, file: str = "", verbose: object = 0) -> int:
        """Load the library, import the modules, run the ``Init*`` methods in name order; the language's OK.

        An error that a method of the language gets as a ``%Status`` counts as its failure unless it asks
        ``##class(isc.py.Main).GetStatus()``, which forgets it.

        With `verbose` the log (``isc.py.init``) tells every step with its time, else only those that failed.

        Raises:
            InitializerError: steps failed; the others were done all the same.
        """
        Callout.Initialize(file)
        errors: list[tuple[str, str]] = []
        for module, alias in cls._modules():
            begun = perf_counter()
            try:
                Main.ImportModule(module, alias)
                _note(verbose, f"imported {module}" + (f" as {alias}" if alias else ""), begun)
            except IscError as error:
                errors.append((f"module {module}", str(error)))
                _log.error("module %s: %s", module, error)
        Main.GetStatus()
        for name in sorted(name for name in dir(cls) if name.startswith("Init") and name != "Initialize"):
            begun = perf_counter()
            try:
                result = getattr(cls, name)()
                if isinstance(result, str) and status.is_error(result) and result.startswith("0"):
                    raise status.StatusError(result)
                unseen = Main.GetStatus()  # code of the language that does not look at a status must not hide it
                if unseen is not None:
                    raise unseen
                _note(verbose, f"ran {name}", begun)
            except Exception as error:  # noqa: BLE001  # user code; every step's error is reported
                errors.append((name, f"{type(error).__name__}: {error}"))
                _log.error("%s: %s", name, errors[-1][1])
                Main.GetStatus()
        if errors:
            raise InitializerError(cls._ClassName(1), errors)
        return status.OK

    @classmethod
    def _modules(cls) -> list[tuple[str, str]]:
        listed = [part.strip() for part in cls._parameters.get("Modules", "").split(",") if part.strip()]
        pairs = [item.partition(":")[::2] for item in listed]
        return [*pairs, *((item, "") if isinstance(item, str) else (item[0], item[1]) for item in cls.Modules)]


def _note(verbose: object, text: str, begun: float) -> None:
    level = logging.INFO if verbose not in (0, "", "0", False) else logging.DEBUG
    _log.log(level, "%s (%.1f ms)", text, 1000 * (perf_counter() - begun))
