"""Invented words for streets, districts and people; none stands for anybody or anywhere."""

import numpy as np

# texts, since lists of so many words would fill a page
_WORDS = """
Alder Amber Anvil Arbor Ash Aspen Barley Basswood Bayberry Beacon Beech Bellwether Birch
Blackberry Bluestone Bobbin Briar Brook Buckwheat Butternut Cedar Chandler Cherry Chestnut Chicory
Cider Cinder Clover Coldwater Cooper Copper Cottage Creamery Crescent Dahlia Dogwood Eastman Elder
Elm Falcon Fern Ferry Fieldstone Finch Flint Forge Fox Foundry Garnet Garrison Glover Granary
Granite Grove Hackberry Harrow Harvest Hawthorn Hazel Heather Hemlock Heron Hickory Hollow Holly
Hop Hornbeam Indigo Ironwood Ivy Jasper Juniper Kestrel Kiln Lantern Larch Lark Laurel Ledge Lilac
Linden Locust Loom Lumber Magnolia Mallard Maple Marble Marigold Meadow Merchant Millrace Mulberry
Myrtle Nettle Oak Orchard Oriole Osier Otter Partridge Pear Pepper Pheasant Pine Plank Plover Plum
Poplar Potter Primrose Quail Quarry Quince Raspberry Raven Reed Robin Rosehip Rowan Rush Rye
Saddler Sage Sawyer School Sedge Shuttle Slate Sorrel Sparrow Spindle Spring Spruce Starling
Stonecrop Sumac Swallow Sycamore Tamarack Tanager Tanner Teasel Thistle Thorn Thrush Timber Tulip
Turner Vine Violet Walnut Warbler Weaver Wharf Wheelwright Wicker Willow Winter Wool Wren Yarrow
Yew
""".split()  # noqa: SIM905
_ONSETS = "B Br D Dr F G Gr H J K L M N P Pr R S St T Tr V W Z Th Kl Sk".split()  # noqa: SIM905
_VOWELS = "a e i o u ae ia eo ou y".split()  # noqa: SIM905
_CODAS = "l n r s m nd rn th sk lm ff rd v x".split()  # noqa: SIM905
_ENDS = "a o en is or ine ek wyn ale ett ow ard ley ins ock um".split()  # noqa: SIM905


def street_words(rng: np.random.Generator) -> list[str]:
    """Return base words for street names in random order."""
    return list(rng.permutation(_WORDS))


def person_names(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return (family name, given name) pairs put together from syllables."""
    return [(_word(rng), _word(rng)) for _ in range(count)]


def misspell(name: str, rng: np.random.Generator) -> str:
    """Return a name with one slip of the keyboard: swapped, dropped, doubled or changed letter."""
    at = int(rng.integers(1, len(name) - 1))
    return [
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        name[:at] + name[at + 1 :],
        name[:at] + name[at] + name[at:],
        name[:at] + str(rng.choice(list("aeiorstn"))) + name[at + 1 :],
    ][int(rng.integers(4))]


def _word(rng: np.random.Generator) -> str:
    parts = [rng.choice(_ONSETS), rng.choice(_VOWELS), rng.choice(_CODAS), rng.choice(_ENDS)]
    return "".join(str(part) for part in parts)
