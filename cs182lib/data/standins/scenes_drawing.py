"""Draw the scenes: a background for the place, then its things, with the doodles' own drawings at the scene's sizes.

The same bytes on every machine, for the same reasons as the doodles (see `shapes`). A thing is drawn in a window around
it, not on the whole picture, and things of one pose are drawn together, which is what makes it fast.
"""

from types import SimpleNamespace

import numpy as np

from cs182lib.data.standins.doodles import FIXED, INK, rgb
from cs182lib.data.standins.scenes_layout import FACES, POSES, SIDE
from cs182lib.data.standins.shapes import Pen, RawBits, union

CHUNK = 40  # pictures drawn together
TURN = 0.06  # the steepest turn: tangent of half its angle
WINDOW = 1.15  # half the width of a thing's window, in radii

COLORS = dict(
    red=(210, 50, 45), orange=(240, 135, 45), yellow=(245, 205, 60), green=(70, 150, 65), blue=(50, 95, 200),
    white=(248, 246, 240), black=(45, 45, 50), gray=(150, 150, 155), brown=(140, 88, 50))
SKY, GRASS, ROAD, SEA, WALL, FLOOR, SNOW, SAND = ((165, 210, 245), (135, 190, 95), (125, 125, 130), (62, 116, 178),
                                                  (235, 222, 190), (185, 140, 95), (238, 243, 250), (232, 208, 150))
CLOUD, LINE, HOUSE, ROOF, TREE, TRUNK, FRAME, FIR, TUFT, FOAM = map(rgb, (
    (250, 252, 255), (235, 230, 200), (200, 170, 150), (160, 80, 70), (80, 135, 75), (120, 85, 60), (120, 85, 60),
    (70, 110, 90), (95, 150, 65), (150, 190, 225)))


def draw_scenes(scenes, seeds):
    """Draw the scenes.

    Parameters
    ----------
    scenes : list of Scene
    seeds : list of tuples of ints, one a scene: the key of its noise

    Returns
    -------
    images : (n, SIDE, SIDE, 3) uint8
    """
    images = np.empty((len(scenes), SIDE, SIDE, 3), np.uint8)
    order = sorted(range(len(scenes)), key=lambda i: scenes[i].place)  # one place after the other
    for start in range(0, len(order), 25 * CHUNK):
        some = order[start:start + 25 * CHUNK]
        image = paint([scenes[i] for i in some])
        for k, i in enumerate(some):
            images[i] = finish(image[k], scenes[i], RawBits(*seeds[i])).transpose(1, 2, 0)
    return images


def paint(scenes):
    """Return the pictures of a list of scenes without noise, (n, 3, SIDE, SIDE) float32, about 0 to 255."""
    image = np.empty((len(scenes), 3, SIDE, SIDE), np.float32)
    for place in {scene.place: None for scene in scenes}:
        where = [i for i, scene in enumerate(scenes) if scene.place == place]
        for part in chunks(where):
            image[part] = background(place, np.array([scenes[i].look for i in part], np.float32))
    for k in range(3):  # the k-th thing of each scene, so that no two windows drawn together lie in one picture
        groups = {}
        for i, scene in enumerate(scenes):
            if k < len(scene.things):
                thing = scene.things[k]
                groups.setdefault((drawing(thing), window(thing)), []).append(i)
        for (draw, size), where in groups.items():
            for part in chunks(where):
                place_things(image, part, [scenes[i].things[k] for i in part], draw, size)
    return image


def chunks(items):
    """Return a list of pieces of the list `items`, each of at most CHUNK."""
    return [items[start:start + CHUNK] for start in range(0, len(items), CHUNK)]


def drawing(thing):
    """Return the function that draws this thing."""
    poses = (FACES[thing.kind],) if thing.face else POSES[thing.kind]
    return poses[int(thing.look[0] * len(poses))]


def window(thing):
    """Return the width in pixels of the window a thing is drawn in, a multiple of four."""
    return min(4 * -(-int(2 * WINDOW * thing.radius + 2) // 4), SIDE)


def place_things(image, where, things, draw, size):
    """Draw one thing of one pose into each of the pictures `where`, each in its window.

    Parameters
    ----------
    image : (N, 3, SIDE, SIDE) float32, drawn into in place
    where : list of n ints, which pictures, no two the same
    things : list of n Thing, one for each of them
    draw : function of `animals` or `vehicles`, from `drawing`
    size : int, side of the windows in pixels, from `window`
    """
    n = len(things)
    place = np.array([(t.x, t.y, t.radius) for t in things], np.float32)
    corner = np.minimum(np.maximum(place[:, :2] - size / 2, 0), SIDE - size).astype(np.int64)  # (n, 2) x, y
    step = np.arange(size)
    columns, rows = corner[:, :1] + step, corner[:, 1:] + step  # (n, size)
    windows = [image[i, :, y:y + size, x:x + size] for i, (x, y) in zip(where, corner.tolist())]  # views
    patch = np.stack(windows)  # (n, 3, size, size)
    look = np.array([t.look for t in things], np.float32).reshape(n, -1, 1, 1)
    x = (columns.astype(np.float32) + 0.5 - place[:, :1])[:, None, :]  # (n, 1, size)
    y = (place[:, 1:2] - rows.astype(np.float32) - 0.5)[:, :, None]  # (n, size, 1), upward
    t = (look[:, 2] - 0.5) * (2 * TURN)
    cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    radius = place[:, 2].reshape(n, 1, 1)
    mirror = np.where(look[:, 1] < 0.5, -1, 1).astype(np.float32)
    x, y = (x * cos + y * sin) * (mirror / radius), (y * cos - x * sin) / radius
    numbers = iter((look[:, 3], look[:, 4]))
    draw(Pen(patch, x, y, 1 / radius, INK), lambda low, high: low + (high - low) * next(numbers), paints(things, look))
    for part, painted in zip(windows, patch):
        part[:] = painted


def paints(things, look):
    """Return the colors of the things: `main` near the named one, `second` a lighter or darker shade of it.

    things : list of n Thing; look : (n, 5, 1, 1) float32, their looks

    The two are (n, 3, 1, 1) float32 in a namespace that has the colors of FIXED as well.
    """
    n = len(things)
    main = np.array([COLORS[t.color] for t in things], np.float32).reshape(n, 3, 1, 1)
    main = np.minimum(np.maximum(main + (look[:, 2:5].reshape(n, 3, 1, 1) - 0.5) * 24, 0), 255)
    toward = np.where(main[:, 1:2] > 150, 60, 255).astype(np.float32)  # the green channel tells light from dark
    return SimpleNamespace(main=main, second=main + (toward - main) * np.float32(0.2), **FIXED)


def background(place, look):
    """Paint the background of n scenes of one place: return float32 (n, 3, SIDE, SIDE).

    place : str, a key of BACKGROUNDS
    look : (n, 16) float32, numbers from 0 to 1, of which each call of `vary` takes the next
    """
    n = len(look)
    image = np.empty((n, 3, SIDE, SIDE), np.float32)
    center = np.arange(SIDE, dtype=np.float32) + 0.5
    x = np.broadcast_to(center[None, None, :], (n, SIDE, SIDE))
    y = np.broadcast_to(SIDE - center[None, :, None], (n, SIDE, SIDE))  # upward
    numbers = iter(look.T.reshape(-1, n, 1, 1))
    vary = lambda low, high: low + (high - low) * next(numbers)  # noqa: E731
    image[:] = near(WALL if place == "room" else SKY, vary)
    image += vary(-18, 18)[:, None] * (y / SIDE - 0.5)[:, None]
    BACKGROUNDS[place](Pen(image, x, y, 1, INK), vary)
    return image


def near(color, vary, spread=14):
    """Return a color near the one given, lighter or darker by up to `spread` of 255, (n, 3, 1, 1) float32.

    color : RGB triple, 0 to 255; vary : function (low, high) that draws one number a picture, (n, 1, 1)
    """
    return rgb(color) + vary(-spread, spread)[:, None]


def ground(pen, top, color):
    """Fill with the pen all below the height `top`, a number or (n, 1, 1), in `color`, (n, 3, 1, 1) or (1, 3, 1, 1)."""
    pen.fill(pen.y - top, color)


def clouds(pen, vary, count=1):
    """Draw `count` clouds of two ellipses each, near the top: only the rows there are looked at.

    pen : Pen in pixels, y upward; vary : as for `near`, for where the clouds are
    """
    top = Pen(pen.image[:, :, :26], pen.x[:, :26], pen.y[:, :26], 1, INK)
    for _ in range(count):
        x, y = vary(4, 60), vary(44, 60)
        top.fill(union(top.ellipse(x, y, 9, 3), top.ellipse(x + 3, y + 2, 5, 3)), CLOUD)


def grass(pen, vary):
    """Draw with `pen` a field with a tree behind it and tufts of grass; `vary` gives places and colors."""
    horizon, x = vary(28, 36), vary(4, 60)
    clouds(pen, vary)
    pen.fill(pen.box(x, horizon, 1, 4), TRUNK)
    pen.fill(pen.ellipse(x, horizon + 7, 5, 5.5), TREE)
    ground(pen, horizon, near(GRASS, vary))
    for _ in range(2):
        x, y = vary(3, 60), vary(3, 22)
        pen.fill(union(pen.line(x, y, x - 1.5, y + 3, 0.4), pen.line(x + 1, y, x + 2.5, y + 3, 0.4)), TUFT)


def road(pen, vary):
    """Draw with `pen` a street with a dashed line, grass beside it and a house; `vary` gives places and colors."""
    horizon, x = vary(27, 33), vary(6, 58)
    clouds(pen, vary)
    pen.fill(pen.box(x, horizon + 3, 6, 5), HOUSE)
    pen.fill(pen.polygon((x - 7.5, horizon + 8), (x + 7.5, horizon + 8), (x, horizon + 13)), ROOF)
    ground(pen, horizon, near(GRASS, vary))
    ground(pen, horizon - 5, near(ROAD, vary))
    start, y = vary(-12, 4), vary(3, 5)
    for k in range(4):
        pen.fill(pen.box(start + 20 * k, y, 6, 1), LINE)


def sea(pen, vary):
    """Draw with `pen` water up to the horizon, with waves; `vary` gives places and colors."""
    horizon = vary(28, 38)
    clouds(pen, vary)
    ground(pen, horizon, near(SEA, vary))
    for _ in range(3):
        x, y = vary(2, 60), vary(2, 24)
        pen.fill(pen.box(x, y, 5, 0.5), FOAM)


def sky(pen, vary):
    """Draw three clouds with `pen`; `vary` gives their places."""
    clouds(pen, vary, 2)
    x, y = vary(4, 60), vary(4, 40)
    pen.fill(union(pen.ellipse(x, y, 11, 3), pen.ellipse(x - 3, y + 2, 6, 3.5)), CLOUD)


def room(pen, vary):
    """Draw with `pen` a wall with a framed picture, and the floor; `vary` gives places and colors."""
    height, x = vary(18, 26), vary(10, 54)
    pen.fill(pen.box(x, 52, 6, 5), FRAME)
    pen.fill(pen.box(x, 52, 5, 4), near((190, 205, 200), vary, 40))
    ground(pen, height, near(FLOOR, vary))
    pen.fill(pen.box(32, height, 40, 0.7), FRAME)


def snow(pen, vary):
    """Draw with `pen` a white field with firs; `vary` gives places, heights and colors."""
    horizon = vary(28, 36)
    image_gray = near((205, 215, 228), vary)
    ground(pen, 80, image_gray)
    for _ in range(2):
        x, height = vary(4, 60), vary(7, 13)
        pen.fill(pen.polygon((x - 4, horizon - 1), (x + 4, horizon - 1), (x, horizon + height)), FIR)
    ground(pen, horizon, near(SNOW, vary, 6))


def beach(pen, vary):
    """Draw with `pen` sand, the sea behind it, and the sun; `vary` gives places and colors."""
    shore, x = vary(22, 30), vary(6, 58)
    pen.fill(pen.ellipse(x, 58, 4, 4), FIXED["light"])
    ground(pen, shore + 9, near(SEA, vary))
    ground(pen, shore + 1.5, FOAM)
    ground(pen, shore, near(SAND, vary))


BACKGROUNDS = dict(grass=grass, road=road, sea=sea, sky=sky, room=room, snow=snow, beach=beach)


def finish(image, scene, bits):
    """Shade one picture, add noise and round it: return uint8 (3, SIDE, SIDE).

    image : (3, SIDE, SIDE) float32, left as it is
    scene : Scene, whose look gives the light; bits : RawBits, for the noise
    """
    noise = bits.bytes(image.size).reshape(image.shape).astype(np.float32)
    light = np.float32(0.88 + 0.16 * scene.look[-1])
    image = image * light + (noise - 127.5) * np.float32(0.08)
    return np.minimum(np.maximum(image + 0.5, 0), 255).astype(np.uint8)
