"""A full disk: what is acknowledged stays, the exit code tells, and --wait-space goes on."""

import os
import resource
import subprocess
import sys
import unittest

from seawall_command import SEAWALL, SeawallTest, message

# Runs in a mount namespace of its own, on a file system of 24 MiB.
SCENARIO = r"""
set -e
mount -t tmpfs -o size=24m tmpfs "$BASE"
python3 - <<'PY' > "$BASE/../in.jsonl"
for i in range(4000):
    print('{"client":"c%d","id":%d,"data":{"k%d":"%s"}}' % (i, i, i, "x" * 16384))
PY
set +e
"$SEAWALL" persist "$BASE/log" --input "$BASE/../in.jsonl" > "$BASE/../acks" 2> "$BASE/../err"
echo "code $?"
"$SEAWALL" export "$BASE/log" > "$BASE/../export"; echo "export $?"
"$SEAWALL" verify "$BASE/log" --strict > /dev/null; echo "verify $?"
dd if=/dev/zero of="$BASE/ballast" bs=1M count=24 2> /dev/null
"$SEAWALL" persist "$BASE/log" --input "$BASE/../in.jsonl" --wait-space \
  > "$BASE/../acks2" 2> "$BASE/../err2" &
i=0; while ! grep -q "waiting for space" "$BASE/../err2" && [ $i -lt 400 ]; do i=$((i+1)); sleep 0.05; done
kill -TERM $!; wait $!; echo "waited $?"
"$SEAWALL" verify "$BASE/log" > /dev/null; echo "verify $?"
"""


class FullDisk(SeawallTest):
    def test_a_full_disk(self):
        mount = os.path.join(self.base, "disk")
        os.mkdir(mount)
        probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", mount]
        try:
            allowed = subprocess.run(probe, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            allowed = False
        if not allowed:
            self.skipTest("needs user and mount namespaces")
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", SCENARIO], capture_output=True, check=False, timeout=120,
            env={**os.environ, "BASE": mount, "SEAWALL": os.path.abspath(SEAWALL)},
        )
        words = done.stdout.decode().split("\n")
        self.assertEqual(
            words[:5], ["code 7", "export 0", "verify 0", "waited 143", "verify 0"],
            (done.stderr, self.text("err"), self.text("err2")),
        )
        acked = self.text("acks").count("committed")
        self.assertGreater(acked, 0)
        self.assertEqual(self.text("export").count('"client"'), acked)
        self.assertIn("no space", self.text("err"))

    def persist_below(self, file_bytes, lines):
        """Persists `lines` one by one in a process that may not make a file longer than that."""

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, resource.RLIM_INFINITY))

        return self.run_seawall(
            "persist", self.log, "--input", "-", "--in-flight", "1", stdin=b"".join(lines),
            preexec_fn=limit,
        )

    def test_a_limit_on_file_sizes(self):
        """SIGXFSZ, whose default is death, is taken for a full disk; files stay as small as they must."""
        lines = [message("c%d" % i, i, {"k": "x" * 16384}) for i in range(200)]
        done = self.persist_below(1_300_000, lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count(b"committed"), len(lines))
        # Too short for a mark: nothing can be committed at all.
        done = self.persist_below(6_000, [message("late", 1, {"k": 1})])
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn(b"no space", done.stderr)
        self.assertEqual(len(self.export()), len(lines))
        self.assertEqual(len(self.persist(message("late", 1, {"k": 1}))), 1)
        self.assertEqual(len(self.export()), len(lines) + 1)

    def text(self, name):
        with open(os.path.join(self.base, name), encoding="utf-8") as file:
            return file.read()


if __name__ == "__main__":
    sys.exit(unittest.main())
