"""``python -m swiftllc.experiments NAME``: what ``swiftllc experiment NAME`` does."""

import sys

from swiftllc.command_line import main

sys.exit(main(["experiment", *sys.argv[1:]]))
