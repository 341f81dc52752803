"""Which characters the bytes of an HL7 message are: what its MSH:18 says, where that is known, else the Charset."""

from .files import codec

CHARSET = "How characters are read and written where MSH:18 names no known one; with `!` in front whatever it says."
#: HL7 table 0211 and what else is found in the field, as Python's codecs; ASCII is taken for the Charset, which has it.
_KNOWN = {
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO-8859-{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}


def codec_of(message: bytes | str, charset: str) -> str:
    """The codec of a message.

    Args:
        message: as it came, or as it will be sent.
        charset: the setting; one that begins with `!` counts whatever the message says.

    Raises:
        ProductionError: the setting is unknown.
    """
    own = codec(charset.removeprefix("!"))
    return own if charset.startswith("!") else _KNOWN.get(_named(message), own)


def _named(message: bytes | str) -> str:
    """The first repetition of MSH:18."""
    text = message if isinstance(message, str) else message[:4096].decode("latin-1")
    header = next(iter(text.lstrip().replace("\n", "\r").split("\r")), "")
    if not header.startswith("MSH") or len(header) < 8:
        return ""
    fields = header.split(header[3])
    return fields[17].split(header[5])[0].strip().upper() if len(fields) > 17 else ""
