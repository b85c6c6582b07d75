"""A dead scheduler cannot raise its own alarm: somebody outside must miss our heartbeat.

Set NIGHTSHIFT_HEARTBEAT_URL to the ping URL of a dead man's switch (Healthchecks, Cronitor, Better Stack).
"""

import logging
import os

import requests

log = logging.getLogger(__name__)


def beat() -> bool:
    """Tell the heartbeat URL that we are alive; True when it heard. Silence never fails the night."""
    url = os.environ.get("NIGHTSHIFT_HEARTBEAT_URL")
    if not url:
        return False
    try:
        requests.get(url, timeout=10, allow_redirects=False).raise_for_status()
    except requests.RequestException as error:
        log.warning("the heartbeat URL did not answer (%s)", type(error).__name__)
        return False
    return True
