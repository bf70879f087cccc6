"""Logs with a built-in merge: made, written, read and refused by the command."""

import json
import unittest

from seawall_command import SeawallTest, message

SCHEMA = '{"actors": map(sum), "best": arg_max("score"), "done": flag}'
ID = 'seawall.merge:{"actors":map(sum),"best":arg_max("score"),"done":flag}'


class Merges(SeawallTest):
    def test_a_merge_is_written_and_shown(self):
        self.persist(
            message("c", 1, {"actors": {"Ada": 1, "Bo": 0.1}}),
            message("c", 2, {"actors": {"Bo": 0.2}, "best": {"score": 3, "id": "x"}}),
            options=("--merge", SCHEMA),
        )
        # Once made, the log knows.
        self.persist(message("c", 2, {"actors": {"Bo": 5}}), message("c", 3, {"done": True}))
        state = {"actors": {"Ada": 1, "Bo": 0.3}, "best": {"score": 3, "id": "x"}, "done": True}
        self.assertEqual(json.loads(self.expect(0, "get", self.log, "c")), state)
        self.assertEqual(self.export()["c"]["state"], state)
        stat = json.loads(self.expect(0, "stat", self.log, "-o", "json"))
        self.assertEqual(stat["interpreter"], ID)

    def test_another_merge_and_bad_data_are_refused(self):
        words = ("persist", self.log, "--client", "c", "--id", "1", "--data", "5")
        self.expect(0, *words, "--merge", "sum")
        self.expect(1, *words, "--merge", "max", stderr="seawall.merge:sum")
        self.expect(1, *words, "--merge", "summ", stderr="no such merge: 'summ'")
        refused = ("persist", self.log, "--client", "c", "--id", "2", "--data", '"x"')
        self.expect(1, *refused, stderr="expected a number")
        self.assertEqual(self.expect(0, "get", self.log, "c"), b"5\n")


if __name__ == "__main__":
    unittest.main()
