"""The demo is exact, and can tell when it is not."""

import os
import unittest

from seawall_command import SeawallTest, message

HEADING = "id,date,origin,destination,distance_miles,delay_minutes\n"


class Demo(SeawallTest):
    def csv(self, name, flights):
        path = os.path.join(self.base, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(HEADING)
            for id_ in range(1, flights + 1):
                origin = ("DTW", "HNL", "LAS")[id_ % 3]
                file.write("%d,2001-01-01 %02d:00,%s,OAK,%d,%d\n"
                           % (id_, id_ % 24, origin, 100 + id_, id_ % 50 - 9))
        return path

    def test_the_flights_are_exact(self):
        out = self.expect(0, "demo", "--kills", "20").decode()
        self.assertIn("EXACT", out)
        self.assertIn("kills        20 survived", out)
        self.assertIn("20000 from 220 airports", out)

    def test_its_log_can_be_read(self):
        path = self.csv("flights.csv", 500)
        self.expect(0, "demo", "--data", path, "--dir", self.base, "--seed", "1", "--kills", "3")
        out = self.expect(0, "get", self.base + "/flights", "DTW").decode()
        self.assertIn('"flights":166', out)
        # Again on the same log: all of it is duplicates, and still exact.
        self.assertIn(b"EXACT", self.expect(0, "demo", "--data", path, "--dir", self.base))

    def test_a_difference_is_found(self):
        path = self.csv("flights.csv", 500)
        self.expect(0, "demo", "--data", path, "--dir", self.base, "--kills", "0")
        self.log = self.base + "/flights"
        extra = {"id": 501, "date": "2001-01-01 00:00", "destination": "OAK",
                 "distance_miles": 1, "delay_minutes": 0}
        self.persist(message("DTW", 501, extra))
        out = self.expect(4, "demo", "--data", path, "--dir", self.base, "--kills", "0").decode()
        self.assertRegex(out, "DIFFERENT    DTW: [a-z_]+ is [0-9]+, must be [0-9]+")

    def test_bad_flights(self):
        path = self.csv("flights.csv", 5)
        with open(path, "a", encoding="ascii") as file:
            file.write("nonsense\n")
        self.expect(1, "demo", "--data", path, stderr="no line of a flight")
        self.expect(7, "demo", "--data", self.base + "/none", stderr="cannot read")


if __name__ == "__main__":
    unittest.main()
