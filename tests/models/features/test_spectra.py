import numpy as np
import pytest
import torch
from torch import Tensor

from models.features import spectra, spectra_compiled
from models.features.spectra import Frames

LAYOUT = Frames(48_000, frame_samples=512, hop_samples=128, count=20)
LENGTHS = np.array([600, 1500, LAYOUT.samples])


def sounds() -> Tensor:
    """Decaying tones in noise, silent after their lengths."""
    generator = torch.Generator().manual_seed(0)
    times = torch.arange(LAYOUT.samples, dtype=torch.float64) / 48_000
    noise = torch.randn(3, LAYOUT.samples, dtype=torch.float64, generator=generator)
    audio = (0.2 * noise + torch.sin(2 * torch.pi * 180 * times)) * torch.exp(-times / 0.02)
    for row, length in zip(audio, LENGTHS, strict=True):
        row[length:] = 0.0
    return audio


def test_compiled_figures_equal_their_definition() -> None:
    figures = spectra_compiled.frame_figures(sounds().float(), LENGTHS, spectra_compiled.Tables(LAYOUT))
    error = (figures - spectra.frame_figures(sounds(), LAYOUT)).abs().amax((0, 1))
    assert torch.all(error < torch.tensor([1e-4, 0.5, 1e-3]))


@pytest.mark.parametrize("figure", range(3))
def test_compiled_gradients_equal_those_of_the_definition(figure: int) -> None:
    exact, fast = sounds().requires_grad_(), sounds().float().requires_grad_()
    weights = torch.linspace(-1, 1, 3 * LAYOUT.count).reshape(3, -1)
    tables = spectra_compiled.Tables(LAYOUT)
    (spectra.frame_figures(exact, LAYOUT)[..., figure] * weights).sum().backward()  # type: ignore[no-untyped-call]
    (spectra_compiled.frame_figures(fast, LENGTHS, tables)[..., figure] * weights).sum().backward()  # type: ignore[no-untyped-call]
    assert exact.grad is not None
    assert fast.grad is not None
    heard = torch.arange(LAYOUT.samples) < torch.as_tensor(LENGTHS)[:, None]
    difference = ((exact.grad - fast.grad) * heard).norm() / (exact.grad * heard).norm()
    assert difference < 1e-3


def test_silence_has_the_published_figures() -> None:
    figures = spectra.frame_figures(torch.zeros(1, LAYOUT.samples, dtype=torch.float64), LAYOUT)[0, 0]
    assert np.allclose(figures, [-80.691, 12_000.0, 0.0], atol=1e-3)


def test_a_full_scale_sine_has_its_loudness_by_the_standard() -> None:
    layout = Frames(48_000, 4096, 4096, 2)
    sine = torch.sin(2 * torch.pi * 997.0 * torch.arange(layout.samples, dtype=torch.float64) / 48_000)
    assert abs(float(spectra.frame_figures(sine[None], layout)[0, 0, 0]) - -3.01) < 0.15


def test_a_tone_is_not_flat_and_noise_is() -> None:
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(1, LAYOUT.samples, dtype=torch.float64, generator=generator)
    tone = torch.sin(torch.arange(LAYOUT.samples, dtype=torch.float64) * 0.3)[None]
    assert spectra.frame_figures(noise, LAYOUT)[0, 0, 2] > -8.0
    assert spectra.frame_figures(tone, LAYOUT)[0, 0, 2] < -60.0
