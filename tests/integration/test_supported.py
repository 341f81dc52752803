from pathlib import Path

from isc.py.console.supported import page
from isc.py.ens.settings_page import page as settings_page

PAGE = Path(__file__).parents[2] / "docs" / "supported.md"
SETTINGS = PAGE.with_name("settings.md")


def test_the_page_of_what_is_supported_is_that_of_the_code() -> None:
    stale = "docs/supported.md is stale: python -m isc.py.console.supported docs/supported.md"
    assert PAGE.read_text(encoding="utf-8") == page(), stale


def test_the_page_names_commands_functions_variables_elements_and_classes() -> None:
    text = page()
    for line in (
        "| `$piece(value, delimiter, start, end)` | `$p` | ",
        "| `foreach` | `property`, `key` |",
        "| `Ens.StringRequest` | ",
    ):
        assert line in text
    for name in ("`set` (`s`)", "`$horolog` (`$h`)", "`$$$OK`", "`subtransform`", "`%Save`", "`$this`"):
        assert name in text


def test_the_page_of_settings_is_that_of_the_code() -> None:
    stale = "docs/settings.md is stale: python -m isc.py.ens.settings_page docs/settings.md"
    assert SETTINGS.read_text(encoding="utf-8") == settings_page(), stale


def test_every_setting_is_described() -> None:
    from isc.py.ens._classes import CLASSES
    from isc.py.ens.settings import Configured, settings_of
    from isc.py.objectscript import dictionary

    classes = [cls for cls in map(dictionary.resolve, CLASSES) if issubclass(cls, Configured)]
    assert [f"{cls.__name__}.{item.name}" for cls in classes for item in settings_of(cls) if not item.description] == []
    assert len({item.name for cls in classes for item in settings_of(cls)}) > 60
