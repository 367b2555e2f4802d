"""Passwords: what is accepted, and their Argon2id hashes (RFC 9106; OWASP password storage)."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatcher.accounts.errors import AccountError

LEAST_CHARACTERS: Final = 10
MOST_CHARACTERS: Final = 1000

# A hash takes 46 MB and some hundredths of a second of one processor (OWASP's first choice of parameters):
# two at a time leave the machine to the calls, and let everybody in within seconds while somebody guesses.
HASHES_AT_A_TIME: Final = 2
TURN_SECONDS: Final = 2

_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_turns = threading.BoundedSemaphore(HASHES_AT_A_TIME)

# A hash like every other, of a password that nobody knows: checked for users that do not exist, so that the
# time of a refusal does not tell who does. A test keeps its parameters equal to the hasher's.
NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=47104,t=1,p=1$ShQP5YpDWtDZqRpi8mts/g$6dc3Lr4X4gr2alYaj0diLDb68cavfcjoKZ2pqIcA/wI"
)


class TooManyHashesError(Exception):
    """Others have their passwords hashed; try again in a moment. Caught by the page that signs in."""


def hash_password(password: str) -> str:
    """Return the hash to store; raises AccountError where the password is too short or absurdly long."""
    plain = _normal(password)
    if len(plain) < LEAST_CHARACTERS:
        message = f"the password has {len(plain)} characters: use at least {LEAST_CHARACTERS}"
        raise AccountError(message)
    if len(plain) > MOST_CHARACTERS:
        message = f"the password has {len(plain)} characters: use at most {MOST_CHARACTERS}"
        raise AccountError(message)
    with _my_turn():
        return _HASHER.hash(_encoded(plain))


def password_matches(stored_hash: str, password: str) -> bool:
    """Return whether the password is the one that was hashed; always costs one hash.

    Raises:
        TooManyHashesError: no turn came for it.
    """
    plain = _normal(password[: MOST_CHARACTERS + 1])
    try:
        with _my_turn():
            return _HASHER.verify(stored_hash, _encoded(plain))
    except (VerificationError, InvalidHashError):
        return False


def renewed_hash(stored_hash: str, password: str) -> str | None:
    """Return a hash of today's parameters for a password that matched one of older parameters, else None."""
    if not _HASHER.check_needs_rehash(stored_hash):
        return None
    with _my_turn():
        return _HASHER.hash(_encoded(_normal(password)))


@contextmanager
def _my_turn() -> Iterator[None]:
    if not _turns.acquire(timeout=TURN_SECONDS):
        message = f"{HASHES_AT_A_TIME} passwords are being hashed: try again in a moment"
        raise TooManyHashesError(message)
    try:
        yield
    finally:
        _turns.release()


def _normal(password: str) -> str:
    """Give the same text for the same keys: some systems send å as a letter and a ring."""
    return unicodedata.normalize("NFKC", password)


def _encoded(plain: str) -> bytes:
    return plain.encode("utf-8", errors="surrogatepass")
