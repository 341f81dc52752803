"""The classes of this room under their names of the language, imported when first used."""

_LIBRARY = "isc.py.objectscript.library"

_TYPES = {
    "String": "String", "Text": "Text Name VarString RawString ExactString EnumString Username",
    "Integer": "Integer BigInt Counter RowVersion", "TinyInt": "TinyInt", "SmallInt": "SmallInt",
    "Numeric": "Numeric Decimal Float Double Currency", "Boolean": "Boolean", "Date": "Date", "Time": "Time",
    "TimeStamp": "TimeStamp DateTime StringTimeStamp", "List": "List ListOfBinary",
    "Binary": "Binary Status CacheString",
}  # fmt: skip

CLASSES = {
    f"%Library.{name}": f"{_LIBRARY}.type_classes:{cls}" for cls, names in _TYPES.items() for name in names.split()
} | {
    "%Library.DataType": f"{_LIBRARY}.type_classes:DataType",
    "%Library.PosixTime": f"{_LIBRARY}.posix_time:PosixTime",
    "%Library.RegisteredObject": "isc.py.objectscript.objects:RegisteredObject",
    "%Library.Base": "isc.py.objectscript.objects:RegisteredObject",
    "%Library.SystemBase": "isc.py.objectscript.objects:RegisteredObject",
    "%Library.ListOfDataTypes": f"{_LIBRARY}.collections:ListOfDataTypes",
    "%Library.ArrayOfDataTypes": f"{_LIBRARY}.collections:ArrayOfDataTypes",
    "%Library.ListOfObjects": f"{_LIBRARY}.collections:ListOfObjects",
    "%Library.ArrayOfObjects": f"{_LIBRARY}.collections:ArrayOfObjects",
    "%Library.PopulateUtils": f"{_LIBRARY}.populate:PopulateUtils",
    "%Library.File": f"{_LIBRARY}.files:File",
    "%Library.DynamicAbstractObject": f"{_LIBRARY}.dynamic:DynamicAbstractObject",
    "%Library.DynamicObject": f"{_LIBRARY}.dynamic:DynamicObject",
    "%Library.DynamicArray": f"{_LIBRARY}.dynamic:DynamicArray",
    "%ZEN.proxyObject": f"{_LIBRARY}.zen:ProxyObject",
    "%ZEN.Auxiliary.jsonProvider": f"{_LIBRARY}.zen:JsonProvider",
    "%ZEN.Auxiliary.altJSONProvider": f"{_LIBRARY}.zen:JsonProvider",
    "%Iterator.Object": f"{_LIBRARY}.dynamic:DynamicIterator",
    "%Library.Populate": f"{_LIBRARY}.populate:Populate",
    "%Regex.Matcher": f"{_LIBRARY}.regex:Matcher",
    "%JSON.Adaptor": f"{_LIBRARY}.json_adaptor:JsonAdaptor",
    "%XML.Adaptor": f"{_LIBRARY}.xml:Adaptor",
    "%XML.Reader": f"{_LIBRARY}.xml:Reader",
    "%XML.Writer": f"{_LIBRARY}.xml_writer:Writer",
    "%XML.TextReader": f"{_LIBRARY}.xml_text_reader:TextReader",
    "%XML.XPATH.Document": f"{_LIBRARY}.xml_documents:Document",
    "%XML.XPATH.DOMResult": f"{_LIBRARY}.xml_documents:DOMResult",
    "%XML.XPATH.ValueResult": f"{_LIBRARY}.xml_documents:ValueResult",
    "%XML.XSLT.CompiledStyleSheet": f"{_LIBRARY}.xml_documents:CompiledStyleSheet",
    "%XML.XSLT.Transformer": f"{_LIBRARY}.xml_documents:Transformer",
    "%UnitTest.TestCase": f"{_LIBRARY}.unit_test:TestCase",
    "%UnitTest.Manager": f"{_LIBRARY}.unit_test:Manager",
    "%Exception.AbstractException": f"{_LIBRARY}.exceptions:AbstractException",
    "%Exception.SystemException": f"{_LIBRARY}.exceptions:SystemException",
    "%Exception.StatusException": f"{_LIBRARY}.exceptions:StatusException",
    "%Exception.General": f"{_LIBRARY}.exceptions:GeneralException",
    "%Exception.SQL": f"{_LIBRARY}.exceptions:SQLException",
    "%Exception.PythonException": f"{_LIBRARY}.exceptions:PythonException",
    "%Stream.TmpCharacter": f"{_LIBRARY}.streams:CharacterStream",
    "%Stream.TmpBinary": f"{_LIBRARY}.streams:BinaryStream",
    "%Stream.FileCharacter": f"{_LIBRARY}.file_streams:FileCharacterStream",
    "%Stream.FileBinary": f"{_LIBRARY}.file_streams:FileBinaryStream",
    "%Library.FileCharacterStream": f"{_LIBRARY}.file_streams:FileCharacterStream",
    "%Library.FileBinaryStream": f"{_LIBRARY}.file_streams:FileBinaryStream",
    "%SYSTEM.Status": f"{_LIBRARY}.system_status:SystemStatus",
    "%SYSTEM.Util": f"{_LIBRARY}.system:SystemUtil",
    "%SYSTEM.INetInfo": f"{_LIBRARY}.system:SystemInternetAddress",
    "%SYSTEM.Process": f"{_LIBRARY}.system:SystemProcess",
    "%SYSTEM.Version": f"{_LIBRARY}.system:SystemVersion",
    "%SYSTEM.OBJ": f"{_LIBRARY}.system:SystemObjects",
    "%SYSTEM.SQL": f"{_LIBRARY}.system_sql:SystemSQL",
    "%SYSTEM.SQL.Functions": f"{_LIBRARY}.system_sql:SystemFunctions",
    "%SYSTEM.Encryption": f"{_LIBRARY}.encryption:Encryption",
    "%SYS.System": f"{_LIBRARY}.system:SysSystem",
    "%SYS.Python": f"{_LIBRARY}.system:SysPython",
    "%CSP.REST": f"{_LIBRARY}.outer_classes:RestDispatcher",
    "%CSP.Page": f"{_LIBRARY}.outer_classes:Page",
    "%Projection.AbstractProjection": f"{_LIBRARY}.outer_classes:Projection",
    "%SYS.Task.Definition": f"{_LIBRARY}.outer_classes:TaskDefinition",
    "%Library.FunctionalIndex": f"{_LIBRARY}.outer_classes:FunctionalIndex",
} | {
    f"%Dictionary.{name}": f"{_LIBRARY}.dictionary_classes:{cls}"
    for name, cls in {
        **{name: f"{name}Item" for name in (
            "ClassDefinition", "MethodDefinition", "PropertyDefinition", "XDataDefinition", "QueryDefinition",
            "IndexDefinition",
        )},
        **{name: name for name in (
            "CompiledClass", "CompiledMethod", "CompiledProperty", "CompiledXData", "CompiledQuery", "CompiledIndex",
            "CompiledParameter", "ParameterDefinition",
        )},
    }.items()
}  # fmt: skip
