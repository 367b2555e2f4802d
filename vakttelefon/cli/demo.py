"""`vakttelefon demo`."""

import click


@click.command(epilog="Example: vakttelefon demo --once")
@click.option(
    "--once", is_flag=True, help="End after the story: exit 0 only if every step went as it should."
)
@click.option("--port", default=8000, show_default=True, help="Where to serve after the story, on loopback.")
def demo(*, once: bool, port: int) -> int:
    """Play the main job with simulated phones and nothing to configure, then keep serving it."""
    from vakttelefon.demo.run import run_demo

    return run_demo(once=once, port=port, tell=click.echo)
