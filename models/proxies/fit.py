"""Fit a proxy to recorded examples: several nets, each from its own first weights and in its own order.

Weights are the same to the bit for the same examples, settings and seed on one machine, as long as a time limit does
not cut the training short.
"""

from __future__ import annotations

import time
from contextlib import nullcontext

from models.proxies.course import Course, Watch
from models.proxies.dx7_net import DX7_NETS
from models.proxies.examples import Examples
from models.proxies.nets import width_for
from models.proxies.proxy import Proxy, net_kind
from models.proxies.settings import FitSettings
from models.training.threads import one_thread_per_call


def fit_proxy(examples: Examples, settings: FitSettings | None = None, watch: Watch = lambda share: None) -> Proxy:
    """Return a proxy of examples.

    Parameters
    ----------
    examples : Examples
        All of them are learned from; `Examples.split` holds some out.
    settings : FitSettings, optional
    watch : callable, optional
        Called with the part that is done, 0..1.

    Raises
    ------
    InputError
        There is no such architecture, it cannot be that small, or there are too few examples or all sound the same.
    """
    settings = settings or FitSettings()
    kind = net_kind(settings.arch, settings.dx7)
    began = time.perf_counter()
    with one_thread_per_call() if settings.one_thread else nullcontext():
        course = Course(examples, settings, watch)
        nets = tuple(course.net(number) for number in range(settings.nets))
    card = {
        "examples": len(examples),
        "parameters": sum(weights.numel() for weights in nets[0].parameters()),
        "nets": len(nets),
        "steps": course.taken,
        "seed": settings.seed,
        "training_l1": [round(loss, 4) for loss in course.losses],
        "training_s": round(time.perf_counter() - began, 1),
    }
    return Proxy(
        space=examples.space,
        arch=kind.name,
        width=width_for(kind, examples.space, course.targets.shape[1], settings.parameters),
        nets=nets,
        outside=course.outside,
        embedding=examples.embedding,
        dimensions=examples.embedded.shape[1],
        figure_names=examples.figure_names,
        dx7=settings.dx7 if kind.name in DX7_NETS else None,
        card=card,
    )
