"""Where the command `entrepot` begins; also `python -m console`."""

import gc


def main() -> None:
    """Run the command line. Modules being imported make no garbage, and looking for it takes a fifth of the time the imports take."""
    gc.disable()
    from console.commands import main  # noqa: PLC0415  after the line above

    main()


if __name__ == "__main__":
    main()
