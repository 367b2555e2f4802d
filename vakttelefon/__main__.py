"""`python -m vakttelefon` is the command `vakttelefon`."""

from vakttelefon.cli import main

main()
