"""JSON literals in expressions: ``{"a": 1, "b": [true, null]}``."""

import re
from collections.abc import Iterator

from .expression_parts import ExpressionParts
from .scanner import NAME, NUMBER

_JSON_WORD = re.compile(r"(?:true|false|null)(?=\s*[,}\]])")


class JsonCompiler(ExpressionParts):
    """Reads JSON literals; part of the expression compiler."""

    def _json_object(self) -> str:
        pairs: list[str] = []
        for _ in self._json_items("{", "}"):
            if self.scanner.peek() == '"':
                key = repr(self._string())
            elif self.scanner.take("("):
                key = self._group(")", "a key")
            else:
                key = repr(self.scanner.match(NAME) or self.scanner.match(NUMBER))
                if key == "None":
                    self.scanner.fail(f"a key was expected in a JSON object, found {self.scanner.found()}")
            self.scanner.space()
            self.scanner.expect(":", "a key of a JSON object")
            self.scanner.space()
            pairs.append(f"({key}, {self._json_value()}), ")
        return f"o.json_object(({''.join(pairs)}))"

    def _json_array(self) -> str:
        items = [f"({self._json_value()}), " for _ in self._json_items("[", "]")]
        return f"o.json_array(({''.join(items)}))"

    def _json_items(self, opening: str, closing: str) -> Iterator[None]:
        """Stands before each item of a JSON literal in turn."""
        scanner = self.scanner
        scanner.expect(opening, "a JSON literal")
        self._in_group += 1
        outer, self._in_json = self._in_json, self._in_group
        scanner.space()
        while not scanner.take(closing):
            yield None
            scanner.space()
            if not scanner.take(",") and scanner.peek() != closing:
                scanner.fail(f"',' or {closing!r} expected in a JSON literal, found {scanner.found()}")
            scanner.space()
        self._in_group -= 1
        self._in_json = outer

    def _json_value(self) -> str:
        word = _JSON_WORD.match(self.scanner.text, self.scanner.at)
        if word is not None:
            self.scanner.at = word.end()
            return {"true": "1, 'boolean'", "false": "0, 'boolean'", "null": "'', 'null'"}[word.group()]
        return f"{self.expression()}, ''"
