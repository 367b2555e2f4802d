"""Run the simulator by itself: `python -m simulator --port 4010 --voice-url http://127.0.0.1:5000/voice`."""

import argparse
import secrets
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

from simulator.clock import VirtualClock
from simulator.facade import Simulator
from simulator.numbers import is_e164
from simulator.personas import PERSONAS
from simulator.server import LoopbackServer, standalone_app
from simulator.switches import Switches
from simulator.transport import HttpTransport

_EXAMPLE = """example:
  python -m simulator --number +4721000000 --voice-url http://127.0.0.1:5000/voice \\
      --sms-url http://127.0.0.1:5000/sms --phone '+4790000001=Kari' --phone '+4790000002=Ola=voicemail' \\
      --phone '+4791000001=Caller'

Point your application's Twilio client at http://127.0.0.1:4010 and open http://127.0.0.1:4010/phones/ .
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A simulated Twilio account with phones in the browser.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=4010, help="port on this machine (4010)")
    parser.add_argument("--account-sid", default="AC" + "0" * 32, help="the account's identifier")
    parser.add_argument(
        "--auth-token", default="", help="the account's secret (made and printed where left out)"
    )
    parser.add_argument("--number", default="+4721000000", help="the account's number (+4721000000)")
    parser.add_argument("--number-name", default="Hotline", help="what the number is called on the wall")
    parser.add_argument("--voice-url", default="", help="webhook of an incoming call")
    parser.add_argument("--voice-fallback-url", default="", help="asked when that one fails")
    parser.add_argument("--status-url", default="", help="told of the end of a call")
    parser.add_argument("--sms-url", default="", help="webhook of an incoming SMS")
    parser.add_argument("--timezone", default="Europe/Oslo", help="zone of the times shown (Europe/Oslo)")
    parser.add_argument(
        "--phone",
        action="append",
        default=[],
        metavar="NUMBER=NAME[=PERSONA]",
        help=f"a phone; personas: {', '.join(PERSONAS)} (manual). May be given several times",
    )
    return parser


def _add_phones(simulator: Simulator, wanted: Sequence[str]) -> str:
    """Add the phones and return what is wrong with one of them, or an empty text."""
    for text in wanted:
        number, _, rest = text.partition("=")
        name, _, persona = rest.partition("=")
        if not is_e164(number):
            return f"--phone {text}: {number!r} is not in E.164 form: write it as +4790000001=Kari"
        if persona and persona not in PERSONAS:
            return f"--phone {text}: there is no persona {persona!r}: choose from {', '.join(PERSONAS)}"
        simulator.add_phone(number, name or number, PERSONAS[persona or "manual"]())
    return ""


def _say(line: str, *, to: TextIO = sys.stdout) -> None:
    to.write(f"{line}\n")
    to.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; 0 then, 2 on wrong usage, 1 when the port is taken."""
    options = _parser().parse_args(arguments)
    token = options.auth_token or secrets.token_hex(16)
    simulator = Simulator(
        options.account_sid,
        token,
        clock=VirtualClock(datetime.now(UTC)),
        transport=HttpTransport(),
        switches=Switches(),
    )
    if not is_e164(options.number):
        _say(f"--number {options.number}: not in E.164 form: write it as +4721000000", to=sys.stderr)
        return 2
    simulator.add_number(
        options.number,
        voice_url=options.voice_url,
        voice_fallback_url=options.voice_fallback_url,
        status_callback=options.status_url,
        sms_url=options.sms_url,
        name=options.number_name,
    )
    if problem := _add_phones(simulator, options.phone):
        _say(problem, to=sys.stderr)
        return 2
    try:
        server = LoopbackServer(standalone_app(simulator, timezone=options.timezone), port=options.port)
    except (OSError, SystemExit):
        _say(f"--port {options.port}: it is taken: choose another one", to=sys.stderr)
        return 1
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with simulator, server:
        simulator.start_live()
        _say(f"REST side   {server.url}   account {simulator.account_sid}, token {token}")
        _say(f"phones      {server.url}/phones/")
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
