"""Whom a request is about: by e-mail, phone or a vendor's id of the customer; shown masked only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from include.errors import Stop
from include.privacy.keys import normalise_email, normalise_phone
from include.sources import REGISTRY

SHOPIFY_CUSTOMER = "gid://shopify/Customer/"
SHOPIFY_ORDER = "gid://shopify/Order/"


@dataclass(frozen=True)
class Subject:
    """A person as somebody names them; never shown or logged whole.

    `orders` are a shop's orders said to be theirs, whoever they were placed as. `keys` are customer keys.
    Of a whole store only `source` and `account` are set.
    """

    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    source: str | None = None
    account: str | None = None
    vendor_id: str | None = field(default=None, repr=False)
    orders: tuple[str, ...] = field(default=(), repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def told(cls, text: str, country: str | None = None) -> "Subject":
        """From one line: `ann@example.com`, `+49 30 1234567` or `shopify:191167`. Raises Stop for anything else."""
        text = text.strip()
        vendor, colon, name = text.partition(":")
        if colon and vendor.strip() in REGISTRY and name.strip():
            return cls.of_vendor(vendor.strip(), name.strip())
        if "@" in text:
            return cls.checked({"email": text})
        return cls.checked({"phone": normalise_phone(text, country)})

    @classmethod
    def of_vendor(cls, source: str, vendor_id: str, account: str | None = None, **more: Any) -> "Subject":
        """A vendor's customer; a number at Shopify stands for its global id."""
        if source == "shopify" and vendor_id.isdigit():
            vendor_id = SHOPIFY_CUSTOMER + vendor_id
        return cls.checked({"source": source, "account": account, "vendor_id": vendor_id, **more})

    @classmethod
    def checked(cls, said: Mapping[str, Any]) -> "Subject":
        """From JSON. Raises Stop, without repeating it, when it names nobody."""
        known = {
            name: said.get(name) or None for name in ("email", "phone", "source", "account", "vendor_id")
        }
        if any(value is not None and not isinstance(value, str) for value in known.values()):
            raise Stop("who is meant has to be told as text")
        orders, keys = (tuple(map(str, said.get(name) or ())) for name in ("orders", "keys"))
        email, phone = normalise_email(known["email"]), normalise_phone(known["phone"])
        source, account, vendor_id = known["source"], known["account"], known["vendor_id"]
        if known["email"] and not email and not vendor_id:
            raise Stop("that is not an e-mail address")
        if source and source not in REGISTRY:
            raise Stop(f"there is no such source; there are {', '.join(REGISTRY)}")
        if vendor_id and not source:
            raise Stop("a customer's id needs the vendor's name, such as shopify:191167")
        kept = (source, account, vendor_id, *orders, *keys)
        if not all(text.isprintable() for text in kept if text):
            raise Stop("who is meant is told with characters that cannot be written down")
        if not (email or phone or vendor_id or keys or account):
            raise Stop("that is no e-mail address, no phone number with its country's code and no vendor:id")
        return cls(email, phone, source, account, vendor_id, orders, keys)

    def json(self) -> dict[str, Any]:
        """What `checked` reads again."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def masked(self) -> str:
        """Enough to recognise a request by, too little to know the person: `a***@e***`."""
        if self.email:
            name, _, host = self.email.partition("@")
            return f"{name[:1]}***@{host[:1]}***"
        if self.vendor_id:
            return f"{self.source}:***{self.vendor_id[-2:]}"
        if self.phone:
            return f"{self.phone[:3]}***{self.phone[-2:]}"
        if self.keys:
            return f"{self.keys[0][:4]}***"
        return f"the whole store {self.account}"
