"""Backup and restore: one file with the database's rows, the recordings and the spool.

The rows are JSON lines that hold the same on SQLite and PostgreSQL, so a copy of one restores into the
other. What the copy claims of itself is proven before anything is changed: every member is named and hashed
in a manifest at its end, so a truncated copy is found out.
"""

from vakttelefon.backups.archive import BackupError
from vakttelefon.backups.making import make_backup
from vakttelefon.backups.restoring import Unpacked, restore, unpacked

__all__ = ["BackupError", "Unpacked", "make_backup", "restore", "unpacked"]
