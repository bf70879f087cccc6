"""Logs of every format version, kept for ever: each is read as it was, and a copy goes on exactly.

tests/golden/vN/VARIANT holds a log, what it exports and what it dumps; tests/golden/next a log of the
version after the newest. tests/golden/regenerate.py made them.
"""

import pathlib
import shutil
import unittest

from seawall_command import SeawallTest, json_lines, message

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
VARIANTS = sorted(path for path in GOLDEN.glob("v*/*") if path.is_dir())


def bytes_of(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def ids_of(client):
    for producer, ids in client["ids"].items():
        for id_ in ids:
            if isinstance(id_, list):
                yield from ((producer, one) for one in range(id_[0], id_[1] + 1))
            else:
                yield producer, id_


class Golden(SeawallTest):
    def each(self):
        self.assertGreaterEqual(len(VARIANTS), 3)
        for variant in VARIANTS:
            with self.subTest(variant=str(variant.relative_to(GOLDEN))):
                shutil.rmtree(self.log, ignore_errors=True)
                shutil.copytree(variant / "log", self.log)
                yield variant

    def test_is_read_byte_for_byte(self):
        for variant in self.each():
            before = bytes_of(pathlib.Path(self.log))
            self.assertEqual(
                self.expect(0, "export", self.log), (variant / "export.jsonl").read_bytes()
            )
            self.assertEqual(
                self.expect(0, "dump", self.log, "-o", "json"),
                (variant / "dump.jsonl").read_bytes(),
            )
            if variant.name == "torn":
                self.expect(3, "verify", self.log, "--strict", stderr="")
            else:
                self.expect(0, "verify", self.log, "--strict")
            self.assertEqual(bytes_of(pathlib.Path(self.log)), before)

    def test_a_copy_goes_on_exactly(self):
        for variant in self.each():
            kept = json_lines((variant / "export.jsonl").read_bytes())
            known = [
                message(client["client"], id_, {"again": True}, producer)
                for client in kept if "client" in client and client["state"] is not None
                for producer, id_ in ids_of(client)
            ]
            acks = self.persist(*known, message("new", 1, {"n": 1}))
            self.assertGreater(len(acks), 1)
            self.assertEqual({ack["outcome"] for ack in acks[:-1]}, {"duplicate"})
            self.assertEqual(acks[-1]["outcome"], "committed")
            self.assertGreater(acks[-1]["lsn"], max(client["lsn"] for client in kept))
            after = json_lines(self.expect(0, "export", self.log))
            self.assertEqual([one for one in after if one.get("client") != "new"], kept)
            self.expect(0, "verify", self.log, "--strict")

    def test_the_next_version_is_refused(self):
        shutil.copytree(GOLDEN / "next" / "log", self.log)
        before = bytes_of(pathlib.Path(self.log))
        for verb in ("export", "dump", "verify", "stat", "clients"):
            self.expect(6, verb, self.log, stderr="reads versions 1 to ")
        self.persist(message("c", 1, {}), code=6, stderr="reads versions 1 to ")
        after = bytes_of(pathlib.Path(self.log))
        after.pop("pid", None)
        self.assertEqual(after, before)


if __name__ == "__main__":
    unittest.main()
