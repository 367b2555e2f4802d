"""Sending one mail over SMTP: the last resort when the telephone company is what fails."""

import hashlib
import ipaddress
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, parseaddr
from typing import Any, Final, Literal

from dispatcher.telephony.port import DeliveryError
from dispatcher.time_limits import at_most, present_limit
from roster.foreign import one_line, storable

IMPLICIT_TLS_PORT: Final = 465
_SERVER: Final = "the mail server"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How the mail server is reached, and who is named as sender.

    `encryption`: "auto" (TLS at once on port 465; else STARTTLS where offered, but not to this machine),
    "starttls" (required), "tls" (at once) or "none". `timeout_seconds` bounds the handing over of one mail
    in all: some servers make strangers wait for their greeting, and any may drip.
    """

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    sender: str
    encryption: Literal["auto", "starttls", "tls", "none"] = "auto"
    timeout_seconds: float = 30


def send_mail(
    settings: MailSettings,
    *,
    to: str,
    subject: str,
    body: str,
    message_id: str,
    tls_context: ssl.SSLContext | None = None,
) -> None:
    """Hand one plain-text mail to the mail server.

    `message_id` is any text that is the same each time this mail is tried: the Message-ID is made of it, by
    which mail programs know a repetition. `tls_context` replaces the system's trust, for a private authority.

    Raises DeliveryError: permanent where the server refuses this receiver or text for good (5xx), ambiguous
    where the connection broke after the text was on its way. A refused password is passing.
    """
    message = _composed(settings, to=to, subject=subject, body=body, message_id=message_id)
    sending = False
    server: _Smtp | None = None
    with at_most(settings.timeout_seconds) as limit:
        try:
            server = _connected(settings, tls_context)
            sending = True
            server.send_message(message, from_addr=_bare(settings.sender), to_addrs=[_bare(to)])
        except smtplib.SMTPResponseException as error:
            raise _refused(error, sending=sending, doubtful=False) from None
        except smtplib.SMTPException as error:
            told = limit.error(_SERVER, ambiguous=_is_doubtful(server))
            raise told or _refused(error, sending=sending, doubtful=_is_doubtful(server)) from None
        except UnicodeError:
            raise DeliveryError("the mail password has letters that cannot be sent: see [mail]") from None
        except OSError as error:
            told = limit.error(_SERVER, ambiguous=_is_doubtful(server))
            raise told or _broken(error, sending=sending, doubtful=_is_doubtful(server)) from None
        finally:
            if server is not None:
                # what comes after "accepted" cannot undo it
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()


def _composed(settings: MailSettings, *, to: str, subject: str, body: str, message_id: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP_POLICY)
    try:
        message["From"] = settings.sender
        message["To"] = _address(to)
        message["Subject"] = one_line(subject)
        message["Date"] = formatdate()
        domain = _bare(settings.sender).rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{hashlib.sha256(message_id.encode()).hexdigest()[:40]}@{domain}>"
        # asks holiday greetings and the like not to answer (RFC 3834)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(storable(body))
    except (ValueError, MessageError, IndexError):
        what = "the mail cannot be written: check the address of receiver and sender"
        raise DeliveryError(what, permanent=True) from None
    return message


def _address(to: str) -> Address:
    return Address(addr_spec=to.strip())


def _bare(address: str) -> str:
    return parseaddr(address)[1]


class _Smtp(smtplib.SMTP):
    """A conversation with a mail server whose connection keeps to the present limit.

    `text_begun`: the text was on its way, so the mail may have been taken.
    """

    text_begun = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand over the text."""
        self.text_begun = True
        return super().data(msg)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        limit = present_limit()
        assert limit is not None, "mail is sent within `at_most`"
        return limit.connect(host, port, answer_seconds=timeout)


class _SmtpTls(_Smtp, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = super()._get_socket(host, port, timeout)
        return self.context.wrap_socket(line, server_hostname=host)


def _is_doubtful(server: _Smtp | None) -> bool:
    return server is not None and server.text_begun


def _connected(settings: MailSettings, trust: ssl.SSLContext | None) -> _Smtp:
    wanted = settings.encryption
    if wanted == "auto" and settings.port == IMPLICIT_TLS_PORT:
        wanted = "tls"
    seconds = settings.timeout_seconds
    if wanted == "tls":
        server: _Smtp = _SmtpTls(settings.host, settings.port, timeout=seconds, context=_context(trust))
    else:
        server = _Smtp(settings.host, settings.port, timeout=seconds)
    try:
        _secure_and_log_in(server, settings, trust, encrypted=wanted == "tls")
    except BaseException:
        server.close()
        raise
    return server


def _secure_and_log_in(
    server: smtplib.SMTP, settings: MailSettings, trust: ssl.SSLContext | None, *, encrypted: bool
) -> None:
    wanted = settings.encryption
    local = _is_this_machine(settings.host)
    server.ehlo_or_helo_if_needed()
    offered = server.has_extn("starttls")
    if not encrypted and (wanted == "starttls" or (wanted == "auto" and offered and not local)):
        server.starttls(context=_context(trust))
        server.ehlo()
        encrypted = True
    if not settings.username:
        return
    if not (encrypted or local or wanted == "none"):
        what = "the mail server offers no encryption, so no password was sent: see [mail]"
        raise DeliveryError(what)
    server.login(settings.username, settings.password)


def _context(trust: ssl.SSLContext | None) -> ssl.SSLContext:
    return trust or ssl.create_default_context()


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _broken(error: OSError, *, sending: bool, doubtful: bool) -> DeliveryError:
    match error:
        case ssl.SSLError():
            what = f"no safe connection to the mail server ({error.reason or 'TLS failed'})"
        case TimeoutError():
            what = "the mail server did not answer in time"
        case _ if sending:
            what = "the connection to the mail server broke"
        case _:
            what = "the mail server cannot be reached"
    return DeliveryError(what, ambiguous=doubtful)


def _refused(error: smtplib.SMTPException, *, sending: bool, doubtful: bool) -> DeliveryError:
    """Word a refusal without what the server said, which may quote addresses."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return DeliveryError(
                f"the mail server did not accept the password (code {error.smtp_code}): see [mail]",
                code=error.smtp_code,
            )
        case smtplib.SMTPRecipientsRefused():
            code = next((answer[0] for answer in error.recipients.values()), None)
            return _answered("the receiver", code)
        case smtplib.SMTPSenderRefused():
            return _answered("the sender", error.smtp_code)
        case smtplib.SMTPDataError():
            return _answered("the mail", error.smtp_code)
        case smtplib.SMTPServerDisconnected():
            return DeliveryError("the mail server closed the connection", ambiguous=doubtful)
        case smtplib.SMTPNotSupportedError() if sending:
            return DeliveryError("the mail server cannot take such an address", permanent=True)
        case smtplib.SMTPNotSupportedError():
            return DeliveryError("the mail server lacks what [mail] asks for (STARTTLS or a log-in)")
        case _:
            return DeliveryError(f"the mail server did not take part ({type(error).__name__})")


def _answered(what: str, code: int | None) -> DeliveryError:
    return DeliveryError(
        f"the mail server refused {what} (code {code})",
        permanent=code is not None and 500 <= code < 600,
        code=code,
    )
