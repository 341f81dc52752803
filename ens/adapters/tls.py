"""TLS for adapters: contexts made of ``[tls.NAME]`` in ``iscpy.toml``, and what went wrong, in words.

A setting SSLConfig names the table; for what goes out ``system`` is the machine's own list of authorities.
"""

import ssl
from pathlib import Path

from isc.py.data.configuration import FILE, TLSSettings, read_configuration
from isc.py.data.exceptions import ConfigurationError
from isc.py.data.namespace import current
from isc.py.objectscript.names import similar

from ..exceptions import ProductionError

#: The SSLConfig of clients that trust what the machine trusts.
SYSTEM = "system"

#: What the setting SSLConfig of clients says of itself.
TLS_OUT = (
    "TLS: `system` trusts what the machine trusts, else `[tls.NAME]` in `iscpy.toml` has certificates; empty: none."
)

_VERIFY = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
_MINIMUM = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_NO_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNEXPECTED_MESSAGE",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
)


def server_context(name: str) -> ssl.SSLContext:
    """What a server needs to answer under SSLConfig `name`.

    Raises:
        ProductionError: there is no such table, it has no certificate, or one of its files does not fit; names it.
    """
    settings, folder = _settings(name)
    if not settings.certificate:
        raise ProductionError(f"setting SSLConfig: [tls.{name}] of {FILE} has no certificate: a server needs one")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _fill(context, settings, folder)
    verify = settings.verify_client or ("required" if settings.ca else "none")
    if verify != "none" and not settings.ca:
        raise ProductionError(f"setting SSLConfig: [tls.{name}] of {FILE} verifies clients and has no ca to do it by")
    context.verify_mode = _VERIFY[verify]
    return context


def client_context(name: str, *, check_identity: bool = True) -> ssl.SSLContext:
    """What a client needs to connect under SSLConfig `name`.

    Args:
        name: a table of ``iscpy.toml``, or ``system``.
        check_identity: whether the server's certificate must be for the name that it is reached by; that it comes from
            an authority that is trusted is always checked.

    Raises:
        ProductionError: there is no such table, or one of its files does not fit; names it.
    """
    if name == SYSTEM:
        context = ssl.create_default_context()
    else:
        settings, folder = _settings(name)
        context = ssl.create_default_context() if not settings.ca else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _fill(context, settings, folder)
    context.check_hostname = check_identity
    return context


def failure(error: BaseException) -> str:
    """Why a connection could not be secured, "" when `error` does not come from TLS."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    if seen is None:
        return ""
    if isinstance(seen, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {seen.verify_message.rstrip('.')}"
    reason = seen.reason or ""
    if "_ALERT_" in reason:
        said = reason.partition("_ALERT_")[2].replace("_", " ").lower()
        return f"the other side ended the handshake: {said}"
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return "it has no client certificate"
    if reason in _NO_TLS:
        return "what it sends is no TLS"
    if isinstance(seen, ssl.SSLEOFError) or reason == "UNEXPECTED_EOF_WHILE_READING":
        return "the other side closed the connection in the middle of TLS"
    return reason.replace("_", " ").lower() or str(seen)


def _settings(name: str) -> tuple[TLSSettings, Path]:
    folder = current().folder
    try:
        known = read_configuration(folder).tls
    except ConfigurationError as error:
        raise ProductionError(f"setting SSLConfig: {error}") from error
    if name not in known:
        told = similar(name, list(known)) or (f"; there are {', '.join(known)}" if known else "")
        raise ProductionError(
            f"setting SSLConfig: {folder / FILE} has no table [tls.{name}]{told}: "
            "write one with certificate, key and ca"
        )
    return known[name], folder


def _fill(context: ssl.SSLContext, settings: TLSSettings, folder: Path) -> None:
    context.minimum_version = _MINIMUM[settings.minimum]
    table = f"[tls.{settings.name}] of {FILE}"
    if settings.certificate:
        certificate = folder / settings.certificate
        key = folder / settings.key if settings.key else None
        password = settings.secret_password()
        try:
            # a password is always given: without one OpenSSL would ask the terminal
            context.load_cert_chain(certificate, key, lambda: password)
        except (OSError, ValueError) as error:
            raise ProductionError(f"{table}: {_unloaded(error, certificate, key, bool(password))}") from error
    if settings.ca:
        try:
            context.load_verify_locations(folder / settings.ca)
        except OSError as error:
            said = "no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
            raise ProductionError(f"{table}: ca {folder / settings.ca}: {said}") from error


def _unloaded(error: Exception, certificate: Path, key: Path | None, has_password: bool) -> str:
    for what, path in (("certificate", certificate), ("key", key)):
        if path is not None:
            try:
                path.read_bytes()
            except OSError as unread:
                return f"{what} {path}: {unread.strerror}"
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return f"key {key or certificate} is not the one of certificate {certificate}"
    held = (key or certificate).read_bytes()
    if b"ENCRYPTED" in held:
        return (
            f"key {key or certificate} is encrypted, and key_password is {'another one' if has_password else 'empty'}"
        )
    if b"PRIVATE KEY" not in held:
        return f"key {key or certificate} holds no private key in PEM form"
    return f"certificate {certificate} and key {key or certificate} cannot be read as PEM: {error}"
