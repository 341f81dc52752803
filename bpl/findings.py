"""What the linter says: a finding, and the rules by their ids."""

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"

RULES = {
    "syntax": (ERROR, "the file, its BPL, or an expression of it cannot be read or compiled"),
    "unknown-name": (ERROR, "a name that is not in scope, or a property that its object does not have"),
    "missing-class": (ERROR, "a class that nobody defines"),
    "missing-method": (ERROR, "a method that its class does not have"),
    "missing-annotation": (ERROR, "`GetAnnotation` of an activity that does not exist or has no annotation"),
    "annotation-python": (ERROR, "an annotation that is no valid Python, whatever its expressions give"),
    "unknown-target": (ERROR, "a call to a target that a production with this process does not have"),
    "unknown-call": (ERROR, "a sync that waits for a call that the process does not have"),
    "unquoted": (WARNING, "a string that stands in Python or SQL without `|py` or `|sql`"),
    "duplicate-name": (WARNING, "two activities with one name: traces, annotations and stops mean the first"),
    "unnamed": (WARNING, "an activity without a name"),
    "unset-variable": (WARNING, "a variable of a code activity that nothing sets before it is read"),
    "short-lived": (WARNING, "a variable of another activity: it is gone once the process has waited for something"),
    "unknown-attribute": (WARNING, "an attribute that its element does not have: it is passed over"),
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong: where, by which rule, and the mend."""

    file: str
    line: int
    rule: str
    message: str
    mend: str = ""

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return RULES[self.rule][0]

    def __str__(self) -> str:
        mend = f" — {self.mend}" if self.mend else ""
        return f"{self.file}:{self.line}: {self.severity} {self.rule}: {self.message}{mend}"
