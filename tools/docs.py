"""Checks that links in the documents lead somewhere and that the README's commands exist."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
SEAWALL = ROOT / "build" / "release" / "bin" / "seawall"
# Words of the shell itself, and of machines other than ours.
SHELL_WORDS = {"cd", "export", "for", "done", "echo", "sudo", "pip", "source"}


def anchor(heading):
    """The anchor that code forges give a heading."""
    text = re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(path):
    text = BLOCK.sub("", path.read_text())
    return {anchor(found) for found in re.findall(r"^#+ (.*)$", text, re.M)}


def broken_link(document, link):
    if re.match(r"[a-z]+:", link):
        return None
    name, _, fragment = link.partition("#")
    target = (document.parent / name).resolve() if name else document
    if not target.exists():
        return "leads nowhere"
    if fragment and target.suffix == ".md" and fragment not in anchors(target):
        return "names a heading that is not there"
    return None


def check_links(document):
    text = BLOCK.sub("", document.read_text())
    for link in (found[0] or found[1] for found in LINK.findall(text)):
        fault = broken_link(document, link)
        if fault:
            yield f"{document.relative_to(ROOT)}: link {link} {fault}"


def runs(*command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def known_verbs():
    text = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  (\w+) ", text, re.M))


def command_fault(words, verbs):
    program, rest = words[0], words[1:]
    verb = next((word for word in rest if not word.startswith("-")), None)
    if program == "./dev":
        return None if verb is None or verb in verbs else f"./dev has no verb {verb}"
    if program.rsplit("/", 1)[-1] == "seawall":
        return None if verb is None or runs(SEAWALL, verb, "--help") else f"seawall has no verb {verb}"
    if "/" in program:
        return None if (ROOT / program).exists() or program.startswith("build/") else "is no file"
    known = program in SHELL_WORDS or "=" in program or shutil.which(program)
    return None if known else "is no command"


def check_commands(document, verbs):
    for language, block in BLOCK.findall(document.read_text()):
        if language != "bash":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\||&&|;", line):
                words = shlex.split(part.removeprefix("$ "), comments=True)
                fault = words and command_fault(words, verbs)
                if fault:
                    yield f"{document.relative_to(ROOT)}: `{line}`: {fault}"


def main():
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()
    faults = [fault for name in tracked for fault in check_links(ROOT / name)]
    readme = ROOT / "README.md"
    if readme.exists() and os.access(SEAWALL, os.X_OK):
        faults += check_commands(readme, known_verbs())
    else:
        faults.append("README.md or build/release/bin/seawall is missing: no command was checked")
    print("\n".join(faults) or f"docs: {len(tracked)} documents, links and commands hold")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
