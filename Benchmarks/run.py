"""All parts of the benchmark, and its tables: what ``make bench`` does.

Each part is a script that can be run alone, and keeps its numbers in the same JSON.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import results

HERE = Path(__file__).resolve().parent
PARTS = ("steps.py", "scaling.py", "startup.py", "answer.py", "growth.py")


def main() -> None:
    """One after another; arguments are those of the first."""
    for part in PARTS:
        print(f"==> {part}", flush=True)
        subprocess.run([sys.executable, HERE / part, *(sys.argv[1:] if part == PARTS[0] else [])], check=True)
    table = subprocess.run([sys.executable, HERE / "table.py"], check=True, capture_output=True, text=True)
    markdown = results.PATH.with_suffix(".md")
    markdown.write_text(table.stdout)
    print(table.stdout)
    print(f"{results.PATH}\n{markdown}")


if __name__ == "__main__":
    main()
