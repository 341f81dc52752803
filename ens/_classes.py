"""The classes of this room under their names of the language, imported when first used."""

_HOSTS = ("Host", "BusinessOperation", "BusinessProcess", "BusinessProcessBPL", "BusinessService", "Production")

CLASSES: dict[str, str] = {f"Ens.{name}": f"isc.py.ens.hosts:{name}" for name in _HOSTS} | {
    "isc.py.ens.Operation": "isc.py.ens.operation:Operation",
    "EnsLib.MsgRouter.RoutingEngine": "isc.py.ens.router:RoutingEngine",
    "EnsLib.MsgRouter.VDocRoutingEngine": "isc.py.ens.router:VDocRoutingEngine",
    "EnsLib.HL7.MsgRouter.RoutingEngine": "isc.py.ens.router:HL7RoutingEngine",
    "isc.py.ens.ProcessUtils": "isc.py.ens.process_utils:ProcessUtils",
}
