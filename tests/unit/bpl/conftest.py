from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.iscpython_c.context import free
from isc.py.objectscript import dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

HEAD = """Class t.Process Extends %RegisteredObject
{
Property Folder As %String [ InitialExpression = "/tmp/" ];
Property Limit As %Integer [ InitialExpression = 10 ];
ClassMethod Twice(x) { quit x*2 }
ClassMethod Double(x)
{
    quit x*2
}
XData BPL [ XMLNamespace = "http://www.intersystems.com/bpl" ]
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
"""


@pytest.fixture
def namespace(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    free()
    with use(open_namespace(tmp_path)) as opened:
        yield opened
    opened.close()
    dictionary.reset()


@pytest.fixture
def process_class(namespace: EmbeddedNamespace) -> Any:
    """Makes the class ``t.Process`` of a BPL body."""

    def make(body: str, context: str = "") -> Any:
        head = HEAD.replace("ClassMethod Twice(x) { quit x*2 }\n", "")
        xml = f"{head}<context>{context}</context>\n<sequence>\n{body}\n</sequence>\n</process>\n}}\n}}\n"
        cls = build(parse_class(xml, "Process.cls"))
        dictionary.register("t.Process", cls)
        return cls

    return make
