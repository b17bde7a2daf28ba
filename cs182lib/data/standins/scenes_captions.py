"""Say in five ways what a scene shows: a grammar with synonyms, changing word order, numbers, and where things are.

Each function below says one kind of sentence about a scene that allows it; every word in it follows from the layout.
`draw`, a `scenes_layout.Draws`, chooses between synonyms and orders. Empty choices leave double spaces, which
`captions` takes out.
"""

from cs182lib.data.standins.scenes_layout import above, beside, column, left_of
from cs182lib.data.standins.scenes_words import (
    NOUNS,
    SCENERY,
    another,
    doing,
    name,
    plural,
    relation,
    share_noun,
    where,
)

CAPTIONS, LONGEST = 5, 15  # captions a scene, words a caption
ANIMALS, VEHICLES = ("bird", "cat", "deer", "dog", "frog", "horse"), ("car", "truck", "dump truck")


def captions(draw, scene):
    """Return five captions of a scene, each a string of at most 15 words, no two alike, in words chosen by `draw`."""
    speak = {1: about_one, 2: about_two, 3: about_three}[len(scene.things)]
    said = []
    while len(said) < CAPTIONS:
        caption = " ".join(speak(draw, scene).split())
        if caption not in said and caption.count(" ") < LONGEST:
            said.append(caption)
    return said


def about_one(draw, scene):
    """Return a sentence about a scene of one thing; `draw` chooses the kind of sentence and its words."""
    thing, = scene.things
    if thing.face:
        return draw.one_of(close_up, close_up, looking, plain)(draw, scene)
    says = [active, active, active, plain, plain, there_is, with_scenery]
    return draw.one_of(*says, *[on_a_side] * 2 * (column(thing) in ("left", "right")))(draw, scene)


def close_up(draw, scene):
    """Return what `draw` makes of a scene of one face: "a close up of a white cat", "the face of a white cat"."""
    start = "the front of" if scene.things[0].kind == "car" else draw.one_of("the face of", "the head of")
    return f"{draw.one_of('a close up of', start)} {name(draw, scene.things, size=0)}"


def looking(draw, scene):
    """Return what `draw` makes of a scene of one face: "a white cat looking at the camera"."""
    if scene.things[0].kind == "car":
        return f"{name(draw, scene.things, size=0)} seen from the front"
    return f"{name(draw, scene.things, size=0)} looking at the camera"


def active(draw, scene):
    """Return what `draw` makes of a scene of one kind of thing: "two brown dogs standing on the grass"."""
    be = draw.one_of("", "", "is" if len(scene.things) == 1 else "are")
    things = scene.things
    return f"{name(draw, things)} {be} {doing(draw, things)} {where(draw, things, scene.place)}"


def plain(draw, scene):
    """Return what `draw` makes of a scene of one kind of thing: "two brown dogs on the grass"."""
    return f"{name(draw, scene.things)} {where(draw, scene.things, scene.place)}"


def there_is(draw, scene):
    """Return what `draw` makes of a scene of one kind of thing: "there are two brown dogs on the grass"."""
    return f"there {'is' if len(scene.things) == 1 else 'are'} {plain(draw, scene)}"


def with_scenery(draw, scene):
    """Return what `draw` makes of any scene: "a green field with two brown dogs"."""
    return f"{draw.one_of(*SCENERY[scene.place])} with {together(draw, scene)}"


def on_a_side(draw, scene):
    """Return what `draw` makes of a scene: "a brown dog on the left side", "on the left there is a brown dog".

    scene : of one thing, whose `column` is left or right
    """
    thing, side = name(draw, scene.things), column(scene.things[0])
    place = where(draw, scene.things, scene.place)
    return draw.one_of(f"{thing} on the {side} side", f"{thing} {place} on the {side}",
                       f"on the {side} there is {thing}")


def groups(things):
    """Return the things as a list of lists, those of one kind together, in order."""
    kinds = {}
    for thing in things:
        kinds.setdefault(thing.kind, []).append(thing)
    return list(kinds.values())


def together(draw, scene):
    """Return the names of all things of a scene, in words of `draw`: "two dogs and a white cat"."""
    return join(draw, groups(scene.things))


def join(draw, parts):
    """Return the names of groups of things in either order, with colors where they might be taken for each other.

    draw : Draws; parts : list of lists of things, from `groups`
    """
    sure = 1 if any(share_noun(a[0], b[0]) for a, b in zip(parts, parts[1:])) else 0.75
    names = [name(draw, group, color=sure) for group in (parts if draw.chance(0.7) else parts[::-1])]
    return " and ".join([names[0], *(another(first, second) for first, second in zip(names, names[1:]))])


def all_together(draw, scene):
    """Return what `draw` makes of a scene: "a black dog and a white cat on the grass".

    scene : of two or three things, all on the ground or all in the air
    """
    things = scene.things
    what = f"{together(draw, scene)} {doing(draw, things) if draw.chance(0.5) else ''}"
    return f"{draw.one_of('', '', '', 'there are' if len(groups(things)) == 1 else '')} {what} " \
           f"{where(draw, things, scene.place)}"


def about_two(draw, scene):
    """Return a sentence about a scene of two things; `draw` chooses the kind of sentence and its words."""
    a, b = scene.things
    level = a.flies == b.flies
    says = [related, related, with_scenery]
    if level:
        says += [all_together] * 3
    if left_of(a, b) and beside(a, b):
        says += [on_both_sides]
    if above(a, b):
        says += [one_above] * 3
    if a.kind == b.kind:
        says += [counted] * 4 if a.color == b.color else [told_apart] * 4
    elif level:
        says += [in_general] * (kinds_in(scene, ANIMALS) or kinds_in(scene, VEHICLES))
    if a.size != b.size and (a.color != b.color or not share_noun(a, b)):
        says += [compared]
    return draw.one_of(*says)(draw, scene)


def kinds_in(scene, kinds):
    """Say whether all things of the scene are of these kinds, names such as those in ANIMALS."""
    return all(thing.kind in kinds for thing in scene.things)


def pair_names(draw, a, b):
    """Return names of the things `a` and `b`, a pair of strings in words of `draw`, that tell the two apart.

    They have their colors if the things might be called the same.
    """
    sure = 1 if share_noun(a, b) else 0.75
    first, second = [name(draw, [thing], color=sure, size=sure if a.size != b.size else 0) for thing in (a, b)]
    return first, another(first, second)


def related(draw, scene):
    """Return what `draw` makes of a scene of two: "a small white cat to the right of a black dog"."""
    a, b = scene.things if draw.chance(0.5) else scene.things[::-1]
    first, second = pair_names(draw, a, b)
    verb = draw.one_of("", "", doing(draw, [a]), "is")
    place = where(draw, [b], scene.place) if draw.chance(0.3) else ""
    return f"{first} {verb} {relation(draw, a, b)} {second} {place}"


def on_both_sides(draw, scene):
    """Return what `draw` makes of a scene of two side by side: "a black dog on the left and a cat on the right"."""
    left, right = pair_names(draw, *scene.things)
    return f"{left} on the left and {right} on the right"


def one_above(draw, scene):
    """Return what `draw` makes of a scene of two, one above: "a red bird flying over a black dog on the grass"."""
    first, second = pair_names(draw, *scene.things)
    place = where(draw, scene.things[1:], scene.place) if draw.chance(0.5) else ""
    return f"{first} {draw.one_of('flying over', 'flying above', 'in the sky above')} {second} {place}"


def compared(draw, scene):
    """Return what `draw` makes of a scene of a large and a small thing: "the black dog is bigger than the cat"."""
    a, b = sorted(scene.things, key=lambda thing: thing.size)  # large before small
    one, other = (name(draw, [thing], article=False, color=1, size=0) for thing in (a, b))
    if draw.chance(0.5):
        return f"the {one} is {draw.one_of('bigger', 'larger')} than the {other}"
    return f"the {other} is smaller than the {one}"


def counted(draw, scene):
    """Return what `draw` makes of a scene of two or three of one kind: "a pair of brown dogs on the grass"."""
    things, n = scene.things, len(scene.things)
    many = name(draw, things)
    few = many.split(" ", 1)[1]
    of = draw.one_of("a pair of", "two") if n == 2 else draw.one_of("a group of three", "three")
    place = where(draw, things, scene.place)
    row = draw.one_of("side by side", "next to each other") if n == 2 else "in a row"
    level = all(beside(a, b) for a, b in zip(things, things[1:]))
    return draw.one_of(f"{of} {few} {doing(draw, things)} {place}", f"{of} {few} {place}",
                       f"{many} {row if level else ''} {place}")


def told_apart(draw, scene):
    """Return what `draw` makes of a scene of two of a kind in two colors: "a red car and a blue one on the road"."""
    a, b = scene.things if draw.chance(0.6) else scene.things[::-1]
    noun, place = draw.one_of(*NOUNS[a.kind]), where(draw, [a], scene.place)
    colors = f"{article(a.color)} and {article(b.color)} {noun}"
    return draw.one_of(f"{article(a.color)} {noun} and {article(b.color)} one {place}", f"{colors} {place}",
                       f"two {plural(noun)} one {a.color} and one {b.color}", f"two {plural(noun)} {place}",
                       f"the {a.color} {noun} is {relation(draw, a, b)} the {b.color} one")


def article(color):
    """Return the name of a color with "a" or "an" before it."""
    return f"{'an' if color == 'orange' else 'a'} {color}"


def in_general(draw, scene):
    """Return what `draw` makes of a scene of two animals or vehicles: "two animals standing in the snow"."""
    what = "animals" if kinds_in(scene, ANIMALS) else "vehicles"
    return f"two {what} {doing(draw, scene.things)} {where(draw, scene.things, scene.place)}"


def about_three(draw, scene):
    """Return a sentence about a scene of three things; `draw` chooses the kind of sentence and its words."""
    kinds = groups(scene.things)
    in_a_row = all(beside(a, b) for a, b in zip(scene.things, scene.things[1:]))
    if not in_a_row:
        return draw.one_of(above_two, above_two, above_two, with_scenery, under)(draw, scene)
    if len(kinds) == 1:
        alike = len({thing.color for thing in scene.things}) == 1
        return draw.one_of(counted, counted, active, plain, there_is, with_scenery,
                           *[odd_color] * 4 * (not alike))(draw, scene)
    says = [all_together] * 3 + [with_scenery, there_is_all]
    middle = scene.things[1]
    if scene.things[0].kind == scene.things[2].kind != middle.kind:
        says += [between] * 4
    else:
        says += [two_and_one] * 2
    return draw.one_of(*says)(draw, scene)


def there_is_all(draw, scene):
    """Return what `draw` makes of a scene of two kinds in a row: "there are two dogs and a cat on the grass"."""
    many = sorted(groups(scene.things), key=len)[::-1]
    names = " and ".join(name(draw, group, color=1) for group in many)
    return f"there are {names} {where(draw, scene.things, scene.place)}"


def between(draw, scene):
    """Return what `draw` makes of a scene of three, the outer two of one kind: "a white cat between two black dogs"."""
    left, middle, right = scene.things
    verb = draw.one_of("", doing(draw, [middle]))
    return f"{name(draw, [middle])} {verb} between {name(draw, [left, right])}"


def two_and_one(draw, scene):
    """Return what `draw` makes of a scene of two alike beside another: "two dogs to the left of a white cat"."""
    few, many = sorted(groups(scene.things), key=len)
    if draw.chance(0.5):
        return f"{name(draw, many)} {relation(draw, many[0], few[0])} {name(draw, few)}"
    return f"{name(draw, few)} {relation(draw, few[0], many[0])} {name(draw, many)}"


def above_two(draw, scene):
    """Return what `draw` makes of a scene of one above two: "a red bird flying above two black dogs in the snow"."""
    top, *below = scene.things
    under_it = join(draw, groups(below))
    place = where(draw, below, scene.place) if draw.chance(0.4) else ""
    return f"{name(draw, [top])} {draw.one_of('flying over', 'flying above', 'above')} {under_it} {place}"


def under(draw, scene):
    """Return what `draw` makes of a scene of one above two: "two black dogs under a red bird"."""
    top, *below = scene.things
    return f"{join(draw, groups(below))} {draw.one_of('under', 'below')} {name(draw, [top])}"


def odd_color(draw, scene):
    """Return what `draw` makes of a scene of three of a kind, not of one color: "two red cars and a blue one"."""
    colors = {}
    for thing in scene.things:
        colors[thing.color] = colors.get(thing.color, 0) + 1
    noun, place = draw.one_of(*NOUNS[scene.things[0].kind]), where(draw, scene.things, scene.place)
    if len(colors) == 3:
        a, b, c = map(article, colors)
        return draw.one_of(f"{a} {b} and {c} {noun} {place}", f"three {plural(noun)} {place}")
    two, one = sorted(colors, key=colors.get)[::-1]
    return draw.one_of(f"two {two} {plural(noun)} and {article(one)} one {place}",
                       f"{article(one)} {noun} and two {two} ones {place}")
