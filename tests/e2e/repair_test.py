"""Damage: what verify says of it, repair, and going on under quarantine."""

import json
import os
import shutil
import unittest

from seawall_command import SeawallTest, json_lines, message


class DamageTest(SeawallTest):
    def persist_in_log(self, *lives, options=()):
        """Persists each of `lives` in a process of its own; no checkpoint has any of the records.

        A process on a busy machine may end before the background thread made the reserve: it leaves
        a checkpoint then, and no records. Such a log is made again.
        """
        for _ in range(50):
            for life in lives:
                self.persist(*life, options=options)
            stat = json.loads(self.expect(0, "stat", self.log, "-o", "json"))
            if stat["tail_records"] == sum(len(life) for life in lives):
                return
            shutil.rmtree(self.log)
        self.fail("each log was checkpointed")

    def record(self, lsn):
        """Returns path and offset of a record that is still in the log."""
        for record in json_lines(self.expect(0, "dump", self.log, "-o", "json")):
            if record["lsn"] == lsn:
                return os.path.join(self.log, record["file"]), record["offset"]
        self.fail("record %d is not in the log" % lsn)

    def flip(self, place):
        path, offset = place
        with open(path, "r+b") as file:
            file.seek(offset + 20)
            byte = file.read(1)
            file.seek(offset + 20)
            file.write(bytes([byte[0] ^ 1]))

    def verify(self):
        return json.loads(self.expect(4, "verify", self.log, "-o", "json", stderr="corrupt"))


class Verify(DamageTest):
    def test_every_damaged_place_is_reported(self):
        self.persist_in_log([message("c%d" % i, i, {"n": i}) for i in (1, 2, 3)],
                            [message("c4", 4, {"n": 4})], options=("--in-flight", "1"))
        places = [self.record(lsn) for lsn in (2, 4)]
        for place in places:
            self.flip(place)
        damage = self.verify()["damage"]
        self.assertEqual([(d["begin_lsn"], d["end_lsn"]) for d in damage], [(2, 3), (4, 5)])
        self.assertEqual([d["file"] for d in damage], [os.path.basename(p[0]) for p in places])
        for one in damage:
            named = [client["client"] for client in one["clients"]]
            # A segment's directory may not have been written yet; then nobody is named.
            self.assertIn([named, one["names_all"]],
                          ([["c%d" % one["begin_lsn"]], True], [[], False]))

    def test_text_says_whom_it_concerns(self):
        self.persist_in_log([message("c", 1, {}), message("c", 2, {})])
        self.flip(self.record(2))
        done = self.run_seawall("verify", self.log)
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"any other client", done.stderr)
        self.assertIn(b"damaged places", done.stdout)


class Repair(DamageTest):
    def damaged(self):
        self.persist_in_log([message("c%d" % i, i, {"n": i}) for i in (1, 2, 3)],
                            options=("--in-flight", "1"))
        self.flip(self.record(2))
        self.new = os.path.join(self.base, "new")

    def files(self):
        found = {}
        for name in os.listdir(self.log):
            with open(os.path.join(self.log, name), "rb") as file:
                found[name] = file.read()
        return found

    def test_a_sound_log_is_copied_whole(self):
        self.persist(message("a", 1, {"n": 1}), message("b", "x", {"n": 2}))
        new = os.path.join(self.base, "new")
        report = json.loads(self.expect(0, "repair", self.log, "--out", new, "-o", "json"))
        self.assertEqual((report["whole_clients"], report["quarantined"]), (2, []))
        self.assertEqual(self.expect(0, "export", new), self.expect(0, "export", self.log))
        self.expect(0, "verify", new)
        self.expect(1, "repair", self.log, "--out", new, stderr="missing or empty")
        self.expect(1, "repair", self.log, "--out", self.log, stderr="missing or empty")

    def test_nothing_is_written_into_the_log(self):
        self.persist(message("a", 1, {"n": 1}))
        link = os.path.join(self.base, "link")
        os.symlink(self.log, link)
        before = self.files()
        for out in ((self.log, "sub"), (self.log, "a", "b"), (self.log, "..", "log", "sub"),
                    (link, "sub")):
            self.expect(1, "repair", self.log, "--out", os.path.join(*out), stderr="must not lie in")
            self.assertEqual(self.files(), before)
        self.expect(0, "repair", self.log, "--out", self.log + "-repaired")

    def test_what_is_not_proven_is_listed_and_refused(self):
        self.damaged()
        before = self.files()
        out = self.expect(4, "repair", self.log, "--out", self.new, "-o", "json", stderr="corrupt")
        report = json.loads(out)
        self.assertEqual(self.files(), before)
        self.assertEqual([(d["begin_lsn"], d["end_lsn"]) for d in report["damage"]], [(2, 3)])
        self.assertTrue(report["unknown_quarantined"])
        self.assertEqual([q["client"] for q in report["quarantined"]], ["c1", "c3"])
        self.expect(4, "get", self.new, "c1", stderr="quarantined")
        self.expect(4, "export", self.new, stderr="c1")
        self.expect(4, "verify", self.new, stderr="c3")
        line = ("persist", self.new, "--client", "c1", "--id", "9", "--data", "{}")
        self.expect(4, *line, stderr="quarantined")
        self.expect(0, "clear", self.new, "c1")
        self.expect(0, *line)
        self.expect(0, "get", self.new, "c1")

    def test_unknown_clients_may_be_admitted(self):
        self.damaged()
        self.expect(4, "repair", self.log, "--out", self.new, "--admit-unknown", stderr="c1")
        self.expect(0, "persist", self.new, "--client", "new", "--id", "1", "--data", "{}")

    def test_quarantine_in_place_lasts(self):
        self.damaged()
        line = ("persist", self.log, "--client", "fresh", "--id", "1", "--data", "{}")
        self.expect(4, *line, stderr="corrupt")
        self.expect(4, *line, "--quarantine", stderr="quarantined")
        self.expect(4, *line, stderr="quarantined clients")
        self.expect(0, "clear", self.log, "fresh", "--quarantine")
        self.expect(0, *line, "--quarantine")
        self.expect(4, "get", self.log, "fresh", stderr="quarantined clients")
        self.assertEqual(self.expect(0, "get", self.log, "fresh", "--quarantine"), b"{}\n")
        self.expect(4, "export", self.log, "--quarantine", stderr="c3")


if __name__ == "__main__":
    unittest.main()
