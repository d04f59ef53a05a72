"""`python -m console`: the command line."""

from console.commands import main

main()
