"""The names that compiled code calls, gathered from the modules that own them: ``o.add``, ``fn.piece``."""

from types import SimpleNamespace

from . import (
    control,
    devices,
    embedded_sql,
    file_devices,
    indirection,
    interrupts,
    members,
    operators,
    properties,
    public_variables,
    routines,
    special_places,
    trees,
    variables,
)
from .functions import FUNCTION_MODULES


def _gathered(*modules: object) -> SimpleNamespace:
    found: dict[str, object] = {}
    for module in modules:
        found.update({name: value for name, value in vars(module).items() if not name.startswith("_")})
    return SimpleNamespace(**found)


OPERATIONS = _gathered(
    operators,
    variables,
    trees,
    members,
    properties,
    public_variables,
    control,
    indirection,
    routines,
    devices,
    embedded_sql,
    file_devices,
    special_places,
    interrupts,
)
FUNCTIONS = _gathered(*FUNCTION_MODULES)
