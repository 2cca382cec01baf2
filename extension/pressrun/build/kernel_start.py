"""Starting a kernel and reaching it: jupyter_client's manager, and a client that waits no longer than it must."""

from __future__ import annotations

import time
from queue import Empty
from typing import TYPE_CHECKING, Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from zmq.asyncio import Context

from pressrun.build.capture import BoundedSession

if TYPE_CHECKING:
    from pressrun.build.kernels import Kernel
    from pressrun.build.warm_start import WarmKernels

#: Messages that may wait for the builder; a kernel that is faster would drop outputs without a word.
_MESSAGES_WAITING = 200_000

#: How long an answer may take before the request is made again: it may have come before both sockets were connected.
_SECONDS_TO_ANSWER, _SECONDS_TO_PUBLISH = 1, 0.2
#: How long a kernel that is asked to end may have ended before that is seen.
_SECONDS_BETWEEN_LOOKS = 0.01


def kernel_manager(kernel: Kernel, warm: WarmKernels | None = None) -> AsyncKernelManager:
    """Give a manager for one kernel.

    Parameters
    ----------
    warm
        Where forked ones come from, in the place of those that the kernel's command starts.
    """
    context = Context()
    context.rcvhwm = _MESSAGES_WAITING
    return _PromptManager(
        kernel_name=kernel.name,
        kernel_spec_manager=_OneKernel(kernel, warm),
        context=context,
        session=BoundedSession(),
        client_factory=_PromptClient,
        shutdown_wait_time=5.0,
    )


class _PromptManager(AsyncKernelManager):
    """Looks more often whether its kernel has ended."""

    async def _async_wait(self, pollinterval: float = 0) -> None:
        await super()._async_wait(_SECONDS_BETWEEN_LOOKS)


class _OneKernel(KernelSpecManager):
    """Knows one kernel, with exactly the command that was found for it."""

    def __init__(self, kernel: Kernel, warm: WarmKernels | None) -> None:
        super().__init__()
        self._kernel = kernel
        self._warm = warm

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Give the kernel's specification."""
        if not self._kernel.is_own:
            return super().get_kernel_spec(kernel_name)
        forked = {"provisioner_name": "pressrun-warm", "config": {"kernels": self._warm}}
        spec = KernelSpec(
            argv=list(self._kernel.command), name=kernel_name, display_name="Python 3", language="python", env={},
            metadata={"kernel_provisioner": forked} if self._warm is not None else {},
        )  # fmt: skip
        # What pip installed may be older than this code, and not name the provisioner.
        if not KernelProvisionerFactory.instance().is_provisioner_available(spec):
            spec.metadata = {}
        return spec


class _PromptClient(AsyncKernelClient):
    """Is ready as soon as the kernel has answered on both channels, and said that it is idle."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the answer to one request.

        Raises
        ------
        RuntimeError
            If the kernel died, or does not answer in time.
        """
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while time.monotonic() < deadline:
            asked = self.kernel_info()
            try:
                reply = await self.get_shell_msg(timeout=_SECONDS_TO_ANSWER)
                while reply["parent_header"].get("msg_id") != asked:
                    reply = await self.get_shell_msg(timeout=_SECONDS_TO_ANSWER)
                while not _is_idle(await self.get_iopub_msg(timeout=_SECONDS_TO_PUBLISH), asked):
                    pass
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info") from None
            else:
                self._handle_kernel_info_reply(reply)
                return
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


def _is_idle(message: dict[str, Any], asked: str) -> bool:
    return bool(message["parent_header"].get("msg_id") == asked and message["content"].get("execution_state") == "idle")
