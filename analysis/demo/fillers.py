"""Fillers of the slots that are not names: days, numbers, sums of money, dishes, trades, emoji."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_LISTS: dict[str, tuple[str, ...]] = {
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "month": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "job": (
        "finance minister",
        "foreign minister",
        "prime minister",
        "president",
        "chief justice",
        "minister for fisheries",
        "interior secretary",
        "vice-president",
        "queen",
    ),
    "job_cap": ("President", "Minister", "Chancellor", "Senator", "Premier", "King"),
    "trade": (
        "painter",
        "botanist",
        "composer",
        "chess master",
        "engineer",
        "poet",
        "baker",
        "mathematician",
        "sculptor",
    ),
    "sport": ("tennis", "squash", "badminton", "snooker", "table tennis", "darts"),
    "dish": (
        "ramen",
        "dumplings",
        "goulash",
        "fish soup",
        "pancakes",
        "lamb stew",
        "noodles",
        "plum cake",
        "mango ice cream",
        "falafel",
        "crème brûlée",
        "bean tacos",
        "cold pizza",
    ),
    "thing": (
        "piano",
        "umbrella",
        "samovar",
        "typewriter",
        "telescope",
        "wheelbarrow",
        "cello",
        "rubber duck",
        "bread oven",
        "tandem",
        "stuffed owl",
        "barometer",
    ),
    "adj": (
        "superb",
        "dreadful",
        "decent",
        "overpriced",
        "charming",
        "forgettable",
        "spotless",
        "better than expected",
    ),
    "adj_cap": ("Soft", "Hard", "Narrow", "Clean", "Wonderful", "Squeaky"),
    "emoji": ("😂", "😭", "🔥", "🙌", "❤️", "👀", "🎉", "🙈", ":)", ":D", "<3", "🤷", "⚽", "🍜", "✈️"),
    "rtl": ("صباح الخير", "شكرا جزيلا", "תודה רבה", "שבת שלום", "خیلی ممنون", "לילה טוב"),
}

_RANDOM: dict[str, Callable[[Random], str]] = {
    "n": lambda random: str(random.choice((random.randint(2, 12), random.randint(13, 90)))),
    "big": lambda random: f"{random.randint(2, 90)},{random.choice((0, 200, 400, 500, 750)):03}",
    "year": lambda random: str(random.randint(1871, 2024)),
    "money": lambda random: (
        f"{random.choice('$€£¥')}{random.randint(2, 900)}{random.choice(('', '', 'm', 'bn', ' million'))}"
    ),
    "soon": lambda random: str(random.randint(2025, 2031)),
    "lifespan": lambda random: f"{(born := random.randint(1790, 1940))}-{born + random.randint(31, 84)}",
    "age": lambda random: str(random.randint(61, 99)),
    "price": lambda random: f"{random.choice('$€£')}{random.randint(9, 480)}",
    "pct": lambda random: random.choice(
        (f"{random.randint(1, 19)}%", f"{random.randint(0, 9)}.{random.randint(1, 9)} per cent")
    ),
    "score": lambda random: f"{random.randint(0, 5)}-{random.randint(0, 4)}",
    "time": lambda random: f"{random.randint(6, 22)}:{random.randrange(0, 60, 5):02}",
    "mag": lambda random: f"{random.randint(3, 7)}.{random.randint(0, 9)}",
}

FILLER_KINDS = frozenset(_LISTS) | frozenset(_RANDOM)


def fill(kind: str, random: Random) -> str:
    """One filler of a kind of FILLER_KINDS."""
    return random.choice(_LISTS[kind]) if kind in _LISTS else _RANDOM[kind](random)
