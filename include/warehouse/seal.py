"""What must be kept and not be read: sealed with a key that comes from one of the home's secrets."""

import hmac
from base64 import urlsafe_b64encode


class Seal:
    """A seal for one purpose; whoever knows the secret can make it again. Each purpose has a key of its own."""

    def __init__(self, secret: bytes, purpose: bytes):
        # who only might have to seal something need not hold a library of ciphers in memory
        from cryptography.fernet import Fernet

        self._fernet = Fernet(urlsafe_b64encode(hmac.digest(secret, purpose, "sha256")))

    def close(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes | str) -> str | None:
        """The text; None when the secret it was sealed with is another one."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None
