"""kill -9 in a loop: whatever was acknowledged is there, once; the rest is there whole or not.

SEAWALL_TEST_LONG=1 runs 1,000 cycles instead of 20, SEAWALL_TEST_CYCLES as many as it says.
SEAWALL_TEST_SEED repeats a run.
"""

import json
import os
import random
import threading
import unittest

from seawall_command import LONG, SeawallTest, message

CYCLES = int(os.environ.get("SEAWALL_TEST_CYCLES", 1000 if LONG else 20))
CLIENTS = 12
PRODUCERS = ["", "p", "q"]


class Model:
    """What must be in the log: every message by (client, producer, id), and what became of it."""

    def __init__(self):
        self.sent = set()
        self.acked = set()

    @staticmethod
    def data(key):
        client, producer, id_ = key
        # A key of its own per message: the state tells which messages are merged, and only them.
        return {"%s/%s" % (producer, id_): "%s %s" % (client, "v" * (hash_of(key) % 200))}


def hash_of(key):
    return sum(str(key).encode())


def exported_keys(client):
    """Returns the (producer, id) pairs a client's export names."""
    keys = set()
    for producer, ids in client["ids"].items():
        for id_ in ids:
            first, last = id_ if isinstance(id_, list) else (id_, id_)
            ids_of = [first] if isinstance(first, str) else range(first, last + 1)
            keys.update((producer, one) for one in ids_of)
    return keys


class Killed(SeawallTest):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("SEAWALL_TEST_SEED", random.randrange(10**9)))
        self.random = random.Random(self.seed)
        self.model = Model()
        self.next_id = 0
        self.kills = 0
        self.acks = 0

    def new_keys(self, count):
        keys = []
        for _ in range(count):
            self.next_id += 1
            id_ = self.next_id if self.random.random() < 0.9 else "s%d" % self.next_id
            client = "client-%d" % self.random.randrange(CLIENTS)
            keys.append((client, self.random.choice(PRODUCERS), id_))
        return keys

    def deliveries(self):
        """Everything unacknowledged, new messages, duplicates of old ones; shuffled."""
        keys = list(self.model.sent - self.model.acked) + self.new_keys(200)
        if self.model.acked:
            keys += self.random.choices(sorted(self.model.acked, key=str), k=20)
        self.random.shuffle(keys)
        return keys

    def feed(self, writer, keys):
        try:
            for key in keys:
                client, producer, id_ = key
                writer.stdin.write(message(client, id_, Model.data(key), producer))
            writer.stdin.close()
        except (BrokenPipeError, ValueError):
            pass

    def cycle(self):
        keys = self.deliveries()
        self.model.sent.update(keys)
        kill_after_acks = self.random.randrange(len(keys) + 1)
        kill_delay = self.random.random() * 0.005
        writer = self.start_persist("--in-flight", str(self.random.choice([1, 16, 256])))
        feeder = threading.Thread(target=self.feed, args=(writer, keys))
        feeder.start()
        killer = None
        if kill_after_acks == 0:
            killer = threading.Timer(kill_delay, writer.kill)
            killer.start()
        acks = 0
        for line in writer.stdout:
            if not line.endswith(b"\n"):
                break
            ack = json.loads(line)
            self.take_ack(keys[acks], ack)
            acks += 1
            if acks == kill_after_acks:
                killer = threading.Timer(kill_delay, writer.kill)
                killer.start()
        writer.wait()
        feeder.join()
        if killer:
            killer.cancel()
            killer.join()
        self.assertIn(writer.returncode, (0, -9), writer.stderr.read())
        self.kills += writer.returncode == -9
        self.acks += acks
        writer.stdout.close()
        writer.stderr.close()

    def take_ack(self, key, ack):
        client, _, id_ = key
        self.assertEqual((ack["client"], ack["id"]), (client, id_))
        if key in self.model.acked:
            self.assertEqual(ack["outcome"], "duplicate", key)
        self.model.acked.add(key)

    def check(self):
        if not os.path.isdir(self.log):
            self.assertEqual(self.model.acked, set())
            return
        done = self.run_seawall("export", self.log)
        if done.returncode == 2:
            # Killed before the log was complete: nothing can have been acknowledged.
            self.assertEqual(self.model.acked, set())
            return
        self.assertEqual(done.returncode, 0, done.stderr)
        found = set()
        for line in done.stdout.splitlines():
            client = json.loads(line)
            name = client["client"]
            keys = {(name, producer, id_) for producer, id_ in exported_keys(client)}
            want = {}
            for key in keys:
                want.update(Model.data(key))
            # The ids and the state tell of the same messages: each is there whole, or not at all.
            self.assertEqual(client["state"], want, name)
            found |= keys
        self.assertEqual(self.model.acked - found, set(), "acknowledged and lost")
        self.assertEqual(found - self.model.sent, set(), "never sent")

    def test_kill(self):
        for cycle in range(CYCLES):
            with self.subTest(cycle=cycle, seed=self.seed):
                self.cycle()
                self.check()
                if cycle % 50 == 49:
                    self.renew()
        self.expect(0, "verify", self.log)
        print("seawall persist: %d cycles, %d killed, %d acknowledged" % (CYCLES, self.kills, self.acks))

    def renew(self):
        """Ends the clients' lives, so that a long run does not get slower and slower."""
        for client in self.export():
            self.expect(0, "clear", self.log, client)
        self.model = Model()


if __name__ == "__main__":
    unittest.main()
