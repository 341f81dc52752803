"""``$system.Encryption``: hashes, message authentication, Base64 and random bytes. Bytes are characters 0 to 255."""

import base64
import binascii
import hashlib
import hmac
import secrets

from ..errors import ObjectScriptError
from ..values import number, text

_LINE = 76


def octets(value: object) -> bytes:
    """The bytes that characters 0 to 255 stand for; a stream gives its content.

    Raises:
        ObjectScriptError: ``<WIDE CHAR>``: there is one above 255.
    """
    shown = str(value) if hasattr(value, "Rewind") else text(value)
    try:
        return shown.encode("latin-1")
    except UnicodeEncodeError as error:
        told = f'{shown[error.start]!r} is no byte: convert with $zconvert(x,"O","UTF8") before'
        raise ObjectScriptError("<WIDE CHAR>", told) from error


def _digest(name: str, value: object) -> str:
    return hashlib.new(name, octets(value), usedforsecurity=False).digest().decode("latin-1")


def _sha(bits: object) -> str:
    found = {160: "sha1", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}.get(int(number(bits)))
    if found is None:
        raise ObjectScriptError("<ILLEGAL VALUE>", f"{text(bits)} bits: there are 160, 224, 256, 384 and 512")
    return found


class Encryption:
    """``$system.Encryption``."""

    @staticmethod
    def Base64Encode(value: object, flags: object = 0) -> str:
        """Base64; with flag 0 a line ends (CR LF) after 76 characters, with 1 there is one line."""
        encoded = base64.b64encode(octets(value)).decode()
        if int(number(flags)) & 1:
            return encoded
        return "\r\n".join(encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE))

    @staticmethod
    def Base64Decode(value: object) -> str:
        """The bytes as characters.

        Raises:
            ObjectScriptError: ``<ILLEGAL VALUE>``: it is no Base64.
        """
        try:
            return base64.b64decode(octets(value)).decode("latin-1")
        except binascii.Error as error:
            raise ObjectScriptError("<ILLEGAL VALUE>", f"this is no Base64: {error}") from error

    @staticmethod
    def MD5Hash(value: object) -> str:
        """16 bytes."""
        return _digest("md5", value)

    @staticmethod
    def SHA1Hash(value: object) -> str:
        """20 bytes."""
        return _digest("sha1", value)

    @staticmethod
    def SHAHash(bits: object, value: object) -> str:
        """SHA-1 for 160 bits, SHA-2 for 224, 256, 384 and 512."""
        return _digest(_sha(bits), value)

    @staticmethod
    def SHA3Hash(bits: object, value: object) -> str:
        """SHA-3 of 224, 256, 384 or 512 bits."""
        return _digest(_sha(bits).replace("sha", "sha3_"), value)

    MD5HashStream, SHA1HashStream, SHAHashStream, SHA3HashStream = MD5Hash, SHA1Hash, SHAHash, SHA3Hash

    @staticmethod
    def HMACSHA(bits: object, value: object, key: object) -> str:
        """The authentication code of a text under a key."""
        return hmac.new(octets(key), octets(value), _sha(bits)).digest().decode("latin-1")

    @staticmethod
    def HMACSHA1(value: object, key: object) -> str:
        """`HMACSHA` of 160 bits."""
        return hmac.new(octets(key), octets(value), "sha1").digest().decode("latin-1")

    @staticmethod
    def HMACMD5(value: object, key: object) -> str:
        """The authentication code by MD5."""
        return hmac.new(octets(key), octets(value), "md5").digest().decode("latin-1")

    @staticmethod
    def GenCryptRand(length: object, flag: object = 0) -> str:
        """Random bytes."""
        return secrets.token_bytes(int(number(length))).decode("latin-1")

    @staticmethod
    def GenCryptToken(*_: object) -> str:
        """A random text of 24 characters."""
        return base64.b64encode(secrets.token_bytes(18)).decode()
