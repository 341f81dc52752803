"""``iscpy load`` of many classes: parsed, stored, compiled; and again when nothing has changed."""

import tempfile
from pathlib import Path
from time import perf_counter

from isc.py.bpl.checks import check
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use

from .report import Report

CLASS = """Include Bench.Macros

/// One of many.
Class bench.Class{number} Extends {superclass}
{{

Parameter LIMIT = {number};

Property Name As %String(MAXLEN = 100) [ Required ];

Property Numbers As list Of %Integer;

Property Total As %Numeric [ InitialExpression = {{0+1}} ];

Method Add(values As %ListOfDataTypes, ByRef count As %Integer) As %Status
{{
    set status = $$$OK
    try {{
        for i = 1:1:values.Count() {{
            set value = values.GetAt(i)
            continue:value=""
            if value > ..#LIMIT {{
                set count = $get(count) + 1, ..Total = ..Total + $$$Weighted(value)
            }} elseif value?1.3N {{
                do ..Numbers.Insert($piece(value, ".", 1))
            }} else {{
                $$$ThrowStatus($$$ERROR($$$GeneralError, "bad value "_value))
            }}
        }}
    }} catch ex {{
        set status = ex.AsStatus()
    }}
    quit status
}}

ClassMethod Describe(request As Ens.StringRequest) As %String
{{
    set text = ""
    for piece = 1:1:$length(request.StringValue, ",") {{
        set part = $zstrip($piece(request.StringValue, ",", piece), "<>W")
        set text = text_$select(text = "": "", 1: "; ")_$zconvert(part, "U")_"="_$length(part)
    }}
    quit text_" ("_##class(bench.Class{other}).#LIMIT_")"
}}

}}
"""
PROCESS = """Class bench.Process{number} Extends Ens.BusinessProcessBPL
{{

XData BPL
{{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='Count' type='%Integer'/></context>
<sequence>
<assign property='context.Count' value='$length(request.StringValue,",")+{number}' action='set'/>
<if condition='context.Count &gt; 3'><true>
<call name='Ask' target='Target' async='0'><request type='Ens.StringRequest'>
<assign property='callrequest.StringValue' value='"n"_context.Count' action='set'/></request>
<response type='Ens.StringResponse'><assign property='response' value='callresponse' action='set'/></response></call>
</true><false><code name='Plain'><![CDATA[ set response.StringValue = $piece(request.StringValue,",",1)
 if response.StringValue="" set response.StringValue="none"
]]></code></false></if>
<trace value='"count "_context.Count'/>
</sequence></process>
}}

}}
"""


def run(*, short: bool) -> Report:
    """Measure; 1,000 classes and 1,000 BPL processes, or 100."""
    count = 100 if short else 1000
    report = Report("load")
    with tempfile.TemporaryDirectory() as folder, use(open_namespace(folder)) as namespace:
        classes, processes = Path(folder) / "classes", Path(folder) / "processes"
        classes.mkdir()
        processes.mkdir()
        (classes / "Macros.inc").write_text("ROUTINE Bench.Macros [Type=INC]\n#define Weighted(%x) ((%x) * 2)\n")
        for number in range(count):
            above = f"bench.Class{number - 1}" if number % 5 else "%RegisteredObject"
            text = CLASS.format(number=number, superclass=above, other=(number * 5) % count)
            (classes / f"Class{number}.cls").write_text(text)
            (processes / f"Process{number}.cls").write_text(PROCESS.format(number=number))
        for what, sources in (("classes", classes), ("processes", processes)):
            report.add(f"parse, store and compile {count} {what}", [_load(namespace, sources)], "s")
            report.add("the same again, unchanged", [_load(namespace, sources)], "s")
        namespace.close()
    return report


def _load(namespace: EmbeddedNamespace, sources: Path) -> float:
    start = perf_counter()
    for item in namespace.load_path(sources, check):
        if item.error or item.notes:
            raise RuntimeError(f"{item.path}: {item.error or item.notes}")
    return perf_counter() - start
