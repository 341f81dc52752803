"""Messages as text with their class name: what travels between processes and rests in the bank."""

import json
from typing import Any

from isc.py.objectscript import dictionary

from .base import Message, MessageError
from .bodies import as_message, body_class, is_body_class


def body(message: Message) -> tuple[str, str]:
    """Class name and JSON of a message, validated.

    Raises:
        MessageError: it is no message, or not what its class says.
    """
    found = as_message(message)
    if found is None:
        shown = dictionary.name_of(type(message))
        raise MessageError(f"a {shown} object is no message: derive its class from Ens.Request or Ens.Response")
    return dictionary.name_of(type(found)), found.check().to_json()


def message_of(class_name: str, text: str) -> Message:
    """The message of a class name and its JSON.

    Raises:
        ClassNotFoundError: no such class.
        MessageError: the class is no message class, or the JSON does not fit it.
    """
    cls = dictionary.resolve(class_name)
    if not issubclass(cls, Message):
        held: Any = cls
        if is_body_class(held):
            return body_class(held).from_json(text)
        raise MessageError(f"{class_name} is no message class: derive it from Ens.Request or Ens.Response")
    return cls.from_json(text)


def dump(message: Message) -> str:
    """One text of class name and properties. Raises like `body`."""
    name, text = body(message)
    return f'{{"class": {json.dumps(name)}, "properties": {text}}}'


def load(text: str) -> Message:
    """The message of a text that `dump` made. Raises like `message_of`."""
    try:
        found: Any = json.loads(text)
        return message_of(found["class"], json.dumps(found["properties"]))
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise MessageError(f"no message: {error}") from error
