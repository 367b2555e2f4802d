"""The examples of the simulator's own page are run."""

import re
from pathlib import Path

import pytest
from flask import Flask, Response

from tests.simulator.scene import twiml

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_the_first_example_runs_and_prints_a_screenplay(capsys: pytest.CaptureFixture[str]) -> None:
    example = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    app = Flask("example")

    @app.post("/voice")
    def voice() -> Response:
        return twiml("<Say>Hello</Say><Dial><Number>+4790000002</Number></Dial>")

    exec(compile(example, "docs/simulator.md", "exec"), {"your_wsgi_app": app})  # noqa: S102 - our own page
    printed = capsys.readouterr().out
    assert "is connected with Ola (+4790000002)" in printed
