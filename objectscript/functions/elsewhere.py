"""Functions and special variables that are the language's and cannot be had outside of the vendor's server, and why."""

_WHY = {
    "zutil zu": "it reaches into the vendor's server: %SYSTEM classes have most of it",
    "zf zf2": "it calls libraries of the server's machine: write the method in Python",
    "view v": "there is no memory to look at",
    "text t": "code is compiled: its lines cannot be read when it runs",
    "stack": "the calls that led here are in the error's traceback",
    "zsearch": "use %File or %ResultSet with %File:FileSet",
    "vector vectorop vop vectordefined vd": "vectors are not had: use $list or a Python array",
    "bitlogic zbitand zbitor zbitxor zbitnot zbitcount zbitfind zbitget zbitlen zbitset zbitstr":
        "use $bit, $bitcount and $bitfind",
    "factor": "use $bit",
    "zseek zdchar zdascii zwpack zwbpack zwunpack zwbunpack zwidth": "it has no meaning here",
    "zposition zpos zwrite ziscmd": "it has no meaning here",
    "zprocid zorder": "jobs have no such relation here",
    "prefetchon prefetchoff sortbegin sortend": "the store needs no such hint",
}  # fmt: skip

#: Names with ``$``, lower case, and what to do instead.
NOT_HERE = {f"${name}": why for names, why in _WHY.items() for name in names.split()}
