"""The vault keeps what it was given, or says that it did not."""

import base64
import errno
import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.recordings import vault as vault_module
from dispatcher.recordings.sealing import SEGMENT_BYTES
from dispatcher.recordings.vault import StoredAudio, Vault, VaultError, load_key, make_key_file
from dispatcher.telephony.port import DeliveryError

KEY = bytes(range(32))
SID = "RE" + "1" * 32
OTHER = "RE" + "2" * 32


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def in_pieces(audio: bytes, *lengths: int) -> Iterator[bytes]:
    at = 0
    for length in lengths:
        yield audio[at : at + length]
        at += length
    yield audio[at:]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def vault(folder: Path) -> Vault:
    return Vault(folder, KEY)


def test_what_is_stored_is_read_back_and_lies_encrypted_in_a_private_folder(
    vault: Vault, folder: Path
) -> None:
    audio = b"RIFF" + b"ein roleg song " * 20_000
    stored = vault.store(SID, in_pieces(audio, 10, 0, 70_000))
    assert stored == StoredAudio(f"{SID}.audio", len(audio), hashlib.sha256(audio).hexdigest())
    assert vault.read(stored.file, SID) == audio
    content = (folder / stored.file).read_bytes()
    assert b"RIFF" not in content
    assert b"song" not in content
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / stored.file).stat().st_mode) == 0o600
    assert names_in(folder) == [stored.file]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.one_of(
        st.integers(1, 300),
        st.sampled_from([SEGMENT_BYTES * n + d for n in (1, 2) for d in (-1, 0, 1)]),
    ),
    cuts=st.lists(st.integers(0, SEGMENT_BYTES + 1), max_size=4),
)
def test_any_length_in_any_pieces_comes_back_whole(size: int, cuts: list[int], tmp_path: Path) -> None:
    vault = Vault(tmp_path, KEY)
    audio = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    edges = sorted({min(cut, size) for cut in cuts} | {0})
    stored = vault.store(SID, in_pieces(audio, *(b - a for a, b in pairwise(edges))))
    assert stored.bytes == size
    assert vault.read(stored.file, SID) == audio


def test_storing_again_replaces_the_copy_that_a_crash_left_unrecorded(vault: Vault) -> None:
    vault.store(SID, iter([b"first"]))
    stored = vault.store(SID, iter([b"second"]))
    assert vault.read(stored.file, SID) == b"second"


def test_another_key_opens_nothing_and_says_where_to_look(vault: Vault, folder: Path) -> None:
    stored = vault.store(SID, iter([b"audio"]))
    with pytest.raises(VaultError, match=r"another key.*key_file"):
        Vault(folder, bytes(32)).read(stored.file, SID)


def test_a_recording_does_not_pass_for_another(vault: Vault, folder: Path) -> None:
    stored = vault.store(SID, iter([b"audio"]))
    (folder / stored.file).rename(folder / f"{OTHER}.audio")
    with pytest.raises(VaultError, match="altered"):
        vault.read(f"{OTHER}.audio", OTHER)


@pytest.mark.parametrize("damage", ["flipped", "cut", "cut at a segment", "appended", "emptied", "swapped"])
def test_any_alteration_of_the_file_is_found(damage: str, vault: Vault, folder: Path) -> None:
    stored = vault.store(SID, iter([bytes(3 * SEGMENT_BYTES)]))
    path = folder / stored.file
    content = path.read_bytes()
    sealed_segment = SEGMENT_BYTES + 16
    head = len(content) - 3 * sealed_segment
    first = content[head : head + sealed_segment]
    second = content[head + sealed_segment : head + 2 * sealed_segment]
    path.write_bytes(
        {
            "flipped": content[:-30] + bytes([content[-30] ^ 1]) + content[-29:],
            "cut": content[:-5],
            "cut at a segment": content[:-sealed_segment],
            "appended": content + b"x",
            "emptied": b"",
            "swapped": content[:head] + second + first + content[head + 2 * sealed_segment :],
        }[damage]
    )
    with pytest.raises(VaultError, match="cannot be opened"):
        vault.read(stored.file, SID)


def test_a_disk_that_gives_back_something_else_is_noticed_before_the_original_is_deleted(
    vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_module, "unsealed", lambda *_args, **_kwargs: iter([b"noise"]))
    with pytest.raises(VaultError, match="check the disk"):
        vault.store(SID, iter([b"audio"]))
    assert names_in(folder) == []


def test_a_full_disk_is_told_with_its_remedy_and_leaves_nothing(
    vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match=r"No space left on device: free space") as caught:
        vault.store(SID, iter([b"audio"]))
    assert not caught.value.permanent
    assert names_in(folder) == []


def test_a_download_that_breaks_off_leaves_nothing_and_tells_its_own_error(
    vault: Vault, folder: Path
) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"RIFF"
        message = "the connection broke"
        raise DeliveryError(message)

    with pytest.raises(DeliveryError, match="the connection broke"):
        vault.store(SID, breaking())
    assert names_in(folder) == []


def test_an_empty_recording_is_refused_so_that_twilios_copy_stays(vault: Vault, folder: Path) -> None:
    with pytest.raises(VaultError, match="empty"):
        vault.store(SID, iter([b"", b""]))
    assert names_in(folder) == []


def test_a_recording_without_end_is_given_up(folder: Path) -> None:
    with pytest.raises(VaultError, match="larger"):
        Vault(folder, KEY, most_bytes=1000).store(SID, iter([bytes(600), bytes(600)]))
    assert names_in(folder) == []


def test_deleting_twice_is_no_error(vault: Vault) -> None:
    stored = vault.store(SID, iter([b"audio"]))
    vault.delete(stored.file)
    vault.delete(stored.file)
    with pytest.raises(VaultError, match="restore it from a backup"):
        vault.read(stored.file, SID)


@pytest.mark.parametrize("file", ["../secret.audio", "/etc/passwd", "", ".audio", f"{SID}.part", "a/b.audio"])
def test_no_name_leads_out_of_the_folder(file: str, vault: Vault) -> None:
    with pytest.raises(VaultError):
        vault.read(file, SID)
    with pytest.raises(VaultError):
        vault.delete(file)


def test_what_a_crash_left_is_removed_when_a_vault_is_opened(folder: Path) -> None:
    folder.mkdir()
    (folder / f".{SID}.0123456789abcdef.part").write_bytes(b"half")
    Vault(folder, KEY)
    assert names_in(folder) == []


def test_a_file_that_another_process_is_writing_is_no_leftover(vault: Vault, folder: Path) -> None:
    def slow() -> Iterator[bytes]:
        yield b"RIFF"
        Vault(folder, KEY)
        program = (
            "import sys; from pathlib import Path; from dispatcher.recordings.vault import Vault;"
            "Vault(Path(sys.argv[1]), bytes(32))"
        )
        subprocess.run([sys.executable, "-c", program, str(folder)], check=True)  # noqa: S603 - our own program
        yield b"WAVE"

    stored = vault.store(SID, slow())
    assert vault.read(stored.file, SID) == b"RIFFWAVE"


def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "var" / "recording.key"
    assert make_key_file(path)
    key = load_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not make_key_file(path)
    assert load_key(path) == key
    assert names_in(path.parent) == [path.name]


def test_a_key_made_by_another_in_the_same_instant_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recording.key"
    make_key_file(path)
    key = load_key(path)
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert not make_key_file(path)
    assert load_key(path) == key
    assert names_in(tmp_path) == [path.name]


def test_two_key_files_hold_different_keys(tmp_path: Path) -> None:
    make_key_file(tmp_path / "one")
    make_key_file(tmp_path / "two")
    assert load_key(tmp_path / "one") != load_key(tmp_path / "two")


def test_a_missing_key_says_how_to_make_or_restore_it(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="vakttelefon init"):
        load_key(tmp_path / "nothing.key")


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe", b"AAAA", b"!" * 44])
def test_a_file_that_is_no_key_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "recording.key"
    path.write_bytes(content)
    with pytest.raises(VaultError, match="holds no recording key"):
        load_key(path)


def test_a_key_that_cannot_be_made_is_told_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with pytest.raises(VaultError, match="cannot be made"):
        make_key_file(tmp_path / "var" / "recording.key")


def test_a_vault_refuses_a_key_of_another_length(folder: Path) -> None:
    with pytest.raises(VaultError, match="32"):
        Vault(folder, b"short")


@pytest.mark.parametrize(
    "size", [1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES + 77]
)
def test_a_recording_is_read_from_any_byte_on(vault: Vault, size: int) -> None:
    audio = os.urandom(size)
    stored = vault.store(SID, in_pieces(audio))
    assert vault.audio_bytes(stored.file) == size
    for start in {0, 1, size // 2, SEGMENT_BYTES - 1, SEGMENT_BYTES, 2 * SEGMENT_BYTES + 5, size - 1}:
        if start < size:
            assert b"".join(vault.chunks(stored.file, SID, start=start)) == audio[start:]


def test_a_recording_whose_end_was_cut_off_is_not_read_to_that_end(vault: Vault, folder: Path) -> None:
    stored = vault.store(SID, in_pieces(os.urandom(3 * SEGMENT_BYTES)))
    content = (folder / stored.file).read_bytes()
    (folder / stored.file).write_bytes(content[: -SEGMENT_BYTES - 16])
    with pytest.raises(VaultError):
        list(vault.chunks(stored.file, SID, start=SEGMENT_BYTES))


def test_a_recording_of_the_first_version_still_opens(vault: Vault, folder: Path) -> None:
    folder.mkdir()
    sealed = (
        "dmFrdC1hdWRpby0xCo74Tc1Q4Kguf+xE4eQKKow1o8vraEjXruj/siw5CLXoc9v5r7jm1Z+JaU+rfqmDu5YS8izOz5f9yXkPbSVl"
        "yGwpn4C9Aw=="
    )
    (folder / f"{SID}.audio").write_bytes(base64.b64decode(sealed))
    assert vault.audio_bytes(f"{SID}.audio") == 21
    assert b"".join(vault.chunks(f"{SID}.audio", SID, start=8)) == b"old recording"


def test_the_size_of_a_recording_that_is_gone_is_told_like_reading_it(vault: Vault) -> None:
    with pytest.raises(VaultError, match="restore it from a backup"):
        vault.audio_bytes(f"{OTHER}.audio")
