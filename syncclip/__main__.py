"""``python -m syncclip``."""

from syncclip.cli import main

if __name__ == "__main__":
    main()
