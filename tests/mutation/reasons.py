"""How a survivor is entered in its table."""


def explained(kind, why, *survivors):
    """Return {survivor: (kind, why)} for survivors with one reason.

    Parameters
    ----------
    kind : "same", where what the exercise asks for does not change; "missed", where the check has a hole
    why : str, one sentence
    survivors : (exercise, original statement, mutated statement)
    """
    return {survivor: (kind, why) for survivor in survivors}
