"""Every check of the Transformer passes right solutions and fails wrong ones with the likely cause."""

import plain_transformer
import pytest
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from unusual_transformer import UNUSUAL
from wrong_transformer import WRONG

from cs182lib.checks import CheckFailed, hw3, hw3_transformer
from cs182lib.language import attention, transformer, transformer_blocks, transformer_embeddings

MODULES = (attention, transformer_blocks, transformer_embeddings, transformer)
LIBRARY = {name: next(getattr(module, name) for module in MODULES if hasattr(module, name)) for name in WRONG}


def check(name):
    return getattr(hw3_transformer, f"check_{name}")


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [LIBRARY[name], getattr(plain_transformer, name)], capsys)
    assert len(WRONG[name]) >= 5 and hw3.CHECKS[f"hw3/{name}"] is check(name)


@pytest.mark.parametrize("name", ["MultiHeadProjection", "TransformerEncoderBlock", "TransformerDecoderBlock",
                                  "Transformer"])
def test_the_fast_path_passes(name):
    check(name)(lambda *arguments: LIBRARY[name](*arguments, attention="fast"))


@pytest.mark.parametrize("name", ["TransformerEncoderBlock", "TransformerDecoderBlock"])
def test_normalizing_last_fails(name):
    with pytest.raises(CheckFailed):
        check(name)(lambda *arguments: LIBRARY[name](*arguments, norm="post"))


@pytest.mark.parametrize("name, solution", UNUSUAL)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(getattr(plain_transformer, name), old, new), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_and_exception(name):
    assert_not_written_yet(check(name), "language/transformer.py")
    with pytest.raises(CheckFailed, match="expected an nn.Module"):
        check(name)(lambda *arguments: None)
