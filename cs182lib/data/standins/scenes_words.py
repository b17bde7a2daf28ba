"""The words for a scene: names, numbers, colors and sizes of things, what they do, and where. Synonyms are drawn."""

from cs182lib.data.standins.scenes_layout import above, beside, left_of

NOUNS = {  # a noun written twice is said twice as often
    "airplane": ("airplane", "airplane", "plane", "plane", "jet"), "car": ("car", "car", "car", "automobile"),
    "bird": ("bird",), "flying bird": ("bird",), "cat": ("cat",), "deer": ("deer",), "dog": ("dog",), "frog": ("frog",),
    "horse": ("horse",), "ship": ("ship", "ship", "boat"), "sailboat": ("sailboat", "sailboat", "boat"),
    "truck": ("truck", "truck", "truck", "delivery truck"), "dump truck": ("dump truck", "dump truck", "truck"),
}
YOUNG = {"cat": "kitten", "dog": "puppy", "horse": "pony"}  # what a small one may be called
NUMBERS = {2: "two", 3: "three"}
SIZE_WORDS = {"small": ("small", "small", "little", "tiny"), "large": ("large", "big", "big")}
DOING = {
    "airplane": ("flying",), "flying bird": ("flying",), "bird": ("standing",), "cat": ("sitting",),
    "deer": ("standing",), "dog": ("standing",), "frog": ("sitting",), "horse": ("standing",),
    "ship": ("sailing", "floating"), "sailboat": ("sailing", "sailing", "floating"),
    "car": ("parked", "driving"), "truck": ("parked", "driving"), "dump truck": ("parked", "driving"),
}
ON = {  # where things stand, by place; the first is the commonest
    "grass": ("on the grass", "on the grass", "in the grass", "in a field", "in a green field"),
    "road": ("on the road", "on the road", "on the street", "on a road"),
    "sea": ("on the water", "on the water", "on the sea", "in the ocean"),
    "sky": ("in the sky", "in the sky", "in the sky", "in the air"),
    "room": ("in a room", "in a room", "on the floor", "inside a room"),
    "snow": ("in the snow", "in the snow", "in the snow", "on the snow"),
    "beach": ("on the beach", "on the beach", "on the sand", "on a beach"),
}
OVER = {  # where things fly, by place
    "grass": ("over the grass", "over a field", "in the sky", "above a green field"),
    "road": ("over the road", "above the street", "in the sky"),
    "sea": ("over the water", "over the water", "over the sea", "in the sky"),
    "sky": ("in the sky", "in the sky", "in the sky", "in the blue sky", "in the air"),
    "snow": ("over the snow", "over a snowy field", "in the sky"),
    "beach": ("over the beach", "over the beach", "above the sand", "in the sky"),
}
SCENERY = {
    "grass": ("a green field", "a grassy field", "a field of grass"), "road": ("a road", "a street"),
    "sea": ("the sea", "the ocean"), "sky": ("a blue sky", "a cloudy sky"), "room": ("a room",),
    "snow": ("a snowy field", "a snowy field", "a winter scene"), "beach": ("a beach", "a sandy beach"),
}


def with_article(words):
    """Return the words with "a" or "an" in front."""
    return ("an " if words[0] in "aeiou" else "a ") + words


def plural(noun):
    """Return the plural of a noun."""
    return noun if noun == "deer" else noun + "s"


def noun(draw, thing):
    """Return a noun for a thing, chosen by `draw`; a small one may be called by the name of its young."""
    if thing.size == "small" and thing.kind in YOUNG and draw.chance(0.3):
        return YOUNG[thing.kind]
    return draw.one_of(*NOUNS[thing.kind])


def qualities(draw, thing, color=0.75, size=0.6):
    """Return a list of a thing's size and color in words, each with a probability; medium sizes are not worth a word.

    draw : Draws; color, size : those probabilities, from 0 to 1
    """
    words = [draw.one_of(*SIZE_WORDS[thing.size])] if thing.size in SIZE_WORDS and draw.chance(size) else []
    return words + ([thing.color] if draw.chance(color) else [])


def name(draw, things, article=True, color=0.75, size=0.6):
    """Name one thing or several of one kind: return "a small red bird", "two dogs"; the color only if all share it.

    draw : Draws; things : list of one to three Thing; article : bool, whether a single one gets "a" or "an"
    color, size : probabilities, from 0 to 1, as for `qualities`
    """
    if len({t.color for t in things}) > 1:
        color = 0
    if len({t.size for t in things}) > 1:
        size = 0
    words = qualities(draw, things[0], color, size)
    if len(things) > 1:
        return " ".join([NUMBERS[len(things)], *words, plural(draw.one_of(*NOUNS[things[0].kind]))])
    one = " ".join([*words, noun(draw, things[0])])
    return with_article(one) if article else one


def doing(draw, things):
    """Return a word, chosen by `draw`, for what the things do, or "" where they do not all do the same."""
    common = [verb for verb in DOING[things[0].kind] if all(verb in DOING[t.kind] for t in things)]
    return draw.one_of(*common) if common else ""


def where(draw, things, place):
    """Return words, chosen by `draw`, for where in a place the things are, all on the ground or all in the air."""
    return draw.one_of(*(OVER if things[0].flies else ON)[place])


def share_noun(a, b):
    """Say whether the things `a` and `b` may be called the same."""
    return bool(set(NOUNS[a.kind]) & set(NOUNS[b.kind]))


def another(first, second):
    """Return the second name, with "another" for its article where it is the same as the first."""
    return "another " + second.split(" ", 1)[1] if first == second else second


def relation(draw, a, b):
    """Return how thing `a` lies to `b`: "next to", "to the left of", "above" ..., by `draw` from those that hold.

    IndexError where none holds, for things that are close together.
    """
    words = []
    if beside(a, b):
        side = "left" if left_of(a, b) else "right"
        words += ["next to", "next to", "beside", f"to the {side} of", f"to the {side} of", f"{side} of"]
    if above(a, b):
        words += ["above", "above", "over"]
    if above(b, a):
        words += ["below", "below", "under"]
    return draw.one_of(*words)
