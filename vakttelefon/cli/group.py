"""The main command group: knows its commands by name and loads one only when it is used."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

import click

from vakttelefon.cli.errors import report
from vakttelefon.cli.settings import Invocation, add_common_options
from vakttelefon.cli.terminal import guarded_output


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is defined (`module:attribute`), and its line in the list of commands."""

    target: str
    summary: str


# in the order in which a newcomer meets them
COMMANDS: Mapping[str, Entry] = {
    "demo": Entry("vakttelefon.cli.demo:demo", "Play the main job with simulated phones, then serve it."),
    "init": Entry("vakttelefon.cli.init:init", "Make config.toml, keys, database, the first administrator."),
    "import": Entry("vakttelefon.cli.importing:import_file", "Take an organisation file into the database."),
    "export": Entry("vakttelefon.cli.importing:export", "Write the organisation in force as a file."),
    "check": Entry("vakttelefon.cli.check:check", "Say everything that would fail at 03:00."),
    "provision": Entry("vakttelefon.cli.provision:provision", "Point the hotline numbers here, at Twilio."),
    "serve": Entry(
        "vakttelefon.cli.serving:serve", "Answer calls, SMS, programs and browsers; do what is due."
    ),
    "worker": Entry("vakttelefon.cli.serving:worker", "Do what is due, beside `serve --web-only`."),
    "roster": Entry("vakttelefon.cli.roster:roster", "Ask the roster who is on duty, when, and why."),
    "rehearse": Entry("vakttelefon.cli.rehearse:rehearse", "Play a call at any instant, phones simulated."),
    "cases": Entry("vakttelefon.cli.cases:cases", "List, show, note and close cases."),
    "ring": Entry("vakttelefon.cli.ring:ring", "Ring somebody's own telephone, to know that it rings."),
    "user": Entry("vakttelefon.cli.users:user", "Let people into the pages, or shut them out."),
    "token": Entry("vakttelefon.cli.tokens:token", "Let programs use the API, or no longer."),
    "backup": Entry("vakttelefon.cli.backup:backup", "Write one copy of database, recordings and spool."),
    "restore": Entry("vakttelefon.cli.backup:restore_file", "Put a copy back in place of what is there."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used, and tells every error in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  the signature is click's
        """Return the names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command, with the options common to all; None for a name that is none."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return add_common_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named, or say which one is near."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1, 0.6)
            hint = f"; did you mean {near[0]}?" if near else ""
            ctx.fail(f"No such command '{name}'{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without loading one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "vakttelefon",
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  the signature is click's
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002
        **extra: Any,
    ) -> NoReturn:
        """Run a command line and exit: 0, 1 for a failure, 2 for wrong usage or an invalid file.

        `standalone_mode` is ignored: errors are always told and always become an exit code. A command that
        returns a whole number exits with it.
        """
        del standalone_mode
        with guarded_output():
            self._run(args, prog_name, complete_var, windows_expand_args, extra)

    def _run(
        self,
        args: Sequence[str] | None,
        prog_name: str | None,
        complete_var: str | None,
        windows_expand_args: bool,  # noqa: FBT001
        extra: dict[str, Any],
    ) -> NoReturn:
        present = extra.setdefault("obj", None) or Invocation()
        extra["obj"] = present
        try:
            value = super().main(
                args, prog_name or "vakttelefon", complete_var, standalone_mode=False,
                windows_expand_args=windows_expand_args, **extra,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  the last resort: nobody reads a traceback at 03:00
            sys.exit(report(error, debug=present.debug))
        sys.exit(value if isinstance(value, int) else 0)


@click.group(
    name="vakttelefon",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: vakttelefon roster who --file organisation.toml --schedule drift --at 2026-12-24T21:00",
)
@click.version_option(package_name="vakttelefon", prog_name="vakttelefon")
def main() -> None:
    """On-call hotline: brings a call to whoever is on duty and documents it, whatever happens.

    Errors are told on standard error. Exit status: 0 success, 1 failure, 2 wrong usage or an invalid file.
    """


add_common_options(main)
