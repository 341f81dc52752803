"""``iscpy production``: a production as XML, class file or Python; what differs; and taking one over."""

import importlib.util
import sys
from dataclasses import asdict
from pathlib import Path

from isc.py.ens.definition import Definition
from isc.py.ens.hosts import Production
from isc.py.ens.production import checked_host, definition_of
from isc.py.ens.production_code import write_code
from isc.py.ens.production_diff import differences
from isc.py.ens.production_xml import read_xml, write_class, write_xml
from isc.py.objectscript import dictionary
from isc.py.objectscript.udl import parse_class

from . import screen
from .failures import CommandError
from .project import enter, read_project
from .serving import only_production

_FORMS = {"xml": write_xml, "class": write_class, "python": write_code}


def export(production: str, form: str, out: Path | None, folder: Path) -> None:
    """Write a production to a file or standard output.

    Raises:
        CommandError: no such form, or no production is named and not exactly one is loaded.
    """
    if form not in _FORMS:
        raise CommandError(f"there is no form {form!r}: use {', '.join(_FORMS)}")
    text = _FORMS[form](_definition(production, folder)).rstrip() + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def diff(before: str, after: str, folder: Path, *, as_json: bool) -> None:
    """Show what changes from one production to another; each is a name or a file."""
    found = list(differences(_definition(before, folder), _definition(after, folder)))
    if as_json:
        screen.show_json([asdict(item) for item in found])
        return
    for item in found:
        screen.say(str(item))
    if not found:
        screen.say("no difference")


def apply(file: Path, folder: Path, *, dry: bool) -> None:
    """Take a production over into the folder's namespace, once all of it fits; `dry` only says what would change.

    Raises:
        ProductionError: an item or a setting does not fit; names it.
    """
    namespace = enter(folder)
    definition = _of_file(file)
    for item in definition.items:
        checked_host(definition.name, item)
    if dictionary.exists(definition.name):
        changes = [str(found) for found in differences(definition_of(definition.name), definition)]
        screen.say("\n".join(changes) or "no difference")
    else:
        screen.say(f"+ production: {definition.name}, {len(definition.items)} items")
    if dry:
        return
    target = folder / ".iscpy" / "applied" / f"{definition.name}.cls"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(write_class(definition), encoding="utf-8")
    for report in namespace.load_path(target):
        if report.error:
            raise CommandError(report.error)
    screen.say(f"{definition.name} is applied; a production that runs takes it at its next start")


def _definition(named: str, folder: Path) -> Definition:
    namespace = enter(folder)
    path = Path(named)
    if named and path.suffix in (".xml", ".cls", ".py"):
        return _of_file(path)
    return definition_of(named or read_project(folder).production or only_production(namespace))


def _of_file(path: Path) -> Definition:
    """The production of a file.

    Raises:
        CommandError: the file is not there, or holds no production.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    if path.suffix == ".py":
        return _of_python(path)
    if path.suffix == ".cls":
        definition = parse_class(text, str(path))
        for block in definition.xdatas:
            if block.name == "ProductionDefinition":
                return read_xml(definition.name, block.text, block.line)
        raise CommandError(f"{path}: class {definition.name} has no XData ProductionDefinition")
    return read_xml(path.stem, text)


def _of_python(path: Path) -> Definition:
    """Runs the file: it is code of whoever wrote it."""
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    made = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Production)]
    own = [cls for cls in made if cls.__module__ == path.stem]
    if len(own) != 1:
        raise CommandError(f"{path} has {len(own)} classes that extend Production: it must have one")
    return definition_of(f"{path.stem}.{own[0].__name__}")
