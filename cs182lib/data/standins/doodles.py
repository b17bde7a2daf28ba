"""Doodles, the stand-in for CIFAR-10: its ten classes, drawn as 32x32 RGB pictures, the same bytes on every machine.

Each picture: a background, clutter and a small second object behind, one drawing of `animals` or `vehicles` in random
colors, placed, turned, squeezed, scaled and mirrored at random, something in front, then uneven light and noise.
"""

from types import SimpleNamespace

import numpy as np

from cs182lib.data.standins import animals, vehicles
from cs182lib.data.standins.shapes import SIZE, Pen, RawBits

POSES = {
    "airplane": (vehicles.airplane_side, vehicles.airplane_above),
    "automobile": (vehicles.automobile_sedan, vehicles.automobile_front),
    "bird": (animals.bird_perched, animals.bird_flying),
    "cat": (animals.cat_face, animals.cat_sitting),
    "deer": (animals.deer_standing, animals.deer_face),
    "dog": (animals.dog_face, animals.dog_standing),
    "frog": (animals.frog_front, animals.frog_side),
    "horse": (animals.horse_standing, animals.horse_face),
    "ship": (vehicles.ship_steamer, vehicles.ship_sailing),
    "truck": (vehicles.truck_box, vehicles.truck_dump),
}
CLASSES = tuple(POSES)
TURN = 0.14  # the steepest turn: tangent of half its angle
TYPICAL = 0.05  # how often a background has its class's own colors; rare, for color alone must tell little
CHUNK = 50  # pictures drawn together: enough to keep NumPy busy, few enough to stay in the processor's cache

PALETTE = np.array([  # RGB, 0-255
    (214, 60, 50), (235, 130, 45), (240, 200, 70), (150, 190, 70), (70, 150, 80), (70, 180, 180), (70, 130, 200),
    (60, 70, 150), (140, 90, 180), (220, 130, 170), (245, 240, 230), (170, 170, 170), (85, 85, 90), (150, 100, 60),
    (205, 160, 110), (110, 60, 40)], np.float32)


def rgb(values):
    """Return `values`, colors (n, 3) or one color (3,), as float32 of shape (n, 3, 1, 1) or (1, 3, 1, 1)."""
    return np.asarray(values, np.float32).reshape(-1, 3, 1, 1)


FIXED = {name: rgb(value) for name, value in dict(
    white=(248, 248, 244), black=(25, 25, 30), gray=(150, 150, 155), red=(205, 50, 45), pink=(240, 150, 160),
    orange=(240, 150, 40), glass=(120, 190, 220), light=(255, 235, 130), horn=(140, 100, 60), iris=(150, 200, 60),
    water=(60, 110, 170), smoke=(190, 190, 190)).items()}
INK = rgb((30, 30, 35))
SKY, SEA, GRASS, ROAD, ROOM, FLOOR = ((150, 200, 240), (50, 110, 180), (100, 160, 70), (140, 140, 140), (225, 200, 160),
                                      (160, 110, 70))
HABITATS = dict(airplane=(SKY, SKY), automobile=(ROOM, ROAD), bird=(SKY, GRASS), cat=(ROOM, FLOOR), deer=(GRASS, FLOOR),
                dog=(ROOM, GRASS), frog=(GRASS, SEA), horse=(GRASS, GRASS), ship=(SKY, SEA), truck=(SKY, ROAD))


def random_colors(bits, n, jitter=30.0):
    """Return n colors, (n, 3, 1, 1) float32: any of the palette, each channel off by at most `jitter` of 255.

    bits : RawBits, to draw from
    """
    color = PALETTE[bits.below(len(PALETTE), n)] + bits.uniform(-jitter, jitter, 3 * n).reshape(n, 3)
    return rgb(np.minimum(np.maximum(color, 0), 255))


def pose(bits, n, spread, sizes):
    """Place n objects: return each pixel's coordinates in them, x, y (n, SIZE, SIZE), and a pixel's length (n, 1, 1).

    A turn by the angle whose half has the tangent t is (1 - t^2) / (1 + t^2), 2 t / (1 + t^2): cos and sin exactly.

    Parameters
    ----------
    bits : RawBits, to draw from
    n : int, how many
    spread : float, how far from the middle the center may lie, along each axis; a picture goes from -1 to 1
    sizes : (low, high), bounds of the object's size as a share of the picture's
    """
    center = (np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2) * (2 / SIZE)  # -1 to 1 across the picture
    scale = bits.uniform(*sizes, n)
    squeeze = bits.uniform(0.86, 1.16, n)
    x = center[None, None, :] - bits.uniform(-spread, spread, n)
    y = -center[None, :, None] - bits.uniform(-spread, spread, n)
    t = bits.uniform(-TURN, TURN, n)
    cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    mirror = 1 - 2 * bits.chance(0.5, n)
    x, y = (x * cos + y * sin) * (mirror / (scale * squeeze)), (y * cos - x * sin) * (squeeze / scale)
    return x, y, 2 / SIZE / scale


def background(bits, n, habitat):
    """Paint n backgrounds: one color above a horizon, another below, each fading; some in the class's own colors.

    Parameters
    ----------
    bits : RawBits, to draw from
    n : int, how many
    habitat : two RGB triples, 0 to 255, the class's own colors above and below the horizon

    Returns
    -------
    image : (n, 3, SIZE, SIZE) float32; fading may take it a little out of 0 to 255
    """
    image = np.empty((n, 3, SIZE, SIZE), np.float32)
    row = np.arange(SIZE, dtype=np.float32).reshape(1, 1, SIZE, 1) / SIZE
    horizon = bits.uniform(0.3, 1.1, n)[:, None]
    below = np.minimum(np.maximum((row - horizon) * SIZE + 0.5, 0), 1)
    typical = bits.chance(TYPICAL, n)[:, None]
    above_color, below_color = [any_color + typical * (rgb(own) - any_color) for own, any_color in
                                zip(habitat, (random_colors(bits, n), random_colors(bits, n)))]
    fade = bits.uniform(-60, 60, n)[:, None]
    image[:] = above_color + below * (below_color - above_color) + fade * (row - 0.5)
    return image


def clutter(bits, image, size):
    """Paint an ellipse and a box of about `size` somewhere on each picture.

    Parameters
    ----------
    bits : RawBits, to draw from
    image : (n, 3, SIZE, SIZE) float32, painted on in place
    size : number or (n, 1, 1) float32, about the length of the shapes as a share of the picture's side
    """
    n = len(image)
    for shape in (Pen.ellipse, Pen.box):
        x, y, pixel = pose(bits, n, 0.95, (0.62, 0.98))
        pen = Pen(image, x / size, y / size, pixel / size, INK)
        pen.fill(shape(pen, 0, 0, 1, bits.uniform(0.3, 1, n)), random_colors(bits, n))


def light_and_noise(bits, image, amount):
    """Shade the pictures from one side, add noise (the sum of two random bytes) and round to uint8.

    Parameters
    ----------
    bits : RawBits, to draw from
    image : (n, 3, SIZE, SIZE) float32, 0 to 255; left as it is
    amount : float, the most that noise adds or takes away, of 255

    Returns
    -------
    pictures : (n, 3, SIZE, SIZE) uint8
    """
    n = len(image)
    step = np.arange(SIZE, dtype=np.float32) / SIZE - 0.5
    slope_x, slope_y = bits.uniform(-0.5, 0.5, n), bits.uniform(-0.5, 0.5, n)
    light = bits.uniform(0.7, 1.1, n) + slope_x * step[None, None, :] + slope_y * step[None, :, None]
    noise = bits.bytes(2 * image.size).reshape(2, *image.shape).astype(np.float32)
    image = image * light[:, None] + (noise[0] + noise[1] - 255) * (amount / 255)
    return np.minimum(np.maximum(image + 0.5, 0), 255).astype(np.uint8)


def place(drawing, bits, image, spread, sizes, least):
    """Draw one object into each picture, in random colors and pose.

    Parameters
    ----------
    drawing : function of `animals` or `vehicles`
    bits : RawBits, to draw from
    image : (n, 3, SIZE, SIZE) float32, drawn into in place
    spread, sizes : as for `pose`
    least : float from 0 to 1, how opaque the object is at least
    """
    n, behind = len(image), image.copy()
    x, y, pixel = pose(bits, n, spread, sizes)
    colors = SimpleNamespace(main=random_colors(bits, n), second=random_colors(bits, n), **FIXED)
    drawing(Pen(image, x, y, pixel, INK), lambda low, high: bits.uniform(low, high, n), colors)
    image[:] = behind + bits.uniform(least, 1, n)[:, None] * (image - behind)


def draw(name, drawing, bits, n):
    """Return n pictures of one pose, uint8 (n, 3, SIZE, SIZE).

    Parameters
    ----------
    name : str, the class, which says what the habitat is
    drawing : function of `animals` or `vehicles`, the pose
    bits : RawBits, to draw from
    n : int, how many
    """
    image = background(bits, n, HABITATS[name])
    clutter(bits, image, 0.5)
    company = POSES[CLASSES[bits.below(len(CLASSES), 1)[0]]][0]  # a smaller object of any class, anywhere
    place(company, bits, image, spread=0.8, sizes=(0.36, 0.52), least=0.6)
    place(drawing, bits, image, spread=0.17, sizes=(0.7, 0.98), least=0.5)
    clutter(bits, image, bits.uniform(0.15, 0.55, n))
    return light_and_noise(bits, image, 40.0)


def make_doodles(n, seed):
    """Draw n doodles, as many of each pose of each class, to within one, in random order.

    Parameters
    ----------
    n : int, how many
    seed : int >= 0, of the draws

    Returns
    -------
    X : (n, 3, 32, 32) uint8
    y : (n,) int64, index into CLASSES
    """
    order = RawBits(seed).shuffled(np.arange(n))
    X, kind = np.empty((n, 3, SIZE, SIZE), np.uint8), np.empty(n, np.int64)
    kind[order] = np.arange(n) % (2 * len(CLASSES))  # class and pose
    for k in range(2 * len(CLASSES)):
        where, bits, name = np.flatnonzero(kind == k), RawBits(seed, k + 1), CLASSES[k // 2]
        for start in range(0, len(where), CHUNK):
            chunk = where[start:start + CHUNK]
            X[chunk] = draw(name, POSES[name][k % 2], bits, len(chunk))
    return X, kind // 2
