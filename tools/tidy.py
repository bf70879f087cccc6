"""Runs clang-tidy over src/, cli/ and examples/, two files at a time: tidy.py BUILD_DIRECTORY [--deep]

The static analyzer follows fewer paths than it could, which halves the time of a check; --deep lets
it follow all it does by default.

A file found clean is not looked at again until it, a header of ours it includes, or the
configuration changes; stamps are in build/tidy-cache.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "tidy-cache"
TIDY = "clang-tidy-19"
SHALLOW = ["--extra-arg=-Xclang", "--extra-arg=-analyzer-config",
           "--extra-arg=-Xclang", "--extra-arg=mode=shallow"]
FOLDERS = ("src", "cli", "examples")
INCLUDE_ROOTS = ("include", "src", "cli", "examples")
INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.M)


def resolve(name, includer):
    candidates = [includer.parent / name, *(ROOT / root / name for root in INCLUDE_ROOTS)]
    return next((path for path in candidates if path.is_file()), None)


def with_headers(path, seen):
    """Adds `path` and every header of ours it reaches to `seen`."""
    if path in seen:
        return seen
    seen.add(path)
    for name in INCLUDE.findall(path.read_text()):
        header = resolve(name, path)
        if header:
            with_headers(header.resolve(), seen)
    return seen


def stamp(path, arguments):
    digest = hashlib.sha256()
    digest.update((ROOT / ".clang-tidy").read_bytes())
    digest.update(arguments.encode())
    for part in sorted(with_headers(path, set())):
        digest.update(str(part.relative_to(ROOT)).encode() + b"\0" + part.read_bytes())
    return CACHE / digest.hexdigest()


def lint(build, depth, path, mark):
    command = [TIDY, "--quiet", "-p", build, *depth, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        mark.touch()
        return ""
    return done.stdout or done.stderr


def main():
    build = sys.argv[1]
    depth = [] if "--deep" in sys.argv[2:] else SHALLOW
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    CACHE.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    work = {}
    for entry in commands:
        path = pathlib.Path(entry["file"]).resolve()
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS:
            mark = stamp(path, version + entry["command"] + " ".join(depth))
            if not mark.exists():
                work[path] = mark
    found = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for report in pool.map(lambda item: lint(build, depth, *item), sorted(work.items())):
            if report:
                found += 1
                print(report, end="")
    print(f"clang-tidy: {len(work)} files looked at, {found} with findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
