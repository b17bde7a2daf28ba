"""Draw the airplanes, automobiles, ships and trucks of the doodles, two poses each.

Every drawing takes a `pen` (see `shapes`), a function `vary(low, high)` that draws one number a picture, (n, 1, 1)
float32, and the colors `c`, a namespace of `main`, `second` and those of `doodles.FIXED`. It fills about the square
from -1 to 1, facing right; the caller places, turns, scales and mirrors it. It may call `vary` twice at most, for a
scene keeps only two numbers for it.
"""


def wheel(pen, c, x, y, radius):
    """Draw a wheel of that radius around (x, y) with the pen: tyre in c.black, hub of half the radius in c.gray."""
    pen.fill(pen.ellipse(x, y, radius, radius), c.black)
    pen.fill(pen.ellipse(x, y, radius * 0.5, radius * 0.5), c.gray)


def airplane_side(pen, vary, c):
    """Draw with `pen`, in `c`, an airliner flying: long body, tail fin, swept wing, row of windows.

    `vary` says how far the wings are swept.
    """
    sweep = vary(0.2, 0.45)
    pen.draw(pen.polygon((-0.95, 0.62), (-0.9, 0.05), (-0.45, 0.05), (-0.72, 0.62)), c.second)
    pen.draw(pen.polygon((-0.2 - sweep, 0.55), (0.0, 0.05), (0.3, 0.05), (-0.05 - sweep, 0.55)), c.second)
    pen.draw(pen.line(-0.85, 0.08, 0.75, 0.0, 0.09, 0.2), c.main)
    pen.fill(pen.polygon((0.66, 0.04), (0.9, 0.04), (0.82, 0.16), (0.68, 0.17)), c.glass)
    for x in (-0.45, -0.2, 0.05, 0.3):
        pen.fill(pen.box(x, 0.07, 0.06, 0.05), c.glass)
    pen.draw(pen.polygon((-0.5 - sweep, -0.6), (-0.25 - sweep, -0.6), (0.35, -0.05), (-0.1, -0.05)), c.second)


def airplane_above(pen, vary, c):
    """Draw with `pen`, in `c`, an airplane seen from above: two swept wings, small tailplane.

    `vary` says how wide the wings are, and how far they are swept.
    """
    span, sweep = vary(0.75, 0.95), vary(0.1, 0.4)
    for side in (1, -1):
        tip, root = side * span, side * 0.05
        wing = [(0.3, root), (-0.05, root), (-0.05 - sweep, tip), (0.1 - sweep, tip)]
        tail = [(-0.6, root), (-0.85, root), (-0.98, side * 0.36), (-0.82, side * 0.36)]
        for corners in (wing, tail):
            pen.draw(pen.polygon(*corners[::-side]), c.second)
    pen.draw(pen.line(-0.85, 0, 0.75, 0, 0.08, 0.14), c.main)
    pen.fill(pen.ellipse(0.68, 0, 0.09, 0.1), c.glass)


def automobile_sedan(pen, vary, c):
    """Draw with `pen`, in `c`, a car from the side: low body, cabin with two windows, two wheels.

    `vary` says how high the roof is, and where the cabin ends.
    """
    roof, back = vary(0.38, 0.55), vary(-0.75, -0.5)
    pen.draw(pen.polygon((back, 0.0), (0.55, 0.0), (0.22, roof), (back + 0.25, roof)), c.main)
    pen.fill(pen.polygon((back + 0.14, 0.05), (-0.16, 0.05), (-0.16, roof - 0.08), (back + 0.28, roof - 0.08)), c.glass)
    pen.fill(pen.polygon((-0.06, 0.05), (0.4, 0.05), (0.18, roof - 0.08), (-0.06, roof - 0.08)), c.glass)
    pen.draw(pen.box(0, -0.15, 0.95, 0.2, 0.13), c.main)
    pen.fill(pen.ellipse(0.87, -0.1, 0.08, 0.07), c.light)
    pen.fill(pen.box(-0.9, -0.1, 0.05, 0.06), c.red)
    for x in (-0.55, 0.55):
        wheel(pen, c, x, -0.36, 0.24)


def automobile_front(pen, vary, c):
    """Draw with `pen`, in `c`, a car from the front: wide body, windscreen, two lamps, grille, tyres below.

    `vary` says how high the roof is.
    """
    roof = vary(0.5, 0.65)
    for x in (-0.58, 0.58):
        pen.fill(pen.box(x, -0.55, 0.15, 0.22, 0.05), c.black)
    pen.draw(pen.polygon((-0.66, 0.05), (0.66, 0.05), (0.45, roof), (-0.45, roof)), c.main)
    pen.fill(pen.polygon((-0.54, 0.1), (0.54, 0.1), (0.38, roof - 0.08), (-0.38, roof - 0.08)), c.glass)
    pen.draw(pen.box(0, -0.2, 0.8, 0.3, 0.14), c.main)
    pen.fill(pen.box(0, -0.26, 0.3, 0.1, 0.03), c.black)
    for x in (-0.57, 0.57):
        pen.draw(pen.ellipse(x, -0.14, 0.13, 0.12), c.light)


def sea(pen, c, level=-0.62):
    """Draw waves in c.water with the pen, in front of a hull; `level`, in its units, is how high the crests reach."""
    for x in (-0.9, -0.3, 0.3, 0.9):
        pen.fill(pen.ellipse(x, level - 0.25, 0.42, 0.26), c.water)
    pen.fill(pen.box(0, level - 0.3, 1.25, 0.2, 0.1), c.water)


def ship_steamer(pen, vary, c):
    """Draw with `pen`, in `c`, a steamer: dark hull with raked bow, white decks, funnel with smoke.

    `vary` says where the funnel stands, and how high it is.
    """
    x, height = vary(-0.35, 0.1), vary(0.45, 0.7)
    for step in (0.0, 0.22):
        pen.fill(pen.ellipse(x - 0.15 - 1.3 * step, height + 0.12 + step / 3, 0.14 + step / 2, 0.1 + step / 3), c.smoke)
    pen.draw(pen.box(x, height - 0.25, 0.13, 0.3), c.red)
    pen.fill(pen.box(x, height - 0.08, 0.13, 0.06), c.black)
    pen.draw(pen.box(-0.05, 0.0, 0.55, 0.18), c.white)
    for window in (-0.45, -0.2, 0.05, 0.3):
        pen.fill(pen.ellipse(window, 0.02, 0.07, 0.07), c.glass)
    pen.draw(pen.polygon((-0.72, -0.75), (0.7, -0.75), (0.98, -0.12), (-0.92, -0.12)), c.main)
    sea(pen, c)


def ship_sailing(pen, vary, c):
    """Draw with `pen`, in `c`, a sailing boat: two triangular sails on a mast, curved hull.

    `vary` says where the mast stands.
    """
    mast = vary(-0.1, 0.15)
    pen.fill(pen.line(mast, -0.4, mast, 0.95, 0.04), c.horn)
    pen.draw(pen.polygon((mast - 0.75, -0.28), (mast - 0.07, -0.28), (mast - 0.07, 0.92)), c.second)
    pen.draw(pen.polygon((mast + 0.08, -0.28), (mast + 0.6, -0.28), (mast + 0.08, 0.72)), c.white)
    pen.draw(pen.polygon((-0.55, -0.78), (0.5, -0.78), (0.85, -0.38), (-0.8, -0.38)), c.main)
    sea(pen, c)


def truck_box(pen, vary, c):
    """Draw with `pen`, in `c`, a delivery truck: tall box behind, lower cab in front, three wheels.

    `vary` says how high the box is, and the cab.
    """
    top, cab = vary(0.5, 0.75), vary(0.12, 0.32)
    pen.draw(pen.polygon((0.35, -0.42), (0.95, -0.42), (0.95, -0.1), (0.78, cab), (0.35, cab)), c.main)
    pen.fill(pen.polygon((0.55, -0.08), (0.88, -0.08), (0.74, cab - 0.06), (0.55, cab - 0.06)), c.glass)
    pen.draw(pen.box(-0.32, (top - 0.42) / 2, 0.63, (top + 0.42) / 2), c.second)
    pen.fill(pen.box(-0.32, 0.05, 0.45, 0.09), c.main)
    pen.fill(pen.box(0, -0.44, 0.95, 0.07), c.black)
    for x in (-0.68, -0.22, 0.62):
        wheel(pen, c, x, -0.55, 0.21)


def truck_dump(pen, vary, c):
    """Draw with `pen`, in `c`, a dump truck: slanted open bed with a heap of earth, high cab, big wheels.

    `vary` says how high the heap is, and the cab.
    """
    heap, cab = vary(0.35, 0.6), vary(0.3, 0.5)
    pen.draw(pen.ellipse(-0.35, 0.2, 0.45, heap), c.horn)
    pen.draw(pen.polygon((-0.75, -0.25), (0.12, -0.25), (0.2, 0.25), (-0.98, 0.32)), c.second)
    pen.draw(pen.polygon((0.3, -0.42), (0.95, -0.42), (0.95, -0.05), (0.7, cab), (0.3, cab)), c.main)
    pen.fill(pen.polygon((0.45, 0.0), (0.84, 0.0), (0.66, cab - 0.07), (0.45, cab - 0.07)), c.glass)
    pen.fill(pen.box(0, -0.4, 0.95, 0.09), c.black)
    for x in (-0.55, 0.6):
        wheel(pen, c, x, -0.52, 0.28)
