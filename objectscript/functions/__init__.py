"""The ``$functions`` and special variables of the language: which exist, and the Python function behind each."""

from collections.abc import Callable
from types import ModuleType

from . import bits, dates, lists, numbers, objects, places, special, strings, tests_of_text
from .dates import zdateh, ztimeh

__all__ = [
    "FRAME_FUNCTIONS",
    "FUNCTIONS",
    "FUNCTION_MODULES",
    "PLACE_FUNCTIONS",
    "SPECIALS",
    "python_function",
    "zdateh",
    "ztimeh",
]

FUNCTION_MODULES: tuple[ModuleType, ...] = (
    strings, numbers, lists, dates, objects, places, special, bits, tests_of_text,
)  # fmt: skip


def python_function(name: str) -> Callable[..., object]:
    """The function behind ``fn.name``."""
    found: Callable[..., object] = next(getattr(module, name) for module in FUNCTION_MODULES if hasattr(module, name))
    return found


def _table(names: str) -> dict[str, str]:
    """``"length=l piece=p=pie"`` as ``{"$length": "length", "$l": "length", …}``."""
    found: dict[str, str] = {}
    for entry in names.split():
        python, *aliases = entry.split("=")
        for alias in (python.rstrip("_"), *aliases):
            found[f"${alias}"] = python
    return found


#: Functions of values.
FUNCTIONS = _table(
    "length=l piece=p extract=e find=f translate=tr char=c ascii=a justify=j fnumber=fn reverse=re random=r isobject"
    " classname zconvert=zcvt zstrip replace listbuild=lb listget=lg list_=li listlength=ll listfind=lf listvalid=lv"
    " listupdate=lu"
    " listtostring=lts listfromstring=lfs listsame=ls listdata=ld zdatetime=zdt zdate=zd ztime=zt zdateh=zdh ztimeh=zth"
    " zabs zdatetimeh=zdth zcrc number_=num double decimal zsqr zhex=zh zboolean match locate qlength=ql qsubscript=qs"
    " wlength wextract=we sign zsin zcos ztan zarctan zexp zln zlog zpower zarcsin zarccos zsec zcsc zcot now"
    " isvalidnum isvaliddouble zname wiswide inumber=in bit bitcount bitfind zwascii=zwa zlascii=zla zqascii=zqa"
    " zwchar=zwc zlchar=zlc zqchar=zqc normalize zversion_"
) | {"$zobjclassname": "classname"}
FUNCTIONS |= {"$wextract": "extract", "$we": "extract", "$wfind": "find", "$wascii": "ascii", "$wreverse": "reverse"}

#: Functions that run in the frame: they call methods or code.
FRAME_FUNCTIONS = _table(
    "classmethod=zobjclassmethod method=zobjmethod parameter=zobjparameter property=zobjproperty xecute"
)

#: Functions whose arguments at these positions are places.
PLACE_FUNCTIONS: dict[str, tuple[str, frozenset[int]]] = {
    name: (python, frozenset(positions))
    for names, python, positions in (
        ("get g", "get", (0,)),
        ("data d", "data", (0, 1)),
        ("order o", "order", (0, 2)),
        ("query q", "query", (0, 2)),
        ("next n", "next_", (0,)),
        ("name na", "name", (0,)),
        ("increment i seq sequence zincrement zincr", "increment", (0,)),
        ("listnext", "listnext", (0, 1, 2)),
    )
    for name in (f"${part}" for part in names.split())
}

#: Special variables.
SPECIALS = _table(
    "horolog=h job=j ztimestamp=zts zhorolog=zh namespace=znspace=znamespace zerror=ze username tlevel=tl zversion=zv"
    " test=t quit=q io=i principal=p x y key=k zeof ecode=ec estack=es stack=st storage=s zstorage=zs zpi za zb"
    " zparent=zp zchild=zc zmode=zm roles device=d etrap=et ztrap=zt halt zio zname system"
)
