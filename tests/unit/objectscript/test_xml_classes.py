"""``%XML.Writer``, ``%XML.TextReader``, ``%XML.XPATH.Document`` and ``%XML.XSLT.Transformer``."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.objectscript import Frame, compile_block, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

PERSON = """Class t.Person Extends (%RegisteredObject, %XML.Adaptor)
{
Property Id As %Integer(XMLPROJECTION = "ATTRIBUTE");
Property Name As %String;
Property Home As t.Home;
}
"""
HOME = """Class t.Home Extends (%RegisteredObject, %XML.Adaptor)
{
Property City As %String;
}
"""
ADA = (
    ' set p=##class(t.Person).%New(),p.Id=7,p.Name="A&B",p.Home=##class(t.Home).%New(),p.Home.City="Ulm"\n'
    " set w=##class(%XML.Writer).%New()\n"
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SHEET = (
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:param name="n"/>'
    '<xsl:output method="text"/><xsl:template match="/"><xsl:value-of select="$n"/>:<xsl:value-of select="//b"/>'
    "</xsl:template></xsl:stylesheet>"
)


@pytest.fixture(autouse=True)
def _classes() -> Iterator[None]:
    dictionary.reset()
    for text in (HOME, PERSON):
        definition = parse_class(text)
        dictionary.register(definition.name, build(definition))
    yield
    dictionary.reset()


def written(code: str, **variables: object) -> str:
    frame = Frame(variables)
    compile_block(code).execute(frame)
    return "".join(map(str, frame.output))


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (" write p.XMLExport()", '<Person Id="7"><Name>A&amp;B</Name><Home><City>Ulm</City></Home></Person>1'),
        (
            ' do p.XMLExport("P",",indent")',
            '<P Id="7">\n  <Name>A&amp;B</Name>\n  <Home>\n    <City>Ulm</City>\n  </Home>\n</P>',
        ),
        (
            " write w.RootObject(p)",
            HEAD + '<Person Id="7"><Name>A&amp;B</Name><Home><City>Ulm</City></Home></Person>1',
        ),
        (
            ' set w.Indent=1,w.NoXMLDeclaration=1 do w.OutputToString(),w.RootElement("All"),w.WriteAttribute("n",2) '
            'do w.Object(p.Home),w.Object(p.Home,"H"),w.EndRootElement() write w.GetXMLString(.sc),sc',
            '<All n="2">\n  <Home>\n    <City>Ulm</City>\n  </Home>\n  <H>\n    <City>Ulm</City>\n  </H>\n</All>1',
        ),
        (
            ' do w.OutputToString(),w.RootElement("a"),w.WriteChars("1<"),w.Element("b"),w.EndElement() '
            'do w.Write("<c>2</c>3"),w.WriteComment("!"),w.WriteCData("&"),w.EndRootElement() write w.GetXMLString()',
            f"{HEAD}<a>1&lt;<b/><c>2</c>3<!--!-->&amp;</a>",
        ),
        (
            ' set w.NoXMLDeclaration=1,w.DefaultNamespace="urn:d" do w.AddNamespace("urn:x","x"),w.RootElement("r") '
            'do w.Object(p.Home),w.Object(p.Home,"Home","urn:x"),w.EndRootElement()',
            '<r xmlns="urn:d" xmlns:x="urn:x"><Home><City>Ulm</City></Home><x:Home><x:City>Ulm</x:City></x:Home></r>',
        ),
        (
            ' set s=##class(%Stream.TmpCharacter).%New() do w.OutputToStream(s),w.RootElement("r","urn:r") '
            "do w.EndRootElement(),s.Rewind() write s.Read()",
            f'{HEAD}<s01:r xmlns:s01="urn:r"/>',
        ),
    ],
)
def test_a_document_is_written(code: str, output: str) -> None:
    assert written(ADA + code) == output


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (" set sc=w.EndRootElement()", "no root element to end"),
        (' do w.RootElement("a"),w.Element("b") set sc=w.EndRootElement()', "<b> is open still"),
        (' do w.RootElement("a") set sc=w.EndDocument()', "<a> is open still"),
        (' do w.RootElement("a"),w.WriteChars("x") set sc=w.WriteAttribute("n",1)', "comes too late"),
        (' set sc=w.WriteChars("x")', "stands in no element"),
        (' do w.RootElement("a") set sc=w.Write("<b>")', "not well-formed"),
        (' do w.RootElement("a") set sc=w.WriteChars($char(1))', "text of <a>"),
        (' set sc=w.RootElement("1 a")', "is no name of an element"),
        (' set sc=w.RootObject("p")', "must extend %XML.Adaptor"),
        (' set sc=w.OutputToFile("/none/at/all")', "could not be opened"),
        (' set sc=w.OutputToStream("")', "wants a stream"),
    ],
)
def test_what_cannot_be_written_is_a_status(code: str, told: str) -> None:
    assert told in written(f"{ADA}{code} write $system.Status.GetErrorText(sc)")


def test_a_document_goes_to_a_file_in_its_charset(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    code = ' set w.Charset="ISO-8859-1" do w.OutputToFile(f),w.RootElement("a"),w.WriteChars("\u00e9\u20ac") '
    assert written(f"{ADA}{code} write w.EndRootElement()", f=str(path)) == "1"
    assert path.read_bytes() == b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>\xe9&#8364;</a>'


WALK = """
 write ##class(%XML.TextReader).ParseString(xml,.r)
 while r.Read() {
  write " ",r.NodeType,":",r.Name,"=",r.Value,"@",r.Path
  for i=1:1:r.AttributeCount { do r.MoveToAttributeIndex(i) write " [",r.LocalName,"=",r.Value,"]" }
  do r.MoveToElement()
 }
 write r.EOF
"""


def test_a_document_is_walked_node_by_node() -> None:
    xml = '<?xml version="1.0"?><!-- c --><a x="1" p:y="2" xmlns:p="urn:p">\n <p:b/>t</a>'
    assert written(WALK, xml=xml) == (
        "1 comment:= c @ element:a=@/a [x=1] [y=2] element:p:b=@/a/p:b endelement:p:b=@/a/p:b chars:=t@/a"
        " endelement:a=@/a1"
    )


def test_a_reader_moves_by_name_and_over_content() -> None:
    code = """
 do ##class(%XML.TextReader).ParseString(xml,.r)
 do r.Read(),r.MoveToContent()
 write r.ReadStartElement("a"),r.MoveToAttributeName("n"),r.Value,r.MoveToAttributeName("z"),r.NodeType," "
 do r.Skip() write r.Name,r.IsEmptyElement,r.Depth,r.HasAttributes
 do r.Rewind() write r.Read(),r.Name,r.NamespaceUri
"""
    assert written(code, xml='<a><b n="5"><c/>x</b><d/></a>') == "1150attribute d1201a"


def test_what_is_no_document_is_told(tmp_path: Path) -> None:
    told = " write $system.Status.GetErrorText({})"
    assert "line 1, column" in written(told.format('##class(%XML.TextReader).ParseString("<a>",.r)'))
    assert "could not be opened" in written(told.format('##class(%XML.TextReader).ParseFile("/none/at/all",.r)'))
    assert "is not read" in written(told.format('##class(%XML.TextReader).ParseURL("http://a/",.r)'))
    (tmp_path / "secret").write_text("hidden")
    xml = f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><a>&e;</a>'
    for name in ("%XML.TextReader).ParseString", "%XML.XPATH.Document).CreateFromString"):
        assert "the entity &e; is not read" in written(told.format(f"##class({name}(xml,.r)"), xml=xml)


def test_expressions_are_evaluated_in_a_document() -> None:
    code = """
 write ##class(%XML.XPATH.Document).CreateFromString(xml,.d,,,,"p urn:p")
 do d.EvaluateExpression("/a/b","@n",.list)
 for i=1:1:list.Count() { write " ",list.GetAt(i).Type,list.GetAt(i).Value }
 do d.EvaluateExpression("/","count(//b)",.list) write " ",list.GetAt(1).Value
 do d.EvaluateExpression("/a","p:c",.list) set r=list.GetAt(1) write " ",r.Type
 while r.Read() { write r.NodeType,r.LocalName,r.Value," " }
 write $system.Status.GetErrorText(d.EvaluateExpression("/","]",.list))
"""
    found = written(code, xml='<a xmlns:p="urn:p"><b n="1"/><b n="2"/><p:c>t</p:c></a>')
    assert found.startswith("1 11 12 2 2elementc charst endelementc ")
    assert "']' in '/'" in found


def test_stylesheets_transform_texts_streams_and_files(tmp_path: Path) -> None:
    code = """
 set n("n")="'N'"
 write ##class(%XML.XSLT.Transformer).TransformString("<a><b>x</b></a>",sheet,.out,,.n)," ",out," "
 write ##class(%XML.XSLT.CompiledStyleSheet).CreateFromStream(sheet,.compiled)
 set s=##class(%Stream.TmpCharacter).%New()
 do ##class(%XML.XSLT.Transformer).TransformStreamWithCompiledXSL("<a><b>y</b></a>",compiled,.s,,.n)
 do s.Rewind() write s.Read()," "
 write ##class(%XML.XSLT.Transformer).TransformFile(folder_"/a.xml",folder_"/a.xsl",folder_"/out",,.n)
"""
    (tmp_path / "a.xml").write_text("<b>z</b>")
    (tmp_path / "a.xsl").write_text(SHEET)
    assert written(code, sheet=SHEET, folder=str(tmp_path)) == "1 N:x 1N:y 1"
    assert (tmp_path / "out").read_text() == "N:z"


def test_a_stylesheet_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_text("<b>hidden</b>")
    sheet = SHEET.replace('select="//b"', f"select=\"document('file://{tmp_path}/secret.xml')\"")
    code = " set sc=##class(%XML.XSLT.Transformer).TransformString(xml,sheet,.out) write $get(out),sc"
    assert "hidden" not in written(code, xml="<a/>", sheet=sheet)
