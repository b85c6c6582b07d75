"""`make rotate`: a new value for a secret of the home, in force as soon as it can be."""

import secrets

import psycopg

from include.errors import Stop
from include.privacy.suppression import rekey, suppression_keys
from include.settings import LOGINS, update_secrets
from include.stack import environment, metadata
from include.stack.environment import AIRFLOW_SECRETS
from include.stack.stack import Stack
from include.warehouse.roles import ensure_roles

CANNOT = {
    "customer_key": "every key of a person is made with it: a new one would make strangers of all customers",
    "airflow_fernet": "Airflow's stored passwords are sealed with it: `make airflow DO=rotate-fernet-key` tells more",
}
NAMES = (*LOGINS, *(name for name in AIRFLOW_SECRETS if name not in CANNOT), "suppression")


def rotate(stack: Stack, name: str) -> str:
    """Replace a role's password, one of Airflow's secrets, or add a suppression key; returns what is to be done next.

    Raises Stop for a secret that cannot be replaced and for one that the environment gives.
    """
    if name in CANNOT:
        raise Stop(f"{name} is not replaced: {CANNOT[name]}")
    if name not in NAMES:
        raise Stop(f"there is no secret {name!r} to replace; there are {', '.join(NAMES)}")
    if name == "suppression":
        return _add_suppression_key(stack)
    entry = f"password_{name}" if name in LOGINS else name
    if f"NIGHTSHIFT_SECRETS_{entry.upper()}" in stack.env:
        raise Stop(f"NIGHTSHIFT_SECRETS_{entry.upper()} is set: change it there")
    update_secrets(stack.settings.secrets_file, lambda _: {entry: secrets.token_urlsafe(32)})
    with psycopg.connect(stack.postgres.admin_dsn, autocommit=True) as server:
        ensure_roles(server, stack.settings)
    metadata.ensure_database(stack.postgres.admin_dsn, stack.settings)
    environment.write_password(stack.home, stack.settings)
    if name in LOGINS:
        return "It holds from now on. `make up` shows the reader's address for BI tools."
    return "It holds from the next `make up` or `make night`, which start anew what needs it."


def _add_suppression_key(stack: Stack) -> str:
    """Entries stay under the key they were made with, so an old key is never taken away."""
    version = len(suppression_keys(stack.settings)) + 1
    update_secrets(
        stack.settings.secrets_file, lambda _: {f"suppression_{version}": secrets.token_urlsafe(32)}
    )
    people = rekey(stack.settings)
    return f"Key {version} is used for new entries; {people} people were hashed under it too."
