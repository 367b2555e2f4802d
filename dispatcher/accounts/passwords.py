"""Passwords: what is accepted, and their Argon2id hashes (RFC 9106; OWASP password storage)."""

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatcher.accounts.errors import AccountError

LEAST_CHARACTERS: Final = 10
MOST_CHARACTERS: Final = 1000

_HASHER = PasswordHasher()

# A hash like every other, of a password that nobody knows: checked for users that do not exist, so that the
# time of a refusal does not tell who does. A test keeps its parameters equal to the hasher's.
NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$rTRHk03oEZuO/ToxwCgyjg$vAwdbrQUiVaqOjoTcxJexmaFvAKqHs8yP24lFPqginc"
)


def hash_password(password: str) -> str:
    """Return the hash to store; raises AccountError where the password is too short or absurdly long."""
    plain = _normal(password)
    if len(plain) < LEAST_CHARACTERS:
        message = f"the password has {len(plain)} characters: use at least {LEAST_CHARACTERS}"
        raise AccountError(message)
    if len(plain) > MOST_CHARACTERS:
        message = f"the password has {len(plain)} characters: use at most {MOST_CHARACTERS}"
        raise AccountError(message)
    return _HASHER.hash(_encoded(plain))


def password_matches(stored_hash: str, password: str) -> bool:
    """Return whether the password is the one that was hashed; always costs one hash."""
    plain = _normal(password[: MOST_CHARACTERS + 1])
    try:
        return _HASHER.verify(stored_hash, _encoded(plain))
    except (VerificationError, InvalidHashError):
        return False


def renewed_hash(stored_hash: str, password: str) -> str | None:
    """Return a hash of today's parameters for a password that matched one of older parameters, else None."""
    if not _HASHER.check_needs_rehash(stored_hash):
        return None
    return _HASHER.hash(_encoded(_normal(password)))


def _normal(password: str) -> str:
    """Give the same text for the same keys: some systems send å as a letter and a ring."""
    return unicodedata.normalize("NFKC", password)


def _encoded(plain: str) -> bytes:
    return plain.encode("utf-8", errors="surrogatepass")
