import pytest
import torch

from models.proxies.dx7 import Dx7Setting
from models.proxies.dx7_net import DX7_NETS
from models.proxies.nets import NETS, build_net
from models.proxies.proxy import ARCHITECTURES, net_kind
from synth.errors import InputError
from tests.models.proxies.dx7_space import DX7_SPACE
from tests.models.proxies.toy import SPACE, toy_settings


@pytest.mark.parametrize("parameters", [60_000, 400_000])
def test_all_kinds_are_built_with_equally_many_parameters(parameters: int) -> None:
    for name in ARCHITECTURES:
        net = build_net(net_kind(name, Dx7Setting()), DX7_SPACE, 64, parameters)
        count = sum(weights.numel() for weights in net.parameters())
        assert count == pytest.approx(parameters, rel=0.12 if parameters < 100_000 else 0.04), name


@pytest.mark.parametrize("name", NETS)
def test_a_net_has_gradients_to_every_input_and_soft_choice(name: str) -> None:
    net = build_net(net_kind(name), SPACE, 8, 20_000)
    unit = torch.tensor(toy_settings(4), dtype=torch.float32, requires_grad=True)
    soft = torch.full((4, 3), 1.0 / 3.0, requires_grad=True)
    out = net(unit, {"shape": soft})
    assert out.shape == (4, 8)
    by_unit, by_soft = torch.autograd.grad(out.square().sum(), (unit, soft))
    assert (by_unit.abs().sum(0)[[0, 1, 2, 4]] > 0.0).all()
    assert (by_soft.abs().sum(0) > 0.0).all()


def test_a_seed_gives_the_same_first_weights_and_leaves_others_their_chance() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first, again = (build_net(net_kind("mlp"), SPACE, 8, 5_000, seed=4) for _ in range(2))
    other = build_net(net_kind("mlp"), SPACE, 8, 5_000, seed=5)
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(next(first.parameters()), next(other.parameters()))


def test_a_net_that_does_not_exist_or_is_too_small_is_refused() -> None:
    with pytest.raises(InputError, match=r"there is no net 'mpl'; .* did you mean 'mlp'"):
        net_kind("mpl")
    with pytest.raises(InputError, match="the recordings must be of one"):
        net_kind(DX7_NETS[0])
    with pytest.raises(InputError, match="10 parameters learns nothing"):
        build_net(net_kind("mlp"), SPACE, 8, 10)
