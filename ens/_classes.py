"""The classes of this room under their names of the language, imported when first used."""

_HOSTS = ("Host", "BusinessOperation", "BusinessProcess", "BusinessProcessBPL", "BusinessService", "Production")
_ADAPTERS = {
    "Ens.Adapter": "base:Adapter",
    "Ens.InboundAdapter": "base:InboundAdapter",
    "Ens.OutboundAdapter": "base:OutboundAdapter",
    "EnsLib.File.InboundAdapter": "files:FileInboundAdapter",
    "EnsLib.File.OutboundAdapter": "files:FileOutboundAdapter",
    "EnsLib.HTTP.InboundAdapter": "http_in:HTTPInboundAdapter",
    "EnsLib.HTTP.OutboundAdapter": "http_out:HTTPOutboundAdapter",
    "%Net.HttpRequest": "http_request:HTTPRequest",
    "%Net.HttpResponse": "http_out:HTTPResponse",
    "EnsLib.SQL.InboundAdapter": "sql:SQLInboundAdapter",
    "EnsLib.SQL.OutboundAdapter": "sql:SQLOutboundAdapter",
    "EnsLib.SQL.GatewayResultSet": "sql:SQLResult",
    "EnsLib.HL7.Adapter.TCPInboundAdapter": "tcp:TCPInboundAdapter",
    "EnsLib.HL7.Adapter.TCPOutboundAdapter": "tcp:TCPOutboundAdapter",
    "isc.py.ens.TimerAdapter": "timer:TimerAdapter",
}

CLASSES: dict[str, str] = (
    {f"Ens.{name}": f"isc.py.ens.hosts:{name}" for name in _HOSTS}
    | {name: f"isc.py.ens.adapters.{where}" for name, where in _ADAPTERS.items()}
    | {
        "isc.py.ens.Operation": "isc.py.ens.operation:Operation",
        "EnsLib.MsgRouter.RoutingEngine": "isc.py.ens.router:RoutingEngine",
        "EnsLib.MsgRouter.VDocRoutingEngine": "isc.py.ens.router:VDocRoutingEngine",
        "EnsLib.HL7.MsgRouter.RoutingEngine": "isc.py.ens.router:HL7RoutingEngine",
        "EnsLib.File.PassthroughService": "isc.py.ens.file_hosts:FilePassthroughService",
        "EnsLib.File.PassthroughOperation": "isc.py.ens.file_hosts:FilePassthroughOperation",
        "EnsLib.HTTP.Service": "isc.py.ens.http_hosts:HTTPService",
        "EnsLib.HTTP.GenericService": "isc.py.ens.http_hosts:HTTPGenericService",
        "EnsLib.HTTP.GenericOperation": "isc.py.ens.http_hosts:HTTPGenericOperation",
        "EnsLib.SQL.Service.GenericService": "isc.py.ens.sql_hosts:SQLGenericService",
        "EnsLib.SQL.Operation.GenericOperation": "isc.py.ens.sql_hosts:SQLGenericOperation",
        "EnsLib.HL7.Service.Standard": "isc.py.ens.hl7_hosts:HL7Service",
        "EnsLib.HL7.Service.TCPService": "isc.py.ens.hl7_hosts:HL7TCPService",
        "EnsLib.HL7.Service.FileService": "isc.py.ens.hl7_hosts:HL7FileService",
        "EnsLib.HL7.Operation.TCPOperation": "isc.py.ens.hl7_hosts:HL7TCPOperation",
        "EnsLib.HL7.Operation.FileOperation": "isc.py.ens.hl7_hosts:HL7FileOperation",
        "isc.py.ens.ProcessUtils": "isc.py.ens.process_utils:ProcessUtils",
    }
)
