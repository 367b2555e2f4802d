"""A leg following TwiML: fetch a document, do its verbs in order, go on where they say.

Sources: https://www.twilio.com/docs/voice/twiml (what is requested, what ends a call),
.../docs/usage/webhooks (fallback).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from simulator.calls import Params, end_leg, mark_answered, standard_params
from simulator.engine import Script
from simulator.exchange import Exchange
from simulator.leg import Leg, LegEnded, Order, Taken
from simulator.twiml.document import SCHEMA_WARNING, Document, DocumentError, Node, read_voice
from simulator.webhook import INVALID_URL, Webhook, fetch

APPLICATION_ERROR = "We're sorry, an application error has occurred. Goodbye."
MOST_DOCUMENTS_AT_ONCE = 200
RUNAWAY = 11200


@dataclass(frozen=True, slots=True)
class HangUp:
    """A verb's answer: the call ends here, with a status."""

    status: str = "completed"


Step = Order | HangUp | None
"""What a verb answers: go on with another document, hang up, or go on with the next verb."""

Verb = Callable[["Session", Node], Script[Step]]


class ExecutionError(Exception):
    """A verb that cannot be done; caught by the session, which turns to the fallback URL."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True, eq=False)
class Session:
    """One leg on its way through documents. `verbs` are those it may do.

    `screening_verbs` are those that the legs it dials may do before they are connected.
    `extra_params` go with every request for TwiML (a waiting queue's position, for instance).
    """

    exchange: Exchange
    leg: Leg
    verbs: dict[str, Verb]
    screening_verbs: dict[str, Verb] = field(default_factory=dict)
    fallback_url: str = ""
    fallback_method: str = "POST"
    is_screening: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    current_url: str = ""
    extra_params: Callable[[], Params] = field(default=lambda: ())
    verb_count: int = 0

    def answer(self) -> None:
        """Answer an inbound call that is still ringing: something is about to be heard."""
        if self.leg.direction == "inbound":
            mark_answered(self.exchange, self.leg)

    def run(self, order: Order) -> Script[HangUp | None]:
        """Follow documents until one runs out of verbs (None) or the call is to end (HangUp).

        LegEnded passes through when the call is over; REST taking the leg is dealt with here.
        """
        same_instant, documents = self.exchange.now(), 0
        while True:
            try:
                step = yield from self._follow(order)
            except Taken as taken:
                if self.is_screening:
                    raise
                if taken.order.fallback_url is not None:
                    self.fallback_url = taken.order.fallback_url
                    self.fallback_method = taken.order.fallback_method
                step = taken.order
            if not isinstance(step, Order):
                return step
            order = step
            documents = documents + 1 if self.exchange.now() == same_instant else 0
            same_instant = self.exchange.now()
            if documents > MOST_DOCUMENTS_AT_ONCE:
                self.log(RUNAWAY, f"{documents} documents in no time: a document redirects to itself")
                return HangUp()

    def _follow(self, order: Order) -> Script[Step]:
        try:
            document = yield from self._load(order)
            return (yield from self._do(document.verbs))
        except (DocumentError, ExecutionError) as error:
            code, message = error.code, str(error)
        failed_url = self.current_url or order.url
        self.log(code, message)
        if self.fallback_url:
            params: Params = ()
            if self.exchange.switches.sends_fallback_error:
                params = (("ErrorCode", str(code)), ("ErrorUrl", failed_url))
            fallback = Order(self.fallback_url, self.fallback_method, params=params)
            try:
                document = yield from self._load(fallback)
                return (yield from self._do(document.verbs))
            except (DocumentError, ExecutionError) as error:
                self.log(error.code, str(error))
        yield from self._apologise()
        return HangUp()

    def _apologise(self) -> Script[None]:
        self.answer()
        yield from self.verbs["Say"](self, Node("Say", {}, 0, [APPLICATION_ERROR]))

    def _load(self, order: Order) -> Script[Document]:
        if order.inline is not None:
            self.current_url = ""
            document = read_voice(order.inline.encode(), "text/xml")
        else:
            self.current_url = order.url
            document = read_voice(*(yield from self._request(order)))
        for warning in document.warnings:
            self.log(SCHEMA_WARNING, warning, is_warning=True)
        return document

    def _request(self, order: Order) -> Script[tuple[bytes, str | None]]:
        doubled = self.exchange.faults.doubled_webhooks
        webhook = Webhook(order.url, order.method, self.params(order), self.leg.sid)
        answers = yield from fetch(
            self.exchange, webhook, cookies=self.cookies, copies=1 if doubled == "no" else 2
        )
        answer = answers[-1] if doubled == "use-second" else answers[0]
        if answer.response is None or not answer.is_good:
            raise DocumentError(answer.code, answer.message)
        self.current_url = answer.url
        return answer.response.body, answer.response.headers.get("content-type")

    def params(self, order: Order) -> Params:
        """Return the parameters of a request for TwiML."""
        standard = standard_params(self.exchange, self.leg, is_post=order.method == "POST")
        return (*standard, *self.extra_params(), *order.params)

    def request_only(self, order: Order) -> Script[None]:
        """Request a document whose answer no longer matters: the call is over."""
        if order.url:
            doubled = self.exchange.faults.doubled_webhooks
            webhook = Webhook(order.url, order.method, self.params(order), self.leg.sid)
            answers = yield from fetch(
                self.exchange, webhook, cookies=self.cookies, copies=1 if doubled == "no" else 2
            )
            if not answers[0].is_good:
                self.log(answers[0].code, answers[0].message)

    def _do(self, verbs: tuple[Node, ...]) -> Script[Step]:
        for node in verbs:
            verb = self.verbs.get(node.name)
            if verb is None:
                self._refuse(node)
                continue
            step = yield from verb(self, node)
            self.verb_count += 1
            if step is not None:
                return step
        return None

    def _refuse(self, node: Node) -> None:
        if self.is_screening and node.name == "Dial":
            raise ExecutionError(13201, "Dial is not allowed in a screening document")
        self.log(SCHEMA_WARNING, f"line {node.line}: {node.name} is not supported here", is_warning=True)

    def target(self, node: Node, attribute: str = "action", *, params: Params = ()) -> Order | None:
        """Return where a verb's URL attribute leads, or None when it has none.

        Raises:
            ExecutionError: 11100 when it is relative and the document came inline.
        """
        if attribute not in node.attributes:
            return None
        url = self.resolve(node.get(attribute))
        method = node.get("method", "POST").upper()
        return Order(url, "GET" if method == "GET" else "POST", params=params)

    def resolve(self, url: str) -> str:
        """Return a URL of a document, relative to the document it stands in.

        Raises:
            ExecutionError: 11100 when it is relative and the document came inline.
        """
        url = url.strip()
        if urlsplit(url).scheme:
            return url
        if not self.current_url:
            raise ExecutionError(INVALID_URL, f"{url!r} is relative, but the document has no address")
        return urljoin(self.current_url, url)

    def number(self, node: Node, attribute: str, default: int, *, least: int = 0, most: int = 86_400) -> int:
        """Return a whole number of an attribute; a bad one is warned of and replaced by the default."""
        text = node.get(attribute).strip()
        if not text:
            return default
        if not text.isdecimal() or not least <= int(text) <= most:
            self.log(
                SCHEMA_WARNING,
                f"line {node.line}: {attribute}={text!r} of {node.name} is no number from {least} to {most}",
                is_warning=True,
            )
            return default
        return int(text)

    def flag(self, node: Node, attribute: str, *, default: bool) -> bool:
        """Return a truth value of an attribute."""
        text = node.get(attribute).strip().lower()
        if text in {"true", "false"}:
            return text == "true"
        if text:
            self.log(
                SCHEMA_WARNING,
                f"line {node.line}: {attribute}={text!r} of {node.name} is neither true nor false",
                is_warning=True,
            )
        return default

    def log(self, code: int, message: str, *, is_warning: bool = False) -> None:
        """Write into the debugger log about this call."""
        self.exchange.log(code, message, sid=self.leg.sid, url=self.current_url, is_warning=is_warning)


def run_call(session: Session, order: Order) -> Script[None]:
    """Follow documents from the first one to the end of the call, and end it."""
    leg = session.leg
    try:
        step = yield from session.run(order)
    except LegEnded:
        leg.runner = None
        return
    leg.runner = None
    if step is None or (step.status == "completed" and not leg.is_answered):
        # the end of a document answers a call that has heard nothing yet
        session.answer()
    end_leg(session.exchange, leg, step.status if step is not None else "completed", by="twilio")
