"""The classes of this room under their names of the language, imported when first used."""

CLASSES: dict[str, str] = {
    "Ens.BP.Context": "isc.py.bpl.state:ContextObject",
    "Ens.DataTransform": "isc.py.bpl.transform:DataTransform",
    "Ens.DataTransformDTL": "isc.py.bpl.transform:DataTransformDTL",
    "Ens.Util.FunctionSet": "isc.py.bpl.function_set:FunctionSet",
    "Ens.Util.Log": "isc.py.bpl.ens_util:Log",
    "Ens.Util.Time": "isc.py.bpl.ens_util:Time",
    "Ens.Util.File": "isc.py.bpl.ens_util:FileTools",
    "Ens.Rule.Definition": "isc.py.bpl.rules:Definition",
    "Ens.Rule.FunctionSet": "isc.py.bpl.rule_functions:FunctionSet",
}
