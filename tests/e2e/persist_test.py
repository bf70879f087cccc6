"""What `seawall persist` promises: ack lines, their order and time, byte-exact data, bad input."""

import base64
import json
import os
import signal
import subprocess
import unittest

from seawall_command import SEAWALL, SeawallTest, json_lines, message

# 5,000 messages.
FEEDER = """for i in 0 1 2 3 4; do for j in 0 1 2 3 4 5 6 7 8 9; do for k in 0 1 2 3 4 5 6 7 8 9; do
for l in 0 1 2 3 4 5 6 7 8 9; do echo '{"client":"c","id":"'$i$j$k$l'","data":{}}'
done; done; done; done"""


class Shortage(SeawallTest):
    def test_too_few_descriptors_is_exit_code_7(self):
        self.persist(message("c", 0, {}))
        codes = []
        for most in range(4, 40):
            done = subprocess.run(
                ["sh", "-c", 'ulimit -n "$1"; shift; exec "$@"', "sh", str(most), SEAWALL, "persist",
                 self.log, "--client", "c", "--id", str(most), "--data", "{}"],
                capture_output=True, check=False,
            )
            codes.append(done.returncode)
            if done.returncode == 0:
                break
            self.assertEqual(done.returncode, 7, (most, done.stderr))
            # With too few to load its libraries the command does not get as far as a message of ours.
        self.assertEqual(codes[-1], 0)
        self.assertGreater(len(codes), 3)


class AckLines(SeawallTest):
    def test_one_record_from_the_command_line(self):
        words = ("persist", self.log, "--client", "c", "--id", "7", "--data", '{"a": 1}')
        self.assertEqual(
            self.expect(0, *words), b'{"client":"c","id":7,"outcome":"committed","lsn":1}\n'
        )
        self.assertEqual(
            self.expect(0, *words), b'{"client":"c","id":7,"outcome":"duplicate","lsn":1}\n'
        )
        self.assertEqual(self.expect(0, "get", self.log, "c"), b'{"a":1}\n')

    def test_acks_come_in_input_order_with_ids_as_given(self):
        acks = self.persist(
            message("a", 7, {}), message("b", "x", {}), message("a", "7", {}),
            message("a", "07", {}), message("a", 7, {}, "p"), message("a", 7, {}),
        )
        self.assertEqual([ack["id"] for ack in acks], [7, "x", "7", "07", 7, 7])
        self.assertEqual(
            [ack["outcome"] for ack in acks],
            ["committed", "committed", "duplicate", "committed", "committed", "duplicate"],
        )
        self.assertEqual(list(acks[0]), ["client", "id", "outcome", "lsn"])

    def test_acks_do_not_wait_for_more_input(self):
        writer = self.start_persist()
        for id_ in range(5):
            writer.stdin.write(message("c", id_, {"n": id_}))
            writer.stdin.flush()
            # Blocks for ever, into the test's timeout, if the ack waits for the next line.
            self.assertEqual(json.loads(writer.stdout.readline())["id"], id_)
        writer.stdin.close()
        self.assertEqual(writer.wait(), 0)

    def test_in_flight_of_one_and_many(self):
        many = [message("c%d" % (i % 10), i, {"n": i}) for i in range(2000)]
        acks = self.persist(*many, options=("--in-flight", "1000"))
        self.assertEqual([ack["id"] for ack in acks], list(range(2000)))
        again = self.persist(*many[:50], options=("--in-flight", "1"))
        self.assertEqual({ack["outcome"] for ack in again}, {"duplicate"})

    def test_input_from_a_file_and_without_a_last_line_end(self):
        path = os.path.join(self.base, "in.jsonl")
        with open(path, "wb") as file:
            file.write(message("c", 1, {}) + b"\n \r\n" + message("c", 2, {}).rstrip())
        acks = json_lines(self.expect(0, "persist", self.log, "--input", path))
        self.assertEqual([ack["id"] for ack in acks], [1, 2])

    def test_cleared_clients_are_acked_as_cleared(self):
        self.persist(message("c", 1, {"a": 1}))
        self.expect(0, "clear", self.log, "c", "--keep-ids")
        acks = self.persist(message("c", 1, {}), message("c", 2, {}))
        self.assertEqual({ack["outcome"] for ack in acks}, {"cleared"})
        self.expect(2, "get", self.log, "c")


class Data(SeawallTest):
    def test_values_pass_byte_for_byte(self):
        value = b'{"n":[ 1.0e400,-0,12345678901234567890123 ],"s":"\\u00e9\\/\xc3\xa9\\ud83d\\ude00"}'
        line = b'{"id":1, "data" : {"k" : %s } ,"client":"c"}\n' % value
        self.persist(line)
        self.assertEqual(self.expect(0, "get", self.log, "c"), b'{"k":%s}\n' % value)
        self.assertIn(b'"state":{"k":%s}' % value, self.expect(0, "export", self.log))

    def test_client_ids_are_data(self):
        names = ["../../etc/passwd", "/", "..", "a\0b", "A", "a", "x" * 4096, "é", "\n", " ", "-"]
        self.persist(*[message(name, 1, {"me": name}) for name in names])
        exported = self.export()
        self.assertEqual(sorted(exported), sorted(names))
        for name in names:
            self.assertEqual(exported[name]["state"], {"me": name})
        clients = json_lines(self.expect(0, "clients", self.log, "-o", "json"))
        self.assertEqual(
            [line["client"].encode() for line in clients], sorted(n.encode() for n in names)
        )
        self.assertEqual(os.listdir(self.base), ["log"])

    def test_names_that_are_not_utf8(self):
        name = base64.b64encode(b"\xff/\0").decode()
        line = {"client_b64": name, "producer_b64": name, "id": 1, "data": {"a": 1}}
        acks = self.persist(json.dumps(line).encode() + b"\n")
        self.assertEqual(acks[0]["client_b64"], name)
        exported = json_lines(self.expect(0, "export", self.log))
        self.assertEqual(exported[0]["client_b64"], name)
        self.assertEqual(exported[0]["ids_b64"], {name: [1]})
        self.assertEqual(self.expect(0, "get", self.log, "--client-b64", name), b'{"a":1}\n')
        self.expect(0, "clear", self.log, "--client-b64", name)
        self.expect(2, "get", self.log, "--client-b64", name)
        # As an argument, bytes are bytes.
        self.expect(0, "persist", self.log, "--client", b"\xfe", "--id", "1", "--data", "{}")
        self.assertEqual(self.expect(0, "get", self.log, b"\xfe"), b"{}\n")


class BadInput(SeawallTest):
    def test_a_bad_line_is_named_and_the_lines_before_it_stay(self):
        lines = {
            b"nonsense\n": "not a JSON object",
            b"[]\n": "not a JSON object",
            b'{"client":"c","id":3,"data":{}} x\n': "not a JSON object",
            b'{"client":"c","id":3,"data":[]}\n': "must be one JSON object",
            b'{"client":"c","id":3,"data":{"a":NaN}}\n': "not a JSON object",
            b'{"client":"c","id":3,"data":{"a":1,"a":2}}\n': "key given twice",
            b'{"client":"c","id":3}\n': "data is missing",
            b'{"id":3,"data":{}}\n': "client is missing",
            b'{"client":"c","data":{}}\n': "id is missing",
            b'{"client":"","id":3,"data":{}}\n': "client",
            b'{"client":7,"id":3,"data":{}}\n': "client must be a string",
            b'{"client":"c","id":-1,"data":{}}\n': "id must be",
            b'{"client":"c","id":1.5,"data":{}}\n': "id must be",
            b'{"client":"c","id":9223372036854775808,"data":{}}\n': "id must be",
            b'{"client":"c","id":null,"data":{}}\n': "id must be",
            b'{"client":"c","id":"","data":{}}\n': "id",
            b'{"client":"c","id":3,"data":{},"producr":"p"}\n': "unknown key",
            b'{"client":"c","id":3,"id":4,"data":{}}\n': "given twice",
            b'{"client":"c","client_b64":"Yw==","id":3,"data":{}}\n': "exclude each other",
            b'{"client_b64":"Yw=","id":3,"data":{}}\n': "not base64",
            b'{"client":"\xff","id":3,"data":{}}\n': "invalid UTF-8",
            message("c" * 4097, 3, {}): "client",
            message("c", 3, {}, "p" * 4097): "producer",
        }
        before = 0
        for line, why in lines.items():
            with self.subTest(line=line[:80]):
                before += 1
                acks = self.persist(
                    message("ok", before, {"n": before}), line, message("ok", 10**6, {}),
                    code=1, stderr=why,
                )
                self.assertEqual([ack["id"] for ack in acks], [before])
                done = self.run_seawall("persist", self.log, "--input", "-", stdin=b"\n" + line)
                self.assertIn(b"line 2", done.stderr)
        self.assertEqual(self.export()["ok"]["ids"], {"": [[1, before]]})
        self.assertEqual(list(self.export()), ["ok"])

    def test_names_of_4096_bytes_are_accepted(self):
        self.persist(message("c" * 4096, "i" * 4096, {}, "p" * 4096))
        self.assertEqual(list(self.export()), ["c" * 4096])

    def test_a_record_over_the_maximum(self):
        big = {"k": "x" * (16 << 20)}
        acks = self.persist(message("c", 1, {"a": 1}), message("c", 2, big), code=1, stderr="line 2")
        self.assertEqual([ack["id"] for ack in acks], [1])
        huge = {"k": "x" * (18 << 20)}
        self.persist(message("c", 2, huge), code=1, stderr="line 1")
        almost = {"k": "x" * ((16 << 20) - 10000)}
        self.persist(message("c", 3, almost))
        self.assertEqual(self.export()["c"]["ids"], {"": [1, 3]})

    def test_bad_arguments(self):
        good = ("--client", "c", "--id", "1", "--data", "{}")
        self.expect(1, "persist", self.log, "--client", "c", "--id=-1", "--data", "{}", stderr="id")
        self.expect(1, "persist", self.log, "--client", "c", "--data", "{}", stderr="--id is missing")
        self.expect(1, "persist", self.log, "--client", "", *good[2:], stderr="client")
        self.expect(1, "persist", self.log, *good[:4], "--data", "[]", stderr="JSON object")
        self.expect(1, "persist", self.log, *good, "--in-flight", "0", stderr="in-flight")
        self.expect(1, "persist", "", *good, stderr="not a path")
        self.expect(1, "persist", "/", *good, stderr="cannot be a log")
        self.expect(7, "persist", self.log, "--input", self.base + "/none", stderr="cannot open")
        self.expect(1, "frobnicate", stderr="")
        self.expect(1, stderr="")


class Endings(SeawallTest):
    def start_and_persist_one(self, *options):
        writer = self.start_persist(*options)
        writer.stdin.write(message("c", 1, {"a": 1}))
        writer.stdin.flush()
        writer.stdout.readline()
        return writer

    def test_signals_end_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            writer = self.start_and_persist_one()
            writer.send_signal(number)
            self.assertEqual(writer.wait(), 128 + number)
            self.assertEqual(writer.stderr.read(), b"")
        self.assertEqual(self.export()["c"]["ids"], {"": [1]})

    def test_a_signal_ends_it_though_nobody_reads_its_acks(self):
        # Far more acks than a pipe holds; once with more input to come and once without.
        for ends in (False, True):
            writer = self.start_persist()
            feeder = subprocess.Popen(
                ["sh", "-c", FEEDER + (" && exec cat" if not ends else "")],
                stdin=subprocess.PIPE, stdout=writer.stdin, stderr=subprocess.DEVNULL,
            )
            self.addCleanup(feeder.wait)
            self.addCleanup(feeder.kill)
            self.addCleanup(feeder.stdin.close)
            writer.stdin.close()
            writer.stdout.readline()
            writer.send_signal(signal.SIGTERM)
            self.assertEqual(writer.wait(timeout=30), 128 + signal.SIGTERM)
            self.expect(0, "verify", self.log, "--strict")

    def test_a_closed_stdout_ends_it_cleanly(self):
        writer = self.start_and_persist_one()
        writer.stdout.close()
        try:
            for id_ in range(2, 10_000):
                writer.stdin.write(message("c", id_, {}))
            writer.stdin.close()
        except BrokenPipeError:
            pass
        self.assertEqual(writer.wait(), 128 + signal.SIGPIPE)
        self.expect(0, "verify", self.log, "--strict")
        self.assertEqual(self.export()["c"]["ids"][""][0][0], 1)

    def test_descriptors_closed_from_the_start(self):
        line = "persist '%s' --client c --id 1 --data '{}'" % self.log
        for redirect, code in (("<&-", 0), (">&-", 141), ("2>&-", 0), ("<&- >&- 2>&-", 141)):
            done = subprocess.run(
                ["sh", "-c", "exec '%s' %s %s" % (SEAWALL, line, redirect)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60,
            )
            self.assertEqual(done.returncode, code, (redirect, done.stderr))
            self.expect(0, "verify", self.log, "--strict")
        self.expect(0, "persist", self.log, "--input", "-", stdin=b"")

    def test_export_into_a_closed_pipe(self):
        self.persist(*[message("c%d" % i, 1, {"pad": "x" * 100}) for i in range(2000)])
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run(
                [SEAWALL, "export", self.log], stdout=writer, stderr=subprocess.PIPE, check=False
            )
        finally:
            os.close(writer)
        self.assertEqual((done.returncode, done.stderr), (141, b""))


if __name__ == "__main__":
    unittest.main()
