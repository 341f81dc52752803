"""The check of a class file's BPL, DTL and rules when it is loaded: every text of them is compiled, nothing is run."""

from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.macros import using

from .program import compile_process
from .reader import read_bpl
from .rule_reader import read_rules
from .rule_steps import Compiler as RuleCompiler
from .transform_reader import read_transform
from .transform_steps import Compiler as TransformCompiler


def check(definition: ClassDefinition) -> list[str]:
    """Check the XData blocks of a class that this room reads.

    Returns:
        What is wrong without being an error, each as ``line N: …``.

    Raises:
        BPLError: its process cannot be loaded.
        TransformError: its transformation cannot be loaded.
        RuleError: its rules cannot be loaded.
    """
    with using(definition.includes):
        return _check(definition)


def _check(definition: ClassDefinition) -> list[str]:
    notes: list[str] = []
    for xdata in definition.xdatas:
        if xdata.name == "BPL":
            notes += compile_process(read_bpl(xdata.text, definition.name, xdata.line)).notes
        elif xdata.name == "DTL":
            transform = read_transform(xdata.text, definition.name, xdata.line)
            TransformCompiler(definition.name).all(transform.actions)
        elif xdata.name == "RuleDefinition":
            for rule_set in read_rules(xdata.text, definition.name, xdata.line).sets:
                RuleCompiler(definition.name).all(rule_set.items)
    return notes
