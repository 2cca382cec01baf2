"""Warm kernels for jupyter_client: a provisioner that takes a forked kernel where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo

    from pressrun.build.warm_start import ForkedKernel, WarmKernels


class WarmProvisioner(LocalProvisioner):
    """Provides a forked kernel, or else an ordinary one.

    Parameters
    ----------
    kernels
        Where forked kernels come from.
    """

    def __init__(self, kernels: WarmKernels, **options: Any) -> None:
        super().__init__(**options)
        self._kernels = kernels
        self._forked: ForkedKernel | None = None

    async def pre_launch(self, **options: Any) -> dict[str, Any]:
        """Take a forked kernel, and have the manager reach it as that kernel says."""
        asked = options["env"], str(options["cwd"]), options.get("extra_arguments", [])
        self._forked = self._kernels.take(*asked)
        if self._forked is not None:
            self.parent.connection_file = str(self._forked.connection_file)
            self.parent.load_connection_file()
            # The ports are taken: none have to be found.
            self.ports_cached = True
        return await super().pre_launch(**options)

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Give what the manager needs to reach the kernel."""
        if self._forked is None:
            return await super().launch_kernel(cmd, **options)
        self.process = cast("Any", self._forked)
        self.pid = self.pgid = self._forked.pid
        self.cwd = options["cwd"]
        return self.connection_info
