"""The classes of this room under their names of the language, imported when first used."""

_LIBRARY = "isc.py.objectscript.library"

CLASSES = {
    "%Library.RegisteredObject": "isc.py.objectscript.objects:RegisteredObject",
    "%Library.ListOfDataTypes": f"{_LIBRARY}.collections:ListOfDataTypes",
    "%Library.ArrayOfDataTypes": f"{_LIBRARY}.collections:ArrayOfDataTypes",
    "%Library.ListOfObjects": f"{_LIBRARY}.collections:ListOfObjects",
    "%Library.ArrayOfObjects": f"{_LIBRARY}.collections:ArrayOfObjects",
    "%Library.PopulateUtils": f"{_LIBRARY}.populate:PopulateUtils",
    "%Library.File": f"{_LIBRARY}.system:File",
    "%Library.DynamicAbstractObject": f"{_LIBRARY}.dynamic:DynamicAbstractObject",
    "%Library.DynamicObject": f"{_LIBRARY}.dynamic:DynamicObject",
    "%Library.DynamicArray": f"{_LIBRARY}.dynamic:DynamicArray",
    "%Iterator.Object": f"{_LIBRARY}.dynamic:DynamicIterator",
    "%Exception.AbstractException": f"{_LIBRARY}.exceptions:AbstractException",
    "%Exception.SystemException": f"{_LIBRARY}.exceptions:SystemException",
    "%Exception.StatusException": f"{_LIBRARY}.exceptions:StatusException",
    "%Exception.General": f"{_LIBRARY}.exceptions:GeneralException",
    "%Exception.SQL": f"{_LIBRARY}.exceptions:SQLException",
    "%Exception.PythonException": f"{_LIBRARY}.exceptions:PythonException",
    "%Stream.TmpCharacter": f"{_LIBRARY}.streams:CharacterStream",
    "%Stream.TmpBinary": f"{_LIBRARY}.streams:BinaryStream",
    "%SYSTEM.Status": f"{_LIBRARY}.system:SystemStatus",
    "%SYSTEM.Util": f"{_LIBRARY}.system:SystemUtil",
    "%SYSTEM.INetInfo": f"{_LIBRARY}.system:SystemInternetAddress",
    "%SYSTEM.Encryption": f"{_LIBRARY}.system:Encryption",
}
