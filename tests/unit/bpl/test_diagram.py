from pathlib import Path
from typing import Any

import pytest
from isc.py.bpl.coverage import Coverage
from isc.py.bpl.coverage_report import html_report, text_report
from isc.py.bpl.diagram import fitted, svg, text_width
from isc.py.bpl.drawing import BOX, draw, laid_out, positioned
from isc.py.bpl.emulator import BPEmulator
from isc.py.bpl.exceptions import BPLError
from isc.py.bpl.outline import outline_of, read_outline
from isc.py.msg import StringRequest
from isc.py.objectscript.udl import load_file
from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"
EVERYTHING = """<process><sequence>
<assign name="Prepare &lt;b&gt; &amp; more" property="context.X" value="1"/>
<foreach name="Each" property="request.L" key="context.K"><if name="Good?" condition="context.X&gt;1"><true>
<call name="Send" target="Out" async="1"><request type="x"/></call></true></if></foreach>
<flow name="Both"><sequence name="left"><sql name="Q">select 1</sql></sequence>
<sequence><rule name="R"/></sequence></flow>
<scope name="Safe"><code name="C"> set x=1 </code><switch name="S">
<case condition="a=1" name="one"><trace name="T"/></case>
</switch><throw name="Bad" fault='"x"'/><faulthandlers><catch fault='"x"'><alert name="Help"/></catch>
<catchall name="rest"><transform name="Tr"/></catchall></faulthandlers></scope>
</sequence></process>"""


def texts(drawn: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(drawn.encode()).iter(f"{SVG}text")]


def test_every_activity_and_branch_is_drawn_by_name_with_its_text_escaped() -> None:
    shown = texts(svg(read_outline(EVERYTHING, "t.P")))
    for name in ("Prepare <b> & more", "Good?", "Send", "Q", "R", "C", "S", "T", "Bad", "Help", "Tr", "start", "end"):
        assert name in shown
    for label in ("true", "false", "one", "default", "left", "thread 2", 'catch "x"', "catchall"):
        assert label in shown


def test_what_is_laid_out_does_not_overlap_and_stays_on_the_page() -> None:
    drawing = laid_out(read_outline(EVERYTHING, "t.P"))
    for at, box in enumerate(drawing.boxes):
        assert BOX[0] / 2 <= box.x <= drawing.width - BOX[0] / 2
        assert 0 < box.y < drawing.height
        for other in drawing.boxes[at + 1 :]:
            assert abs(box.x - other.x) >= BOX[0] or abs(box.y - other.y) >= BOX[1]


def test_places_that_an_editor_stored_keep_their_order() -> None:
    path = Path(__file__).parents[3] / "samples/cls/isc/py/test/Process.cls"
    block = next(xdata for xdata in load_file(path).xdatas if xdata.name == "BPL")
    outline = read_outline(block.text, "isc.py.test.Process", block.line)
    drawing = positioned(outline)
    assert drawing is not None
    boxes = {box.node.name: box for box in drawing.boxes}
    assert boxes["Wrong"].x < boxes["Cube right?"].x < boxes["Right"].x
    assert boxes["RAW"].y == boxes["ODBC"].y < boxes["Save Context"].y


@pytest.mark.parametrize("second", ["", "xpos='10' ypos='22'"])
def test_without_a_place_for_each_or_with_two_at_one_place_it_is_laid_out(second: str) -> None:
    outline = read_outline(
        f"<process><sequence><trace name='A' xpos='10' ypos='20'/>\n<trace name='B' {second}/></sequence></process>",
        "t.P",
    )
    drawing = draw(outline)
    assert len(drawing.boxes) == 2
    assert abs(drawing.boxes[0].y - drawing.boxes[1].y) > BOX[1]


def test_bodies_of_containers_are_pages_of_their_own_where_an_editor_placed_them() -> None:
    outline = read_outline(
        "<process><sequence><while name='W' condition='1' xpos='200' ypos='250'>"
        "<trace name='In' xpos='200' ypos='250'/>"
        "</while><trace name='Last' xpos='200' ypos='350'/></sequence></process>",
        "t.P",
    )
    drawing = positioned(outline)
    assert drawing is not None
    assert [title for title, _, _ in drawing.titles] == ["while W: again"]
    boxes = {box.node.name: box for box in drawing.boxes}
    assert boxes["In"].y > boxes["Last"].y


def test_long_names_are_cut_and_wide_letters_count_twice() -> None:
    assert fitted("short", 100, 12) == "short"
    assert fitted("a very long name of an activity", 60, 12).endswith("…")
    assert text_width("日", 10) > 1.5 * text_width("a", 10)


def test_an_outline_of_broken_xml_or_no_bpl_is_refused_by_line(process_class: Any) -> None:
    with pytest.raises(BPLError, match=r"t\.P is no XML.*line 11"):
        read_outline("<process>\n<sequence>", "t.P", 10)
    with pytest.raises(BPLError, match="no XData block BPL"):
        outline_of(StringRequest)


BODY = """<if name='Check &lt;1&gt;' condition='request.StringValue="a"'><true><trace name='Yes' value='1'/></true>
<false><trace name='No' value='1'/></false></if>"""


def test_reports_name_what_was_missed_and_colour_the_diagram(process_class: Any) -> None:
    process_class(BODY)
    coverage = Coverage()
    BPEmulator.Run("t.Process", StringRequest(StringValue="a"), coverage=coverage)
    assert text_report(coverage).splitlines() == [
        "process    activities  branches  covered",
        "t.Process      2 of 3    1 of 2   60.0 %",
        "",
        "t.Process missed:",
        "  line 14: if 'Check <1>' → false",
        "  line 15: trace 'No'",
    ]
    page = html_report(coverage)
    assert "<h1>BPL coverage: 60.0 %</h1>" in page
    assert "if &#39;Check &lt;1&gt;&#39; → false" in page
    assert "<1>" not in page
    for colour in ("#d9f2df", "#fbd9d7", "#fff0b8"):
        assert f'fill="{colour}"' in page
