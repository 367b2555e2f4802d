"""Recordings: begun, ended, made ready, told of, deleted; and their audio."""

import array
import math
import struct
from collections.abc import Iterator

from simulator.callbacks import send_callback
from simulator.calls import recording_url
from simulator.engine import Script, Wait
from simulator.exchange import Exchange
from simulator.faults import CallbackKind
from simulator.journal import EntryKind
from simulator.leg import Leg
from simulator.records import Recording, RecordingCallback
from simulator.webhook import rfc2822

EVENTS = frozenset({"in-progress", "completed", "absent"})
SAMPLES_A_SECOND = 8000


def callback_from(url: str, method: str, events: str) -> RecordingCallback | None:
    """Return where recordings are told of; without events of the completed ones only."""
    if not url:
        return None
    chosen = frozenset(events.replace(",", " ").split()) & EVENTS
    return RecordingCallback(url, method or "POST", chosen or frozenset({"completed"}))


def start_recording(
    exchange: Exchange,
    leg: Leg,
    *,
    source: str,
    channels: int,
    callback: RecordingCallback | None,
    conference_sid: str | None = None,
) -> Recording:
    """Begin to record a call (always filed under the leg given: the parent of a Dial)."""
    recording = Recording(
        exchange.sids.make("RE"),
        leg.sid,
        source,
        channels,
        exchange.now(),
        callback=callback,
        conference_sid=conference_sid,
    )
    exchange.recordings[recording.sid] = recording
    exchange.journal.add(EntryKind.RECORDING, "twilio", f"records ({source})", call_sid=leg.sid)
    _tell(exchange, recording, event="in-progress")
    return recording


def stop_recording(exchange: Exchange, recording: Recording, *, seconds: float) -> None:
    """End a recording of so many seconds; under half a second there is none (`absent`)."""
    if recording.status not in {"in-progress", "paused"}:
        return
    recording.duration_seconds = round(seconds)
    recording.updated_at = exchange.now()
    if seconds < 0.5:
        recording.status, recording.duration_seconds = "absent", 0
        _tell(exchange, recording, event="absent", after_seconds=exchange.switches.recording_callback_seconds)
        return
    recording.duration_seconds = max(1, recording.duration_seconds)
    recording.status = "processing"

    def is_ready() -> None:
        recording.status = "completed"
        recording.updated_at = exchange.now()
        exchange.journal.add(
            EntryKind.RECORDING,
            "twilio",
            f"recording of {recording.duration_seconds} s is ready",
            call_sid=recording.call_sid,
        )
        _tell(
            exchange, recording, event="completed", after_seconds=exchange.switches.recording_callback_seconds
        )

    exchange.engine.after(exchange.switches.recording_ready_seconds, is_ready)


def _tell(
    exchange: Exchange, recording: Recording, *, event: str, after_seconds: float | None = None
) -> None:
    callback = recording.callback
    if callback is None or event not in callback.events:
        return
    params = [
        ("AccountSid", exchange.account_sid),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", recording_url(exchange, recording.sid)),
        ("RecordingStatus", event),
        ("RecordingChannels", str(recording.channels)),
        ("RecordingStartTime", rfc2822(recording.started_at)),
        ("RecordingSource", recording.source),
        ("RecordingTrack", recording.track),
    ]
    if recording.conference_sid is None:
        params.append(("CallSid", recording.call_sid))
    else:
        params.append(("ConferenceSid", recording.conference_sid))
    if event == "completed":
        params.append(("RecordingDuration", str(recording.duration_seconds)))
    if event == "absent":
        params.append(("RecordingErrorCode", "0"))
    send_callback(
        exchange,
        CallbackKind.RECORDING,
        url=callback.url,
        method=callback.method,
        params=tuple(params),
        sid=recording.sid,
        after_seconds=after_seconds,
    )


def wav(*, seconds: int, channels: int) -> Iterator[bytes]:
    """Yield a real WAV (8000 Hz, 16 bits) of a quiet tone, a second at a time."""
    block = channels * 2
    size = seconds * SAMPLES_A_SECOND * block
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, channels,
                         SAMPLES_A_SECOND, SAMPLES_A_SECOND * block, block, 16, b"data", size)  # fmt: skip
    yield header
    tone = array.array("h")
    for sample in range(SAMPLES_A_SECOND):
        value = round(1200 * math.sin(2 * math.pi * 220 * sample / SAMPLES_A_SECOND))
        tone.extend([value] * channels)
    for _ in range(seconds):
        yield tone.tobytes()


def mp3(*, seconds: int) -> Iterator[bytes]:
    """Yield a real MP3 (MPEG-2 layer III, 16 kHz, 32 kbit/s) of silence, a second at a time."""
    # a frame of 144 bytes holds 576 samples; all zeros after the header decode to silence
    frame = bytes([0xFF, 0xF3, 0x48, 0xC0]) + bytes(140)
    frames_done = 0
    for second in range(1, seconds + 1):
        frames_due = -(-second * 16_000 // 576)
        yield frame * (frames_due - frames_done)
        frames_done = frames_due


def record_until_over(exchange: Exchange, leg: Leg, recording: Recording) -> None:
    """Have a recording end with its call, unless it is stopped before."""

    def stop() -> Script[None]:
        yield Wait((leg.ended,))
        seconds = (exchange.now() - recording.started_at).total_seconds()
        stop_recording(exchange, recording, seconds=seconds)

    exchange.engine.spawn(stop(), name=f"recording {recording.sid}")
