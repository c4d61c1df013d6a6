"""``python -m autograd_mini``: the command, where no script is installed."""

from .cli import main

if __name__ == "__main__":
    main()
