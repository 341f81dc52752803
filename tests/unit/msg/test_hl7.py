from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py.msg import er7, wire
from isc.py.msg.hl7 import HL7Message
from isc.py.msg.hl7_segment import Segment
from isc.py.objectscript import ByRef, Frame, compile_block, compile_expression, compile_target, dictionary, status

ADT = "\r".join(
    [
        r"MSH|^~\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A04^ADT_A01|MSG001|P|2.5",
        "EVN|A04|20260101120000",
        r"PID|1||100^^^HOSP^MR~200^^^SSA^SS||DOE^JOHN^Q||19800101|M|||1 Main St^^Springfield&North^IL||555\S\1",
        "ZPD|own",
        "PV1|1|I|W^389^1",
        "IN1|1|PLAN A",
        "IN2|1",
        "IN1|2|PLAN B",
    ]
)
ORU = "\r".join(
    [
        r"MSH|^~\&|LAB|H|EMR|C|20260101||ORU^R01|1|P|2.5",
        "PID|1||77",
        "OBR|1|A",
        "NTE|1||first order",
        "OBX|1|NM|GLU||5.5",
        "NTE|1||on glucose",
        "OBX|2|NM|NA||140",
        "ORC|RE",
        "OBR|2|B",
        "OBX|1|ST|TXT||ok",
    ]
)


def message(text: str = ADT, doc_type: str = "") -> HL7Message:
    made = HL7Message.ImportFromString(text)
    assert isinstance(made, HL7Message)
    made.DocType = doc_type
    return made


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("MSH:1", "|"),
        ("MSH:2", r"^~\&"),
        ("MSH:3", "EPIC"),
        ("MSH:9", "ADT^A04^ADT_A01"),
        ("MSH:9.1", "ADT"),
        ("PID:5.1", "DOE"),
        ("PID:5", "DOE^JOHN^Q"),
        ("PID:3.1", "100"),
        ("PID:3(2).1", "200"),
        ("PID:3(2)", "200^^^SSA^SS"),
        ("PID:3(-).5", "SS"),
        ("PID:3().1", "<100><200>"),
        ("PID:3(*)", 2),
        ("PID:4(*)", 1),
        ("PID:30(*)", 0),
        ("PID:11.3.2", "North"),
        ("PID:11.3", "Springfield&North"),
        ("PID:13", r"555\S\1"),
        ("PID:99", ""),
        ("3:5.2", "JOHN"),
        ("99:1", ""),
        ("ZPD:1", "own"),
        ("AL1:3", ""),
        ("EVN", "EVN|A04|20260101120000"),
        ("IN1grp(2).IN1:2", "PLAN B"),
        ("IN1grp(*)", 2),
        ("IN1grp().IN1:2", "<PLAN A><PLAN B>"),
        ("IN1grp(1)", "IN1|1|PLAN A\rIN2|1"),
        ("PID:PatientName.FamilyName", "DOE"),
        ("PID:patientidentifierlist(2).idnumber", "200"),
        ("PID:PatientAddress.City", "Springfield&North"),
        ("MSH:MessageType.TriggerEvent", "A04"),
    ],
)
def test_values_are_read_by_path(path: str, value: object) -> None:
    assert message().GetValueAt(path) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("OBX(*)", 3),
        ("OBX(3):5", "ok"),
        ("PIDgrpgrp(1).PIDgrp.PID:3", "77"),
        ("PIDgrpgrp(1).ORCgrp(1).OBXgrp(2).OBX:3", "NA"),
        ("PIDgrpgrp(1).ORCgrp(2).OBXgrp(1).OBX:5", "ok"),
        ("PIDgrpgrp.ORCgrp.NTE:3", "first order"),
        ("PIDgrpgrp(1).ORCgrp(1).OBXgrp(1).NTE:3", "on glucose"),
        ("PIDgrpgrp(1).ORCgrp(*)", 2),
        ("PIDgrpgrp().ORCgrp().OBXgrp().OBX:3", "<GLU><NA><TXT>"),
    ],
)
def test_groups_are_those_of_the_structure(path: str, value: object) -> None:
    assert message(ORU, "2.5:ORU_R01").GetValueAt(path) == value
    assert message(ORU).GetValueAt(path) == value


def test_what_a_message_is_comes_from_its_header() -> None:
    made = message(doc_type="2.5:ADT_A01")
    frame = Frame({"m": made})
    found = [
        compile_expression(f"m.{name}").evaluate(frame)
        for name in ("Name", "DocTypeName", "DocTypeCategory", "TypeVersion", "SegCount", "Identifier", "Separators")
    ]
    assert found == ["ADT_A04", "ADT_A01", "2.5", "2.5", 8, "MSG001", r"|^~\&"]


@pytest.mark.parametrize(
    ("path", "value", "segment"),
    [
        ("EVN:5", "x", "EVN|A04|20260101120000|||x"),
        ("EVN:5.2", "x", "EVN|A04|20260101120000|||^x"),
        ("PV1:3.1", "E", "PV1|1|I|E^389^1"),
        ("PV1:3(2).1", "E", "PV1|1|I|W^389^1~E"),
        ("PV1:3", "A^B", "PV1|1|I|A^B"),
        ("PV1:3.2.2", "x", "PV1|1|I|W^389&x^1"),
        ("PV1:2", "", "PV1|1||W^389^1"),
        ("PV1:9", "", "PV1|1|I|W^389^1"),
        ("PV1:2", "a|b", r"PV1|1|I\F\b".replace("I", "a") + "|W^389^1"),
        ("PV1:2.1", "a^b&c", r"PV1|1|a\S\b&c|W^389^1"),
        ("PV1:2.1.1", "a&b", r"PV1|1|a\T\b|W^389^1"),
        ("PV1:2", "a\r\nb", r"PV1|1|a\X0D\\X0A\b|W^389^1"),
        ("PV1:PatientClass", "O", "PV1|1|O|W^389^1"),
    ],
)
def test_a_value_put_in_stays_in_its_level(path: str, value: str, segment: str) -> None:
    made = message()
    assert made.SetValueAt(value, path) == status.OK
    assert made.GetValueAt(path[:3]) == segment
    assert made.GetValueAt("PID:5.1") == "DOE"


@pytest.mark.parametrize(
    ("path", "value", "action", "key", "field"),
    [
        ("PID:3", "300^^^X", "append", "", "100^^^HOSP^MR~200^^^SSA^SS~300^^^X"),
        ("PID:3()", "300", "append", "", "100^^^HOSP^MR~200^^^SSA^SS~300"),
        ("PID:3().1", "9", "append", "", "100^^^HOSP^MR~200^^^SSA^SS~9"),
        ("PID:3", "000", "insert", "2", "100^^^HOSP^MR~000~200^^^SSA^SS"),
        ("PID:3(1)", "", "remove", "", "200^^^SSA^SS"),
        ("PID:3", "", "remove", "2", "100^^^HOSP^MR"),
        ("PID:3(2)", "", "clear", "", "100^^^HOSP^MR~"),
        ("PID:3", "", "clear", "", ""),
        ("PID:3().4", "H", "set", "", "100^^^H^MR~200^^^H^SS"),
    ],
)
def test_actions_work_on_repetitions(path: str, value: str, action: str, key: str, field: str) -> None:
    made = message()
    assert made.SetValueAt(value, path, action, key) == status.OK
    assert made.GetValueAt("PID:3") == field


def test_a_segment_that_is_missing_is_made_where_the_structure_has_it() -> None:
    made = message()
    made.SetValueAt("x", "PV2:3")
    made.SetValueAt("peanuts", "AL1(2):3")
    made.SetValueAt("E", "PD1:1")
    names = [line[:3] for line in made.RawContent.split("\r")]
    assert names == ["MSH", "EVN", "PID", "PD1", "ZPD", "PV1", "PV2", "AL1", "IN1", "IN2", "IN1", ""]


def test_a_message_is_built_from_nothing_in_any_order() -> None:
    made = HL7Message._New()
    assert made.PokeDocType("2.5:ORU_R01") == status.OK
    for value, path in [
        ("5.5", "PIDgrpgrp(1).ORCgrp(1).OBXgrp(1).OBX:5"),
        ("late", "PIDgrpgrp(1).ORCgrp(1).OBXgrp(2).OBX:5"),
        ("second", "PIDgrpgrp(1).ORCgrp(2).OBXgrp(1).OBX:5"),
        ("B", "PIDgrpgrp(1).ORCgrp(2).OBR:2"),
        ("A", "PIDgrpgrp(1).ORCgrp(1).OBR:2"),
        ("77", "PIDgrpgrp(1).PIDgrp.PID:3"),
        ("LAB", "MSH:3"),
    ]:
        assert made.SetValueAt(value, path) == status.OK
    assert made.RawContent.split("\r") == [
        r"MSH|^~\&|LAB",
        "PID|||77",
        "OBR||A",
        "OBX|||||5.5",
        "OBX|||||late",
        "OBR||B",
        "OBX|||||second",
        "",
    ]


def test_an_empty_value_makes_no_segment() -> None:
    made = message()
    assert made.SetValueAt("", "AL1:3") == status.OK
    assert "AL1" not in made.RawContent


def test_whole_segments_and_groups_are_taken_over() -> None:
    source, target = message(), message(ADT.split("\rEVN")[0])
    for path in ("EVN", "PID", "IN1grp()", "IN1grp(1)"):
        target.SetValueAt(source.GetValueAt(path), path)
    assert [line[:3] for line in target.RawContent.split("\r")] == ["MSH", "EVN", "PID", "IN1", "IN2", "IN1", ""]
    assert target.GetValueAt("IN1grp(2).IN1:2") == "PLAN B"
    wrong = target.SetValueAt("PV1|1", "PID")
    assert "the place of a segment PID does not take 'PV1|1'" in status.text(wrong)
    assert target.SetValueAt("", "IN1grp(1)", "remove") == status.OK
    assert target.GetValueAt("IN1grp(*)") == 1


def test_segments_are_objects_too() -> None:
    made = message()
    segment = made.GetSegmentAt(3)
    assert isinstance(segment, Segment)
    assert (segment.Name, segment.GetValueAt("5.1"), segment.GetValueAt("3(*)")) == ("PID", "DOE", 2)
    segment.SetValueAt("SMITH", "5.1")
    assert made.GetValueAt("PID:5.1") == "DOE"
    assert made.SetSegmentAt(segment, "PID") == status.OK
    assert made.GetValueAt("PID:5.1") == "SMITH"
    live = made.GetMutableSegmentAt("PID")
    assert isinstance(live, Segment)
    live.SetValueAt("JONES", "PatientName.FamilyName")
    assert made.GetValueAt("PID:5.1") == "JONES"
    assert made.GetSegmentAt("NK1") == ""
    made.AppendSegment(Segment("ZZZ|1"))
    made.InsertSegmentAt("NTE|1", 2)
    assert [line[:3] for line in made.RawContent.split("\r")][:3] == ["MSH", "NTE", "EVN"]
    position: ByRef[object] = ByRef("")
    assert str(made.FindSegment("IN1", position)).startswith("IN1|1")
    assert str(made.FindSegment("IN1", position)).startswith("IN1|2")
    assert made.FindSegmentValues("IN1:2") == "<PLAN A><PLAN B>"


def test_other_separators_are_read_and_written() -> None:
    made = message("MSH$%*!@$APP\rPID$1$$1%2*3$$a@b")
    assert (made.GetValueAt("PID:3.2"), made.GetValueAt("PID:3(2)"), made.GetValueAt("PID:5.1.2")) == ("2", "3", "b")
    made.SetValueAt("x$y", "PID:8")
    assert made.GetValueAt("PID:8") == "x!F!y"
    assert made.OutputToString(r"|^~\&") == "MSH|^~\\&|APP\rPID|1||1^2~3||a&b|||x\\F\\y\r"
    usual = message()
    assert usual.SetSegmentAt(made.GetSegmentAt("PID"), "PID") == status.OK
    assert usual.GetValueAt("PID:3.2") == "2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the HL7 text is empty"),
        ("PID|1", "segment 1 at character 1: HL7 begins with MSH, FHS or BHS, found 'PID"),
        ("MSH", r"segment 1 \(MSH\) at character 4"),
        ("MSH|^^\\&|", "are alike"),
        ("MSH|^~\\&|A\rPID|1\rhello world", "segment 3 at character 18: a segment begins with a name"),
        ("MSH|^~\\&|A\nPIDX|1", r"segment 2 at character 12 \(PID\): the field separator '\|' must stand"),
    ],
)
def test_text_that_is_no_hl7_is_refused_with_segment_and_position(text: str, reason: str) -> None:
    with pytest.raises(er7.HL7Error, match=reason):
        HL7Message.ImportFromString(text)
    result: ByRef[object] = ByRef("")
    assert HL7Message.ImportFromString(text, result) == ""
    assert status.is_error(result.value)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "names no segment"),
        ("PID:", "a field must stand"),
        ("PID:5..1", "a name or number was expected"),
        ("PID:5(0)", "an index is a number from 1"),
        ("PID:5.1.1.1", "no more"),
        ("PID:PatientNames", "PID of HL7 2.5 has nothing named 'PatientNames' .did you mean patientname"),
        ("PIDgrp(1).PID:5", "ADT_A01 has no 'PIDgrp'; it has MSH, SFT"),
        ("IN1grp(1):5", "is a group"),
    ],
)
def test_a_path_that_cannot_be_is_named(path: str, reason: str) -> None:
    made = message()
    with pytest.raises(er7.HL7Error, match=reason):
        made.GetValueAt(path)
    result: ByRef[object] = ByRef("")
    assert made.GetValueAt(path, "", result) == ""
    assert status.is_error(result.value)
    assert status.is_error(made.SetValueAt("x", path))


def test_escapes_mean_characters() -> None:
    assert Segment.Unescape(r"a\F\b\S\c\R\d\T\e\E\f\X0D41\g\.br\h\H\i\Zx\j") == "a|b^c~d&e\\f\rAg\rh\\H\\i\\Zx\\j"
    assert Segment.Escape("a|b^c~d&e\\f\r") == r"a\F\b\S\c\R\d\T\e\E\f\X0D" + "\\"


@given(st.text(st.characters(min_codepoint=10, max_codepoint=255), max_size=30))
def test_what_was_escaped_comes_back(text: str) -> None:
    assert er7.unescape(er7.escape(text)) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\\"), min_size=1, max_size=30))
def test_any_text_put_into_a_subcomponent_comes_back_and_moves_nothing(text: str) -> None:
    made = message()
    assert made.SetValueAt(text, "PID:5(2).3.2") == status.OK
    assert er7.unescape(str(made.GetValueAt("PID:5(2).3.2"))) == text
    assert made.GetValueAt("PID:7") == "19800101"
    assert made.SegCount == 8


def test_a_message_travels_and_rests_as_any_other() -> None:
    made = message(doc_type="2.5:ADT_A01")
    text = wire.dump(made)
    assert '"class": "EnsLib.HL7.Message"' in text
    back = wire.load(text)
    assert back == made
    assert back.GetValueAt("IN1grp(2).IN1:2") == "PLAN B"  # type: ignore[attr-defined]  # an HL7 message


def test_text_that_is_no_hl7_is_not_sent() -> None:
    with pytest.raises(er7.HL7Error, match="segment 2"):
        wire.dump(HL7Message(RawContent="MSH|^~\\&|A\rx"))


def test_a_clone_is_another_message() -> None:
    made = message()
    clone = made._ConstructClone(1)
    clone.SetValueAt("X", "PID:5.1")
    assert (made.GetValueAt("PID:5.1"), clone.GetValueAt("PID:5.1")) == ("DOE", "X")


def test_the_language_reads_and_writes_by_virtual_paths() -> None:
    assert dictionary.resolve("EnsLib.HL7.Message") is HL7Message
    frame = Frame({"text": ADT, "request": message(), "k": 2})
    assert compile_expression('request.{PID:5.1}_","_request.{PID:3(k).1}').evaluate(frame) == "DOE,200"
    compile_target("request.{IN1grp(k).IN1:2}").assign(frame, "PLAN C")
    assert compile_expression('request.GetValueAt("IN1grp(2).IN1:2")').evaluate(frame) == "PLAN C"
    compile_block(
        """ set m = ##class(EnsLib.HL7.Message).ImportFromString(text, .sc)
 set ok = $system.Status.IsOK(sc)
 for i = 1:1:m.SegCount { set names = $get(names)_m.GetSegmentAt(i).Name }
 set bad = ##class(EnsLib.HL7.Message).ImportFromString("nonsense", .sc2)
 set why = $system.Status.GetErrorText(sc2)
"""
    ).execute(frame)
    assert frame.variables["ok"] == 1
    assert frame.variables["names"] == "MSHEVNPIDZPDPV1IN1IN2IN1"
    assert frame.variables["bad"] == ""
    assert "segment 1" in str(frame.variables["why"])


def test_files_with_several_messages(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "batch.hl7"
    first, second = message(), message(ORU)
    assert first.OutputToFile(str(path), 1) == status.OK
    assert second.OutputToFile(str(path)) == status.OK
    assert HL7Message.ImportFromFile(str(path), 2) == second
    with pytest.raises(er7.HL7Error, match="empty"):
        HL7Message.ImportFromFile(str(path), 3)
    with pytest.raises(er7.HL7Error, match="No such file"):
        HL7Message.ImportFromFile(str(path) + "x")


def test_a_value_that_is_refused_leaves_the_message_as_it_was() -> None:
    made = message("MSH|^~\\&|A||||||ADT^A01|1|P|2.5")
    before = made.RawContent
    assert status.is_error(made.SetValueAt("PV1|1", "PID"))
    assert (made.RawContent, made.SegCount) == (before, 1)


@given(st.lists(st.sampled_from("PID PV1 OBR OBX NTE ORC ZZ1 SPM DSC MSA".split()), max_size=12))
def test_any_order_of_segments_is_read_and_kept(names: list[str]) -> None:
    lines = [ORU.split("\r")[0], *(f"{name}|{at}" for at, name in enumerate(names))]
    made = message("\r".join(lines))
    for name in names:
        assert made.GetValueAt("PIDgrpgrp(*)") in range(13)
        assert made.FindSegmentValues(f"{name}:1")
    made.SetValueAt("x", "PIDgrpgrp(1).ORCgrp(1).OBXgrp(1).OBX:5")
    assert made.GetValueAt("PIDgrpgrp(1).ORCgrp(1).OBXgrp(1).OBX:5") == "x"
    others = [line for line in made.RawContent.split("\r") if line and not line.startswith("OBX")]
    assert [line for line in others if "|" in line] == [line for line in lines if not line.startswith("OBX")]


def test_a_choice_of_segments_is_a_union() -> None:
    made = HL7Message._New()
    made.PokeDocType("2.5:ORM_O01")
    for value, path in [
        ("A", "ORCgrp(2).OBRuniongrp.OBRunion.OBR:UniversalServiceIdentifier.Identifier"),
        ("NW", "ORCgrp(2).ORC:OrderControl"),
        ("R", "ORCgrp(1).OBRuniongrp.OBRunion.OBR:PriorityOBR"),
        ("7", "PIDgrp.PID:PatientIdentifierList(1).IDNumber"),
        ("note", "NTE():Comment(1)"),
        ("I", "PIDgrp.PV1grp.PV1:PatientClass"),
        ("NE", "MSH:ApplicationAcknowledgmentTyp"),
    ]:
        assert made.SetValueAt(value, path) == status.OK
    assert made.RawContent.split("\r") == [
        r"MSH|^~\&||||||||||||||NE",
        "NTE|||note",
        "PID|||7",
        "PV1||I",
        "OBR|||||R",
        "ORC|NW",
        "OBR||||A",
        "",
    ]
    read = message(made.RawContent.replace("OBR|||||R", "ORC|XX\rOBR|||||R"), "2.5:ORM_O01")
    assert read.GetValueAt("ORCgrp(2).OBRuniongrp.OBRunion.OBR:4") == "A"
    assert read.GetValueAt("ORCgrp(*)") == 2


def test_a_segment_may_be_made_by_its_doc_type() -> None:
    segment = Segment._New()
    assert segment.PokeDocType("2.5:MSH") == status.OK
    for value, path in [("*", "FieldSeparator"), ("^~\\&", "EncodingCharacters"), ("LAB", "SendingApplication")]:
        assert segment.SetValueAt(value, path) == status.OK
    assert (segment.RawContent, segment.DocType) == (r"MSH*^~\&*LAB", "2.5:MSH")
    made = HL7Message._New()
    made.SetValueAt(segment, "MSH")
    made.SetValueAt("1", "PID:3")
    assert made.RawContent == "MSH*^~\\&*LAB\rPID***1\r"


def test_the_schema_knows_the_structure_of_a_message_type() -> None:
    schema: Any = dictionary.resolve("EnsLib.HL7.Schema")
    result: ByRef[object] = ByRef("")
    assert schema.ResolveSchemaTypeToDocType("2.3", "ADT_A08", result) == "2.3:ADT_A01"
    assert result.value == status.OK
    assert schema.ResolveSchemaTypeToDocType("2.5", "XYZ_Q99", result) == ""
    assert "no structure for XYZ_Q99" in status.text(result.value)


def test_a_message_may_lack_its_header_while_it_is_made_but_not_when_it_is_sent() -> None:
    made = HL7Message._New()
    made.PokeDocType("2.5:ADT_A01")
    assert made.SetValueAt("7", "PID:3") == status.OK
    assert status.is_error(made.SetValueAt("7", "PID:NoSuchField"))
    clone = made._ConstructClone(1)
    assert clone.SetValueAt("I", "PV1:2") == status.OK
    assert (clone.RawContent, clone.Name, clone.TypeVersion) == ("PID|||7\rPV1||I\r", "", "")
    with pytest.raises(er7.HL7Error, match="begins with MSH"):
        wire.dump(clone)
    clone.SetValueAt("ADT^A01", "MSH:9")
    assert wire.load(wire.dump(clone)) == clone
