"""House rules that neither compiler nor formatter checks (the idea is TigerBeetle's tidy.zig).

layers_test.py ROOT: prints each breach; exits with 1 when there was one.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
LINES_MAX = 400
COLUMNS_MAX = 100
LAYERS = ("base", "format", "storage", "state", "commit", "checkpoint", "recover", "interpreters",
          "engine")
# Whatever CMakeLists.txt links, these never meet: layer -> layers out of its sight, and why.
NEVER = {
    "base": set(LAYERS) - {"base"},
    "format": set(LAYERS) - {"base", "format"},
    "state": {"storage", "commit", "engine"},  # pure: runs without a disk
    "commit": {"storage", "state", "checkpoint", "recover", "engine"},  # never sees a client
    "storage": {"state", "commit", "checkpoint", "recover", "engine"},  # never sees the data
    "checkpoint": {"storage", "commit", "engine"},
    "recover": {"storage", "commit", "engine"},
    "engine": {"storage"},  # StorageInterface is all it knows
    "interpreters": set(LAYERS) - {"base", "interpreters"},
}
# Who may use a layer's headers from outside of src/; everybody may use the public ones.
OUTSIDE = {"cli": {"base", "format", "interpreters"}, "bench": {"base"}, "examples": set()}
SYSTEM_CALLS = "write|pwrite|read|pread|fsync|fdatasync|open|openat|unlink|unlinkat|rename|flock"
BANNED = {  # pattern -> (what to do instead, folders where it is at home)
    r"(?<!static_)\bassert\(": ("SEAWALL_CHECK, which is on in every build", ()),
    r"\breinterpret_cast\b": ("base::load_le, store_le", ()),
    r"\b(TODO|FIXME|XXX)\b": ("do it before merging", ()),
    r"\bsystem_clock\b": ("the clock of src/base", ("src/base",)),
    # What leaves a user's code is translated in two places (docs/design/0010-exceptions.md).
    r"\bthrow\b(?! \()": ("std::expected", ("src/base/exceptions", "src/engine/guarded_interpreter")),
    rf"(?<!\w)::(?:{SYSTEM_CALLS})\(": ("the file-system interface", ("src/storage/file/posix_",)),
}
VAGUE = re.compile(r"(^|[/_])(util|utils|common|misc|helper|helpers)([/_.]|$)")
# Paths of one machine: homes, and wherever this copy happens to be (where it is in /src, not every
# path that goes on with it).
HERE = [str(ROOT)]
if ROOT.parent != ROOT.parent.parent and ROOT.parts[1] != "tmp":
    HERE.append(f"{ROOT.parent}/")
MACHINE = re.compile("|".join([r"/(?:home/\w+|root/)", *(r"(?<![\w})])" + re.escape(here) for here in HERE)]))

breaches = []


def breach(path, line, text):
    breaches.append(f"{path}:{line}: {text}")


def files():
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True,
                            check=False).stdout.split("\n")
    names = [name for name in listed if name and (ROOT / name).is_file()]
    if not names:  # Not a git checkout: a released archive.
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if path.is_file() and path.relative_to(ROOT).parts[0] not in {"build", ".git"}]
    return sorted(names)


def links():
    """Layer -> layers its target may include, as CMakeLists.txt links them."""
    direct = {}
    for name, linked in re.findall(r"^seawall_module\((\w+) LINK ([^)]*)\)",
                                   (ROOT / "CMakeLists.txt").read_text(), re.M):
        direct[name] = {word.removeprefix("seawall_") for word in linked.split()} & set(LAYERS)
    reach = {}
    for name in LAYERS:
        reach[name], todo = {name}, [name]
        while todo:
            for linked in direct.get(todo.pop(), set()) - reach[name]:
                reach[name].add(linked)
                todo.append(linked)
    return reach


def allowed_layers(name, reach):
    parts = pathlib.PurePath(name).parts
    if name.startswith("bench/micro_"):  # They time single parts.
        return set(LAYERS)
    if parts[0] == "src":
        return reach[parts[1]]
    return OUTSIDE.get(parts[0], set()) if parts[0] != "tests" else set(LAYERS)


def check_includes(name, lines, reach):
    allowed = allowed_layers(name, reach)
    for number, line in enumerate(lines, 1):
        included = re.match(r'#include ["<](?:src/)?(\w+)/', line)
        if included and included[1] in LAYERS and included[1] not in allowed:
            breach(name, number, f"may not include {included[1]}/")
    if name.endswith(".h") and not any(line == "#pragma once" for line in lines):
        breach(name, 1, "no #pragma once")


def check_habits(name, lines):
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            breach(name, number, f"over {COLUMNS_MAX} columns")
        if not name.startswith(("src/", "include/")):
            continue
        code = line.split("//")[0]
        for pattern, (instead, homes) in BANNED.items():
            if re.search(pattern, code) and not name.startswith(homes or ("-",)):
                breach(name, number, f"{code.strip()!r}: use {instead}")


def check_text(name, text):
    if VAGUE.search(name):
        breach(name, 1, "a name that says nothing: put functions beside the noun they serve")
    for number, line in enumerate(text.split("\n"), 1):
        if MACHINE.search(line) and name != "tests/unit/layers_test.py":
            breach(name, number, "names a path of one machine")
        if re.match(r"(<{7}|>{7}) ", line):
            breach(name, number, "a merge conflict")


def check_file(name, reach):
    try:
        text = (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # Binary data.
    check_text(name, text)
    is_cpp = name.endswith((".h", ".cc"))
    if is_cpp or name.endswith((".py", ".sh", ".cmake")) or name in {"dev", "CMakeLists.txt"}:
        lines = text.splitlines()
        if len(lines) > LINES_MAX:
            breach(name, LINES_MAX, f"{len(lines)} lines, over {LINES_MAX}: two nouns, split it")
        if is_cpp:
            check_includes(name, lines, reach)
            check_habits(name, lines)


def main():
    reach = links()
    for layer, hidden in NEVER.items():
        for met in sorted(reach[layer] & hidden):
            breach("CMakeLists.txt", 1, f"{layer} may not link {met}")
    for name in files():
        check_file(name, reach)
    print("\n".join(breaches) or "layers and habits hold")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
