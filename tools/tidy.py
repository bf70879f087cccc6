"""Runs clang-tidy over src/, cli/ and examples/, two runs at a time: tidy.py BUILD_DIRECTORY [--deep]

Reading the system's headers takes most of a run, so files of one folder are looked at together, as
one translation unit; what cannot be compiled like that is looked at file by file, and so is always
the check of includes, which knows only the main file's.

The static analyzer follows fewer paths than it could, which halves the time of a check; --deep lets
it follow all it does by default.

Files found clean are not looked at again until one of them, a header of ours they include, or the
configuration changes; stamps and translation units are in build/tidy-cache.
"""

import concurrent.futures
import hashlib
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "tidy-cache"
TIDY = "clang-tidy-19"
SHALLOW = ["--extra-arg=-Xclang", "--extra-arg=-analyzer-config",
           "--extra-arg=-Xclang", "--extra-arg=mode=shallow"]
FOLDERS = ("src", "cli", "examples")
INCLUDE_ROOTS = ("include", "src", "cli", "examples")
FILES_TOGETHER = 6
NOT_TOGETHER = "--checks=-misc-include-cleaner,-bugprone-suspicious-include"
INCLUDES_ONLY = "--checks=-*,misc-include-cleaner"
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


def stamp(paths, arguments):
    digest = hashlib.sha256()
    digest.update((ROOT / ".clang-tidy").read_bytes())
    digest.update(arguments.encode())
    seen = set()
    for path in paths:
        with_headers(path, seen)
    for part in sorted(seen):
        digest.update(str(part.relative_to(ROOT)).encode() + b"\0" + part.read_bytes())
    return CACHE / digest.hexdigest()


def tidy(options, paths, flags):
    command = [TIDY, "--quiet", *options, *map(str, paths), "--", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout or done.stderr


def lint(depth, paths, flags, mark):
    """The findings in `paths`; none leave the stamp `mark`."""
    unit = mark.with_suffix(".cc")
    unit.write_text("".join(f'#include "{path}"\n' for path in paths))
    found = tidy([NOT_TOGETHER, *depth], [unit], flags)
    if "clang-diagnostic-error" in found:
        found = tidy(depth, paths, flags)
    else:
        found += tidy([INCLUDES_ONLY], paths, flags)
    unit.unlink()
    if not found:
        mark.touch()
    return found


def compile_flags(command):
    words = shlex.split(command)
    flags = [word for word in words if word.startswith(("-I", "-D", "-std="))]
    for before, word in itertools.pairwise(words):
        if before == "-isystem":
            flags += [before, word]
    return flags


def batches(build):
    """Tuples of a list of files and their flags."""
    together = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"]).resolve()
        parts = path.relative_to(ROOT).parts if path.is_relative_to(ROOT) else [None]
        if parts[0] in FOLDERS:
            flags = compile_flags(entry["command"])
            together.setdefault((parts[:2] if parts[0] == "src" else parts[:1], tuple(flags)), set()).add(path)
    for (_, flags), paths in sorted(together.items()):
        files = sorted(paths)
        for first in range(0, len(files), FILES_TOGETHER):
            yield files[first : first + FILES_TOGETHER], flags


def main():
    depth = [] if "--deep" in sys.argv[2:] else SHALLOW
    CACHE.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    work = []
    for paths, flags in batches(pathlib.Path(sys.argv[1])):
        mark = stamp(paths, version + " ".join([*flags, *depth]))
        if not mark.exists():
            work.append((paths, flags, mark))
    found = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for report in pool.map(lambda item: lint(depth, *item), work):
            if report:
                found += 1
                print(report, end="")
    looked_at = sum(len(paths) for paths, _, _ in work)
    print(f"clang-tidy: {looked_at} files looked at, findings in {found} of {len(work)} runs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
