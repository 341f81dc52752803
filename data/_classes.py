"""The classes of this room under their names of the language, imported when first used."""

CLASSES: dict[str, str] = {
    "%Library.Persistent": "isc.py.data.persistent:Persistent",
    "%Library.RelationshipObject": "isc.py.data.relationships:RelationshipObject",
    "%Library.SerialObject": "isc.py.data.serial:SerialObject",
    "%Stream.GlobalCharacter": "isc.py.data.streams:GlobalCharacterStream",
    "%Stream.GlobalBinary": "isc.py.data.streams:GlobalBinaryStream",
    "%Library.GlobalCharacterStream": "isc.py.data.streams:GlobalCharacterStream",
    "%Library.GlobalBinaryStream": "isc.py.data.streams:GlobalBinaryStream",
    "%SQL.Statement": "isc.py.data.sql_statement:Statement",
    "%SQL.StatementResult": "isc.py.data.sql_result:StatementResult",
    "%Library.ResultSet": "isc.py.data.sql_statement:ResultSet",
    "isc.py.data.XMLImport": "isc.py.data.xml_import:XMLImport",
    "isc.py.data.Context": "isc.py.data.context:Context",
    "isc.py.data.SavedContext": "isc.py.data.context_rows:SavedContext",
    "isc.py.data.SavedValue": "isc.py.data.context_rows:SavedValue",
}
