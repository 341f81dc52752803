"""The sample's class files: the data is what the script makes, and the classes load."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from isc.py.objectscript.udl import load_file

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def make_data() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_data", SAMPLES / "make_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_rows_are_what_the_script_makes(make_data: ModuleType) -> None:
    committed = make_data.CLASS_FILE.read_text(encoding="utf-8")
    assert make_data.class_text(committed) == committed
    assert len(make_data.rows()) == make_data.WEEKS


def test_another_seed_gives_other_rows(make_data: ModuleType) -> None:
    assert make_data.rows(seed=1) != make_data.rows()


def test_the_built_in_relations_show_in_the_correlations(make_data: ModuleType) -> None:
    sales = pd.DataFrame(make_data.rows())[list(make_data.CATEGORIES)].astype(int)
    matrix = sales.corr()
    assert matrix.loc["Cola", "ColaZero"] < -0.6
    assert matrix.loc["Water", "Lemonade"] > 0.6
    assert matrix.loc["Water", "HotChocolate"] < -0.6


@pytest.mark.parametrize("path", sorted((SAMPLES / "cls").rglob("*.cls")), ids=lambda path: path.stem)
def test_a_sample_class_is_named_by_its_path(path: Path) -> None:
    assert load_file(path).name == ".".join(path.relative_to(SAMPLES / "cls").with_suffix("").parts)
