"""Which addresses we speak to. A vendor's answer may name a next page, never another host."""

from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from include.errors import Stop

_PORTS = {"https": 443, "http": 80}


def origin(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) of an absolute URL. Stop when it has none or carries a user name."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Stop("an address has a host or a port that is none") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None or "\\" in url:
        raise Stop(
            f"{shown(url)} is not an address we can use: it must be http(s)://host without a user name"
        )
    return parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_base(url: str, plain_http: bool = False) -> str:
    """A base URL without its last slash. Stop unless https, or http on this machine (or allowed in so many words)."""
    scheme, host, _ = origin(url)
    if scheme == "http" and not (plain_http or is_loopback(host)):
        raise Stop(f"{shown(url)} would send credentials in the clear: use https")
    return url.rstrip("/")


def same_origin(base: str, url: str) -> str:
    """`url` (absolute or relative to `base`) made absolute. Stop when it leads to another scheme, host or port."""
    try:
        target = urljoin(base, url)
    except ValueError:
        raise Stop("refused to follow an address that is none") from None
    if origin(target) != origin(base):
        raise Stop(f"refused to follow {shown(target)}: it is not on {shown(base)}")
    return target


def shown(url: str) -> str:
    """A URL fit for a message: no user, query or fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else f"{host}{parts.path}"
