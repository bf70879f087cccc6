"""The original description's example, verbatim but for where it may write."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

EXAMPLE = """
from seawall import FileSystemStorage, ConsumerStateInterpreter, WriteAheadLog

storage = FileSystemStorage()
state_interpreter = ConsumerStateInterpreter()
wal = WriteAheadLog(state_interpreter=state_interpreter, storage=storage,
                    service_name="my_service", base_dir="/app/persistence")
client_id = "client123"
data = {"batch": 5, "timestamp": "1621234567", "value": "some data"}
batch_id = "5"                          # batch id or any external identifier
wal.persist(client_id, data, batch_id)  # the log makes its own operation ids (LSNs)
retrieved_data = wal.retrieve(client_id)
wal.clear(client_id)
"""


def run(code, base_dir):
    code = code.replace('"/app/persistence"', repr(str(base_dir)))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_example_runs_verbatim(base_dir):
    check = "\nassert retrieved_data == data and wal.retrieve(client_id) is None"
    for _ in range(2):  # The second run finds the first one's log.
        done = run(EXAMPLE + check, base_dir)
        assert (done.returncode, done.stderr) == (0, "")


def test_an_unwritable_directory_is_a_typed_error(tmp_path):
    (tmp_path / "file").write_text("")
    done = run(EXAMPLE, tmp_path / "file" / "below")
    assert "seawall.errors.ForeignDirectoryError: foreign:" in done.stderr


def test_examples_quickstart_runs(base_dir):
    command = [sys.executable, str(ROOT / "examples" / "quickstart.py"), str(base_dir)]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert first.stdout.splitlines()[0] == "LSN 1 committed"
    assert again.stdout.splitlines()[0] == "LSN 1 duplicate"


def test_the_documents_examples_run(base_dir):
    for name in ("README.md", "docs/python.md"):
        if not os.access(ROOT / name, os.R_OK):
            continue
        blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / name).read_text(), re.M | re.S)
        code = "\n".join(block for block in blocks if "rabbitmq" not in block)
        done = run(code, base_dir / name.replace("/", "-"))
        assert (done.returncode, done.stderr) == (0, ""), name
