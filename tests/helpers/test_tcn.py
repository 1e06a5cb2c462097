"""The TCN: what its parts compute, how far they look back, and what a sample costs."""

from __future__ import annotations

import torch

from course_utils.tcn import TCN, multiplications, past


def test_scores_come_after_every_sample_from_it_and_earlier_ones():
    torch.manual_seed(0)
    model, x = TCN(2, 5, 4, 3, (1, 3)), torch.randn(2, 2, 30)
    scores = model(x)
    assert scores.shape == (2, 5, 30)
    later = x.clone()
    later[:, :, 20:] = 9
    assert torch.allclose(model(later)[:, :, :20], scores[:, :, :20], atol=1e-6)
    assert not torch.allclose(model(later)[:, :, 20], scores[:, :, 20], atol=1e-2)


def test_it_sees_as_far_as_its_convolutions_remember_and_no_further():
    torch.manual_seed(0)
    model, x = TCN(1, 3, 8, 3, (1, 2)), torch.randn(64, 1, 40, requires_grad=True)
    model(x)[:, :, -1].abs().sum().backward()
    reach = sum(past(layer) for layer in model.convolutions())
    seen = x.grad.abs().sum((0, 1)) > 0
    assert reach == 12
    assert seen[39 - reach :].all() and not seen[: 39 - reach].any()


def test_a_block_is_two_convolutions_beside_a_shortcut():
    torch.manual_seed(0)
    block, x = TCN(2, 3, 4, 2, (3,)).blocks[0], torch.randn(1, 2, 9)
    padded = torch.nn.functional.pad
    h = torch.relu(block.first(padded(x, (3, 0))))
    y = torch.relu(block.second(padded(h, (3, 0))))
    assert torch.allclose(block(x), torch.relu(y + block.shortcut(x)))
    same = TCN(4, 3, 4, 2, (1,)).blocks[0]
    assert set(dict(same.named_parameters())) == {"first.weight", "first.bias", "second.weight", "second.bias"}


def test_multiplications_are_those_of_one_sample():
    from torch.utils.flop_counter import FlopCounterMode

    model = TCN(2, 5, 4, 3, (1, 3))
    with FlopCounterMode(display=False) as counted, torch.inference_mode():
        model(torch.zeros(1, 2, 100))
    assert counted.get_total_flops() // 2 == 100 * multiplications(model)
