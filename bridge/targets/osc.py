"""Strikes as OSC: parameters first, trigger last, in one bundle; or everything as arguments of one message."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from bridge.events import Moment, Numbers, Transcript
from bridge.mapping.numbers import UNIT, Scaler, checked_source, unlike_its_knob
from bridge.osc.carrier import Parcel, osc_carrier
from bridge.osc.messages import IMMEDIATELY, LARGEST_PACKET, Argument, MessageTemplate, OscType, Slot, bundle, time_tag
from bridge.rig.plays import OscPlaySettings, OscValue
from bridge.rig.profiles import Profile, control_of, load_profile
from bridge.rig.settings import LARGEST_INT
from bridge.rig.targets import AfterTag, OscTargetSettings
from bridge.targets.base import DrumContext, Play, Target
from bridge.targets.modelled import model_entries_osc
from synth.errors import InputError, shown

_WHOLE_NAME = re.compile(r"\{([\w.\-]+)\}")

_ADDRESS = re.compile(r"(/[!\"$-)+\-.0->@-Z\\^-z|~]+)+")
"""An address as OSC 1.0 has it: parts of printable characters but space, #, *, comma, ?, brackets and braces."""


@dataclass(frozen=True, slots=True)
class NamedValue:
    """One value of a map: its name, its own address, what stands before it, and where it is read."""

    name: str
    address: str
    before: tuple[bool | str | int | float, ...]
    slot: Slot


class OscPlay(Play):
    """One drum's map to OSC messages.

    Attributes
    ----------
    values : tuple of MessageTemplate
        Parameters, sent first.
    triggers : tuple of MessageTemplate
        The trigger, if there is one; in the ``single`` layout the one message.
    cancels : tuple of MessageTemplate
        What takes an early trigger back.
    """

    settings: OscPlaySettings

    def __init__(self, settings: OscPlaySettings, context: DrumContext, where: str) -> None:
        self._where = where
        self._profile = load_profile(settings.profile, where, settings.folder) if settings.profile else None
        settings = _with_profile(settings, self._profile)
        super().__init__(settings, context)
        named = self._named_values()
        single = settings.layout == "single"
        if single and (self.early or not settings.trigger):
            raise InputError(f"{where}: layout = 'single' is one message at one time: it needs a trigger, not early")
        self.values = () if single else tuple(MessageTemplate(one.address, (*one.before, one.slot)) for one in named)
        arguments = tuple(part for given in settings.trigger_args for part in self._arguments(given, named))
        cancel = self._address(settings.cancel, "cancel") if self.early and settings.cancel else ""
        self.cancels = (MessageTemplate(cancel, (Slot("stroke", "i"),)),) if cancel else ()
        trigger = self._address(settings.trigger, "trigger") if settings.trigger else ""
        self.triggers = (MessageTemplate(trigger, arguments),) if trigger else ()
        self._refuse_doubles(named, single)
        if sum(len(message) + 4 for message in self.complete) > LARGEST_PACKET - 16:
            raise InputError(f"{where}: its messages do not fit into one packet of {LARGEST_PACKET} bytes")

    @property
    def complete(self) -> tuple[MessageTemplate, ...]:
        """The messages of a complete stroke."""
        return self.values if self.early else (*self.values, *self.triggers)

    def _named_values(self) -> list[NamedValue]:
        prefix = UNIT if self.settings.units == "unit" else ""
        every: list[str | OscValue] = [f"{prefix}{name}" for name in self.context.parameters]
        of_model: list[str | OscValue] = [*(model_entries_osc(self._profile, self.context) or ())]
        given = of_model or every if self.settings.send is None else self.settings.send
        entries = [OscValue.model_validate({"from": one}) if isinstance(one, str) else one for one in given]
        return [self._named_value(index, entry) for index, entry in enumerate(entries, 1)]

    def _named_value(self, index: int, entry: OscValue) -> NamedValue:
        where = f"{self._where}.send[{index}]"
        name = entry.name or entry.control or entry.source.removeprefix(UNIT)
        address, slot = self.settings.values, None
        if entry.control is not None:
            control = control_of(self._profile, entry.control, "OSC", where)
            name, address = entry.name or control.key or name, control.address or address
            if entry.type != "s" and not entry.texts:  # texts have no range, not even the control's
                missing = f"control {shown(entry.control)} has no range of its own"
                low, high = control.span or _given_span(entry, where, missing)
                slot = self._scaled(entry, low, high, entry.type or control.type, where)
        name = _without_nul(name, f"{where}.name")
        single = self.settings.layout == "single"
        names = {"name": name, "index": index, "path": name.replace(".", "/")}
        path = "" if single else self._address(address, "values", **names)
        return NamedValue(name, path, entry.args, slot or self._slot(entry, where))

    def _slot(self, entry: OscValue, where: str) -> Slot:
        """Return an entry's argument: the number itself, or brought to the range that the entry gives."""
        own = checked_source(entry.source, self.context.ranges, f"{where}.from")
        if (entry.type == "s") != bool(entry.texts):
            raise InputError(f'{where}: texts and type = "s" belong together')
        if entry.type == "s":
            last = len(entry.texts) - 1
            return Slot(Scaler.of(entry, self.context.ranges, 0.0, float(last), where), "s", entry.texts)
        if entry.curve == "linear" and (entry.range, entry.low, entry.high) == (None, None, None):
            if entry.source in self.context.parameters and "units" not in self.settings.model_fields_set:
                knob = f"{UNIT}{entry.source} is sent in 0 to 1, and units = 'real' ends this note"
                self.notes.append(f"{where}: '{entry.source}' is sent in {own.unit or 'its own unit'}; {knob}")
            return Slot(entry.source, entry.type or ("i" if own.whole else "f"))
        low, high = _given_span(entry, where, "a number that is scaled needs both ends of what is sent")
        return self._scaled(entry, low, high, entry.type or "f", where)

    def _scaled(self, entry: OscValue, low: float, high: float, kind: OscType, where: str) -> Slot:
        scaler = Scaler.of(entry, self.context.ranges, low, high, where)
        self.notes += unlike_its_knob(entry, self.context.ranges, where)
        for key, end in (("low", scaler.low), ("high", scaler.high)):
            if kind == "i" and abs(end) > LARGEST_INT:
                raise InputError(f"{where}.{key} is {end:g}; type = 'i' takes -{LARGEST_INT} to {LARGEST_INT}")
        return Slot(scaler, kind)

    def _refuse_doubles(self, named: Sequence[NamedValue], single: bool) -> None:
        """Refuse values that a receiver cannot tell apart: one address, or one name of a pair, and the same before."""
        places = [one.name if single else " ".join(map(str, (one.address, *one.before))) for one in named]
        if single and "{pairs}" not in self.settings.trigger_args:
            return
        if twice := [place for place, count in Counter(places).items() if count > 1]:
            key, way = ("name", "give one of them another name") if single else ("address", "use {name} in values")
            raise InputError(f"{self._where}: two values have the {key} {shown(twice[0])}; {way}")
        if not self.early and any(trigger.address in places for trigger in self.triggers):
            raise InputError(
                f"{self._where}: a value and the trigger have the address {shown(self.settings.trigger)}; "
                "a receiver cannot tell them apart"
            )

    def _arguments(self, given: Any, named: Sequence[NamedValue]) -> list[Argument]:
        """Return the message arguments that one entry of ``trigger_args`` stands for."""
        where, single = f"{self._where}.trigger_args", self.settings.layout == "single"
        if isinstance(given, OscValue):
            self.require_early(given.source, where)
            return [self._slot(given, where)]
        if not isinstance(given, str):
            return [given]
        if single and given == "{values}":
            return [one.slot for one in named]
        if single and given == "{pairs}":
            return [part for one in named for part in (one.name, one.slot)]
        whole = _WHOLE_NAME.fullmatch(given)
        if whole and whole[1] not in ("drum", "target"):
            number = checked_source(whole[1], self.context.ranges, where)
            self.require_early(whole[1], where)
            return [Slot(whole[1], "i" if number.whole else "f")]
        return [self._text(given, "trigger_args")]

    def _address(self, template: str, key: str, **names: Any) -> str:
        address = self._text(template, key, **names)
        if not _ADDRESS.fullmatch(address):
            raise InputError(
                f"{self._where}.{key}: {shown(address)} is no OSC address; each of its parts begins with / and holds "
                "printable ASCII, but no space, #, *, comma, ?, [, ], { or }"
            )
        return address

    def _text(self, template: str, key: str, **names: Any) -> str:
        known = {"drum": self.context.drum, "target": self.settings.target, **names}
        try:
            text = "".join(_filled(template, known))
        except (KeyError, ValueError):
            raise InputError(
                f"{self._where}.{key}: {shown(template)} has a name that is unknown here; "
                f"known are {', '.join(f'{{{name}}}' for name in known)}"
            ) from None
        return _without_nul(text, f"{self._where}.{key}")


class OscTarget(Target):
    """One or several OSC receivers.

    Parameters
    ----------
    settings : OscTargetSettings
        As in the rig.
    transcript : Transcript or None
        Gets the messages instead of the receivers: nothing is opened.
    """

    settings: OscTargetSettings
    settings_type = OscTargetSettings
    by_host = True

    def __init__(self, settings: OscTargetSettings, transcript: Transcript | None = None) -> None:
        super().__init__(settings, transcript)
        self._carrier = osc_carrier(settings, self.counters, transcript)

    def bind(self, settings: OscPlaySettings, context: DrumContext, where: str) -> OscPlay:
        """Return a drum's compiled map."""
        return OscPlay(settings, context, where)

    @property
    def place(self) -> str:
        """The receivers."""
        first, others = (self.settings.host, self.settings.port), self.settings.receivers
        addresses = [first, *((one.host, one.port) for one in others)]
        return f"OSC at {', '.join(f'{host}:{port}' for host, port in addresses)}"

    @property
    def away(self) -> tuple[str, ...]:
        """A sentence for each receiver that gets nothing at the moment."""
        return self._carrier.away

    @property
    def refusals(self) -> int:
        """Times the system started no process in the place of one that had gone."""
        return self._carrier.refusals

    def strike(self, play: OscPlay, numbers: Numbers, moment: Moment) -> None:
        """Send a complete stroke."""
        self.counters.strokes += 1
        self._send(play.values, () if play.early else play.triggers, numbers, moment)

    def early(self, play: OscPlay, numbers: Numbers, moment: Moment) -> None:
        """Send the trigger alone."""
        self._send((), play.triggers, numbers, moment)

    def cancel(self, play: OscPlay, numbers: Numbers, moment: Moment) -> None:
        """Send the number of an early trigger whose stroke was none."""
        self._send(play.cancels, (), numbers, moment)

    def panic(self) -> None:
        """Forget what waits; OSC has no common word for silence."""
        self._carrier.forget()

    def _close(self) -> None:
        self._carrier.close()

    def _send(
        self,
        values: Sequence[MessageTemplate],
        triggers: Sequence[MessageTemplate],
        numbers: Numbers,
        moment: Moment,
    ) -> None:
        kept, trigger = ([template.pack(numbers) for template in templates] for templates in (values, triggers))
        for parcel in parcels(kept, trigger, self.settings, moment.onset_s + self._carrier.epoch_s):
            self.counters.messages += parcel.messages
            self._carrier.send(parcel, moment)


def parcels(
    values: Sequence[bytes], triggers: Sequence[bytes], settings: OscTargetSettings, onset_unix_s: float
) -> list[Parcel]:
    """Return a stroke's messages as parcels: where it is too late its values leave, its trigger does not."""
    messages = [*values, *triggers]
    if not messages:
        return []
    if settings.timetag == "none":
        return [*(Parcel(one, 1) for one in values), *(Parcel(one, 1, 0) for one in triggers)]
    after = settings.timetag
    tag = time_tag(onset_unix_s + after.after_ms / 1000) if isinstance(after, AfterTag) else IMMEDIATELY
    packet = bundle(messages, tag)
    if not triggers:
        return [Parcel(packet, len(messages))]
    # A bundle of the values alone is what this one begins with.
    late_bytes = len(packet) - sum(len(one) + 4 for one in triggers) if values else 0
    return [Parcel(packet, len(messages), late_bytes, len(values))]


def _filled(template: str, known: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of a text with its names filled in; a width or a conversion is refused, for it has no bound.

    Raises
    ------
    KeyError, ValueError
        A name is unknown, or a brace has no other.
    """
    for text, name, width, conversion in Formatter().parse(template):
        yield text
        if name is not None:
            if width or conversion:
                raise KeyError(name)
            yield str(known[name])


def _without_nul(text: str, where: str) -> str:
    """Return a text as it is; refuse one that would end before its end."""
    if "\0" in text:
        raise InputError(f"{where}: {shown(text)} holds a NUL, which ends a text in OSC; leave it out")
    return text


def _with_profile(settings: OscPlaySettings, profile: Profile | None) -> OscPlaySettings:
    """Return the settings with the profile's layout where the rig says nothing."""
    if profile is None:
        return settings
    own = {key: getattr(profile, key) for key in ("layout", "trigger", "trigger_args")}
    update = {key: value for key, value in own.items() if value is not None and key not in settings.model_fields_set}
    return settings.model_copy(update=update)


def _given_span(entry: OscValue, where: str, why: str) -> tuple[float, float]:
    """Return the ends that a rig gives where nothing else does."""
    if entry.low is None or entry.high is None:
        raise InputError(f"{where}: {why}; give low and high")
    return entry.low, entry.high
