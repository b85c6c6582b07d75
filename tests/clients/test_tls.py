"""Nobody is spoken to whose certificate does not hold, and nothing switches that off by accident."""

import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from include import settings as settings_module
from include.activation.destinations.base import Destination
from include.activation.destinations.smtp import Mail
from include.clients.session import Session
from include.errors import NightshiftError, Stop
from include.stack.home import REPOSITORY
from include.stack.ports import free_port


@dataclass
class Impostor:
    """A server of this machine that nobody vouches for; `heard` is what reached it."""

    port: int
    context: ssl.SSLContext
    heard: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = timedelta(days=1)
    since, until = datetime.now(UTC) - day, datetime.now(UTC) + day
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), since, until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def impostor(self_signed: ssl.SSLContext) -> Iterator[Impostor]:
    heard: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(str(self.headers))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.socket = self_signed.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Impostor(server.server_address[1], self_signed, heard)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "env", [{}, {"PYTHONHTTPSVERIFY": "0"}, {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""}], ids=str
)
def test_a_server_nobody_vouches_for_is_refused_and_hears_nothing(
    impostor: Impostor, monkeypatch: pytest.MonkeyPatch, env: dict[str, str]
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    session = Session("shop", f"https://127.0.0.1:{impostor.port}", attempts=1)
    session.transport._http.trust_env = (
        True  # as for every vendor: only the sandbox's sessions look past the environment
    )
    with pytest.raises(NightshiftError, match="SSLError"):
        session.get("orders")
    assert impostor.heard == []


@pytest.mark.parametrize("url", ["http://shop.example", "http://10.0.0.7:8069", "http://0.0.0.0:80"])
def test_nothing_is_told_in_the_clear_beyond_this_machine(url: str) -> None:
    with pytest.raises(Stop, match="in the clear: use https"):
        Session("shop", url)


def test_a_mail_server_nobody_vouches_for_gets_no_letter(self_signed: ssl.SSLContext) -> None:
    class Box:
        letters: list[object] = []

        async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
            self.letters.append(envelope)
            return "250 OK"

    box = Box()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, tls_context=self_signed)
    controller.start()
    try:
        mail = Mail(Destination("smtp", "act", f"smtp://127.0.0.1:{port}", {}, {"starttls": True}))
        with pytest.raises(NightshiftError):
            mail.send(mail.compose("<1@nightshift>", "a subject", "text", "<p>text</p>"))
    finally:
        controller.stop()
    assert box.letters == []


def test_a_warehouse_elsewhere_is_asked_for_a_certificate_unless_somebody_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGSSLROOTCERT", raising=False)
    monkeypatch.setenv("NIGHTSHIFT_SECRETS_PASSWORD_READER", "p")

    def dsn(**env: str) -> str:
        return settings_module.load({"NIGHTSHIFT_HOME": str(tmp_path), **env}).dsn("reader")

    assert dsn(NIGHTSHIFT_WAREHOUSE_HOST="db.example").endswith("?sslmode=verify-full&sslrootcert=system")
    assert dsn(NIGHTSHIFT_WAREHOUSE_HOST="db", NIGHTSHIFT_WAREHOUSE_SSLMODE="disable").endswith("disable")
    assert dsn().endswith("@127.0.0.1:5432/nightshift")


def test_no_line_of_the_product_looks_away_from_a_certificate() -> None:
    looking_away = re.compile(
        r"verify\s*=\s*False|\.verify\s*=|CERT_NONE|_create_unverified|check_hostname\s*=|disable_warnings"
    )
    code = [*(REPOSITORY / "include").rglob("*.py"), *(REPOSITORY / "plugins").rglob("*.py")]
    assert [file.name for file in code if looking_away.search(file.read_text())] == []
