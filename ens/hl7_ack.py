"""Acknowledgements of HL7 version 2: made for what came, and read from what a receiver answered."""

import itertools
import time
from datetime import datetime

from isc.py.msg import er7
from isc.py.msg.er7 import Address, HL7Error, Separators
from isc.py.msg.hl7 import HL7Message

_count = itertools.count(1)


def acknowledgement(raw: str, code: str, text: str = "", facility: str = "") -> str:
    """The ACK of a message text; of one whose header cannot be read it names no control id.

    `code` is AA, AE or AR, `text` what was wrong, `facility` the ``facility:application`` that answers.
    """
    header = next(iter(raw.lstrip("\x0b\r\n ").replace("\n", "\r").split("\r")), "")
    try:
        separators = Separators.of(header) if header.startswith("MSH") else er7.STANDARD
        found = [_field(header, separators, field) for field in (3, 4, 5, 6, 10, 11, 12)]
    except HL7Error:
        separators, found = er7.STANDARD, [""] * 7
    application, place, to_application, to_place, control, processing, version = found
    if facility:
        to_place, _, to_application = facility.partition(":")
    bar, part = separators.field, separators.component
    event = _component(header, separators, 9, 2)
    now = f"{datetime.now():%Y%m%d%H%M%S}"
    kind = f"ACK{part}{event}" if event else "ACK"
    own = f"{int(time.time())}{next(_count)}"
    fields = [to_application, to_place, application, place, now, "", kind, own, processing or "P", version or "2.5"]
    said = bar + er7.escape(" ".join(text.split())[:200], separators) if text else ""
    return f"MSH{separators}{bar}{bar.join(fields)}\rMSA{bar}{code}{bar}{control}{said}\r"


def _field(header: str, separators: Separators, number: int) -> str:
    return er7.read(header, separators, Address(number)) if header.startswith("MSH") else ""


def _component(header: str, separators: Separators, number: int, component: int) -> str:
    if not header.startswith("MSH"):
        return ""
    try:
        return er7.read(header, separators, Address(number, 1, component))
    except HL7Error:
        return ""


def conditions(request: HL7Message, reply: HL7Message) -> tuple[str, ...]:
    """What `ReplyCodeActions` know of an acknowledgement: ``:AE``, ``:~`` or ``:_``, then ``:I?`` and ``:T?``."""
    type_ = (":T?",) if _is_of_another_type(request, reply) else ()
    found = next((line.text for line in reply.document().lines() if line.text.startswith("MSA")), None)
    if found is None:
        return (":~", *type_)
    separators = reply.document().separators
    code = er7.read(found, separators, Address(1))
    control = er7.read(found, separators, Address(2))
    return (f":{code}" if code else ":_", *((":I?",) if control != request._header(10, 1) else ()), *type_)


#: The types of reply that HL7 has for types of messages; all that are not here are answered by an ACK, or not known.
_REPLIES = {
    **dict.fromkeys("ADT BAR DFT MDM ORU PEX PGL PPG PPP PPR SIU VXU".split(), ("ACK",)),
    "ORM": ("ORR",),
    "OML": ("ORL",),
    "OMG": ("ORG",),
    "OMI": ("ORI",),
    "OMD": ("ORD",),
    "OMS": ("ORS",),
    "OMN": ("ORN",),
    "OMP": ("ORP",),
    "RDE": ("RRE",),
    "RDS": ("RRD",),
    "RGV": ("RRG",),
    "RAS": ("RRA",),
    "SRM": ("SRR",),
    "REF": ("RRI",),
    "MFN": ("MFK",),
    "MFQ": ("MFR",),
    "QBP": ("RSP", "RTB", "RDY"),
    "VXQ": ("VXX", "VXR"),
    "RQI": ("RPI",),
    "RQA": ("RPA",),
    "RQC": ("RCI", "RCL"),
    "RQP": ("RPI",),
    "QRY": tuple("ADR DSR ORF OSR ERP TBR RAR RDR RER RGR ROR SQR PRR PPV PTR PPT QCK".split()),
}


def _is_of_another_type(request: HL7Message, reply: HL7Message) -> bool:
    wanted = _REPLIES.get(request._header(9, 1))
    return wanted is not None and reply._header(9, 1) not in wanted
