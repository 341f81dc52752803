"""The classes of this room under their names of the language, imported when first used."""

_OWN = {
    "requests": "ExecutionRequest StreamExecutionRequest QueryRequest GlobalRequest ClassRequest TableRequest "
    "SaveRequest RestoreRequest SQLRequest CreateCQRequest DebugRequest ObjectRequest",
    "responses": "ExecutionResponse StreamExecutionResponse",
}

CLASSES: dict[str, str] = (
    {
        f"Ens.{name}": f"isc.py.msg.ens:{name}"
        for name in ("Request", "Response", "StringRequest", "StringResponse", "StreamContainer", "AlertRequest")
    }
    | {f"isc.py.msg.{name}": f"isc.py.msg.{module}:{name}" for module, names in _OWN.items() for name in names.split()}
    | {
        "Ens.StringContainer": "isc.py.msg.ens_library:StringContainer",
        "Ens.Util.MessageBodyMethods": "isc.py.msg.bodies:MessageBodyMethods",
        "EnsLib.HTTP.GenericMessage": "isc.py.msg.ens_library:HTTPMessage",
        "EnsLib.REST.GenericMessage": "isc.py.msg.ens_library:HTTPMessage",
        "EnsLib.Workflow.TaskRequest": "isc.py.msg.ens_library:TaskRequest",
        "EnsLib.Workflow.TaskResponse": "isc.py.msg.ens_library:TaskResponse",
        "EnsLib.HL7.Message": "isc.py.msg.hl7:HL7Message",
        "EnsLib.HL7.Schema": "isc.py.msg.hl7_segment:Schema",
        "EnsLib.HL7.Segment": "isc.py.msg.hl7_segment:Segment",
    }
)
