"""The reading verbs: their formats, exit codes, and reading beside a writer."""

import json
import os
import struct
import unittest

from seawall_command import SeawallTest, json_lines, message


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Formats(SeawallTest):
    def test_export(self):
        self.persist(
            *[message("b", i, {"n": i}) for i in (1, 2, 3, 4, 5, 7)],
            message("b", "x", {"s": "é"}), message("b", "05", {}), message("a", 1, {}, "p"),
        )
        lines = json_lines(self.expect(0, "export", self.log))
        self.assertEqual(
            lines,
            [
                {"client": "a", "state": {}, "ids": {"p": [1]}, "lsn": 9},
                {"client": "b", "state": {"n": 7, "s": "é"},
                 "ids": {"": [[1, 5], 7, "05", "x"]}, "lsn": 8},
            ],
        )
        self.expect(0, "clear", self.log, "a", "--keep-ids")
        self.expect(0, "clear", self.log, "b")
        lines = json_lines(self.expect(0, "export", self.log))
        self.assertEqual([(e["client"], e["state"], e["ended"]) for e in lines], [("a", None, True)])

    def test_states_with_line_breaks_stay_on_their_line(self):
        self.expect(
            0, "persist", self.log, "--client", "c", "--id", "1", "--data", '{"a": {\n"b": 1\r\n}}'
        )
        self.assertEqual(json_lines(self.expect(0, "export", self.log))[0]["state"], {"a": {"b": 1}})
        self.assertEqual(len(self.expect(0, "dump", self.log, "-o", "json").splitlines()), 1)

    def test_dump_shows_records_and_filters_them(self):
        self.persist(*[message("c%d" % (i % 2), i, {"n": i}) for i in range(1, 7)])
        records = json_lines(self.expect(0, "dump", self.log, "-o", "json"))
        self.assertEqual([record["lsn"] for record in records], [1, 2, 3, 4, 5, 6])
        self.assertEqual({record["status"] for record in records}, {"COMPLETED"})
        self.assertEqual(records[0]["operations"][0]["data"], {"n": 1})
        self.assertIn(records[0]["file"], os.listdir(self.log))
        words = ("dump", self.log, "-o", "json", "--client", "c0", "--from", "3", "--to", "5")
        self.assertEqual([r["lsn"] for r in json_lines(self.expect(0, *words))], [4])
        self.assertIn(b"COMPLETED", self.expect(0, "dump", self.log))

    def test_stat_and_verify(self):
        self.persist(*[message("c%d" % i, 1, {}) for i in range(10)])
        stat = json.loads(self.expect(0, "stat", self.log, "-o", "json"))
        self.assertEqual((stat["clients"], stat["lsn"], stat["durable_mark"]), (10, 10, 10))
        verify = json.loads(self.expect(0, "verify", self.log, "-o", "json"))
        self.assertEqual((verify["records"], verify["damage"]), (10, []))
        self.assertIn(b"clients", self.expect(0, "stat", self.log))

    def test_help_and_version(self):
        self.assertIn(b"Exit codes", self.expect(0, "--help"))
        self.assertRegex(self.expect(0, "--version"), rb"^seawall \d+\.\d+\.\d+")
        for verb in "persist get clear clients export stat dump verify demo".split():
            self.assertIn(b"Example:\n  seawall " + verb.encode(), self.expect(0, verb, "--help"))

    def test_a_trailing_slash_and_dots_are_the_same_log(self):
        self.persist(message("c", 1, {}))
        self.expect(0, "get", self.log + "/", "c")
        self.expect(0, "get", self.log + "/../log/.", "c")
        self.expect(0, "get", ".", "c", cwd=self.log)


class ExitCodes(SeawallTest):
    READERS = (("get", "c"), ("clients",), ("export",), ("stat",), ("dump",), ("verify",))

    def segments(self):
        return sorted(n for n in os.listdir(self.log) if n.startswith("segment-"))

    def path(self, name):
        return os.path.join(self.log, name)

    def records_place(self):
        record = json_lines(self.expect(0, "dump", self.log, "-o", "json"))[0]
        return self.path(record["file"]), record["offset"]

    def test_2_not_found(self):
        for verb, *rest in self.READERS + (("clear", "c"),):
            self.expect(2, verb, self.log, *rest, stderr="not found")
            self.expect(2, verb, self.base + "/no/such/log", *rest, stderr="not found")
            os.makedirs(self.base + "/empty", exist_ok=True)
            self.expect(2, verb, self.base + "/empty", *rest, stderr="not found")
        self.persist(message("c", 1, {}))
        self.expect(2, "get", self.log, "nobody", stderr="nobody")

    def test_1_not_a_directory(self):
        open(self.log, "w").close()
        for verb, *rest in self.READERS:
            self.expect(1, verb, self.log, *rest, stderr="not a directory")
        self.persist(message("c", 1, {}), code=1, stderr="not a directory")

    def test_7_not_writable(self):
        self.expect(
            7, "persist", "/proc/seawall-e2e/log", "--client", "c", "--id", "1", "--data", "{}",
            stderr="",
        )

    def test_4_a_flipped_bit_is_named(self):
        self.persist(*[message("c", i, {"n": i}) for i in range(1, 3)])
        path, offset = self.records_place()
        with open(path, "r+b") as file:
            file.seek(offset + 20)
            byte = file.read(1)
            file.seek(offset + 20)
            file.write(bytes([byte[0] ^ 1]))
        name = os.path.basename(path)
        for verb, *rest in self.READERS:
            self.expect(4, verb, self.log, *rest, stderr=name)
        self.persist(message("c", 9, {}), code=4, stderr=name)

    def test_4_a_missing_or_short_segment(self):
        self.persist(message("c", 1, {}))
        path, _ = self.records_place()
        size = os.path.getsize(path)
        os.truncate(path, size - 4096)
        self.expect(4, "export", self.log, stderr=os.path.basename(path))
        os.rename(path, self.base + "/away")
        self.expect(4, "export", self.log, stderr=os.path.basename(path))
        self.expect(4, "get", self.log, "c", stderr=os.path.basename(path))

    def test_4_segments_without_a_manifest(self):
        self.persist(message("c", 1, {}))
        for name in os.listdir(self.log):
            if name.startswith("manifest-"):
                os.remove(self.path(name))
        for verb, *rest in self.READERS:
            self.expect(4, verb, self.log, *rest, stderr="")
        self.persist(message("c", 2, {}), code=4, stderr="")

    def test_3_a_torn_tail(self):
        self.persist(message("c", 1, {"a": 1}))
        path, _ = self.records_place()
        with open(path, "rb") as file:
            end = len(file.read().rstrip(b"\0"))
        with open(path, "r+b") as file:
            file.seek((end + 64) // 64 * 64)
            file.write(b"SEAWALLG" + b"\x01" * 100)
        self.expect(0, "verify", self.log)
        self.expect(3, "verify", self.log, "--strict", stderr="")
        self.assertEqual(self.expect(0, "get", self.log, "c"), b'{"a":1}\n')
        self.persist(message("c", 2, {"b": 2}))
        self.expect(0, "verify", self.log, "--strict")
        self.assertEqual(self.expect(0, "get", self.log, "c"), b'{"a":1,"b":2}\n')

    def test_5_locked_names_the_holder(self):
        writer = self.start_persist()
        writer.stdin.write(message("c", 1, {"a": 1}))
        writer.stdin.flush()
        writer.stdout.readline()
        self.persist(message("c", 2, {}), code=5, stderr=str(writer.pid))
        self.expect(5, "clear", self.log, "c", stderr=str(writer.pid))
        writer.stdin.close()
        self.assertEqual(writer.wait(), 0)

    def test_6_a_newer_format(self):
        self.persist(message("c", 1, {}))
        name = max(n for n in os.listdir(self.log) if n.startswith("manifest-"))
        with open(self.path(name), "rb") as file:
            manifest = bytearray(file.read())
        struct.pack_into("<H", manifest, 8, 2)
        struct.pack_into("<I", manifest, len(manifest) - 4, crc32c(manifest[:-4]))
        with open(self.path(name), "wb") as file:
            file.write(manifest)
        for verb, *rest in self.READERS:
            self.expect(6, verb, self.log, *rest, stderr="upgrade")
        self.persist(message("c", 2, {}), code=6, stderr="upgrade")


class BesideAWriter(SeawallTest):
    def test_reads_show_what_is_acked(self):
        writer = self.start_persist()
        acked = 0
        for round_ in range(20):
            for i in range(50):
                writer.stdin.write(message("c%d" % (i % 7), round_ * 50 + i, {"r": round_}))
            writer.stdin.flush()
            for _ in range(50):
                acked = json.loads(writer.stdout.readline())["lsn"]
            exported = self.export()
            ids = set()
            for client in exported.values():
                for id_ in client["ids"][""]:
                    first, last = id_ if isinstance(id_, list) else (id_, id_)
                    ids.update(range(first, last + 1))
                self.assertEqual(client["state"], {"r": round_})
            self.assertEqual(ids, set(range((round_ + 1) * 50)))
            self.assertEqual(max(client["lsn"] for client in exported.values()), acked)
            self.assertEqual(len(self.expect(0, "clients", self.log).split()), 7)
        self.expect(0, "verify", self.log)
        writer.stdin.close()
        self.assertEqual(writer.wait(), 0)


if __name__ == "__main__":
    unittest.main()
