"""Draw shapes on small pictures with signed distances, to the same bytes on every machine.

A shape is an array of signed distances: how far each pixel is from the edge, negative inside.

Same bytes everywhere: only + - * / sqrt, minimum, maximum and comparisons, each of which IEEE 754 rounds exactly, in
float32 arrays, and draws made of the raw bits of PCG64. No sin or exp, no sum over floats: their last bits differ.
"""

import numpy as np

SIZE = 32  # pixels along a side


class RawBits:
    """Draw numbers from the raw bits of PCG64, whose stream NumPy guarantees (Generator's methods it does not).

    Parameters
    ----------
    key : ints >= 0; equal keys give equal draws
    """

    def __init__(self, *key):
        self._pcg = np.random.PCG64(key)

    def uniform(self, low, high, n):
        """Return n float32 drawn from `low` up to `high`, which only rounding can reach, shape (n, 1, 1).

        24 random bits fill the mantissa.
        """
        unit = (self._pcg.random_raw(n) >> np.uint64(40)).astype(np.float32) * float(2**-24)
        return (low + (high - low) * unit).reshape(n, 1, 1)

    def chance(self, probability, n):
        """Return n float32, each 1 with `probability`, from 0 to 1, and 0 otherwise, shape (n, 1, 1)."""
        return (self.uniform(0, 1, n) < probability).astype(np.float32)

    def below(self, k, n):
        """Return n int64 drawn from 0 to k - 1, k at most 2**32, shape (n,)."""
        return ((self._pcg.random_raw(n) >> np.uint64(32)) * np.uint64(k) >> np.uint64(32)).astype(np.int64)

    def bytes(self, n):
        """Return n uint8 drawn from 0 to 255, shape (n,)."""
        return self._pcg.random_raw(-(-n // 8)).astype("<u8").view(np.uint8)[:n]

    def shuffled(self, items):
        """Return the array `items` in random order."""
        return items[np.argsort(self._pcg.random_raw(len(items)), kind="stable")]


def column(value):
    """Return `value`, a number or n numbers in any shape, as a float32 array of shape (1, 1, 1) or (n, 1, 1)."""
    return np.asarray(value, np.float32).reshape(-1, 1, 1)


class Pen:
    """Draw shapes, given in the object's own units, into a batch of n pictures of H by W pixels.

    A length or place of a shape is a number, or (n, 1, 1) float32 with one for each picture; distances are (n, H, W)
    float32.

    Parameters
    ----------
    image : (n, 3, H, W) float32, 0 to 255, drawn into in place
    x, y : (n, H, W) float32, the object's coordinates of each pixel's center; x grows to the right, y upward
    pixel : (n, 1, 1) float32 or a number, the length of a pixel in the object's units
    ink : (n, 3, 1, 1) or (1, 3, 1, 1) float32, color of the outlines
    """

    def __init__(self, image, x, y, pixel, ink):
        self.image, self.x, self.y, self.pixel, self.ink = image, x, y, pixel, ink

    def ellipse(self, cx, cy, rx, ry):
        """Return the distance to an ellipse around (cx, cy) of radii rx, ry, exact on its edge and for circles.

        k (k - 1) / |(x / rx^2, y / ry^2)|, k = |(x / rx, y / ry)|: the first-order distance to the curve k = 1.
        """
        rx, ry = column(rx), column(ry)
        u, v = (self.x - cx) / rx, (self.y - cy) / ry
        k = np.sqrt(u * u + v * v)
        u, v = u / rx, v / ry
        return k * (k - 1) / np.maximum(np.sqrt(u * u + v * v), 0.001)

    def box(self, cx, cy, half_width, half_height, round=0.0):
        """Return the distance to a box around (cx, cy), 2 half_width wide and 2 half_height high.

        round : radius of its corners, at most the smaller half
        """
        u = abs(self.x - cx) - (half_width - round)
        v = abs(self.y - cy) - (half_height - round)
        outside_u, outside_v = np.maximum(u, 0), np.maximum(v, 0)
        outside = np.sqrt(outside_u * outside_u + outside_v * outside_v)
        return outside + np.minimum(np.maximum(u, v), 0) - round

    def line(self, ax, ay, bx, by, radius, end_radius=None):
        """Return the distance to a stroke from (ax, ay) to another point (bx, by), with round ends.

        radius, end_radius : half its thickness at the one and at the other end; None means the same at both
        """
        ax, ay = column(ax), column(ay)
        dx, dy = column(bx) - ax, column(by) - ay
        u, v = self.x - ax, self.y - ay
        along = np.minimum(np.maximum((u * dx + v * dy) / (dx * dx + dy * dy), 0), 1)
        u, v = u - along * dx, v - along * dy
        end_radius = radius if end_radius is None else end_radius
        return np.sqrt(u * u + v * v) - (radius + along * (end_radius - radius))

    def polygon(self, *corners):
        """Return the distance to a convex polygon: the farthest of its edges' lines.

        corners : pairs (x, y), counterclockwise
        """
        points = [(column(x), column(y)) for x, y in corners]
        distance = None
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
            dx, dy = bx - ax, by - ay
            length = np.sqrt(dx * dx + dy * dy)
            edge = (self.x - ax) * (dy / length) - (self.y - ay) * (dx / length)
            distance = edge if distance is None else np.maximum(distance, edge)
        return distance

    def fill(self, distance, color):
        """Paint the inside of a shape; the edge covers a pixel in proportion, so it looks smooth.

        distance : (n, H, W) float32, to the shape's edge, negative inside
        color : (n, 3, 1, 1) or (1, 3, 1, 1) float32, 0 to 255
        """
        cover = distance / self.pixel
        np.subtract(0.5, cover, out=cover)
        np.minimum(np.maximum(cover, 0, out=cover), 1, out=cover)
        change = color - self.image
        change *= cover[:, None]  # (n, 1, SIZE, SIZE)
        self.image += change

    def draw(self, distance, color, width=0.05):
        """Paint a shape, `distance` and `color` as for `fill`, with an outline in ink around it, `width` units wide."""
        self.fill(distance - width, self.ink)
        self.fill(distance, color)


def union(*distances):
    """Return the distance to the union of shapes, the smallest of their `distances`, each (n, H, W) float32."""
    smallest = distances[0]
    for distance in distances[1:]:
        smallest = np.minimum(smallest, distance)
    return smallest
