"""Runs the built command. SEAWALL_BIN names it; tests/e2e/CMakeLists.txt sets that."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

SEAWALL = os.environ.get("SEAWALL_BIN", "build/dev/bin/seawall")
LONG = os.environ.get("SEAWALL_TEST_LONG") == "1"
TIMEOUT_S = 60


def message(client, id_, data, producer=None):
    fields = {"client": client, "id": id_, "data": data}
    if producer is not None:
        fields["producer"] = producer
    return (json.dumps(fields) + "\n").encode()


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


class SeawallTest(unittest.TestCase):
    """A test with a directory of its own and a log that is not there yet."""

    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="seawall-e2e-")
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.log = os.path.join(self.base, "log")

    def run_seawall(self, *words, stdin=b"", **options):
        """Returns the completed process; bytes in, bytes out."""
        return subprocess.run(
            [SEAWALL, *words],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_S,
            check=False,
            **options,
        )

    def expect(self, code, *words, stdin=b"", stderr=None, **options):
        """Runs the command, checks its exit code and a part of its stderr, returns its stdout."""
        done = self.run_seawall(*words, stdin=stdin, **options)
        self.assertEqual(done.returncode, code, (words, done.stdout[-500:], done.stderr))
        if stderr is not None:
            self.assertIn(stderr, done.stderr.decode(errors="replace"))
        elif code == 0:
            self.assertEqual(done.stderr, b"")
        return done.stdout

    def persist(self, *messages, code=0, stderr=None, options=()):
        """Persists messages (bytes of lines); returns the acks."""
        out = self.expect(
            code, "persist", self.log, "--input", "-", *options,
            stdin=b"".join(messages), stderr=stderr,
        )
        return json_lines(out)

    def export(self):
        """Returns the log's clients by name."""
        lines = json_lines(self.expect(0, "export", self.log))
        return {line["client"]: line for line in lines}

    def start_persist(self, *options, **popen_options):
        """Starts a writer on pipes."""
        process = subprocess.Popen(
            [SEAWALL, "persist", self.log, "--input", "-", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen_options,
        )

        def end():
            if process.poll() is None:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None and not stream.closed:
                    try:
                        stream.close()
                    except BrokenPipeError:
                        pass

        self.addCleanup(end)
        return process
