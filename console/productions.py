"""``iscpy production``: a production as XML, class file or Python; what differs; and taking one over."""

import importlib.util
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.ens.control import ControlClient
from isc.py.ens.definition import Definition
from isc.py.ens.exceptions import ProductionError
from isc.py.ens.hosts import Production
from isc.py.ens.intake import notices
from isc.py.ens.production import checked_hosts, definition_of
from isc.py.ens.production_code import write_code
from isc.py.ens.production_diff import differences
from isc.py.ens.production_xml import read_xml, write_class, write_xml
from isc.py.objectscript import dictionary
from isc.py.objectscript.udl import parse_class

from . import screen
from .failures import CommandError
from .project import enter, read_project
from .running import running
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
    """Show what changes from one production to another; each is a name or a file.

    Without `after` it is what changes from the production that runs here to `before`.

    Raises:
        ProductionError: one of them is not there, or none runs here.
    """
    if after:
        found = list(differences(_definition(before, folder), _definition(after, folder)))
    else:
        wanted = _definition(before, folder)
        found = list(differences(_running(folder, wanted.name), wanted))
    if as_json:
        screen.show_json([asdict(item) for item in found])
        return
    for item in found:
        screen.say(str(item))
    if not found:
        screen.say("no difference")


def apply(file: Path, folder: Path, *, dry: bool) -> None:
    """Take a production over, once all of it fits: into the one that runs here, else for its next start.

    `dry` only says what would change.

    Raises:
        ProductionError: an item or a setting does not fit, or did not start; names it. Nothing has changed then.
    """
    namespace = enter(folder)
    definition = _of_file(file)
    hosts = checked_hosts(definition.name, definition)
    with _client(folder) as client:
        found = client.definition() if client is not None else None
        runs = found is not None and found.name == definition.name
        before = found if runs else definition_of(definition.name) if dictionary.exists(definition.name) else None
        if before is not None:
            screen.say("\n".join(map(str, differences(before, definition))) or "no difference")
        else:
            screen.say(f"+ production: {definition.name}, {len(definition.items)} items")
        for item in definition.items:
            for text in notices(definition, hosts, item):
                screen.say(f"warning: {item.name}: {text}")
        if dry:
            return
        if client is not None and runs:
            items = client.apply(write_class(definition))["items"]
            for name, what in items.items():
                screen.say(f"{name}: {what}")
            screen.say(f"{definition.name} is applied to the production that runs")
            return
    _store(definition, namespace, folder)
    other = f"; {found.name} runs here and goes on" if found is not None else ""
    screen.say(f"{definition.name} is applied: its next start takes it{other}")


def _store(definition: Definition, namespace: EmbeddedNamespace, folder: Path) -> None:
    target = folder / ".iscpy" / "applied" / f"{definition.name}.cls"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(write_class(definition), encoding="utf-8")
    for report in namespace.load_path(target):
        if report.error:
            raise CommandError(report.error)


def _client(folder: Path) -> AbstractContextManager[ControlClient | None]:
    """A connection to the production that runs in a folder, None when none does."""
    try:
        return ControlClient(folder)
    except ProductionError:
        return nullcontext()


def _running(folder: Path, name: str) -> Definition:
    client = running(folder)
    if client is None:
        raise CommandError(
            f"no production runs in {folder.resolve()}: name both that are to be compared, or start one with iscpy run"
        )
    with client:
        found = client.definition()
    if found.name != name:
        raise CommandError(f"{found.name} runs here, not {name}: name both that are to be compared")
    return found


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
