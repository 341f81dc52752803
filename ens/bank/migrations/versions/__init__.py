"""One module a revision; the last one's name is `isc.py.ens.bank.schema.REVISION`."""
