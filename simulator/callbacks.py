"""Status callbacks: told, not asked; on request late, doubled, out of order, or lost."""

from simulator.engine import Script, Sleep
from simulator.exchange import Exchange
from simulator.faults import CallbackKind
from simulator.webhook import Webhook, fetch

CALLBACK_REFUSED = 15003


def send_callback(
    exchange: Exchange,
    kind: CallbackKind,
    *,
    url: str,
    method: str,
    params: tuple[tuple[str, str], ...],
    sid: str,
    after_seconds: float | None = None,
) -> None:
    """Send a callback later (`callback_seconds` where no delay is given); no URL, no callback."""
    if not url:
        return
    base = exchange.switches.callback_seconds if after_seconds is None else after_seconds
    webhook = Webhook(url, method or "POST", params, sid, keeps_port=kind is CallbackKind.MESSAGE)
    for delay in exchange.faults.deliveries(kind, dice=exchange.dice).delays:
        exchange.engine.spawn(_deliver(exchange, webhook, base + delay), name=f"{kind} callback {sid}")


def _deliver(exchange: Exchange, webhook: Webhook, seconds: float) -> Script[None]:
    if seconds > 0:
        yield Sleep(seconds)
    answers = yield from fetch(exchange, webhook)
    answer = answers[0]
    if answer.response is None:
        exchange.log(answer.code, answer.message, sid=webhook.sid, url=webhook.url)
    elif not answer.is_good:
        exchange.log(
            CALLBACK_REFUSED,
            f"a status callback was answered with {answer.response.status}: answer 204",
            sid=webhook.sid,
            url=webhook.url,
            is_warning=True,
        )
