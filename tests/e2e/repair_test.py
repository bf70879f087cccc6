"""Damage: what verify says of it."""

import json
import os
import unittest

from seawall_command import SeawallTest, json_lines, message


class DamageTest(SeawallTest):
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
        self.persist(*[message("c%d" % i, i, {"n": i}) for i in (1, 2, 3)],
                     options=("--in-flight", "1"))
        self.persist(message("c4", 4, {"n": 4}))
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
        self.persist(message("c", 1, {}), message("c", 2, {}))
        self.flip(self.record(2))
        done = self.run_seawall("verify", self.log)
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"any other client", done.stderr)
        self.assertIn(b"damaged places", done.stdout)


if __name__ == "__main__":
    unittest.main()
