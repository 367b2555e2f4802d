"""Signed requests that make no sense: led on, told by one line of the log, and no fault of ours."""

from collections.abc import Callable

from structlog.testing import capture_logs

from tests.hotline.rig import HOTLINE, Rig, sid

ROWS = ("0", "7", str(2**31), str(2**63), str(2**64 + 5), "9" * 5_000)


def test_rows_that_are_none_are_told_in_one_line_without_a_traceback(rig: Rig) -> None:
    paths = "voice/screen/{}", "voice/screen/{}/0/0", "voice/page/{}", "voice/page/{}/1/{}", "voice/alarm/{}"
    for path in paths:
        for row in ROWS:
            with capture_logs() as told:
                rig.twiml(path.format(row, row), CallSid=sid("CA", 1), Digits="1", From=HOTLINE, To=HOTLINE)
            assert [(line["event"], line["log_level"]) for line in told] == [("nonsense-request", "warning")]
            assert "exc_info" not in told[0]


def test_a_request_without_its_fields_leads_on_and_is_told_in_one_line(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    for path in ("voice", "voice/begin", "voice/dial/3", "voice/message", "voice/after-all"):
        with capture_logs() as told:
            answer = rig.twiml(path)
        assert {"Dial", "Record", "Hangup"} & set(answer.verbs())
        assert [line["event"] for line in told if line["log_level"] != "debug"] == ["nonsense-request"]
        assert "exc_info" not in told[0]


def test_a_report_without_its_fields_leaves_no_traceback(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    for path in ("call-status", "sms", "sms-status", "voice/recording", f"voice/leg/{2**70}"):
        with capture_logs() as told:
            assert rig.post(path).status_code in {200, 204}
        assert all("exc_info" not in line and line["log_level"] != "error" for line in told)
