"""The language's ``$functions`` and special variables, as compiled code calls them.

`FUNCTIONS` maps the language's names to Python functions of values; `FRAME_FUNCTIONS` those that take a place.
"""

import os
import random as _random
import time
import zlib
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import ListError

from . import dictionary
from .errors import NotSupportedError, ObjectScriptError
from .frame import Frame
from .values import Number, canonical, is_object, number, text

if TYPE_CHECKING:
    from .operations import GlobalReference, LocalReference, ValueReference

EPOCH = datetime(1840, 12, 31)

_ALIASES = {
    "length": "length l", "piece": "piece p", "extract": "extract e", "find": "find f", "translate": "translate tr",
    "char": "char c", "ascii": "ascii a", "justify": "justify j", "fnumber": "fnumber fn", "reverse": "reverse re",
    "random": "random r", "isobject": "isobject", "classname": "classname", "zconvert": "zconvert zcvt",
    "zstrip": "zstrip", "replace": "replace", "listbuild": "listbuild lb", "listget": "listget lg",
    "list": "list li", "listlength": "listlength ll", "listfind": "listfind lf", "listvalid": "listvalid lv",
    "listtostring": "listtostring lts", "listfromstring": "listfromstring lfs", "zdatetime": "zdatetime zdt",
    "zdate": "zdate zd", "ztime": "ztime zt", "zdateh": "zdateh zdh", "ztimeh": "ztimeh zth", "zabs": "zabs",
    "zdatetimeh": "zdatetimeh zdth", "zcrc": "zcrc", "number": "number num", "double": "double", "decimal": "decimal",
    "zsqr": "zsqr", "zhex": "zhex", "zboolean": "zboolean", "nconvert": "nconvert",
}  # fmt: skip
FUNCTIONS = {f"${alias}": name for name, aliases in _ALIASES.items() for alias in aliases.split()} | {
    "$list": "list_",
    "$li": "list_",
    "$number": "number_",
    "$num": "number_",
}
FRAME_FUNCTIONS = {
    "$get": "get", "$g": "get", "$data": "data", "$d": "data", "$order": "order", "$o": "order",
    "$increment": "increment", "$i": "increment", "$classmethod": "classmethod", "$method": "method",
    "$parameter": "parameter", "$property": "property",
}  # fmt: skip


def select_none() -> object:
    """What ``$select`` does when no condition holds."""
    raise ObjectScriptError("<SELECT>", "no condition holds: end with 1:value")


def _whole(value: object) -> int:
    return int(number(value))


# --- strings ---


def length(value: object, delimiter: object = None) -> int:
    """``$length``: characters, or pieces when a delimiter is given."""
    if delimiter is None:
        return len(text(value))
    separator = text(delimiter)
    return text(value).count(separator) + 1 if separator else 0


def _range(size: int, start: object, end: object) -> tuple[int, int]:
    first = _position(start, size)
    return first, first if end is None else _position(end, size)


def _position(value: object, size: int) -> int:
    shown = text(value)
    if shown.startswith("*"):
        return size + _whole(shown[1:])
    return _whole(value)


def extract(value: object, start: object = 1, end: object = None) -> str:
    """``$extract``: positions count from 1; ``*`` is the last."""
    shown = text(value)
    first, last = _range(len(shown), start, end)
    return shown[max(first, 1) - 1 : max(last, 0)] if last >= first else ""


def piece(value: object, delimiter: object, start: object = 1, end: object = None) -> str:
    """``$piece``."""
    separator = text(delimiter)
    if not separator:
        return ""
    parts = text(value).split(separator)
    first, last = _range(len(parts), start, end)
    return separator.join(parts[max(first, 1) - 1 : max(last, 0)]) if last >= first else ""


def set_piece(value: object, new: object, delimiter: object, start: object = 1, end: object = None) -> str:
    """The string with pieces replaced: ``set $piece(s, d, n) = x``."""
    separator = text(delimiter)
    parts = text(value).split(separator)
    first, last = _range(len(parts), start, end)
    if first < 1 or last < first:
        return text(value)
    parts += [""] * (first - len(parts))
    parts[first - 1 : last] = [text(new)]
    return separator.join(parts)


def set_extract(value: object, new: object, start: object = 1, end: object = None) -> str:
    """The string with characters replaced: ``set $extract(s, n) = x``."""
    shown = text(value)
    first, last = _range(len(shown), start, end)
    if last < first:
        return shown
    first = max(first, 1)
    return shown.ljust(first - 1)[: first - 1] + text(new) + shown[max(last, 0) :]


def find(value: object, part: object, start: object = 1) -> int:
    """``$find``: the position behind the part, 0 when it is not there."""
    at = text(value).find(text(part), max(_whole(start), 1) - 1)
    return 0 if at < 0 else at + len(text(part)) + 1


def translate(value: object, source: object, target: object = "") -> str:
    """``$translate``: character by character; those without a counterpart go."""
    new = text(target)
    table: dict[int, str | None] = {}
    for at, char in enumerate(text(source)):
        table.setdefault(ord(char), new[at] if at < len(new) else None)
    return text(value).translate(table)


def replace(value: object, part: object, new: object) -> str:
    """``$replace``."""
    return text(value).replace(text(part), text(new)) if text(part) else text(value)


def char(*codes: object) -> str:
    """``$char``."""
    return "".join(chr(code) for code in map(_whole, codes) if 0 <= code <= 0x10FFFF)


def ascii(value: object, position: object = 1) -> int:  # noqa: A001  # the language's own name
    """``$ascii``: -1 behind the end."""
    shown = text(value)
    at = _whole(position)
    return ord(shown[at - 1]) if 0 < at <= len(shown) else -1


def reverse(value: object) -> str:
    """``$reverse``."""
    return text(value)[::-1]


def justify(value: object, width: object, decimals: object = None) -> str:
    """``$justify``."""
    shown = text(value) if decimals is None else _fixed(number(value), _whole(decimals))
    return shown.rjust(_whole(width))


def _absolute(value: Number) -> Number:
    return -value if value < 0 else value


def _fixed(value: Number, decimals: int) -> str:
    return format(Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), "f")


def fnumber(value: object, form: object = "", decimals: object = None) -> str:
    """``$fnumber`` with the codes ``, + - P T``."""
    codes, as_number = text(form).upper(), number(value)
    shown = text(_absolute(as_number)) if decimals is None else _fixed(_absolute(as_number), _whole(decimals))
    if "," in codes:
        whole, point, fraction = shown.partition(".")
        shown = f"{int(whole or 0):,}{point}{fraction}"
    sign = "-" if as_number < 0 else "+" if "+" in codes and as_number > 0 else ""
    if "-" in codes:
        sign = sign.replace("-", "")
    if "P" in codes:
        return f"({shown})" if as_number < 0 else f" {shown} "
    return f"{shown}{sign or ' '}" if "T" in codes else sign + shown


def zconvert(value: object, mode: object, table: object = None, _handle: object = None) -> str:
    """``$zconvert``: U, L, T, S, W and the O/I tables UTF8, JSON, XML, HTML, URL, JS."""
    shown, wanted = text(value), text(mode).upper()
    if wanted in ("U", "L", "T", "W"):
        return {"U": shown.upper, "L": shown.lower}.get(wanted, shown.title)()
    if wanted == "S":
        return shown.capitalize()
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
    start, end = 0, len(shown)
    while "<" in where and start < end and goes(shown[start]):
        start += 1
    while ">" in where and end > start and goes(shown[end - 1]):
        end -= 1
    return shown[start:end]


def random(limit: object) -> int:
    """``$random``: 0 to limit - 1."""
    if _whole(limit) < 1:
        raise ObjectScriptError("<FUNCTION>", "$random needs a limit of 1 or more")
    return _random.randrange(_whole(limit))


def zcrc(value: object, mode: object, start: object = 0) -> int:
    """``$zcrc``: 0 XOR, 1 sum, 7 CRC-32."""
    data, kind = text(value).encode("latin-1", "replace"), _whole(mode)
    if kind == 7:
        return zlib.crc32(data, _whole(start))
    if kind == 1:
        return (sum(data) + _whole(start)) % 2**32
    if kind == 0:
        result = _whole(start)
        for byte in data:
            result ^= byte
        return result
    raise NotSupportedError(f"$zcrc mode {kind} is not supported: use 0, 1 or 7")


def zabs(value: object) -> Number:
    """``$zabs``."""
    return _absolute(number(value))


def zsqr(value: object) -> Number:
    """``$zsqr``."""
    if number(value) < 0:
        raise ObjectScriptError("<ILLEGAL VALUE>", "$zsqr of a negative number")
    return canonical(Decimal(str(number(value))).sqrt())


def zhex(value: object) -> object:
    """``$zhex``: a number to hex, a string of hex digits to a number."""
    return int(value, 16) if isinstance(value, str) else format(_whole(value), "X")


def zboolean(left: object, right: object, operation: object) -> int:
    """``$zboolean`` for and (1), xor (6), or (7)."""
    one, two, kind = _whole(left), _whole(right), _whole(operation)
    if kind not in (1, 6, 7):
        raise NotSupportedError(f"$zboolean operation {kind} is not supported: use 1 (and), 6 (xor) or 7 (or)")
    return {1: one & two, 6: one ^ two, 7: one | two}[kind]


def number_(value: object, *_: object) -> object:
    """``$number``: "" when the string is no number."""
    shown = text(value).strip()
    try:
        return canonical(Decimal(shown))
    except ArithmeticError:
        return ""


def double(value: object) -> float:
    """``$double``."""
    return float(number(value))


def decimal(value: object) -> Number:
    """``$decimal``."""
    as_number = number(value)
    return canonical(Decimal(repr(as_number))) if isinstance(as_number, float) else as_number


def nconvert(value: object, mode: object) -> str:
    """``$nconvert``: upper and lower case."""
    return zconvert(value, mode)


# --- objects ---


def isobject(value: object) -> int:
    """``$isobject``."""
    return int(is_object(value))


def classname(value: object = None) -> str:
    """``$classname``."""
    return dictionary.name_of(type(value)) if is_object(value) else ""


def classmethod(frame: Frame, class_name: object = "", name: object = "", *arguments: object) -> object:  # noqa: A001
    """``$classmethod``."""
    from .operations import call_method, class_call, this

    if not text(class_name):
        return call_method(frame, this(frame), text(name), arguments)
    return class_call(frame, text(class_name), text(name), arguments)


def method(frame: Frame, value: object, name: object, *arguments: object) -> object:
    """``$method``."""
    from .operations import call_method

    return call_method(frame, value, text(name), arguments)


def property(frame: Frame, value: object, name: object, *_: object) -> object:  # noqa: A001
    """``$property``."""
    from .operations import get as get_property

    return get_property(frame, value, text(name))


def parameter(frame: Frame, owner: object, name: object) -> object:
    """``$parameter``."""
    from .operations import parameter_of, this

    if isinstance(owner, str):
        owner = dictionary.resolve(owner) if owner else this(frame)
    return parameter_of(owner, text(name))


# --- places ---


def get(frame: Frame, place: "LocalReference | GlobalReference | ValueReference", default: object = "") -> object:
    """``$get``."""
    found = place.value()
    return default if found is None else found


def data(frame: Frame, place: "LocalReference | GlobalReference | ValueReference") -> int:
    """``$data``."""
    return place.data()


def order(frame: Frame, place: "LocalReference | GlobalReference", direction: object = 1) -> object:
    """``$order``."""
    return place.order(_whole(direction))


def increment(frame: Frame, place: "LocalReference | GlobalReference", by: object = 1) -> object:
    """``$increment``."""
    from .operations import add

    new = add(place.value() or 0, by)
    place.set(new)
    return new


# --- lists ---


def _elements(value: object) -> list[object]:
    try:
        return decode(text(value).encode("latin-1"))
    except (ListError, UnicodeEncodeError) as error:
        raise ObjectScriptError("<LIST>", f"the value is no $list: {error}") from error


def _list(elements: list[object]) -> str:
    return encode(elements).decode("latin-1")


def listbuild(*items: object) -> str:
    """``$listbuild``; an item left out has no value."""
    from .operations import ABSENT

    return _list(
        [None if item is ABSENT or item is None else item if not is_object(item) else text(item) for item in items]
    )


def list_(value: object, start: object = 1, end: object = None) -> object:
    """``$list``: an element, or a list of several."""
    elements = _elements(value)
    first, last = _range(len(elements), start, end)
    if end is not None:
        return _list(elements[max(first, 1) - 1 : max(last, 0)])
    if not 0 < first <= len(elements):
        raise ObjectScriptError("<NULL VALUE>", f"element {first} of a list of {len(elements)}")
    found = elements[first - 1]
    if found is None:
        raise ObjectScriptError("<NULL VALUE>", f"element {first} has no value")
    return found


def listget(value: object, position: object = 1, default: object = "") -> object:
    """``$listget``."""
    elements = _elements(value)
    at = _position(position, len(elements))
    found = elements[at - 1] if 0 < at <= len(elements) else None
    return default if found is None else found


def listlength(value: object) -> int:
    """``$listlength``."""
    return len(_elements(value))


def listvalid(value: object) -> int:
    """``$listvalid``."""
    try:
        _elements(value)
    except ObjectScriptError:
        return 0
    return 1


def listfind(value: object, wanted: object, start: object = 0) -> int:
    """``$listfind``: the position, 0 when it is not there."""
    for at, element in enumerate(_elements(value), start=1):
        if at > _whole(start) and element is not None and text(element) == text(wanted):
            return at
    return 0


def listtostring(value: object, delimiter: object = ",") -> str:
    """``$listtostring``."""
    return text(delimiter).join(text(element) for element in _elements(value))


def listfromstring(value: object, delimiter: object = ",") -> str:
    """``$listfromstring``."""
    shown = text(value)
    return _list(list(shown.split(text(delimiter)))) if shown else ""


def set_list(value: object, new: object, start: object = 1, end: object = None) -> str:
    """The list with an element replaced: ``set $list(l, n) = x``."""
    elements = _elements(value)
    first = _position(start, len(elements))
    if first < 1:
        raise ObjectScriptError("<RANGE>", f"element {first} of a list")
    elements += [None] * (first - len(elements))
    elements[first - 1] = new
    return _list(elements)


# --- dates ---


def _moment(value: object) -> datetime:
    day, _, seconds = text(value).partition(",")
    return EPOCH + timedelta(days=_whole(day), seconds=float(number(seconds)))


def zdate(value: object, form: object = 1, *_: object) -> str:
    """``$zdate`` in the formats 1, 3, 4, 5, 8 and 15."""
    if _whole(form) == -2:
        return text(int((_moment(value).replace(tzinfo=UTC)).timestamp()))
    patterns = {
        1: "%m/%d/%Y",
        3: "%Y-%m-%d",
        4: "%d/%m/%Y",
        5: "%b %-d, %Y",
        8: "%Y%m%d",
        15: "%d-%m-%Y",
        2: "%d %b %Y",
    }
    if _whole(form) not in patterns:
        raise NotSupportedError(f"$zdate format {text(form)} is not supported: use {', '.join(map(str, patterns))}")
    return _moment(value).strftime(patterns[_whole(form)])


def ztime(value: object, form: object = 1, precision: object = 0) -> str:
    """``$ztime`` in the formats 1 (HH:MM:SS) and 2 (HH:MM)."""
    seconds = number(value)
    whole = int(seconds)
    shown = f"{whole // 3600:02}:{whole // 60 % 60:02}" + (f":{whole % 60:02}" if _whole(form) in (1, 3) else "")
    if _whole(precision) > 0:
        shown += f".{int((Decimal(str(seconds)) - whole) * 10 ** _whole(precision)):0{_whole(precision)}}"
    return shown


def zdatetime(value: object, form: object = 1, time_form: object = 1, precision: object = 0, *_: object) -> str:
    """``$zdatetime``: format 3 is YYYY-MM-DD HH:MM:SS, -2 Unix seconds."""
    day, _comma, seconds = text(value).partition(",")
    if _whole(form) == -2:
        local = _moment(value)
        return str(int(local.timestamp()))
    between = "T" if _whole(time_form) in (5, 7) else " "
    return zdate(day, form) + between + ztime(seconds or 0, 1, precision) + ("Z" if _whole(time_form) == 7 else "")


def zdateh(value: object, form: object = 1, *_: object) -> int:
    """``$zdateh``: the day number of a date."""
    shown = text(value).strip()
    for pattern in {3: ["%Y-%m-%d"], 4: ["%d/%m/%Y"], 8: ["%Y%m%d"], 1: ["%m/%d/%Y"]}.get(
        _whole(form), ["%Y-%m-%d", "%m/%d/%Y", "%d %b %Y"]
    ):
        try:
            return (datetime.strptime(shown, pattern) - EPOCH).days
        except ValueError:
            continue
    raise ObjectScriptError("<ILLEGAL VALUE>", f"{shown!r} is no date of format {text(form)}")


def ztimeh(value: object, *_: object) -> int:
    """``$ztimeh``: the seconds of a time."""
    parts = text(value).strip().split(":")
    try:
        hours, minutes, seconds = [*map(int, parts), 0, 0][:3]
    except ValueError:
        raise ObjectScriptError("<ILLEGAL VALUE>", f"{text(value)!r} is no time") from None
    return hours * 3600 + minutes * 60 + seconds


def zdatetimeh(value: object, form: object = 1, *_: object) -> str:
    """``$zdatetimeh``."""
    if _whole(form) == -2:
        moment = datetime.fromtimestamp(float(number(value)))
        return _horolog(moment)
    day, _space, clock = text(value).strip().replace("T", " ").rstrip("Z").partition(" ")
    return f"{zdateh(day, form)},{ztimeh(clock.partition('.')[0] or '0')}"


def _horolog(moment: datetime) -> str:
    span = moment - EPOCH
    return f"{span.days},{span.seconds}"


# --- special variables ---


def horolog(frame: Frame) -> str:
    """``$horolog``: day and second, local time."""
    return _horolog(datetime.now())


def ztimestamp(frame: Frame) -> str:
    """``$ztimestamp``: UTC with milliseconds."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return f"{_horolog(now)}.{now.microsecond // 1000:03}".rstrip("0").rstrip(".")


def zhorolog(frame: Frame) -> Number:
    """``$zhorolog``: seconds since the machine started."""
    return canonical(Decimal(str(round(time.monotonic(), 6))))


def job(frame: Frame) -> int:
    """``$job``."""
    return os.getpid()


def namespace(frame: Frame) -> str:
    """``$namespace``."""
    return text(getattr(frame.platform, "name", "USER"))


def zerror(frame: Frame) -> object:
    """``$zerror``: the last error."""
    return frame.variables.get("%zerror", "")


def username(frame: Frame) -> str:
    """``$username``."""
    import getpass

    return getpass.getuser()


def zversion(frame: Frame) -> str:
    """``$zversion``: says that this is not an IRIS server."""
    return "isc-py"
