"""How is somebody told? Signed in the form of Standard Webhooks, to an address that was looked at, and never led elsewhere."""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.api.models import Endpoint

TRIES_AFTER = (5, 300, 1800, 7200, 18_000, 36_000, 72_000)
"""Seconds to wait after each try that failed; after the last one the delivery is given up."""

PATIENCE = 10.0
"""Seconds a try may take, whatever the other side does."""

_READ, _KEPT = 4096, 400
"""Bytes read of an answer, and letters kept of it."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Heard:
    """
    What came of a try.

    Args:
        status: The answer's status; None where there was none.
        said: The beginning of the answer, or why there was none.
    """

    status: int | None
    said: str

    @property
    def taken(self) -> bool:
        """Whether the other side took it."""
        return self.status is not None and 200 <= self.status < 300


def secret(endpoint: Endpoint) -> str:
    """The endpoint's secret: the desk's own secret and the endpoint's turn make it, so that no database holds it."""
    key = hmac.new(settings.SECRET_KEY.encode(), f"webhook:{endpoint.pk}:{endpoint.turn}".encode(), hashlib.sha256)
    return "whsec_" + base64.b64encode(key.digest()).decode()


def signature(secret: str, id: str, at: int, body: str) -> str:
    """
    The signature of a message, HMAC-SHA256 (Standard Webhooks, "v1").

    Args:
        secret: As it was shown, with its prefix.
        id: Of the message; the same in every try.
        at: Seconds since 1970 of this try.
        body: Exactly what is sent.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{id}.{at}.{body}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


def refuse_address(url: str, *, private: bool) -> None:
    """
    Refuse an address nothing may be sent to, as far as it can be seen without looking it up.

    Raises:
        ConfigError: It is no https address, carries a name and password, or lies inside.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    plain = all(" " < letter < "\x7f" for letter in url)
    if not (plain and host and parts.scheme in ("http", "https") and port != 0) or parts.username or parts.fragment:
        raise ConfigError(
            _("This is no address something can be sent to."), "", _("Write it as https://example.com/hook")
        )
    at = _literal(host)
    loopback = host == "localhost" or (at is not None and at.is_loopback)
    if parts.scheme == "http" and not loopback:
        raise ConfigError(_("The address is not encrypted."), _("Only this machine is told without."), _("Use https."))
    if not private and (loopback or (at is not None and not outside(at))):
        raise _inside()


def _inside() -> ConfigError:
    return ConfigError(
        _("The address lies inside a private network."),
        _("Whoever can set it could look around in there."),
        _("Allow it for this endpoint, if that is meant."),
    )


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


_PACKED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
"""Addresses of version 6 that stand for one of version 4."""


def outside(at: Address) -> bool:
    """Whether an address is one of the open internet, whatever it is wrapped in."""
    if isinstance(at, ipaddress.IPv6Address):
        inner = at.ipv4_mapped or at.sixtofour or (at.teredo[1] if at.teredo else None)
        if inner is not None:
            return outside(inner)
        if any(at in packed for packed in _PACKED):
            return False
    return at.is_global and not at.is_multicast and not at.is_reserved


def send(url: str, headers: dict[str, str], body: str, *, private: bool) -> Heard:
    """
    Post a message, once, to the very address that was looked at; no redirect is followed.

    Args:
        url: Where to.
        headers: What is said beside it.
        body: What is said.
        private: Whether it may lie inside.
    """
    try:
        refuse_address(url, private=private)
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        at = _looked_up(parts.hostname or "", port, private=private)
        return _posted(parts.scheme, parts.hostname or "", port, at, _target(url), headers, body.encode())
    except ConfigError as fault:
        return Heard(None, str(fault)[:_KEPT])
    except (OSError, http.client.HTTPException, UnicodeError) as fault:
        return Heard(None, (str(fault) or type(fault).__name__)[:_KEPT])


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _looked_up(host: str, port: int, *, private: bool) -> str:
    """The address of a name; every one of them has to be outside, for the next look-up may give another."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    known = [at for at in map(_literal, found) if at is not None]
    if not known:
        raise OSError(_("The name has no address."))
    if not private and not all(outside(at) for at in known):
        raise _inside()
    return found[0]


def _posted(scheme: str, host: str, port: int, at: str, target: str, headers: dict[str, str], body: bytes) -> Heard:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    bare = socket.create_connection((at, port), timeout=PATIENCE)
    watch = threading.Timer(PATIENCE, _cut, [bare])  # a server that drips its answer would never time out
    watch.start()
    try:
        encrypted = scheme == "https"
        connection.sock = ssl.create_default_context().wrap_socket(bare, server_hostname=host) if encrypted else bare
        if encrypted:
            watch.args = [connection.sock]
        named = f"[{host}]" if ":" in host else host
        told = {**headers, "Host": named if port in (80, 443) else f"{named}:{port}", "Connection": "close"}
        connection.request("POST", target, body, told)
        answer = connection.getresponse()
        return Heard(answer.status, answer.read(_READ).decode("utf-8", "replace").replace("\x00", "")[:_KEPT])
    finally:
        watch.cancel()
        connection.close()
        bare.close()


def _cut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
