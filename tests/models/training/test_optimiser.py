import torch

from models.training.optimiser import Adam, Average, Plateau


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


def test_an_average_forgets_the_beginning_and_changes_places() -> None:
    value = torch.tensor([100.0])
    average = Average([value], keep=0.9)
    for step in range(200):
        value.fill_(1.0 if step % 2 else -1.0)
        average.step()
    with average.swapped():
        assert abs(float(value)) < 0.1
    assert float(value) == 1.0


def test_an_average_that_keeps_nothing_is_the_value_itself() -> None:
    value = torch.tensor([0.0])
    average = Average([value], keep=0.0)
    value.fill_(3.0)
    average.step()
    with average.swapped():
        assert float(value) == 3.0
