"""`python -m birlik`."""

from birlik.apps.cli.main import main

main()
