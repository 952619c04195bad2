import torch

from models.adam import Adam, Plateau


def test_steps_equal_torchs() -> None:
    ours, theirs = (torch.tensor([1.0, -2.0, 3.0], requires_grad=True) for _ in range(2))
    adam, reference = Adam([ours]), torch.optim.Adam([theirs], lr=0.05)
    for _ in range(20):
        for each in (ours, theirs):
            (each.square() * torch.tensor([1.0, 0.1, 10.0])).sum().backward()  # type: ignore[no-untyped-call]
        adam.step(0.05)
        reference.step()
        reference.zero_grad()
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_a_plateau_halves_the_rate_after_its_patience() -> None:
    plateau = Plateau()
    for _ in range(21):
        plateau.epoch(1.0)
    assert plateau.share == 1.0
    plateau.epoch(1.0)
    assert plateau.share == 0.5
