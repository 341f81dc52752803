import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.ens import Item, Production
from isc.py.ens.definition import Definition
from isc.py.ens.exceptions import ProductionError
from isc.py.ens.production import definition_of
from isc.py.ens.production_code import write_code
from isc.py.ens.production_xml import read_xml, write_class, write_xml
from isc.py.objectscript import dictionary
from isc.py.objectscript.udl import parse_class

FIELD = """
<Production Name="Demo.Hospital" TestingEnabled="true" LogGeneralTraceEvents="false">
  <Description>Admissions &amp; results</Description>
  <ActorPoolSize>2</ActorPoolSize>
  <Setting Target="Production" Name="ShutdownTimeout">120</Setting>
  <Item Name="From ADT" Category="HL7,In" ClassName="EnsLib.HL7.Service.TCPService" PoolSize="1" Enabled="true"
        Foreground="false" Comment="the &quot;main&quot; feed" LogTraceEvents="true" Schedule="" AlertGroups="on call">
    <Setting Target="Adapter" Name="Port">2575</Setting>
    <Setting Target="Host" Name="TargetConfigNames">Router, Archive</Setting>
    <Setting Target="Host" Name="Separator"> | </Setting>
  </Item>
  <Item Name="Old" ClassName="Demo.Old" PoolSize="0" Enabled="false"/>
</Production>
"""


def from_code(text: str) -> Definition:
    names: dict[str, object] = {"__name__": "demo"}
    exec(compile(text, "demo.py", "exec"), names)
    made = next(value for key, value in names.items() if isinstance(value, type) and hasattr(value, "items"))
    dictionary.register("demo.Made", made)
    return definition_of("demo.Made")


def test_xml_of_the_field_is_read() -> None:
    found = read_xml("Demo.Hospital", FIELD)
    first, second = found.items
    assert (found.description, found.actor_pool_size, found.testing_enabled) == ("Admissions & results", 2, True)
    assert found.settings == {"ShutdownTimeout": "120"}
    assert first.settings == {"Adapter.Port": "2575", "TargetConfigNames": "Router, Archive", "Separator": " | "}
    assert (first.category, first.comment, first.log_trace_events) == ("HL7,In", 'the "main" feed', True)
    assert first.extra == {"AlertGroups": "on call"}
    assert (second.pool_size, second.enabled) == (0, False)


def test_xml_and_python_keep_everything_both_ways() -> None:
    found = read_xml("Demo.Hospital", FIELD)
    assert read_xml("Demo.Hospital", write_xml(found)) == found
    assert from_code(write_code(found)) == found
    (block,) = parse_class(write_class(found)).xdatas
    assert read_xml("Demo.Hospital", block.text) == found


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
names = st.text("abcXYZ.", min_size=1, max_size=8)
items = st.builds(
    Item,
    names,
    names,
    st.integers(0, 99),
    st.booleans(),
    st.dictionaries(
        names.map(lambda name: f"Adapter.{name}") | names.filter(lambda n: not n.startswith("Adapter.")), texts
    ),
    texts,
    texts,
    st.booleans(),
    st.booleans(),
    texts,
)


@given(st.lists(items, unique_by=lambda item: item.name, max_size=3), texts)
def test_any_definition_survives_both_forms(made: list[Item], description: str) -> None:
    definition = Definition("p.Q", tuple(made), description)
    assert read_xml("p.Q", write_xml(definition)) == definition
    assert from_code(write_code(definition)) == definition


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<Production", "is no XML: .*line 1"),
        ("<Other/>", "its definition is a <Other>"),
        ("<Production>\n<Item/></Production>", "neither Name nor ClassName \\(line 2"),
        (
            "<Production>\n<Item Name='A' PoolSize='x'/></Production>",
            "item 'A': PoolSize 'x' is no whole number from 0 on \\(line 2",
        ),
        ("<Production>\n<Item Name='A' PoolSize='-1'/></Production>", "PoolSize '-1' is no whole number from 0 on"),
        ("<Production>\n<Item Name='A' Enabled='of'/></Production>", "'A': Enabled 'of' is neither true nor .*line 2"),
        ("<Production TestingEnabled='x'/>", "^TestingEnabled 'x' is neither true nor false \\(line 1"),
        ("<Production>\n<Item Name='A'/>\n<Item Name='A'/></Production>", "'A' is there twice: lines 2 and 3"),
    ],
)
def test_xml_that_does_not_fit_is_refused_by_its_line(text: str, says: str) -> None:
    with pytest.raises(ProductionError, match=says):
        read_xml("p.Q", text)


def test_items_that_are_none_are_named() -> None:
    for made, says in [
        ([Item("A", "t.A"), "B"], "item 2 is 'B': write Item"),
        ({}, "its items are a dict, not a list"),
    ]:
        dictionary.register("made.Odd", type("Odd", (Production,), {"items": made}))
        with pytest.raises(ProductionError, match=says):
            definition_of("made.Odd")
    dictionary.reset()


def test_a_class_made_inside_a_function_cannot_be_an_item() -> None:
    class Inner:
        pass

    with pytest.raises(ProductionError, match="made inside a function: define it at the top"):
        Item("A", Inner)
