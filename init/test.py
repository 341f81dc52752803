"""`Test`: the functions and classes that samples and tests call."""

from collections.abc import Sequence
from typing import ClassVar

from isc.py.terminal import Main

from .abstract import Abstract

_FUNCTIONS = '''
def cube(x):
    """The third power of x."""
    return x ** 3


def posargs(*args):
    """The positional arguments, in a row."""
    return ", ".join(str(item) for item in args)


def kwargs(**kwargs):
    """The keyword arguments, in a row."""
    return ", ".join(f"{name}={value}" for name, value in kwargs.items())


def foo(a, b, c=3, d=4):
    """Positional and default arguments."""
    return f"{a} {b} {c} {d}"


def allargs(a, *args, key="k", **kwargs):
    """Arguments of every kind."""
    return f"{a} {args} {key} {kwargs}"
'''

_CLASSES = '''
class Person(object):
    """A person."""

    def __init__(self, name, age, city):
        self.name = name
        self.age = age
        self.city = city

    def getAge(self):
        return self.age

    def getAgePlus(self, add):
        return self.age + add


class Employee(Person):
    """A person with a job."""

    def __init__(self, name, age, city, company):
        super().__init__(name, age, city)
        self.company = company
'''


class Test(Abstract):
    """Defines cube, posargs, kwargs, foo, allargs, Person and Employee."""

    Modules: ClassVar[Sequence[str | tuple[str, str]]] = ("random",)

    @classmethod
    def InitFunctions(cls) -> None:
        """The functions."""
        Main.ExecuteCode(_FUNCTIONS)

    @classmethod
    def InitPeople(cls) -> None:
        """The classes."""
        Main.ExecuteCode(_CLASSES)
