"""The platforms that keep audiences for us, by the name of their destination."""

from collections.abc import Callable

from include.activation.destinations.base import Destination, Platform
from include.activation.destinations.google_data_manager import GoogleDataManager
from include.activation.destinations.klaviyo import Klaviyo
from include.activation.destinations.meta import Meta

PLATFORMS: dict[str, Callable[[Destination], Platform]] = {
    "meta": Meta,
    "google_data_manager": GoogleDataManager,
    "klaviyo": Klaviyo,
}


def connected(destination: Destination) -> Platform:
    """Its client. Raises Stop when the connection lacks something; nothing is asked yet."""
    return PLATFORMS[destination.name](destination)
