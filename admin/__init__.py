"""Pages for people, `/admin` (contract section 2)."""

from admin.blueprint import create_admin

__all__ = ["create_admin"]
