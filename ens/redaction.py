"""Secrets out of what is shown or logged: settings by their name, passwords in URLs, tokens in texts."""

import re
from collections.abc import Mapping

HIDDEN = "********"
_NAME = re.compile(
    r"passw(?:or)?d|passphrase|passwd|pwd|secret|token|api_?key|private_?key|credential|authorization|cookie", re.I
)
_URL = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s/:@\"'<>]*):(?P<secret>[^\s/@\"'<>]+)@", re.I)
_ASSIGNED = re.compile(
    r"""(?P<before>["']?\b[\w.-]*(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|api_?key|private_?key)\w*["']?\s*[=:]\s*)"""
    r"""(?P<secret>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s"',;&}\)\]]+)""",
    re.I,
)
_SCHEME = re.compile(r"(?P<before>\b(?:bearer|basic)\s+)(?P<secret>[\w.~+/=-]{8,})", re.I)


def is_secret(name: str) -> bool:
    """Whether a setting or property of that name holds what nobody may see."""
    return _NAME.search(name) is not None


def redacted(text: str) -> str:
    """A text without passwords in its URLs, and without values that are assigned to secret names."""
    shown = _URL.sub(rf"\g<before>:{HIDDEN}@", text)
    shown = _SCHEME.sub(rf"\g<before>{HIDDEN}", shown)
    return _ASSIGNED.sub(_hidden, shown)


def _hidden(found: re.Match[str]) -> str:
    secret = found["secret"]
    quote = secret[0] if secret[0] in "\"'" else ""
    return f"{found['before']}{quote}{HIDDEN}{quote}"


def redacted_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as they may be shown."""
    return {name: HIDDEN if value and is_secret(name) else redacted(value) for name, value in settings.items()}
