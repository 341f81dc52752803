"""Class parameters: values, and expressions that are evaluated for the class that is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from .definitions import ClassDefinition


@dataclass(frozen=True, slots=True)
class Computed:
    """The expression of a parameter; `again`: evaluated whenever it is asked for, not once."""

    text: str
    place: str
    again: bool

    def evaluate(self, owner: type, class_name: str) -> object:
        """Its value for a class.

        Raises:
            ObjectScriptError: under the language's name, with the parameter's place.
        """
        from .compiler import compile_expression
        from .frame import Frame

        frame = Frame({"%classname": class_name}, this=owner, place=self.place)
        return compile_expression(self.text, self.place).evaluate(frame)


class Parameters(dict[str, object]):
    """The parameters of one class, inherited ones with them; reading one evaluates it when it is an expression."""

    def __init__(self, values: Mapping[str, object], class_name: str) -> None:
        super().__init__(values)
        self.class_name = class_name
        self.owner: type = object
        self._evaluated: dict[str, object] = {}

    def __getitem__(self, name: str) -> object:
        value = super().__getitem__(name)
        if not isinstance(value, Computed):
            return value
        if value.again:
            return value.evaluate(self.owner, self.class_name)
        if name not in self._evaluated:
            self._evaluated[name] = value.evaluate(self.owner, self.class_name)
        return self._evaluated[name]

    def get(self, name: str, default: object = None) -> object:
        """The value, or `default`."""
        try:
            return self[name]
        except KeyError:
            return default


def parameters_of(definition: ClassDefinition, inherited: Mapping[str, object]) -> Parameters:
    """The parameters of a class that is being built; its `owner` is set when the class is there."""
    own: dict[str, object] = dict(definition.parameters)
    for name in definition.computed | definition.evaluated:
        place = f"the parameter {name} of {definition.name}"
        own[name] = Computed(definition.parameters[name], place, name in definition.evaluated)
    return Parameters({**inherited, **own}, definition.name)


def raw_values(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters as they are inherited: expressions as such."""
    return dict(parameters.items())
