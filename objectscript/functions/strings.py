"""String functions: ``$piece``, ``$extract``, ``$zconvert`` and their kin."""

import re

from isc.py.objectscript.errors import NotSupportedError, ObjectScriptError
from isc.py.objectscript.values import text

from .arguments import bounds, whole


def length(value: object, delimiter: object = None) -> int:
    """``$length``: characters, or pieces when a delimiter is given."""
    if delimiter is None:
        return len(text(value))
    separator = text(delimiter)
    return text(value).count(separator) + 1 if separator else 0


def extract(value: object, start: object = 1, end: object = None) -> str:
    """``$extract``: positions count from 1; ``*`` is the last."""
    shown = text(value)
    first, last = bounds(len(shown), start, end)
    return shown[max(first, 1) - 1 : max(last, 0)] if last >= first else ""


def piece(value: object, delimiter: object, start: object = 1, end: object = None) -> str:
    """``$piece``."""
    separator = text(delimiter)
    if not separator:
        return ""
    parts = text(value).split(separator)
    first, last = bounds(len(parts), start, end)
    return separator.join(parts[max(first, 1) - 1 : max(last, 0)]) if last >= first else ""


def set_piece(value: object, new: object, delimiter: object, start: object = 1, end: object = None) -> str:
    """The string with pieces replaced: ``set $piece(s, d, n) = x``."""
    separator = text(delimiter)
    parts = text(value).split(separator)
    first, last = bounds(len(parts), start, end)
    if first < 1 or last < first:
        return text(value)
    parts += [""] * (first - len(parts))
    parts[first - 1 : last] = [text(new)]
    return separator.join(parts)


def set_extract(value: object, new: object, start: object = 1, end: object = None) -> str:
    """The string with characters replaced: ``set $extract(s, n) = x``."""
    shown = text(value)
    first, last = bounds(len(shown), start, end)
    if last < first:
        return shown
    first = max(first, 1)
    return shown.ljust(first - 1)[: first - 1] + text(new) + shown[max(last, 0) :]


def find(value: object, part: object, start: object = 1) -> int:
    """``$find``: the position behind the part, 0 when it is not there."""
    at = text(value).find(text(part), max(whole(start), 1) - 1)
    return 0 if at < 0 else at + len(text(part)) + 1


def translate(value: object, source: object, target: object = "") -> str:
    """``$translate``: character by character; those without a counterpart go."""
    new = text(target)
    table: dict[int, str | None] = {}
    for at, char in enumerate(text(source)):
        table.setdefault(ord(char), new[at] if at < len(new) else None)
    return text(value).translate(table)


def replace(value: object, part: object, new: object, start: object = 1, count: object = -1, case: object = 0) -> str:
    """``$replace``: from position `start` on, `count` times (-1 is always), regardless of case when `case` is 1."""
    shown, wanted = text(value)[max(whole(start), 1) - 1 :], text(part)
    times = whole(count) if text(count) else -1
    if not wanted or times == 0:
        return shown
    if whole(case) == 1:
        return re.sub(re.escape(wanted), lambda _: text(new), shown, count=max(times, 0), flags=re.I)
    return shown.replace(wanted, text(new), times)


def char(*codes: object) -> str:
    """``$char``."""
    return "".join(chr(code) for code in map(whole, codes) if 0 <= code <= 0x10FFFF)


def ascii(value: object, position: object = 1) -> int:  # noqa: A001  # the language's own name
    """``$ascii``: -1 behind the end."""
    shown = text(value)
    at = whole(position)
    return ord(shown[at - 1]) if 0 < at <= len(shown) else -1


def reverse(value: object) -> str:
    """``$reverse``."""
    return text(value)[::-1]


def zconvert(value: object, mode: object, table: object = None, _handle: object = None) -> str:
    """``$zconvert``: U, L, T, S, W and the O/I tables UTF8, JSON, XML, HTML, URL, JS."""
    shown, wanted = text(value), text(mode).upper()
    if wanted in ("U", "L", "T", "W"):
        return {"U": shown.upper, "L": shown.lower}.get(wanted, shown.title)()
    if wanted == "S":
        return re.sub(r"(^|[.!?]\s*)([^\W\d_])", lambda found: found[1] + found[2].upper(), shown.lower())
    return _converted(shown, wanted, text(table).upper())


def _converted(shown: str, direction: str, table: str) -> str:
    import html
    import json
    from urllib.parse import quote, unquote

    if table == "UTF8":
        return shown.encode().decode("latin-1") if direction == "O" else shown.encode("latin-1").decode()
    if table in ("XML", "HTML"):
        return html.escape(shown) if direction == "O" else html.unescape(shown)
    if table in ("URL", "URI"):
        return quote(shown, safe="/") if direction == "O" else unquote(shown)
    if table in ("JSON", "JS"):
        return json.dumps(shown, ensure_ascii=False)[1:-1] if direction == "O" else str(json.loads(f'"{shown}"'))
    raise NotSupportedError(f"$zconvert with mode {direction!r} and table {table!r} is not supported")


def zstrip(value: object, action: object, remove: object = "", keep: object = "") -> str:
    """``$zstrip``: ``<>W`` and its kin; ``*`` strips everywhere."""
    shown, codes = text(value), text(action)
    mask = codes.lstrip("<>*=").upper()
    where = codes[: len(codes) - len(mask)]
    tests = {"W": str.isspace, "P": lambda c: (not c.isalnum() and not c.isspace() and c.isprintable()) or c == " ",
             "A": str.isalpha, "N": str.isdigit, "C": lambda c: not c.isprintable(), "E": lambda c: True,
             "U": str.isupper, "L": str.islower}  # fmt: skip

    def goes(character: str) -> bool:
        if character in text(keep):
            return False
        return character in text(remove) or any(tests[code](character) for code in mask if code in tests)

    if "*" in where:
        return "".join(character for character in shown if not goes(character))
    if "=" in where:
        shown = "".join(one for at, one in enumerate(shown) if not (at and one == shown[at - 1] and goes(one)))
    start, end = 0, len(shown)
    while "<" in where and start < end and goes(shown[start]):
        start += 1
    while ">" in where and end > start and goes(shown[end - 1]):
        end -= 1
    return shown[start:end]


def match(value: object, pattern: object) -> int:
    """``$match``: whether a regular expression matches the whole string."""
    return int(_regular(pattern).fullmatch(text(value)) is not None)


def locate(value: object, pattern: object, start: object = 1) -> int:
    """``$locate``: where a regular expression first matches, 0 when nowhere."""
    found = _regular(pattern).search(text(value), max(whole(start), 1) - 1)
    return 0 if found is None else found.start() + 1


def _regular(pattern: object) -> re.Pattern[str]:
    try:
        return re.compile(text(pattern))
    except re.error as error:
        raise ObjectScriptError("<REGULAR EXPRESSION>", f"{text(pattern)!r}: {error}") from error


def name_parts(name: object) -> list[str]:
    """A written place as its name and subscripts: ``^a(1,"b")`` is ``^a``, ``1``, ``b``."""
    head, opened, inside = text(name).partition("(")
    found = [head]
    if opened:
        for quoted, bare in re.findall(r'"((?:[^"]|"")*)"|([^",()]+)', inside):
            found.append(bare or quoted.replace('""', '"'))
    return found


def qlength(name: object) -> int:
    """``$qlength``: how many subscripts a written place has."""
    return len(name_parts(name)) - 1


def qsubscript(name: object, position: object) -> str:
    """``$qsubscript``: subscript `position` of a written place, 0 is its name."""
    parts, at = name_parts(name), whole(position)
    return parts[at] if 0 <= at < len(parts) else ""


def wlength(value: object) -> int:
    """``$wlength``."""
    return len(text(value))
