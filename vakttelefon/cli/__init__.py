"""The command line `vakttelefon` (contract section 1): one table of commands, loaded only when used.

Every command takes `--config FILE` before or after its name, exits 0 on success, 1 on a failure of what
it was asked to do and 2 on wrong usage or an invalid file, and tells errors on standard error as
`file:line or key: what is wrong: what to do`.

Another module adds a command by writing a click command and naming it in `COMMANDS`; it reads the
configuration with `current_config()` and ends a failure with `CommandError`.
"""

from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.group import LazyGroup, main
from vakttelefon.cli.settings import current_config, current_config_path

__all__ = ["CommandError", "LazyGroup", "current_config", "current_config_path", "main"]
