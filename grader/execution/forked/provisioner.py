"""The forked, confined kernel under Jupyter's own name, for nbclient, papermill and nbconvert.

jupyter_client finds `ForkedProvisioner` by the entry point `torch-grader` (group `jupyter_client.kernel_provisioners`), and the
kernelspec `torch-grader` asks for it.  All kernels of a process are forked from one warm parent, which ends with the process.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import KernelProvisionerBase

from grader.execution.confinement.policy import Allowance
from grader.execution.confinement.probing import probe_level
from grader.execution.forked.handle import Handle
from grader.execution.forked.shell import PREFIX
from grader.execution.forked.warm import Parent
from grader.model.errors import ExecutionError

__all__ = ["NAME", "ForkedProvisioner", "install_kernelspec"]

NAME = "torch-grader"
_INLINE = "module://matplotlib_inline.backend_inline"
_POLL_SECONDS = 0.005
_SESSION_SECONDS = 24 * 3600.0

_shared: list[Parent] = []
_sharing = threading.Lock()


def _parent() -> Parent:
    """The one warm parent of this process, made on first use and ended with the interpreter."""
    with _sharing:
        if not _shared:
            parent = Parent()
            weakref.finalize(parent, Parent.close, parent)
            _shared.append(parent)
        return _shared[0]


class ForkedProvisioner(KernelProvisionerBase):  # type: ignore[misc]  # its base has no types here
    """One forked kernel, shaped like a process."""

    handle: Handle | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was launched and not cleaned up."""
        return self.handle is not None

    async def poll(self) -> int | None:
        """Its exit code, minus a signal's number; None while it lives."""
        if self.handle is None:
            return 0
        self.handle.hear()
        ended = self.handle.ended
        if ended is None:
            return None
        return -9 if ended.code is None else ended.code

    async def wait(self) -> int | None:
        """Wait for its end."""
        while (code := await self.poll()) is None:  # noqa: ASYNC110 (the supervisor speaks over a socket, not through an event)
            await asyncio.sleep(_POLL_SECONDS)
        return code

    async def send_signal(self, signum: int) -> None:
        """SIGINT interrupts; 0 asks nothing; any other signal ends it."""
        if self.handle is None or signum == 0:
            return
        if signum == signal.SIGINT:
            self.handle.interrupt()
        else:
            self.handle.kill(wait=False)

    async def kill(self, restart: bool = False) -> None:
        """End every process of it."""
        del restart
        if self.handle is not None:
            await asyncio.to_thread(self.handle.kill)

    async def terminate(self, restart: bool = False) -> None:
        """The same: nothing of a student's is asked to leave politely."""
        await self.kill(restart=restart)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """There is no command to format: the kernel is a fork."""
        prepared: dict[str, Any] = await super().pre_launch(cmd=["fork"], **kwargs)
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork a kernel; its connection as Jupyter describes one.  Raises ExecutionError where none can be had."""
        del cmd, kwargs
        confinement = probe_level()
        if not confinement.forked:
            raise ExecutionError(f"no forked kernels here: {'; '.join(confinement.reasons())}", remedy="use the kernel python3")
        allowance = Allowance(notebook_cpu_seconds=_SESSION_SECONDS)
        self.handle = handle = await asyncio.to_thread(_parent().fork, confinement, allowance, backend=_INLINE)
        await asyncio.to_thread(handle.wait_ready)
        handle.begin(wall=_SESSION_SECONDS, memory=allowance.memory_bytes, cpu=allowance.notebook_cpu_seconds)
        ports = {f"{channel}_port": number for number, channel in enumerate(("shell", "iopub", "stdin", "control", "hb"), start=1)}
        address = f"/proc/self/fd/{handle.ipc}/{PREFIX}"
        return {**ports, "transport": "ipc", "ip": address, "key": handle.key, "signature_scheme": "hmac-sha256"}

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of everything."""
        del restart
        if self.handle is not None:
            await asyncio.to_thread(self.handle.discard)
            self.handle = None


def install_kernelspec(prefix: str = sys.prefix) -> str:
    """Make the kernel known to Jupyter under its name, below an installation prefix; returns the folder.

    A wheel brings the kernelspec itself; this is for an editable installation, as `python -m grader.execution.forked.provisioner`.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    source = Path(__file__).with_name("kernelspec")
    folder: str = KernelSpecManager().install_kernel_spec(str(source), NAME, prefix=prefix)
    return folder


if __name__ == "__main__":
    install_kernelspec()
