"""Addresses that a service of other people is asked to load or to show: only public ones."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from utils.core.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Collection
    from urllib.parse import SplitResult

#: The longest address taken, in characters (ours; browsers and services cut longer ones).
LONGEST: Final = 2_000
#: Characters on which programs disagree where an address ends or what its host is.
_TREACHEROUS: Final = re.compile(r"[\s\\\x00-\x1f\x7f<>\"]")
#: Endings of names that only a local network knows.
_LOCAL: Final = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".arpa")
#: Addresses that reach another network than they name: 6to4 and NAT64 hide private ones.
_DISGUISES: Final = tuple(map(ipaddress.IPv6Network, ("2002::/16", "64:ff9b::/96")))
#: A last part that programs take for a piece of a number: ``2130706433``, ``0x7f.1``.
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


def checked_link(text: str) -> str:
    """Return an address that people may be shown as a link.

    Raises:
        ValueError: It is no public web address; one clause that says why.
    """
    _checked(text, ("https", "http"))
    return text


def checked_picture(text: str, *, refused: Collection[str]) -> str:
    """Return an address from which a service may load a picture.

    This machine's own address passes, for pretend services; ``is_loopback`` tells.

    Args:
        text: The address.
        refused: Endings of files that the service does not take, such as ``png``.

    Raises:
        ValueError: It is no public https address or has such an ending; one clause.
    """
    parts = _checked(text, ("https",))
    ending = parts.path.rpartition("/")[2].rpartition(".")[2].lower()
    if ending in refused:
        raise ValueError(f"a picture that ends in .{ending} is not taken there")
    return text


def is_loopback(address: str) -> bool:
    """Return whether an address leads to this machine."""
    host = urlsplit(address).hostname or ""
    return host == "localhost" or (_is_literal(host) and ipaddress.ip_address(host).is_loopback)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet.

    Raises:
        ValueError: It is no IP address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        # All of the public internet is in 2000::/3; the rest is nobody's, or an older local one.
        if ip.is_reserved or ip.is_site_local or any(ip in each for each in _DISGUISES):
            return False
    return ip.is_global and not ip.is_multicast


def refuse_own_machine(address: str, *, base: str) -> None:
    """Refuse an address on this machine, unless the service is a pretend one that is here too.

    Args:
        address: What the service is to load.
        base: The service's own address.

    Raises:
        InvalidValueError: The service could not load it.
    """
    if is_loopback(address) and not is_loopback(base):
        raise InvalidValueError("image_url: the address is not public")


def _checked(text: str, schemes: Collection[str]) -> SplitResult:
    """Return the parts of a public address, or of this machine's own.

    Raises:
        ValueError: It is neither; one clause that says why.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the address has {len(text)} characters and {LONGEST} are taken")
    if _TREACHEROUS.search(text):
        raise ValueError("an address has no blanks, quotes or backslashes")
    parts = urlsplit(text)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in schemes and not (parts.scheme == "http" and is_loopback(text)):
        raise ValueError(f"the address must begin with {' or '.join(f'{s}://' for s in schemes)}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address with a name or password before the @ is not taken")
    if not is_loopback(text) and not _is_public_host(host):
        raise ValueError("the address is not public")
    return parts


def _is_public_host(host: str) -> bool:
    if _is_literal(host):
        return is_public(host)
    name, _, last = host.rpartition(".")
    return bool(name) and not _NUMBER.fullmatch(last) and not host.endswith(_LOCAL)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
