"""Which configuration a command line means: `--config` before or after the command's name."""

from dataclasses import dataclass, field
from pathlib import Path

import click

from vakttelefon.config import Config, config_path, load_config


@dataclass(slots=True)
class Invocation:
    """What one command line said to all commands; the configuration is read when first asked for."""

    file: Path | None = None
    debug: bool = False
    loaded: Config | None = field(default=None, repr=False)


def invocation() -> Invocation:
    """Return what the present command line said."""
    context = click.get_current_context(silent=True)
    found = context.find_object(Invocation) if context is not None else None
    return found if found is not None else Invocation()


def current_config() -> Config:
    """Return the configuration of the present command, read once; the group tells a `ConfigError`."""
    present = invocation()
    if present.loaded is None:
        present.loaded = load_config(present.file)
    return present.loaded


def current_config_path() -> Path:
    """Return the file that the present command means, whether it exists or not (for `init`)."""
    return config_path(invocation().file)


def _remember_file(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Invocation).file = value


def _remember_debug(context: click.Context, _parameter: click.Parameter, value: object) -> None:
    if value:
        context.ensure_object(Invocation).debug = True


def add_common_options(command: click.Command) -> click.Command:
    """Give a command, and all commands below it, `--config` and `--debug`, unless it has them."""
    taken = {option for parameter in command.params for option in parameter.opts}
    if "--config" not in taken:
        command.params.append(
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path),
                metavar="FILE",
                expose_value=False,
                callback=_remember_file,
                is_eager=True,
                help="Configuration file. Default: $VAKTTELEFON_CONFIG, then config.toml.",
            )
        )
    if "--debug" not in taken:
        command.params.append(
            click.Option(
                ["--debug"],
                is_flag=True,
                expose_value=False,
                callback=_remember_debug,
                is_eager=True,
                help="Show where an error arose.",
            )
        )
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add_common_options(inner)
    return command
