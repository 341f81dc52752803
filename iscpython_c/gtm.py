"""What GT.M and YottaDB need to call the library: the external call table, the call-in table and an M routine."""

from pathlib import Path

from .library import get_library

#: The name of the package in M code: ``$&iscpython.SimpleString(...)``.
PACKAGE = "iscpython"

_IN, _OUT, _NUMBER = "I:gtm_string_t*", "O:gtm_string_t*[1]", "I:gtm_long_t"

#: M name -> (C function, parameters). A parameter in brackets may be left out.
FUNCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "GetLib": ("get_lib", (_OUT,)),
    "Setup": ("initialize", (_IN, _OUT)),
    "Unload": ("finalize", (_OUT,)),
    "Initialize": ("initialize", (_IN, _OUT)),
    "Finalize": ("finalize", (_OUT,)),
    "SimpleString": ("simple_string", (_IN, _IN, _NUMBER, _OUT, _IN)),
    "StreamInit": ("stream_init", (_NUMBER, _OUT, _IN)),
    "StreamWrite": ("stream_write", (_IN, _OUT, _IN)),
    "StreamExecute": ("stream_execute", (_OUT, _IN)),
    "StreamBind": ("stream_bind", (_IN, _NUMBER, _OUT, _IN)),
    "EscapeString": ("escape_string", (_IN, _OUT)),
    "SetVariable": ("set_variable", (_IN, _IN, _NUMBER, _OUT, _IN)),
    "GetVariable": ("get_variable", (_IN, _NUMBER, _OUT, _IN)),
    "More": ("more", (_OUT,)),
    "GetError": ("get_error", (_OUT, _OUT, _OUT)),
    "Contexts": ("contexts", (_OUT,)),
    "ContextFree": ("context_free", (_IN, _OUT)),
    "GetGlobalOrder": ("get_global_order", (_IN, _IN, _IN, _IN, _IN, _OUT, _IN, _IN)),
}

_CALL_IN_PARAMETERS = ("I:gtm_string_t*", "I:gtm_string_t*", "I:gtm_string_t*", "I:gtm_long_t", "I:gtm_long_t")
_CALL_IN = f"iscpyrows: gtm_string_t* rows^iscpython({','.join(_CALL_IN_PARAMETERS)})\n"

# The loop is one line that names the node itself: indirection in each round costs twice the time. Batches stay small
# because each row appended copies what is there.
_ROUTINE = '''\
iscpython ; written by `iscpy callout gtm`: what GetGlobalOrder calls back
 quit
rows(global,from,end,inclusive,limit) ; rows as key size, value size, key, value, up to about limit bytes
 new batch,key,row,full,node,loop
 set (batch,full)="",key=from,node=$extract(global,1,$length(global)-1)_",key)"
 if $extract(global,$length(global))'=")" set node=global_"(key)"
 if inclusive,key'="" xecute "set:'$data("_node_") inclusive=0"
 if 'inclusive!(key="") xecute "set key=$order("_node_")"
 set loop="set:$data("_node_")#2 row="_node_",row=$zlength(key)_"" ""_$zlength(row)_"" ""_key_row"
 set loop=loop_",full=$zlength(batch)+$zlength(row)>1048576,batch=$select(full:batch,1:batch_row)"
 set loop=loop_",full=full!($zlength(batch)>limit)"
 xecute "for  quit:key=""""  quit:(end'="""")&(key]]end)  "_loop_"  quit:full  set key=$order("_node_")"
 quit batch
'''


def external_call_table() -> str:
    """The table that the environment variable ``GTMXC_iscpython`` names."""
    lines = [
        f"{name}: gtm_long_t iscpy_gtm_{function}({','.join(parameters)})"
        for name, (function, parameters) in FUNCTIONS.items()
    ]
    return "\n".join([str(get_library()), *lines, ""])


def write_gtm(folder: Path) -> dict[str, str]:
    """Write table, call-in table and routine into a folder; the environment variables that a GT.M process needs."""
    folder.mkdir(parents=True, exist_ok=True)
    table, call_in, routine = (folder / f"{PACKAGE}.{suffix}" for suffix in ("xc", "ci", "m"))
    table.write_text(external_call_table())
    call_in.write_text(_CALL_IN)
    routine.write_text(_ROUTINE)
    return {f"GTMXC_{PACKAGE}": str(table), "GTMCI": str(call_in), "gtmroutines": f"{folder} $gtmroutines"}
