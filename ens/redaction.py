"""Secrets out of what is shown or logged: settings by their name, passwords in URLs, tokens in texts."""

import re
from collections.abc import Mapping

HIDDEN = "********"
_SECRET = r"passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|private[_-]?key"
_NAME = re.compile(rf"{_SECRET}|credential|authorization|cookie", re.I)
# Every pattern begins with what is rare in a text and bounds what it repeats: texts of any length take linear time.
_URL = re.compile(r"(?P<before>://[^\s/:@\"'<>]{0,200}:)(?P<secret>[^\s/\"'<>]+)(?=@)")
_ASSIGNED = re.compile(
    rf"""(?P<before>(?:{_SECRET})[\w-]{{0,40}}["']?(?:\s{{0,20}}[=:]|["']?>)\s{{0,20}})"""
    r"""(?P<secret>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s"',;<&}\)\]]+)""",
    re.I,
)
_OPTION = re.compile(
    rf"(?P<before>(?<![\w-])--(?:[\w-]{{0,40}}-)?(?:{_SECRET})[\w-]{{0,40}}\s{{1,20}})(?P<secret>[^\s-]\S*)", re.I
)
_SCHEME = re.compile(r"(?P<before>\b(?:bearer|basic)\s{1,20})(?P<secret>[\w.~+/=-]{8,})", re.I)
_COOKIE = re.compile(r"(?P<before>\bcookie:\s{0,20})(?P<secret>[^\s][^\n]*)", re.I)
_PEM = re.compile(r"(?P<before>-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)(?P<secret>[^-]+)(?=-----END )")
_PATTERNS = (_PEM, _URL, _SCHEME, _COOKIE, _OPTION, _ASSIGNED)


def is_secret(name: str) -> bool:
    """Whether a setting or property of that name holds what nobody may see."""
    return _NAME.search(name) is not None


def redacted(text: str) -> str:
    """A text without private keys, cookies, passwords in its URLs, and values that are assigned to secret names."""
    for pattern in _PATTERNS:
        text = pattern.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    secret = found["secret"]
    quote = secret[0] if secret[0] in "\"'" else ""
    return f"{found['before']}{quote}{HIDDEN}{quote}"


def redacted_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as they may be shown."""
    return {name: HIDDEN if value and is_secret(name) else redacted(value) for name, value in settings.items()}
