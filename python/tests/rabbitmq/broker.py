"""A real RabbitMQ server for tests: on loopback, in a folder of its own, killed and restarted at will.

It shares nothing with a broker that the system may run: node name, ports, cookie, folders and the
Erlang port mapper are its own, and /etc/rabbitmq is not read. Nothing outlives the process that
started it, even if that process is killed: the kernel then kills the server (PDEATHSIG).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

PROGRAMS = Path("/usr/lib/rabbitmq/bin")  # not /usr/sbin: its wrappers insist on /var/lib/rabbitmq
USER = "rabbitmq"
STARTUP_TIMEOUT_S = 120
CONTROL_TIMEOUT_S = 60
STARTED = b"Starting broker... completed"
LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
SYNC_LOG = "sys:get_state(mnesia_recover), ok = mnesia:sync_log()."  # once it has taken all decisions


def is_installed() -> bool:
    """Returns whether Debian's rabbitmq-server is here; a matter of `./dev setup python`."""
    return (PROGRAMS / "rabbitmq-server").exists() and shutil.which("epmd") is not None


def free_ports(count: int) -> list[int]:
    """Returns distinct ports that are free now; the caller binds them soon."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Broker:
    """One server. Use it from one thread: the thread that starts it must live as long as it.

    `with Broker() as broker:` starts it and, at the end, ends everything and removes its folder.
    """

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="seawall-broker-"))
        self.port, self._dist_port, self._epmd_port, self._control_port = free_ports(4)
        self._node = f"seawall-{self.port}@localhost"
        self._as_user = ["setpriv", "--pdeathsig", "KILL"]
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        for folder in ("home", "mnesia", "log"):
            (self.base / folder).mkdir()
        (self.base / "plugins").write_text("[].\n")
        (self.base / "env.conf").touch()
        if os.geteuid() == 0:
            self._as_user += ["--reuid", USER, "--regid", USER, "--init-groups"]
            for path in (self.base, *self.base.iterdir()):
                shutil.chown(path, USER, USER)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def _environment(self) -> dict[str, str]:
        base = str(self.base)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": f"{base}/home",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": f"{base}/mnesia",
            "RABBITMQ_LOG_BASE": f"{base}/log",
            "RABBITMQ_CONF_ENV_FILE": f"{base}/env.conf",
            "RABBITMQ_CONFIG_FILE": f"{base}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{base}/plugins",
            "RABBITMQ_PID_FILE": f"{base}/pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": LOOPBACK,
            "RABBITMQ_CTL_ERL_ARGS": LOOPBACK,
            "RABBITMQ_CTL_DIST_PORT_MIN": str(self._control_port),
            "RABBITMQ_CTL_DIST_PORT_MAX": str(self._control_port),
            # The script then becomes the server instead of starting it, so that its pid is ours.
            "RABBITMQ_ALLOW_INPUT": "1",
        }

    def _spawn(self, *words: str) -> subprocess.Popen[bytes]:
        with open(self.base / "output", "ab") as output:
            return subprocess.Popen(
                [*self._as_user, *words],
                env=self._environment(),
                cwd=self.base,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self) -> None:
        """Starts the server and returns once it serves; its queues are there by then."""
        if self._epmd is None:
            self._epmd = self._spawn("epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1")
        output = self.base / "output"
        said_before = output.stat().st_size if output.exists() else 0
        self._server = self._spawn(str(PROGRAMS / "rabbitmq-server"), "-noinput")
        deadline = time.monotonic() + STARTUP_TIMEOUT_S
        # What it says last, all queues recovered: an open port alone does not mean that, and to ask
        # with `rabbitmqctl await_startup` costs half as much time as the start itself.
        while STARTED not in output.read_bytes()[said_before:]:
            self._check_starting(deadline)
            time.sleep(0.05)

    def control(self, *words: str) -> int:
        """Runs rabbitmqctl; returns its exit code."""
        tool = self._spawn(str(PROGRAMS / "rabbitmqctl"), "-q", *words)
        try:
            return tool.wait(CONTROL_TIMEOUT_S)
        finally:
            tool.kill()
            tool.wait()

    def sync_definitions(self) -> None:
        """Returns once the queues that were declared survive `kill`.

        RabbitMQ 3.10 answers `queue.declare` after a flush of its table log, but the record that the
        transaction was committed is appended beside that, and buffered for up to two seconds (TIMEOUT in
        Erlang's disk_log_1, seen in the log of a node that had forgotten its queue). A node
        killed before has the queue in its log, presumes the transaction aborted and forgets it, with
        all messages it had confirmed.
        """
        if self.control("eval", SYNC_LOG) != 0:
            raise RuntimeError("the broker does not flush its table log")

    def _check_starting(self, deadline: float) -> None:
        assert self._server is not None
        if self._server.poll() is None and time.monotonic() < deadline:
            return
        said = (self.base / "output").read_text(errors="replace")
        raise RuntimeError(f"the broker does not start; it said:\n{said[-4000:]}")

    def kill(self) -> None:
        """Ends the server as a crash would: SIGKILL, then nothing is left of its memory. It may forget
        queues that were declared just before; see `sync_definitions`."""
        if self._server is not None:
            self._server.send_signal(signal.SIGKILL)
            self._server.wait()
            self._server = None

    def restart(self) -> None:
        """Kills it and starts it on the same folders and ports."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """Ends the server and its port mapper, and removes the folder."""
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
            self._epmd = None
        shutil.rmtree(self.base, ignore_errors=True)

    def __enter__(self) -> Broker:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
