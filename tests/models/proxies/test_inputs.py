import pytest
import torch

from models.proxies.inputs import OneHot, Tokens, bends_of, between_rows, choice_weights
from tests.models.proxies.toy import SPACE, toy_settings

UNIT = torch.tensor([[0.3, 0.6, 0.2, 0.5, 1.0], [0.1, 0.9, 0.8, 1.0, 0.0]])


def test_a_choice_is_exact_at_each_of_its_values() -> None:
    for rows in (2, 3, 32):
        places = torch.arange(rows, dtype=torch.float64) / (rows - 1)
        assert torch.allclose(between_rows(places, rows), torch.eye(rows, dtype=torch.float64), atol=1e-12)


def test_a_choice_between_two_values_takes_of_both() -> None:
    assert between_rows(torch.tensor([0.25]), 5).tolist() == [[0.0, 1.0, 0.0, 0.0, 0.0]]
    assert between_rows(torch.tensor([0.375]), 5).tolist() == [[0.0, 0.5, 0.5, 0.0, 0.0]]
    tokens = Tokens(SPACE, 4)
    ends = [tokens(torch.tensor([[0.3, 0.6, 0.2, shape, 1.0]]))[:, -2] for shape in (0.5, 0.75, 1.0)]
    assert torch.allclose(ends[1], (ends[0] + ends[2]) / 2.0)


@pytest.mark.parametrize("unit", [0.0, 0.5, 1.0, 0.3])
def test_a_choice_has_a_gradient_everywhere_also_at_its_values(unit: float) -> None:
    value = torch.tensor([unit], requires_grad=True)
    total = (between_rows(value, 3) @ torch.tensor([0.0, 3.0, 7.0])).sum()
    (slope,) = torch.autograd.grad(total, value)
    assert slope.item() == pytest.approx(6.0 if unit < 0.5 else 8.0)


def test_a_distribution_stands_for_a_mixture_and_has_gradients() -> None:
    soft = torch.tensor([[0.2, 0.3, 0.5]], requires_grad=True)
    tokens = Tokens(SPACE, 4)
    mixed = tokens(UNIT[:1], {"shape": soft})[0, -2]
    assert torch.allclose(mixed, (soft @ tokens.tables[0])[0])
    (slope,) = torch.autograd.grad(mixed.sum(), soft)
    assert torch.allclose(slope[0], tokens.tables[0].sum(1))
    assert choice_weights(SPACE, UNIT[:1], "shape", {"shape": soft}) is soft


def test_tokens_and_columns_have_the_gradients_of_their_differences() -> None:
    unit = torch.tensor(toy_settings(3, 5)).clamp(0.05, 0.95) * 0.9 + 0.02
    for encoding in (OneHot(SPACE), OneHot(SPACE, 7), OneHot(SPACE, 0, 5), Tokens(SPACE, 6).double()):
        assert torch.autograd.gradcheck(encoding, (unit.requires_grad_(True),))


def test_a_number_at_nought_still_has_a_token() -> None:
    token = Tokens(SPACE, 8)(torch.full((1, 5), 0.5))[0, :3]
    assert (token.abs().sum(1) > 0.1).all()


def test_one_hot_columns_are_numbers_then_rows() -> None:
    columns = OneHot(SPACE)
    found = columns(UNIT)
    assert columns.width == found.shape[1]
    assert found[0, -5:].tolist() == [0.0, 1.0, 0.0, 0.0, 1.0]
    assert torch.allclose(found[:, :3], 2.0 * UNIT[:, :3] - 1.0)


def test_each_bend_turns_from_one_end_to_the_other_about_its_own_middle() -> None:
    values = torch.linspace(0.0, 1.0, 1001)
    bends = bends_of(values, 4)
    assert (bends.diff(dim=0) > 0.0).all()
    assert values[bends.abs().argmin(0)].tolist() == pytest.approx([0.125, 0.375, 0.625, 0.875])
    assert bends[625, 1].item() == pytest.approx(torch.tanh(torch.tensor(1.0)).item(), abs=1e-6)
