"""`python -m macsmith` is the program `macsmith`."""

from macsmith.cli import main

main()
