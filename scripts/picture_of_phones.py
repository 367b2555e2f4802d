"""Take the README's picture: the wall of phones of a running demo, in the middle of a call.

Run `.venv/bin/python -m scripts.picture_of_phones` after the wall has changed, and look at the picture before
committing it. It needs an installed Chromium, as `make test` does. Names and numbers are the example's.
"""

import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from vakttelefon.demo.installation import Installation, installed
from vakttelefon.demo.run import live

PICTURE = Path(__file__).parent.parent / "docs" / "phones.png"
WIDTH, HEIGHT = 1280, 960
# A week whose person on duty has a card beside the callers', so that both ends of the call are seen.
WEEK = datetime(2026, 12, 1, 12, tzinfo=UTC)
# Virtual seconds to the second, so that nobody waits for the words that are spoken.
SPEED = 4.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CALLER, OTHER_CALLER = '[data-phone="+4790100001"]', '[data-phone="+4790100002"]'


def play(page: Any, demo: Installation) -> None:
    """Lead a call to the moment of the picture: two people talk, and somebody else has sent an SMS."""
    duty = f'[data-phone="{demo.cast.on_duty.phones[0]}"]'
    page.goto(f"{demo.web.url}/phones/")
    page.click(f'{CALLER} [data-action="ring"]')
    page.wait_for_selector(f'{duty}[data-state="ringing"]')
    page.click(f'{duty} [data-action="answer"]')
    page.wait_for_selector(f'{duty} [data-role="said"] li:has-text("Trykk 1")')
    page.click(f'{duty} [data-key="1"]')
    page.wait_for_selector(f'{duty} [data-role="with"]:has-text("Turid Lie")')
    page.wait_for_selector(f'{CALLER} [data-role="with"]:has-text("{demo.cast.on_duty.name}")')
    for card, words in (
        (CALLER, "Heile rådhuset er utan nett, også sjukeheimen."),
        (duty, "Då ser eg på det med ein gong. Ring om det endrar seg."),
    ):
        page.fill(f'{card} form[data-form="say"] input', words)
        page.click(f'{card} [data-action="say"]')
    page.wait_for_selector(f'{CALLER} [data-role="said"] li:has-text("med ein gong")')
    page.fill(f'{OTHER_CALLER} form[data-form="send-sms"] input[name="text"]', "Er nettet nede hos oss òg?")
    page.click(f'{OTHER_CALLER} [data-action="send-sms"]')
    page.wait_for_selector(f'{OTHER_CALLER} [data-role="inbox"] li:has-text("V-1002")')
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")


def main() -> int:
    """Take the picture and return the exit code: 1 when there is no browser."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.stderr.write(f"no browser found: install one of {', '.join(BROWSERS)}\n")
        return 1
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser,
            # Chromium refuses its sandbox to root
            chromium_sandbox=os.geteuid() != 0,
            args=["--disable-dev-shm-usage", "--disable-gpu"],
        )
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="nn-NO")
        with installed(port=0, started_at=WEEK) as demo, live(demo, speed=SPEED):
            play(page, demo)
            page.screenshot(path=PICTURE)
        chromium.close()
    sys.stdout.write(f"{PICTURE.name}: {PICTURE.stat().st_size // 1024} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
