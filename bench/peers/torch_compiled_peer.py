# SPDX-License-Identifier: Apache-2.0
"""Shapes F and G in PyTorch, as torch_peer.py has them, the equations of a step compiled by torch.compile (which wants a
C++ compiler): what a step does to each number becomes one loop, forward and backward."""

import common
import torch
import torch_net
import torch_peer

for name in ("se_adlif_step", "lif_step", "readout_step"):
    setattr(torch_peer, name, torch.compile(getattr(torch_peer, name)))

if __name__ == "__main__":
    common.main("torch_compiled", "torch", torch_net.builder_of(torch_peer.Net))
