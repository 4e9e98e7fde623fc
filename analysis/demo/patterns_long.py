"""Patterns of very long sentences: an opening, a repeated unit, a closing. The longest exceed 512 subwords."""

from typing import NamedTuple


class LongPattern(NamedTuple):
    """`opening`, then `unit` repeated between `minimum` and `maximum` times (joined by semicolons), then `closing`."""

    opening: str
    unit: str
    closing: str
    minimum: int
    maximum: int


PATTERNS: tuple[LongPattern, ...] = (
    LongPattern(
        "{agency} published the full list of delegates to {event} in {city}:",
        "{person} of {company}, {country}",
        "and, as every year, {person}, who [was not invited|came with a goat].",
        38,
        44,
    ),
    LongPattern(
        "Final results of the {city} marathon, men and women together, as read out by {person}:",
        "{n}. {person} ({country}), {time}",
        "everybody else was [home|asleep] before dark.",
        38,
        44,
    ),
    LongPattern(
        "{first}'s great-uncle crossed {country} on foot and wrote down every stop, namely",
        "{city}, where {surname} lent him a {thing}",
        "and at last {place}, where he bought a {car} and never walked again.",
        12,
        20,
    ),
    LongPattern(
        "Errata to the {year} catalogue of {university}, collected by {person} and printed at the expense of {company}:",
        "for {city} read {city}, and for {surname} read {surname}",
        "the editors apologise to all of {region}.",
        10,
        16,
    ),
    LongPattern(
        "Transfers of the week, complete and unverified, from {paper}:",
        "{surname}, {team} to {team}, {money}",
        "{surname} stays at {cityteam}.",
        10,
        18,
    ),
    LongPattern(
        "I, {person}, being of sound mind, leave my {gadget} to {first}, my {car} to {first}, and to my cousins the rest, viz.",
        "to {first} of {city} a {thing} and the collected {work}",
        "and to {company} nothing, because they know what they did to {first}'s {gadget}.",
        10,
        20,
    ),
)
