"""Which characters the bytes of an HL7 message are."""

import pytest
from isc.py.ens.adapters.hl7_charset import codec_of
from isc.py.ens.exceptions import ProductionError

HEADER = "MSH|^~\\&|A|B|C|D|20260101||ADT^A04|7|P|2.5||||||"


@pytest.mark.parametrize(
    ("message", "charset", "codec"),
    [
        (f"{HEADER}8859/15\rPID|1", "UTF-8", "iso8859-15"),
        (f"{HEADER}8859/1~UNICODE UTF-8\r".encode(), "UTF-8", "iso8859-1"),
        (f"\r\n{HEADER}unicode utf-8|\n".encode(), "Latin1", "utf-8"),
        (f"{HEADER}8859/15\r", "!UTF-8", "utf-8"),
        (f"{HEADER}ASCII\r", "UTF-8", "utf-8"),
        (f"{HEADER}ISO IR87\r", "UTF-8", "utf-8"),
        (HEADER, "UTF-8", "utf-8"),
        ("MSH|^~\\&|A\r", "UTF-8", "utf-8"),
        ("MSH|", "UTF-8", "utf-8"),
        (b"\xff\xfe", "UTF-8", "utf-8"),
        ("", "UTF-8", "utf-8"),
    ],
)
def test_the_message_says_or_the_setting(message: str | bytes, charset: str, codec: str) -> None:
    assert codec_of(message, charset).lower() == codec


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ProductionError, match="Klingon"):
        codec_of("", "!Klingon")
