"""Mail over SMTP against a sink that speaks just enough of it."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dispatcher import mail
from dispatcher.mail import MailSettings, send_mail
from dispatcher.telephony.port import DeliveryError


@dataclass
class Sink:
    port: int = 0
    extensions: tuple[str, ...] = ("8BITMIME",)
    answers: dict[str, str] = field(default_factory=dict)  # a command's first word -> what is answered
    context: ssl.SSLContext | None = None
    at_once: bool = False  # TLS from the first byte
    drop_after_text: bool = False
    commands: list[str] = field(default_factory=list)
    encrypted: list[str] = field(default_factory=list)  # commands that came through TLS
    mails: list[bytes] = field(default_factory=list)

    def mail(self) -> EmailMessage:
        [content] = self.mails
        return message_from_bytes(content, _class=EmailMessage, policy=policy.default)


def converse(sink: Sink, connection: socket.socket) -> None:
    """Speak SMTP on one connection until it ends."""
    is_encrypted = sink.at_once
    if sink.at_once and sink.context is not None:
        connection = sink.context.wrap_socket(connection, server_side=True)
    stream = connection.makefile("rb")

    def say(line: str) -> None:
        connection.sendall(line.encode() + b"\r\n")

    say(sink.answers.get("greeting", "220 sink"))
    while line := stream.readline():
        command = line.decode().strip()
        word = command.split(" ", 1)[0].upper()
        sink.commands.append(command)
        if is_encrypted:
            sink.encrypted.append(word)
        if word in sink.answers:
            say(sink.answers[word])
        elif word == "EHLO":
            offered = ["sink", *sink.extensions]
            for extension in offered[:-1]:
                say(f"250-{extension}")
            say(f"250 {offered[-1]}")
        elif word == "STARTTLS" and sink.context is not None:
            say("220 go on")
            connection = sink.context.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            is_encrypted = True
        elif word == "AUTH":
            say("235 welcome")
        elif word == "DATA":
            say("354 the text")
            content = b""
            while (text := stream.readline()) not in {b".\r\n", b""}:
                content += text
            sink.mails.append(content)
            if sink.drop_after_text:
                break
            say(sink.answers.get("text", "250 taken"))
        elif word == "QUIT":
            say("221 bye")
            break
        else:
            say("250 fine")
    stream.close()
    connection.close()


@contextmanager
def listening(sink: Sink) -> Iterator[Sink]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                converse(sink, self.request)
            except (OSError, ValueError):
                self.request.close()  # a client that trusts nobody, or has gone

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Certificate:
    server: ssl.SSLContext
    trusting: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file: Path = tmp_path_factory.mktemp("tls") / "sink.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        signed.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return Certificate(server, ssl.create_default_context(cafile=str(file)))


def settings_for(sink: Sink) -> MailSettings:
    return MailSettings(
        host="127.0.0.1",
        port=sink.port,
        username="",
        password="",
        sender="Vakttelefonen <vakt@example.no>",
        timeout_seconds=2,
    )


def send(settings: MailSettings, *, to: str = "ola@example.no", trust: ssl.SSLContext | None = None) -> None:
    send_mail(
        settings,
        to=to,
        subject="Sak V-1001:\r\n ingen har teke ho på 20 min",
        body="Ingen har teke V-1001.\n\nRing vakta – no.\n",
        message_id="alarm-mail:V-1001:æ.ola",
        tls_context=trust,
    )


def failure(settings: MailSettings, *, to: str = "ola@example.no") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(settings, to=to)
    assert "@" not in str(caught.value)
    return caught.value


def test_a_mail_arrives_with_its_letters_its_sender_and_an_identity_of_its_own() -> None:
    with listening(Sink()) as sink:
        send(settings_for(sink))
    received = sink.mail()
    assert received["From"] == "Vakttelefonen <vakt@example.no>"
    assert received["To"] == "ola@example.no"
    assert received["Subject"] == "Sak V-1001: ingen har teke ho på 20 min"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Message-ID"].endswith("@example.no>")
    assert received.get_content().replace("\r\n", "\n") == "Ingen har teke V-1001.\n\nRing vakta – no.\n"
    envelope = [command.upper() for command in sink.commands if command.upper().startswith(("MAIL", "RCPT"))]
    assert [command.split(" SIZE")[0].split(" BODY")[0] for command in envelope] == [
        "MAIL FROM:<VAKT@EXAMPLE.NO>",
        "RCPT TO:<OLA@EXAMPLE.NO>",
    ]


def test_a_repetition_carries_the_same_message_id() -> None:
    identities = []
    for _ in range(2):
        with listening(Sink()) as sink:
            send(settings_for(sink))
        identities.append(sink.mail()["Message-ID"])
    assert identities[0] == identities[1]


def test_starttls_is_used_where_it_is_offered(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "_is_this_machine", lambda _host: False)
    sink = Sink(extensions=("STARTTLS", "AUTH PLAIN"), context=certificate.server)
    with listening(sink):
        settings = replace(settings_for(sink), username="vakt", password="hemmeleg-nok")
        send(settings, trust=certificate.trusting)
    assert len(sink.mails) == 1
    assert {"AUTH", "MAIL", "RCPT", "DATA"} <= set(sink.encrypted)


def test_tls_from_the_first_byte_works_and_is_what_port_465_means(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(Sink(context=certificate.server, at_once=True)) as sink:
        monkeypatch.setattr(mail, "IMPLICIT_TLS_PORT", sink.port)
        send(settings_for(sink), trust=certificate.trusting)
    assert "MAIL" in sink.encrypted


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(
    certificate: Certificate,
) -> None:
    with listening(Sink(context=certificate.server, at_once=True)) as sink:
        error = failure(replace(settings_for(sink), encryption="tls"))
    assert "no safe connection" in str(error)
    assert (error.permanent, error.ambiguous, sink.commands) == (False, False, [])


def test_a_mail_server_on_this_machine_needs_no_certificate() -> None:
    with listening(Sink(extensions=("STARTTLS",))) as sink:
        send(settings_for(sink))
    assert len(sink.mails) == 1


def test_a_password_is_not_sent_unencrypted_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_is_this_machine", lambda _host: False)
    with listening(Sink(extensions=("AUTH PLAIN",))) as sink:
        error = failure(replace(settings_for(sink), username="vakt", password="hemmeleg-nok"))
    assert "no password was sent" in str(error)
    assert not any(command.startswith("AUTH") for command in sink.commands)


def test_required_starttls_that_is_not_offered_is_a_passing_failure() -> None:
    with listening(Sink()) as sink:
        error = failure(replace(settings_for(sink), encryption="starttls"))
    assert not error.permanent
    assert sink.mails == []


@pytest.mark.parametrize(
    ("command", "answer", "permanent"),
    [
        ("RCPT", "550 no such user ola@example.no", True),
        ("RCPT", "450 greylisted", False),
        ("MAIL", "553 not you", True),
        ("MAIL", "451 later", False),
        ("text", "554 unwanted", True),
        ("text", "452 full", False),
        ("greeting", "554 not you", False),
        ("AUTH", "535 wrong", False),
    ],
)
def test_a_refusal_for_good_is_told_from_one_for_now(command: str, answer: str, *, permanent: bool) -> None:
    sink = Sink(answers={command: answer}, extensions=("AUTH PLAIN",))
    with listening(sink):
        error = failure(replace(settings_for(sink), username="vakt", password="hemmeleg-nok"))
    assert (error.permanent, error.ambiguous) == (permanent, False)


def test_a_connection_lost_after_the_text_is_ambiguous() -> None:
    with listening(Sink(drop_after_text=True)) as sink:
        error = failure(settings_for(sink))
    assert (error.permanent, error.ambiguous) == (False, True)


def test_trouble_after_the_mail_was_taken_is_no_failure() -> None:
    with listening(Sink(answers={"QUIT": "500 what"})) as sink:
        send(settings_for(sink))
    assert len(sink.mails) == 1


def test_a_server_that_is_not_there_is_a_passing_failure() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings = settings_for(Sink(port=closed.getsockname()[1]))
    error = failure(settings)
    assert (error.permanent, error.ambiguous) == (False, False)
    assert "cannot be reached" in str(error)


@pytest.mark.parametrize("to", ["", "ola", "ola@", "ola@example.no\r\nBcc: alle@example.no", "a@b, c@d"])
def test_what_is_no_address_is_a_permanent_failure_and_nothing_is_sent(to: str) -> None:
    with listening(Sink()) as sink:
        error = failure(settings_for(sink), to=to)
    assert error.permanent
    assert sink.commands == []


def test_a_password_that_smtp_cannot_carry_is_told() -> None:
    with listening(Sink(extensions=("AUTH PLAIN",))) as sink:
        error = failure(replace(settings_for(sink), username="vakt", password="blåbær-nok"))
    assert "cannot be sent" in str(error)


def test_the_password_is_not_part_of_what_settings_show() -> None:
    assert "hemmeleg" not in repr(replace(settings_for(Sink()), password="hemmeleg-nok"))


@given(st.text(st.characters(codec=None, categories=None), max_size=200))
def test_whatever_stands_in_an_alarm_its_mail_has_our_headers_and_no_others(words: str) -> None:
    settings = MailSettings("localhost", 25, "", "", "vakt@example.no")
    composed = mail._composed(settings, to="kim@example.no", subject=words, body=words, message_id="1")
    read = message_from_bytes(bytes(composed), _class=EmailMessage, policy=policy.default)
    assert set(read.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert not any(sign in str(read["Subject"]) for sign in "\r\n\x1b\u202e")
