from pathlib import Path

from isc.py.console.supported import page

PAGE = Path(__file__).parents[2] / "docs" / "supported.md"


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
