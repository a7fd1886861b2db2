#!/usr/bin/env python3
"""figures.py [PROGRAM]: measures the figures of speed of pipec (build/pipec) and prints them as a Markdown table.

Times are of whole processes, start included: the least of several runs, since whatever else a machine does only adds.
Instructions, where valgrind is installed, are the same on every run.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples/checkout/checkout.pipe"
SMALL_SAMPLE = ROOT / "samples/compute_image/compute_image.pipe"
HEAD = """pipe 1
capability work: action { title = "Work"  timeout = 5m }
profile big { title = "Big"  origin = "bench" }
pipeline p: big {
  source app { repository = github("acme/app") }
"""
PER_STAGE = 20
FILES = 1000
LINES_OF_A_FILE = 200


def pipeline_of(elements):
    """Twenty elements side by side in every stage, one line each."""
    lines = []
    for number in range(elements):
        if number % PER_STAGE == 0:
            lines.append(f"  stage s{number // PER_STAGE} {{\n    parallel {{")
        lines.append(f'      action e{number}: work {{ run = "make {number}"  timeout = 3m  typical = 10s }}')
        if number % PER_STAGE == PER_STAGE - 1 or number + 1 == elements:
            lines.append("    }\n  }")
    return HEAD + "\n".join(lines) + "\n}\n"


def run(arguments):
    """Wall clock in milliseconds and the largest memory in MiB of a process that must end well."""
    start = time.perf_counter()
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = (time.perf_counter() - start) * 1000
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))} ended with {process.returncode}")
    return elapsed, usage.ru_maxrss / 1024


def least(arguments, runs):
    measured = [run(arguments) for _ in range(runs)]
    return min(time for time, _ in measured), max(memory for _, memory in measured)


def instructions(arguments):
    """In millions; nothing without valgrind."""
    if shutil.which("valgrind") is None:
        return ""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *arguments],
                          capture_output=True, text=True, check=True)
    count = int(re.search(r"refs:\s+([\d,]+)", done.stderr)[1].replace(",", ""))
    return f"{count / 1e6:.1f} M"


def row(what, figure, more=""):
    print(f"| {what} | {figure} | {more} |", flush=True)


def one_process(what, arguments, runs, count=False):
    elapsed, memory = least(arguments, runs)
    counted = instructions(arguments) if count else ""
    row(what, f"{elapsed:.1f} ms", ", ".join(filter(None, [f"{memory:.0f} MiB", counted])))


def lines_of(path):
    return path.read_text().count("\n")


def many_compiles(pipec, folder):
    """A process and an output folder for each file, as many at a time as there are processors."""
    lines = lines_of(SMALL_SAMPLE) * FILES
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        most = max(memory for _, memory in pool.map(
            lambda number: run([pipec, "compile", SMALL_SAMPLE, "-o", folder / f"many{number}"]), range(FILES)))
    elapsed = time.perf_counter() - start
    row(f"compile of {FILES:,} samples, {lines:,} lines, three targets, {os.cpu_count()} processes at a time",
        f"{lines / elapsed:,.0f} lines/s", f"{most:.0f} MiB each")


def many_files(pipec, folder):
    """A process for each file, as many at a time as there are processors: the parser runs on one thread."""
    (folder / "many").mkdir()
    paths = []
    for number in range(FILES):
        path = folder / "many" / f"many{number}.pipe"
        path.write_text(pipeline_of(LINES_OF_A_FILE - 30))
        paths.append(path)
    lines = sum(lines_of(path) for path in paths)
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lints = pool.map(lambda path: run([pipec, "lint", path, "--target", "local"]), paths)
        most = max(memory for _, memory in lints)
    elapsed = time.perf_counter() - start
    row(f"lint of {FILES:,} files, {lines:,} lines, {os.cpu_count()} processes at a time",
        f"{lines / elapsed:,.0f} lines/s", f"{most:.0f} MiB each")
    start = time.perf_counter()
    _, memory = run([pipec, "lint", folder / "many", "--target", "local"])
    elapsed = time.perf_counter() - start
    row("lint of the same, one process", f"{lines / elapsed:,.0f} lines/s", f"{memory:.0f} MiB")
    start = time.perf_counter()
    _, memory = run([pipec, "fmt", "--check", *paths])
    elapsed = time.perf_counter() - start
    row("fmt of the same, one process", f"{lines / elapsed:,.0f} lines/s", f"{memory:.0f} MiB")


def main(arguments):
    pipec = pathlib.Path(arguments[0] if arguments else ROOT / "build/pipec").resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        hundred = folder / "hundred.pipe"
        hundred.write_text(pipeline_of(85))
        print("| what | figure | |\n|---|---|---|")
        one_process("`pipec --version`", [pipec, "--version"], 30, True)
        one_process("lint of 100 lines", [pipec, "lint", hundred, "--target", "local"], 30, True)
        one_process("lint of the checkout sample", [pipec, "lint", SAMPLE], 30, True)
        one_process(f"compile of a sample of {lines_of(SMALL_SAMPLE)} lines, three targets",
                    [pipec, "compile", SMALL_SAMPLE, "-o", folder / "small", "--force"], 20, True)
        one_process("compile of the checkout sample, three targets",
                    [pipec, "compile", SAMPLE, "-o", folder / "out", "--force"], 20, True)
        for elements in (10, 100, 1000, 10000):
            path = folder / f"elements{elements}.pipe"
            path.write_text(pipeline_of(elements))
            one_process(f"lint of {elements:,} elements", [pipec, "lint", path, "--target", "local"],
                        3 if elements == 10000 else 10, elements < 10000)
        many_files(pipec, folder)
        many_compiles(pipec, folder)


if __name__ == "__main__":
    main(sys.argv[1:])
