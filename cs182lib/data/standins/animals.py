"""Draw the birds, cats, deer, dogs, frogs and horses of the doodles, two poses each.

Every drawing takes a `pen` (see `shapes`), a function `vary(low, high)` that draws one number a picture, (n, 1, 1)
float32, and the colors `c`, a namespace of `main`, `second` and those of `doodles.FIXED`. It fills about the square
from -1 to 1, facing right; the caller places, turns, scales and mirrors it. It may call `vary` twice at most, for a
scene keeps only two numbers for it.
"""

from cs182lib.data.standins.shapes import union


def eye(pen, c, x, y, radius):
    """Draw an eye at (x, y) with the pen: a pupil of that radius in c.black, on a c.white disk half as large again."""
    pen.fill(pen.ellipse(x, y, radius * 1.5, radius * 1.5), c.white)
    pen.fill(pen.ellipse(x, y, radius, radius), c.black)


def legs(pen, color, positions, top, foot, radius):
    """Draw straight legs with the pen, in one `color`, at the heights from `top` down to `foot`.

    positions : their x; radius : half their thickness
    """
    pen.draw(union(*[pen.line(x, top, x + 0.02, foot, radius) for x in positions]), color)


def bird_perched(pen, vary, c):
    """Draw with `pen`, in `c`, a small bird standing: round body, beak, wing, tail, two thin legs.

    `vary` says how far the tail hangs.
    """
    tail = vary(0.0, 0.4)
    for x in (-0.08, 0.12):
        pen.fill(pen.line(x, -0.4, x + 0.02, -0.85, 0.04), c.orange)
        pen.fill(pen.line(x - 0.06, -0.85, x + 0.16, -0.85, 0.04), c.orange)
    pen.draw(pen.line(-0.3, -0.1, -0.9, 0.05 - tail, 0.14, 0.09), c.second)
    pen.draw(pen.polygon((0.66, 0.5), (0.68, 0.28), (0.98, 0.32)), c.orange)
    pen.draw(union(pen.ellipse(0, -0.1, 0.52, 0.38), pen.ellipse(0.45, 0.4, 0.28, 0.27)), c.main)
    pen.draw(pen.ellipse(-0.15, -0.06, 0.32, 0.2), c.second, 0.04)
    eye(pen, c, 0.52, 0.45, 0.06)


def bird_flying(pen, vary, c):
    """Draw with `pen`, in `c`, a bird on the wing: slim body, beak, one wing raised, one behind, fanned tail.

    `vary` says how high the wings are.
    """
    lift = vary(0.6, 0.95)
    pen.draw(pen.polygon((0.15, 0.0), (-0.1, lift), (-0.3, lift - 0.1), (-0.15, 0.0)), c.second)
    pen.draw(pen.polygon((-0.4, 0.05), (-0.95, 0.25), (-0.95, -0.2), (-0.4, -0.08)), c.second)
    pen.draw(pen.polygon((0.72, 0.22), (0.72, 0.02), (0.98, 0.1)), c.orange)
    pen.draw(union(pen.ellipse(0.05, -0.03, 0.55, 0.2), pen.ellipse(0.56, 0.12, 0.2, 0.18)), c.main)
    pen.draw(pen.polygon((-0.2, -0.02), (0.3, -0.02), (-0.3, lift - 0.1), (-0.62, lift - 0.2)), c.second)
    eye(pen, c, 0.6, 0.16, 0.05)


def cat_face(pen, vary, c, x=0.0, y=0.0, size=0.8):
    """Draw with `pen`, in `c`, a cat's head from the front: pointed ears, slit eyes, small nose, whiskers.

    x, y : its center; size : about its radius, all in the pen's units; `vary` says how high the ears are
    """
    ear = vary(0.85, 1.05) * size
    for side in (1, -1):
        outer = [(x + side * 0.9 * size, y + 0.2 * size), (x + side * 0.8 * size, y + ear),
                 (x + side * 0.12 * size, y + 0.62 * size)]
        pen.draw(pen.polygon(*outer[::side]), c.main)
        inner = [(x + side * 0.78 * size, y + 0.4 * size), (x + side * 0.72 * size, y + 0.78 * ear),
                 (x + side * 0.4 * size, y + 0.55 * size)]
        pen.fill(pen.polygon(*inner[::side]), c.pink)
    pen.draw(pen.ellipse(x, y, 0.95 * size, 0.78 * size), c.main)
    for side in (1, -1):
        pen.fill(pen.ellipse(x + side * 0.4 * size, y + 0.12 * size, 0.2 * size, 0.2 * size), c.iris)
        pen.fill(pen.ellipse(x + side * 0.4 * size, y + 0.12 * size, 0.07 * size, 0.18 * size), c.black)
        for slope in (-0.05, 0.14):
            pen.fill(pen.line(x + side * 0.35 * size, y - (0.25 + slope) * size,
                              x + side * 1.15 * size, y - (0.2 + 2 * slope) * size, 0.025), c.white)
    pen.fill(pen.polygon((x, y - 0.3 * size), (x + 0.13 * size, y - 0.14 * size), (x - 0.13 * size, y - 0.14 * size)),
             c.pink)


def cat_sitting(pen, vary, c):
    """Draw with `pen`, in `c`, a cat sitting, seen from the front: the tail curls up at its side.

    `vary` says how high the tail reaches and, in `cat_face`, the ears.
    """
    curl = vary(0.0, 0.4)
    pen.draw(union(pen.line(0.3, -0.78, 0.8, -0.65, 0.09), pen.line(0.8, -0.65, 0.85, -0.2 + curl, 0.09)), c.main)
    pen.draw(pen.ellipse(0, -0.5, 0.45, 0.42), c.main)
    pen.fill(pen.ellipse(0, -0.5, 0.22, 0.3), c.second)
    for x in (-0.2, 0.2):
        pen.draw(pen.ellipse(x, -0.86, 0.15, 0.1), c.main, 0.03)
    cat_face(pen, vary, c, 0.0, 0.28, 0.58)


def deer_standing(pen, vary, c):
    """Draw with `pen`, in `c`, a deer from the side: slim legs, upright neck, small head, antlers, pale spots.

    `vary` says how far the front antler leans forward.
    """
    legs(pen, c.main, (-0.55, -0.38, 0.2, 0.36), -0.2, -0.9, 0.055)
    spread = vary(0.12, 0.3)
    for lean in (-0.1, spread):
        x = 0.5 + lean
        antler = union(pen.line(0.52, 0.6, x, 0.98, 0.04), pen.line(0.51 + lean / 2, 0.76, x + 0.22, 0.88, 0.04))
        pen.fill(antler, c.horn)
    pen.draw(union(pen.ellipse(-0.1, -0.12, 0.58, 0.27), pen.line(0.36, 0.0, 0.52, 0.48, 0.17, 0.12),
                   pen.line(0.5, 0.52, 0.8, 0.42, 0.14, 0.09)), c.main)
    pen.draw(pen.ellipse(0.36, 0.62, 0.13, 0.07), c.main, 0.03)
    pen.fill(pen.ellipse(-0.68, 0.04, 0.1, 0.12), c.white)
    for x, y in ((-0.4, -0.02), (-0.2, 0.03), (-0.28, -0.15), (-0.02, -0.08)):
        pen.fill(pen.ellipse(x, y, 0.06, 0.05), c.white)
    pen.fill(pen.ellipse(0.87, 0.42, 0.06, 0.06), c.black)
    pen.fill(pen.ellipse(0.57, 0.56, 0.05, 0.05), c.black)


def deer_face(pen, vary, c):
    """Draw with `pen`, in `c`, a stag's head from the front: long face, ears to the sides, branched antlers.

    `vary` says how wide the antlers are.
    """
    spread = vary(0.5, 0.75)
    for side in (1, -1):
        tip = side * spread
        antler = union(pen.line(side * 0.14, 0.3, tip, 0.6, 0.05), pen.line(tip, 0.6, tip, 0.95, 0.05, 0.03),
                       pen.line(side * 0.35, 0.42, side * 0.3, 0.9, 0.05, 0.03),
                       pen.line(tip, 0.6, tip + side * 0.25, 0.78, 0.05, 0.03))
        pen.fill(antler, c.horn)
        pen.draw(pen.line(side * 0.25, 0.12, side * 0.6, 0.16, 0.13, 0.06), c.main)
    pen.draw(pen.line(0, 0.08, 0, -0.68, 0.32, 0.17), c.main)
    pen.fill(pen.ellipse(0, -0.66, 0.17, 0.17), c.second)
    pen.fill(pen.ellipse(0, -0.62, 0.12, 0.08), c.black)
    for side in (1, -1):
        pen.fill(pen.ellipse(side * 0.19, 0.02, 0.07, 0.09), c.black)


def dog_face(pen, vary, c):
    """Draw with `pen`, in `c`, a dog's head from the front: hanging ears, pale muzzle, big nose, tongue out.

    `vary` says how low the ears hang.
    """
    ear = vary(-0.75, -0.45)
    pen.draw(pen.ellipse(0, 0.05, 0.66, 0.68), c.main)
    for side in (1, -1):
        pen.draw(pen.line(side * 0.55, 0.48, side * 0.78, ear, 0.12, 0.2), c.second)
        eye(pen, c, side * 0.26, 0.22, 0.1)
    pen.draw(pen.line(0, -0.52, 0, -0.75, 0.11), c.pink, 0.03)
    pen.fill(pen.ellipse(0, -0.26, 0.36, 0.3), c.white)
    pen.fill(pen.ellipse(0, -0.12, 0.17, 0.13), c.black)
    pen.fill(pen.line(0, -0.2, 0, -0.45, 0.03), c.black)


def dog_standing(pen, vary, c):
    """Draw with `pen`, in `c`, a dog from the side: long body, short legs, hanging ear, square muzzle, tail up.

    `vary` says how far the tail leans.
    """
    wag = vary(-0.2, 0.15)
    pen.draw(pen.line(-0.62, 0.05, -0.85 + wag, 0.62, 0.08, 0.06), c.main)
    legs(pen, c.main, (-0.58, -0.36, 0.18, 0.38), -0.2, -0.72, 0.1)
    pen.draw(union(pen.line(-0.5, -0.05, 0.3, -0.05, 0.27), pen.line(0.3, 0.05, 0.48, 0.36, 0.24, 0.22),
                   pen.ellipse(0.5, 0.42, 0.3, 0.27), pen.box(0.75, 0.32, 0.22, 0.14, 0.1)), c.main)
    pen.fill(pen.ellipse(0.95, 0.4, 0.08, 0.08), c.black)
    pen.draw(pen.line(0.35, 0.55, 0.22, 0.16, 0.1, 0.14), c.second)
    pen.fill(pen.box(0.33, -0.02, 0.05, 0.2, 0.02), c.red)
    eye(pen, c, 0.6, 0.5, 0.06)


def frog_front(pen, vary, c):
    """Draw with `pen`, in `c`, a frog from the front: wide body, two bulging eyes, wide mouth, folded legs.

    `vary` says how flat it squats.
    """
    squat = vary(0.0, 0.15)
    for side in (1, -1):
        pen.draw(pen.ellipse(side * 0.68, -0.4, 0.28, 0.36), c.main)
        pen.draw(pen.line(side * 0.55, -0.75, side * 0.92, -0.78, 0.08, 0.1), c.main)
        pen.draw(pen.ellipse(side * 0.4, 0.5 - squat, 0.25, 0.26), c.main)
    pen.draw(pen.ellipse(0, -0.15, 0.72, 0.58 - squat), c.main)
    pen.fill(pen.ellipse(0, -0.42, 0.45, 0.28), c.second)
    for side in (1, -1):
        eye(pen, c, side * 0.4, 0.55 - squat, 0.11)
        pen.fill(pen.line(side * 0.02, -0.1, side * 0.5, 0.02, 0.035), c.black)
        pen.draw(pen.line(side * 0.25, -0.5, side * 0.3, -0.78, 0.09, 0.1), c.main, 0.03)


def frog_side(pen, vary, c):
    """Draw with `pen`, in `c`, a frog crouching, from the side: sloping back, folded hind leg, eye on top, throat.

    `vary` says how far the chest is raised.
    """
    lean = vary(-0.05, 0.15)
    pen.draw(pen.ellipse(0.55, 0.5, 0.2, 0.21), c.main)
    pen.draw(union(pen.line(-0.5, -0.4, 0.5, 0.1 + lean, 0.3, 0.34), pen.ellipse(0.6, 0.15, 0.34, 0.25)), c.main)
    pen.fill(pen.ellipse(0.55, -0.15, 0.26, 0.2), c.second)
    pen.draw(pen.line(0.4, -0.2, 0.55, -0.74, 0.1, 0.08), c.main, 0.04)
    pen.draw(pen.line(0.5, -0.76, 0.8, -0.76, 0.08), c.main, 0.04)
    pen.draw(pen.ellipse(-0.38, -0.38, 0.4, 0.3), c.main)
    pen.draw(pen.line(-0.6, -0.74, 0.05, -0.76, 0.1, 0.08), c.main)
    pen.fill(pen.line(0.55, 0.08, 0.9, 0.14, 0.035), c.black)
    eye(pen, c, 0.58, 0.54, 0.1)


def horse_standing(pen, vary, c):
    """Draw with `pen`, in `c`, a horse from the side: strong body, thick neck, long head, mane, hanging tail.

    `vary` says how low it holds its head.
    """
    drop = vary(0.0, 0.25)
    pen.draw(pen.line(-0.62, 0.1, -0.88, -0.55, 0.12, 0.09), c.second)
    legs(pen, c.main, (-0.55, -0.35, 0.18, 0.38), -0.2, -0.88, 0.085)
    pen.draw(pen.line(0.1, 0.3, 0.36, 0.86 - drop, 0.14, 0.14), c.second)
    pen.draw(union(pen.ellipse(-0.1, -0.05, 0.62, 0.34), pen.line(0.32, 0.08, 0.52, 0.6 - drop, 0.25, 0.17),
                   pen.line(0.54, 0.68 - drop, 0.86, 0.34 - drop, 0.17, 0.11)), c.main)
    pen.draw(pen.polygon((0.4, 0.78 - drop), (0.58, 0.76 - drop), (0.5, 0.99 - drop)), c.main, 0.03)
    pen.fill(pen.ellipse(0.62, 0.68 - drop, 0.06, 0.06), c.black)
    pen.fill(pen.ellipse(0.89, 0.32 - drop, 0.04, 0.04), c.black)


def horse_face(pen, vary, c):
    """Draw with `pen`, in `c`, a horse's head and neck from the side: slanting face, mane along the neck.

    `vary` says how high the muzzle is.
    """
    nod = vary(-0.15, 0.15)
    pen.draw(pen.line(-0.62, -0.7, -0.1, 0.62, 0.3, 0.24), c.second)
    pen.draw(union(pen.line(-0.3, -0.85, 0.05, 0.45, 0.42, 0.3), pen.line(0.1, 0.45, 0.68, -0.2 + nod, 0.3, 0.19)),
             c.main)
    for x in (-0.08, 0.14):
        pen.draw(pen.polygon((x - 0.1, 0.66), (x + 0.12, 0.66), (x + 0.04, 0.99)), c.main, 0.04)
    pen.draw(pen.line(0.06, 0.78, 0.3, 0.5, 0.1, 0.05), c.second, 0.03)
    pen.fill(pen.ellipse(0.3, 0.42, 0.08, 0.08), c.black)
    pen.fill(pen.ellipse(0.74, -0.18 + nod, 0.05, 0.06), c.black)
    pen.fill(pen.line(0.52, -0.3 + nod, 0.75, -0.33 + nod, 0.03), c.black)
