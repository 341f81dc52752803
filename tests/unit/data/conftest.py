from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.objectscript import dictionary

PERSON = """Class t.Person Extends (%Persistent, isc.py.data.XMLImport)
{
Property Name As %String(MAXLEN = 30) [ Required ];
Property Born As %Date;
Property Height As %Numeric(SCALE = 2);
Property Children As %Integer;
Property Member As %Boolean;
Property Tags As list Of %String;
XData Rows
{
<Rows>
<Row Name="Ada" Born="1815-12-10" Height="1.65" Children="3" Member="true"/>
<Row Name="Bob"><Children>0</Children><Born>2000-01-01</Born></Row>
</Rows>
}
}
"""


@pytest.fixture
def namespace(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    opened = open_namespace(tmp_path)
    (tmp_path / "Person.cls").write_text(PERSON)
    opened.load_path(tmp_path)
    with use(opened):
        yield opened
    opened.close()
    dictionary.reset()
