"""A Spark of the tests' own: a standalone master, two workers and a Thrift server on free ports of loopback.

Every process leads a group of its own and dies with the test process, however that ends; the warehouse, the metastore
and the logs lie in one folder that goes with them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[2] / ".venv-spark"
# The processes live for minutes: compiling twice and collecting in parallel costs more than it brings. Queries become
# code, for which compiling once reserves too little room.
_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -Duser.timezone=UTC"
_LOG4J = """
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class SparkCluster:
    """Processes of one cluster; `port` is where its Thrift server listens."""

    folder: Path
    port: int = 0
    _processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        """Folder of the tables: `<database>.db/<table>/*.parquet`."""
        return self.folder / "warehouse"

    def start(self, wait_seconds: float = 120) -> None:
        """Return when the Thrift server takes connections.

        Raises
        ------
        RuntimeError: a process ended, or the time is over; with the end of its log.
        """
        (self.folder / "conf").mkdir(parents=True)
        (self.folder / "conf" / "log4j2.properties").write_text(_LOG4J)
        deadline = time.monotonic() + wait_seconds
        master_port, self.port = _free_port(), _free_port()
        master = f"spark://127.0.0.1:{master_port}"
        deploy = "org.apache.spark.deploy"
        at_home = ["--host", "127.0.0.1", "--webui-port", "0"]
        self._run("master", ["spark-class", f"{deploy}.master.Master", *at_home, "--port", str(master_port)])
        self._wait("master", master_port, deadline)
        for name in ("worker-1", "worker-2"):
            size = ["--cores", "1", "--memory", "1g", "--work-dir", str(self.folder / name)]
            self._run(name, ["spark-class", f"{deploy}.worker.Worker", *at_home, *size, master])
        self._run("thrift-server", ["spark-submit", *self._submission(master)])
        self._wait("thrift-server", self.port, deadline)

    def stop(self) -> None:
        for process in reversed(self._processes.values()):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _submission(self, master: str) -> list[str]:
        folder = self.folder
        settings = {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.driver.extraJavaOptions": f"{_JVM} -Dderby.system.home={folder} -Djava.io.tmpdir={folder}",
            "spark.executor.memory": "768m",
            "spark.executor.extraJavaOptions": _JVM,
            "spark.sql.shuffle.partitions": "2",
            "spark.default.parallelism": "2",
            "spark.sql.warehouse.dir": str(self.warehouse),
            "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
            "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
            "spark.scheduler.mode": "FAIR",
            # Some hundred queries on a few rows each: making code of them would take longer than to interpret them.
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
            "spark.hadoop.hive.exec.scratchdir": str(folder / "scratch"),
            "spark.hadoop.hive.exec.local.scratchdir": str(folder / "scratch"),
            # A session that ends deletes this folder: one for all would be gone under the others.
            "spark.hadoop.hive.downloaded.resources.dir": f"{folder}/${{hive.session.id}}_resources",
        }
        told = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
        server = {"hive.server2.thrift.bind.host": "127.0.0.1", "hive.server2.thrift.port": self.port}
        asked = [part for key, value in server.items() for part in ("--hiveconf", f"{key}={value}")]
        name = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
        return ["--master", master, *told, "--class", name, "spark-internal", *asked]

    def _run(self, name: str, command: list[str]) -> None:
        home = next((ENVIRONMENT / "lib").glob("python3*/site-packages/pyspark"))
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("SPARK_", "HADOOP_", "HIVE_"))},
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder / "local"),
            # The Thrift server would count as a daemon too, and its memory is told with its settings.
            **({} if name == "thrift-server" else {"SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": _JVM}),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [home / "bin" / command[0], *command[1:]],
                env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_die_with_parent,
            )  # fmt: skip

    def _wait(self, name: str, port: int, deadline: float) -> None:
        while time.monotonic() < deadline and self._processes[name].poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"Spark's {name} did not start:\n{self.log(name)[-3000:]}")


@contextmanager
def spark_cluster(folder: Path) -> Iterator[SparkCluster]:
    """A started cluster; its processes are gone at the end, whatever happened."""
    cluster = SparkCluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
