#!/usr/bin/env python3
"""summary.py RESULTS: what CTest's JUnit file says, ending with the line "N passed, N failed".

Prints what failed tests printed, where the end of a log is: whoever looks at a log looks there first. Names what was not
tested: skipped tests, and judges and fuzzers that a test reported as absent. Ends with 1 when a test failed or could not
be started (CTest writes that down as skipped, too), or when there was none.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def outcome(case):
    """PASSED, FAILED or SKIPPED, and why."""
    status = case.get("status")
    if status == "run":
        return PASSED, ""
    if status == "disabled":
        return SKIPPED, "disabled"
    skipped = case.find("skipped")
    why = "" if skipped is None else skipped.get("message", "")
    if why.startswith("SKIP_"):
        return SKIPPED, "the test skipped itself"
    return FAILED, why


def summarize(root):
    """(lines to print, whether all is well)."""
    cases = [(case.get("name"), *outcome(case)) for case in root.iter("testcase")]
    printed = {case.get("name"): (case.findtext("system-out") or "").rstrip("\n") for case in root.iter("testcase")}
    absent = sorted({
        match for case in root.iter("testcase")
        for match in re.findall(r"(?:judge|fuzzers) absent: [^\n']*", case.findtext("system-out") or "")})
    count = {kind: sum(1 for _, found, _ in cases if found == kind) for kind in (PASSED, FAILED, SKIPPED)}
    lines = [f"--- {name} printed:\n{printed[name]}\n---" for name, kind, _ in cases if kind == FAILED and printed[name]]
    lines += [f"SKIPPED {name}: {why}" for name, kind, why in cases if kind == SKIPPED]
    lines += [f"WARNING {line}" for line in absent]
    lines += [f"FAILED {name}{': ' if why else ''}{why}" for name, kind, why in cases if kind == FAILED]
    if count[SKIPPED]:
        lines.append(f"{count[SKIPPED]} skipped")
    lines.append(f"{count[PASSED]} passed, {count[FAILED]} failed")
    return lines, count[FAILED] == 0 and count[PASSED] > 0


def main(arguments):
    if len(arguments) != 1:
        print("usage: summary.py RESULTS", file=sys.stderr)
        return 2
    try:
        root = ElementTree.parse(arguments[0]).getroot()
    except (OSError, ElementTree.ParseError) as error:
        print(f"CTest wrote no results: {error}", file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    lines, well = summarize(root)
    print("\n".join(lines))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
