#!/usr/bin/env python3
"""seeds.py FOLDER: writes every `.pipe` text of the repository there, one file each, for the fuzzers to begin with.

A case file of tests/cases holds several texts, and expectations, which are left out.
"""
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("samples", "stdlib", "tests")
# Longer ones are cut by the fuzzers anyway.
MOST_BYTES = 8192


def texts():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.pipe")):
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
            text = text.split("\n# --- expected", 1)[0]
            yield from re.split(r"^# --- file: .*\n", text, flags=re.MULTILINE)


def main(arguments):
    if len(arguments) != 1:
        print("usage: seeds.py FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for text in texts():
        data = text.encode(errors="surrogateescape")
        if len(data) <= MOST_BYTES:
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
