"""Makes the golden logs of the current format version anew: python3 tests/golden/regenerate.py

Allowed until the format is released, and for a new format version, never for a released one: its
directory tells that old logs are still read. Uses build/release (./dev build).
"""

import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "release"
SEAWALL = BUILD / "bin" / "seawall"


def lines(*words):
    return subprocess.run([SEAWALL, *words], capture_output=True, check=True).stdout


def main():
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([BUILD / "tests" / "make_golden", made], check=True)
        for variant in sorted(pathlib.Path(made).glob("v*/*")):
            log = variant / "log"
            (variant / "export.jsonl").write_bytes(lines("export", log))
            (variant / "dump.jsonl").write_bytes(lines("dump", log, "-o", "json"))
        for name in ("next", *(path.name for path in pathlib.Path(made).glob("v*"))):
            shutil.rmtree(HERE / name, ignore_errors=True)
            shutil.copytree(pathlib.Path(made) / name, HERE / name)


if __name__ == "__main__":
    main()
