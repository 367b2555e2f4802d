"""Every address that the program answers is documented, and no other is."""

import re
from pathlib import Path

from dispatcher.recordings.vault import make_key_file
from vakttelefon.config import load_config
from vakttelefon.wiring import build_services, create_app

DOCUMENT = Path(__file__).parents[2] / "docs" / "http.md"

# answers every other address below it with 404 in the API's own form; and the pages, which people find by links
UNLISTED = re.compile(r"/api/v1/(<path:rest>)?$|/admin(/|$)|/static(/|$)|/$")


def test_every_address_is_documented_and_no_other(tmp_path: Path, sqlite_url: str) -> None:
    config = load_config(
        tmp_path / "config.toml",
        environ={
            "VAKTTELEFON__PUBLIC_URL": "https://vakt.example.no",
            "VAKTTELEFON_TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
            "VAKTTELEFON_TWILIO__AUTH_TOKEN": "token0",
            "VAKTTELEFON_DATABASE__URL": sqlite_url,
        },
    )
    make_key_file(config.recording.key_file)
    make_key_file(config.web.secret_file)
    services = build_services(config)
    app = create_app(config, services)
    services.db.close()
    answered = {rule.rule for rule in app.url_map.iter_rules() if not UNLISTED.search(rule.rule)}
    documented = re.findall(r"^\| `(/[^`]*)`", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(documented) == sorted(answered)
