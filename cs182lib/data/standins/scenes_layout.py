"""What is in each scene: the place, one to three things, their colors, sizes and positions, and which relations hold.

The pictures (`scenes_drawing`) and the captions (`scenes_captions`) are both made from these layouts, so a caption
states what the picture shows.
"""

from dataclasses import dataclass

import numpy as np

from cs182lib.data.standins import animals, vehicles

SIDE = 64  # pixels along a side of a scene
APART = 13  # pixels between two centers from which on one thing is "to the left of" the other
HIGHER = 16  # and from which on one is "above" the other

POSES = {
    "airplane": (vehicles.airplane_side, vehicles.airplane_above), "car": (vehicles.automobile_sedan,),
    "bird": (animals.bird_perched,), "flying bird": (animals.bird_flying,), "cat": (animals.cat_sitting,),
    "deer": (animals.deer_standing,), "dog": (animals.dog_standing,), "frog": (animals.frog_front, animals.frog_side),
    "horse": (animals.horse_standing,), "ship": (vehicles.ship_steamer,), "sailboat": (vehicles.ship_sailing,),
    "truck": (vehicles.truck_box,), "dump truck": (vehicles.truck_dump,),
}
FACES = {"cat": animals.cat_face, "deer": animals.deer_face, "dog": animals.dog_face, "horse": animals.horse_face,
         "car": vehicles.automobile_front}
AIRBORNE = ("airplane", "flying bird")
CAST = {  # what may be where, on the ground or on the water
    "grass": ("dog", "horse", "deer", "cat", "frog", "bird", "truck"), "road": ("car", "truck", "dump truck", "dog"),
    "sea": ("ship", "sailboat"), "sky": (), "room": ("cat", "dog", "frog", "bird"),
    "snow": ("deer", "dog", "horse", "car"), "beach": ("dog", "bird", "horse", "dump truck"),
}
PLACES = tuple(CAST)
COLORS_OF = {
    "airplane": ("white", "red", "yellow", "blue", "gray"), "car": ("red", "blue", "yellow", "white", "black", "green"),
    "bird": ("red", "blue", "yellow", "black", "white"), "flying bird": ("red", "blue", "yellow", "black", "white"),
    "cat": ("black", "white", "gray", "orange"), "deer": ("brown", "gray"), "dog": ("brown", "black", "white", "gray"),
    "frog": ("green", "brown", "yellow"), "horse": ("brown", "black", "white"),
    "ship": ("red", "blue", "black", "green"), "sailboat": ("red", "blue", "yellow", "brown"),
    "truck": ("red", "blue", "yellow", "white", "green"), "dump truck": ("orange", "yellow", "red", "blue"),
}
SIZES = ("small", "medium", "large")


class Draws:
    """Draw single numbers from the raw bits of PCG64, the same on every machine.

    key : ints >= 0; equal keys give equal draws
    """

    def __init__(self, *key):
        self._pcg, self._raw = np.random.PCG64(key), []

    def _next(self):
        if not self._raw:
            self._raw = (self._pcg.random_raw(4096) >> np.uint64(40)).tolist()
        return self._raw.pop()  # 24 random bits

    def uniform(self, low=0.0, high=1.0):
        """Return a float drawn from [low, high)."""
        return low + (high - low) * (self._next() * 2.0**-24)

    def chance(self, probability):
        """Return True with that probability, from 0 to 1."""
        return self.uniform() < probability

    def one_of(self, *options):
        """Return one of the options, of which there must be one at least; a repeated one is likelier."""
        return options[self._next() * len(options) >> 24]


@dataclass(frozen=True)
class Thing:
    """One thing in a scene.

    kind : str, a key of POSES; color : str, one of COLORS_OF its kind; size : str, one of SIZES
    x, y, radius : floats, its center (y downward) and about half its size, in pixels
    face : bool, whether only the head, or the front of a car, is drawn
    look : tuple of five floats from 0 to 1: pose, mirror, turn and two details of the drawing
    """

    kind: str
    color: str
    size: str
    x: float
    y: float
    radius: float
    face: bool  # only the head, or the front of a car, is drawn
    look: tuple  # five numbers from 0 to 1: pose, mirror, turn and two details of the drawing

    @property
    def flies(self):
        return self.kind in AIRBORNE


@dataclass(frozen=True)
class Scene:
    """A place and its things from left to right (those above one another: from the top), and the background's look.

    place : str, one of PLACES; things : tuple of one to three Thing; look : tuple of 16 floats from 0 to 1
    """

    place: str
    things: tuple
    look: tuple  # numbers from 0 to 1 that settle horizon, clouds, colors

    @property
    def facts(self):
        """Return what captions can tell of the scene, one string; no two splits of the data share one."""
        return " / ".join([self.place, *(f"{t.size} {t.color} {t.kind}{' face' * t.face} at {int(t.x // 22)} "
                                         f"{int(t.y // 22)}" for t in self.things)])


def left_of(a, b):
    """Say whether thing `a` is clearly to the left of `b`."""
    return b.x - a.x >= APART


def above(a, b):
    """Say whether thing `a` is clearly higher than `b`."""
    return b.y - a.y >= HIGHER


def beside(a, b):
    """Say whether the things `a` and `b` are side by side, neither above the other."""
    return abs(a.y - b.y) < HIGHER and abs(a.x - b.x) >= APART


def column(thing):
    """Return "left", "middle" or "right" where the thing clearly is there, else None."""
    third = thing.x / SIDE
    return "left" if third < 0.35 else "right" if third > 0.65 else "middle" if 0.43 < third < 0.57 else None


def random_scene(draw):
    """Return a Scene drawn with `draw`, a Draws."""
    place = draw.one_of(*PLACES)
    arrange = draw.one_of(one, one, pair, pair, pair, trio)
    if place == "sky":
        things = arrange(draw, place, AIRBORNE, AIRBORNE)
    elif place == "room":
        things = arrange(draw, place, CAST[place], ())
    else:
        things = arrange(draw, place, CAST[place], AIRBORNE)
    return Scene(place, tuple(things), tuple(draw.uniform() for _ in range(16)))


def thing(draw, kind, size, x, y, radius, face=False, other_than=()):
    """Return a Thing drawn with `draw`, in one of its colors.

    Parameters
    ----------
    kind : str, a key of POSES
    size : str, one of SIZES, which says what captions may call it
    x, y : numbers, in pixels, about where it is; y is the height of its foot unless it flies or is a face
    radius : number, in pixels, to within 5 percent
    face : bool, whether only its head is drawn
    other_than : tuple of str, colors it must not have
    draw : Draws
    """
    colors = [color for color in COLORS_OF[kind] if color not in other_than]
    radius *= draw.uniform(0.95, 1.05)
    y = y if kind in AIRBORNE or face else y - 0.85 * radius
    return Thing(kind, draw.one_of(*colors), size, x + draw.uniform(-2, 2), y + draw.uniform(-2, 2), radius, face,
                 tuple(draw.uniform() for _ in range(5)))


def one(draw, place, ground, air):
    """Return a list of a single thing, somewhere; large ones in the middle, some of them only a face.

    draw : Draws; place : str, one of PLACES
    ground, air : tuples of kinds that may be there on the ground or water, and in the air; one may be empty, and
        in the sky both are the kinds that fly
    """
    kind = draw.one_of(*(ground or air))
    if ground and air and draw.chance(0.2):
        kind = draw.one_of(*air)
    if kind in FACES and draw.chance(0.25):
        return [thing(draw, kind, "large", 32, 34, 21, face=True)]
    size = draw.one_of("small", "medium", "large", "large")
    x = 32 if size == "large" else draw.one_of(15, 32, 49)
    return [thing(draw, kind, size, x, _level(draw, place, kind), {"small": 9, "medium": 14, "large": 20}[size])]


def _level(draw, place, kind):
    """Return the height of a flying thing, or of the ground where a thing stands."""
    if kind in AIRBORNE:
        return draw.uniform(24, 40) if place == "sky" else draw.uniform(15, 20)
    return draw.uniform(51, 57)


def _two_sizes(draw):
    return draw.one_of(("medium", "medium"), ("medium", "medium"), ("large", "small"), ("small", "large"))


def pair(draw, place, ground, air):
    """Return a list of two things side by side or one above the other: of two kinds, of one in two colors, or alike.

    draw, place, ground, air : as for `one`
    """
    if air and draw.chance(0.4):
        return _stacked(draw, place, ground, air)
    kinds = _company(draw, air if air and ground and draw.chance(0.15) else ground or air, 2)
    level, sizes = _level(draw, place, kinds[0]), _two_sizes(draw)
    x = {("medium", "medium"): (17, 47), ("large", "small"): (20, 51), ("small", "large"): (13, 44)}[sizes]
    radius = {"small": 8.5, "medium": 13, "large": 17}
    left = thing(draw, kinds[0], sizes[0], x[0], level, radius[sizes[0]])
    other = (left.color,) if kinds[0] == kinds[1] and draw.chance(0.7) else ()
    return [left, thing(draw, kinds[1], sizes[1], x[1], level, radius[sizes[1]], other_than=other)]


def _stacked(draw, place, ground, air):
    """Something in the air above something on the ground (in the sky: above something else in the air)."""
    upper, lower = draw.one_of(*air), draw.one_of(*(ground if place != "sky" else air))
    sizes = _two_sizes(draw)
    x = [32 + draw.uniform(-12, 12) for _ in range(2)]
    top = thing(draw, upper, sizes[0], x[0], 15, {"small": 8, "medium": 11, "large": 13.5}[sizes[0]])
    other = (top.color,) if upper == lower and draw.chance(0.7) else ()
    radius = {"small": 8.5, "medium": 12, "large": 15}[sizes[1]]
    return [top, thing(draw, lower, sizes[1], x[1], 46 if place == "sky" else 56, radius, other_than=other)]


def _company(draw, kinds, n):
    """Draw n kinds that suit each other: mostly all of one kind, or one of another kind among them."""
    first = draw.one_of(*kinds)
    if draw.chance(0.45):
        return [first] * n
    rest = [kind for kind in kinds if kind != first]
    return [first] * (n - 1) + [draw.one_of(*rest)]


def trio(draw, place, ground, air):
    """Return a list of three things in a row, or of one in the air above two others.

    draw, place, ground, air : as for `one`
    """
    if ground and air and draw.chance(0.4):
        top = thing(draw, draw.one_of(*air), "medium", 32 + draw.uniform(-10, 10), 14, 10.5)
        kinds = _company(draw, ground, 2)
        below = [thing(draw, kind, "medium", x, 56, 11.5) for kind, x in zip(kinds, (16, 48))]
        return [top, *_alike(draw, below)]
    kinds = _company(draw, ground or air, 3)
    if draw.chance(0.4):
        kinds = [kinds[0], kinds[2], kinds[1]]  # the odd one stands in the middle
    level = _level(draw, place, kinds[0])
    return _alike(draw, [thing(draw, kind, "medium", x, level, 9.5) for kind, x in zip(kinds, (11.5, 32, 52.5))])


def _alike(draw, things):
    """Give things of one kind one color, mostly."""
    if draw.chance(0.25):
        return things
    color = {}
    return [Thing(t.kind, color.setdefault(t.kind, t.color), *[getattr(t, name) for name in
            ("size", "x", "y", "radius", "face", "look")]) for t in things]
