"""A PostgreSQL cluster of the tests' own: made by initdb, on a free port, gone afterwards.  Never as root: PostgreSQL refuses that."""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

MISSING = "PostgreSQL is not installed (Debian, Ubuntu: apt-get install postgresql); these tests need initdb and postgres"


def programs():
    """The folder with initdb and postgres, None where there is none."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG: a killed test run leaves no server


class Cluster:
    """Started at once."""

    def __init__(self):
        self.bin = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="grader-pg-"))
        self.password = secrets.token_hex(8)
        self._as = {}
        if os.geteuid() == 0:
            user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
            self._as = {"user": user, "extra_groups": []}
            shutil.chown(self.folder, user)
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._there = set()
        self._run("initdb", "-D", self.data, "-U", "grader", "-A", "scram-sha-256", "--pwfile", self._secret(), "-E", "UTF8", "--no-sync")
        self._server = None
        self.start()

    @property
    def data(self):
        return self.folder / "data"

    def _secret(self):
        file = self.folder / "password"
        file.write_text(self.password)
        if self._as:
            shutil.chown(file, self._as["user"])
        return file

    def _run(self, program, *arguments):
        command = [str(self.bin / program), *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=self.folder, **self._as)

    def start(self):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, "fsync": "off"}
        command = [str(self.bin / "postgres"), "-D", str(self.data), *(f"--{name}={value}" for name, value in settings.items())]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no other thread forks here
                **self._as,
            )
        end = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self._to("postgres")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or self._server.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self):
        self._server.send_signal(signal.SIGQUIT)  # at once, as when the machine fails
        self._server.wait(60)

    def close(self):
        self.stop()
        shutil.rmtree(self.folder)

    def _to(self, database):
        return f"postgresql://grader:{self.password}@127.0.0.1:{self.port}/{database}"

    def url(self, name="book"):
        """The address of an empty database, the same one each time (to make one takes a second)."""
        if name not in self._there:
            self.command(f"CREATE DATABASE {name}")
            self._there.add(name)
        others = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        self.command(others)
        self.command("DROP SCHEMA public CASCADE", name)
        self.command("CREATE SCHEMA public", name)
        return self._to(name)

    def command(self, statement, database="postgres"):
        with psycopg.connect(self._to(database), autocommit=True) as connection:
            connection.execute(statement)
