"""ipykernel in a forked child: sockets in the kernel's own folder, and nothing that needs a network or the disk."""

from __future__ import annotations

import functools
import logging
import os
import sys
from typing import Any, ClassVar

from grader.execution.confinement.policy import Places

__all__ = ["PREFIX", "application", "application_class"]

PREFIX = "k"
"""Sockets are named k-1 (shell), k-2 (iopub), k-3 (stdin), k-4 (control), k-5 (heartbeat)."""

_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


def _prints_of_children(folder: str) -> None:
    """Let prints of forked children come in through a socket of our own.

    ipykernel binds a TCP port for them whatever the transport is, and libzmq aborts the process where it may not.
    """
    import zmq
    from ipykernel.iostream import IOPubThread
    from zmq.eventloop.zmqstream import ZMQStream

    address = f"ipc://{folder}/children"

    def setup_in(self: Any) -> None:
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(address)
        self._pipe_port = 0
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def setup_out(self: Any) -> Any:
        del self
        context = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(address)
        return context, pipe

    IOPubThread._setup_pipe_in, IOPubThread._setup_pipe_out = setup_in, setup_out  # noqa: SLF001


class _NoModules:
    """Stands for `sys` while ipykernel lists every module's file for a debugger that is not there.

    The list would touch, and so copy, a page of memory for each of them.
    """

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


@functools.cache
def application_class() -> Any:
    """IPKernelApp without what has no meaning here: a command line, configuration files, a log, a crash report.

    The parent calls this once when it is warm.  Every page of memory that a kernel need not touch is one that need not be
    copied: making the class, and a set of the names of all modules, would take a third of all that its start touches.
    """
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell

    names = set(sys.modules)

    class Application(IPKernelApp):  # type: ignore[misc]
        def parse_command_line(self, argv: Any = None) -> None:
            del argv

        def load_config_file(self, suppress_errors: Any = None) -> None:
            del suppress_errors

        def init_crash_handler(self) -> None:
            pass

        def init_config_files(self) -> None:
            pass

        def init_connection_file(self) -> None:
            pass

        def write_connection_file(self, **kwargs: Any) -> None:
            pass

        def init_kernel(self) -> None:
            shell = ZMQInteractiveShell.instance()
            _settle(shell, self.profile_dir)
            super().init_kernel()
            shell.parent = shell.kernel = self.kernel

        def init_code(self) -> None:
            self.shell.user_ns_hidden.update(self.shell.user_ns)
            self.shell._sys_modules_keys = names  # noqa: SLF001 (what %reset keeps)

        def log_connection_info(self) -> None:
            pass

        def _configure_logging(self) -> None:
            self._logging_configured = True

    return Application


def prepare() -> None:
    """Build in the parent what is alike in every kernel: the application, the shell with its magics, the manager of comms.

    Nothing in them belongs to a student yet.  What they hold of this process's folders, `application` puts right in the child.
    """
    import atexit

    import comm
    from ipykernel.compiler import XCachingCompiler
    from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython.core.profiledir import ProfileDir
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShellApp.exec_PYTHONSTARTUP = False
    config.IPKernelApp.log_level = logging.ERROR
    application_class().instance(config=config)
    made = ZMQInteractiveShell.instance(config=config, profile_dir=ProfileDir(), compiler_class=XCachingCompiler)
    made.extension_manager.load_extension("storemagic")
    atexit.unregister(made.atexit_operations)
    comm.get_comm_manager()


def _settle(shell: Any, profile: Any) -> None:
    """Give the shell that the parent built this kernel's own folders, streams and environment."""
    from pathlib import Path


    shell.profile_dir = profile
    shell.init_ipython_dir(None)
    shell.init_environment()
    shell.init_pushd_popd_magic()
    shell.starting_dir = os.getcwd()
    shell.history_manager.hist_file = Path(profile.location) / "history.sqlite"
    shell.history_manager.dir_hist[:] = [Path.cwd()]
    shell.save_sys_module_state()
    shell.init_sys_modules()


def application(places: Places, key: str, backend: str) -> Any:
    """An ipykernel application, initialised and bound; the caller starts it."""
    from ipykernel import ipkernel

    _prints_of_children(places.ipc)
    ports = {f"{channel}_port": number for number, channel in enumerate(_CHANNELS, start=1)}
    app = application_class().instance()
    app.connection_file = f"{places.temporary}/connection.json"  # that a plain kernel would have read
    app.load_connection_info({**ports, "transport": "ipc", "ip": f"{places.ipc}/{PREFIX}", "key": key, "signature_scheme": "hmac-sha256"})
    ipkernel.sys = _NoModules()
    try:
        app.initialize(argv=[])
    finally:
        ipkernel.sys = sys
    if backend.endswith("backend_inline"):  # the parent's matplotlib has chosen `agg`
        app.shell.enable_matplotlib("inline")
    return app
