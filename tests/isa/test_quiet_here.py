"""What PyTorch cannot use on this processor it does not tell in a test cell, where stderr costs the points."""

import pytest


@pytest.mark.isa
def test_a_convolution_says_nothing(capfd):
    import torch

    with torch.inference_mode():
        torch.nn.functional.conv2d(torch.rand(20, 4, 9, 9), torch.rand(3, 4, 3, 3))
    assert capfd.readouterr().err == ""
