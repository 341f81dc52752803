"""``open``, ``use``, ``close`` and ``znspace`` as Python source text."""

from .emitter import Emitter
from .scanner import NAME


class DeviceCompiler(Emitter):
    """The commands that choose where code writes and in which namespace it runs; both end with the method."""

    def _open(self, _argumentless: bool) -> None:
        def one() -> None:
            device = self.expressions.expression()
            given, timeout = "()", "None"
            if self.scanner.take(":"):
                given = self._device_parameters()
                if self.scanner.take(":"):
                    timeout = "None" if self._is_empty() else self.expressions.expression()
                    if self.scanner.take(":"):
                        self.expressions.expression()  # a mnemonic space: terminals are not had
            self._emit(f"o.open_device(f, {device}, {given}, {timeout})")

        self._each(one)

    def _use(self, _argumentless: bool) -> None:
        self._news = True

        def one() -> None:
            device = self.expressions.expression()
            if self.scanner.take(":"):
                self._device_parameters()
                if self.scanner.take(":"):
                    self.expressions.expression()
            self._emit(f"o.use_device(f, {device})")

        self._each(one)

    def _close(self, _argumentless: bool) -> None:
        def one() -> None:
            device = self.expressions.expression()
            given = self._device_parameters() if self.scanner.take(":") else "()"
            self._emit(f"o.close_device(f, {device}, {given})")

        self._each(one)

    def _znspace(self, _argumentless: bool) -> None:
        self._news = True
        self._each(lambda: self._emit(f"o.put_namespace(f, {self.expressions.expression()})"))

    def _is_empty(self) -> bool:
        return self.scanner.peek() in (":", ",", " ", "\t", "\n", "\r", ")", "")

    def _device_parameters(self) -> str:
        """``(a:b:/WORD=value)`` or one value: a tuple; a keyword stands as its text."""
        scanner = self.scanner
        if self._is_empty():
            return "()"
        if not scanner.take("("):
            return f"({self._device_parameter()},)"
        found = []
        while True:
            scanner.space()
            if not self._is_empty():
                found.append(self._device_parameter())
            scanner.space()
            if scanner.take(")"):
                return f"({''.join(f'{item}, ' for item in found)})"
            scanner.expect(":", "a parameter of a device")

    def _device_parameter(self) -> str:
        scanner = self.scanner
        if not scanner.take("/"):
            return self.expressions.expression()
        word = str(scanner.match(NAME) or "")
        if scanner.take("="):
            self.expressions.expression()
        return repr(f"/{word}")
