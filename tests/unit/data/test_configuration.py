"""``[namespaces.NAME]`` of ``iscpy.toml``."""

from pathlib import Path

import pytest
from isc.py.data.configuration import NamespaceSettings, read_configuration
from isc.py.data.exceptions import ConfigurationError


def written(folder: Path, text: str) -> Path:
    (folder / "iscpy.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_namespace_may_be_another_database(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, '[namespaces.SALES]\nurl = "sqlite:///sales.db"\n'))
    assert found.namespaces == {"SALES": NamespaceSettings("SALES", "sqlite:///sales.db")}


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALES_PASSWORD", "p@ss/word;}")
    settings = NamespaceSettings("SALES", "postgresql://me:${SALES_PASSWORD}@host/db")
    assert settings.secret_url() == "postgresql://me:p%40ss%2Fword%3B%7D@host/db"
    assert settings.shown_url() == "postgresql://me:${SALES_PASSWORD}@host/db"
    assert (
        NamespaceSettings("S", "odbc:Driver=X;PWD=${SALES_PASSWORD}").secret_url() == "odbc:Driver=X;PWD={p@ss/word;}}}"
    )


def test_a_password_in_the_file_is_not_shown() -> None:
    assert NamespaceSettings("S", "postgresql://me:secret@host/db").shown_url() == "postgresql://me:***@host/db"
    assert NamespaceSettings("S", "odbc:Driver=X;PWD=secret;Port=1").shown_url() == "odbc:Driver=X;PWD=***;Port=1"
    assert NamespaceSettings("S", "jdbc:x://h/d?password=secret&a=1").shown_url() == "jdbc:x://h/d?password=***&a=1"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)
    with pytest.raises(ConfigurationError, match="'SALES': environment variable NOT_THERE is not set"):
        NamespaceSettings("SALES", "postgresql://me:${NOT_THERE}@host/db").secret_url()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("namespaces = 1", ("[namespaces.NAME]",)),
        ("[namespaces.SALES]\n", ("[namespaces.SALES]", "no url")),
        ("[namespaces.SALES]\nurl = 'x'\ndrive = 'adbc'", ("[namespaces.SALES]", "did you mean driver")),
        ("[namespaces.SALES]\nurl = 'x'\ndriver = 'jdbc'", ("'jdbc' is unknown", "adbc or sqlalchemy")),
        ("[namespaces.SALES]\nurl = 1", ("url is a string",)),
    ],
)
def test_a_mistake_names_place_and_mend(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(written(tmp_path, text))
    assert [word for word in ("iscpy.toml", *words) if word not in str(caught.value)] == [], str(caught.value)
