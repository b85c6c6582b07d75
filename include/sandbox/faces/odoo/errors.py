"""Odoo's errors as JSON-2 words them: the Python exception's name, message, arguments and traceback."""

from typing import Any

STATUS = {
    "werkzeug.exceptions.BadRequest": 400,
    "werkzeug.exceptions.Unauthorized": 401,
    "odoo.exceptions.AccessError": 403,
    "werkzeug.exceptions.NotFound": 404,
    "odoo.exceptions.MissingError": 404,
    "odoo.exceptions.UserError": 422,
    "odoo.exceptions.ValidationError": 422,
    "werkzeug.exceptions.UnprocessableEntity": 422,
    "werkzeug.exceptions.TooManyRequests": 429,
    "builtins.ValueError": 500,
    "psycopg2.OperationalError": 500,
    "werkzeug.exceptions.ServiceUnavailable": 503,
}


class Raised(Exception):
    """An exception inside Odoo; `name` is the dotted class name, which decides the HTTP status."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name, self.status = name, STATUS[name]

    def body(self) -> dict[str, Any]:
        """`{"name", "message", "arguments", "context", "debug"}`."""
        arguments: list[Any] = [str(self)]
        if self.name.startswith("werkzeug."):
            arguments.append(self.status)
        trace = f'Traceback (most recent call last):\n  File "/odoo/http.py"\n{self.name}: {self}\n'
        return {
            "name": self.name,
            "message": str(self),
            "arguments": arguments,
            "context": {},
            "debug": trace,
        }


def invalid(message: str) -> Raised:
    """A constraint of the data refused the write."""
    return Raised("odoo.exceptions.ValidationError", message)


def not_a_field(name: str, model: str) -> Raised:
    return Raised("builtins.ValueError", f"Invalid field {name!r} on {model!r}")
