"""The long runs in small: each by `run_full`, as the command makes it, on few data and with few steps."""

import functools
import json
import os
from unittest import mock

import numpy as np
import torch
from killing import Subject

from cs182lib.data import get_CIFAR10_data, load_cifar10_uint8, load_coco_data, write_coco_files
from cs182lib.data.article import News
from cs182lib.data.photographs import IMAGENET
from cs182lib.data.standins.gazette import make_stories
from cs182lib.language import distillation_run, language_model_run, summarizer_run
from cs182lib.language.bert_files import save_bert
from cs182lib.language.wordpiece import train_wordpiece
from cs182lib.models import FullyConnectedNet, ThreeLayerConvNet, pca_whitening
from cs182lib.training import Solver, captioning_run
from cs182lib.vision import cifar_net, style_recipes, visualization_run
from cs182lib.vision.cifar_recipes import Recipe
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.workbook import full_runs
from tests.language import test_distillation_training, test_language_model_run, test_summarizer_run
from tests.training import test_captioning_solver
from tests.vision import test_style_recipes

WITHOUT = ("seconds", "sessions", "date", "machine")  # what another session may have otherwise
TIMES = ("seconds", "train_seconds", "cpu_seconds")


def record(name, folder):
    """Return the record of a long run without its times."""
    entry = json.loads((folder / "results" / f"{name}.json").read_text())
    return {key: without_times(value) for key, value in entry.items() if key not in WITHOUT}


def without_times(value):
    """Return `value` without what is a time."""
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items()
                if key not in TIMES and not key.endswith(("_seconds", "_ms", "speedup"))}
    return value


def subject(name, shrink, prepare=lambda folder: None, names=None):
    """Return the subject of a long run, or of a call that makes several: `shrink(folder)` makes it a short one."""
    names = names or [name]

    def work(folder):
        shrink(folder)
        full_runs.run_full(names, folder=folder / "full", results=folder / "results")
        if any((folder / "full").iterdir()):
            raise RuntimeError(f"something is left: {[path.name for path in (folder / 'full').iterdir()]}")

    return Subject(f"--full {name}", work, lambda folder: {one: record(one, folder) for one in names}, prepare)


def change(module, **values):
    """Set attributes of a module; the process lives for this work only."""
    for name, value in values.items():
        assert hasattr(module, name), name
        setattr(module, name, value)


@functools.cache
def pictures():
    """Return a hundred pictures of each part, centered and raw."""
    raw = load_cifar10_uint8()
    for key in raw:
        raw[key] = raw[key][:100]
    with mock.patch("cs182lib.data.cifar10.load_cifar10_uint8", lambda: raw):
        return get_CIFAR10_data(80, 20, 50, dtype=np.float32), raw


def few_pictures(folder):
    """Give the classifiers few pictures, epochs and filters."""
    data, raw = pictures()
    recipe, train = Recipe(widths=(8, 8, 8), epochs=6, batch_size=20), cifar_net.train_cifar_net
    change(full_runs, get_CIFAR10_data=lambda **options: data, load_cifar10_uint8=lambda: raw,
           require_real=lambda data: data,
           Solver=lambda *a, **options: Solver(*a, **{**options, "num_epochs": 6, "batch_size": 20}),
           FullyConnectedNet=lambda **o: FullyConnectedNet(**{**o, "hidden_dims": [32, 16], "input_dim": 40}),
           pca_whitening=lambda X, num_components: pca_whitening(X, num_components=40),
           ThreeLayerConvNet=lambda **o: ThreeLayerConvNet(**{**o, "num_filters": 4, "hidden_dim": 10}))
    change(cifar_net, train_cifar_net=lambda budget, data, **options: train(recipe, data, num_validation=20, **options))


def few_captions(folder):
    """Give the captioner a few captions and units."""
    change(captioning_run, MODEL={**captioning_run.MODEL, "wordvec_dim": 5, "hidden_dim": 8},
           load_coco_data=lambda: load_coco_data(folder / "few"))
    captioning_run.BUDGETS[False] |= dict(num_epochs=15, batch_size=20, optim_config={"learning_rate": 1e-2})


def write_captions(folder):
    """Lay out these captions."""
    split = test_captioning_solver.split
    write_coco_files(folder / "few", test_captioning_solver.WORDS, split(60, 1), split(15, 2))


def few_photographs(folder):
    """Let the visualization find three small pictures and weights of no worth, and take few steps."""
    os.environ |= {"CS182_DATASETS": str(folder / "data"), "CS182_DATA": "auto"}
    draw = visualization_run.create_class_visualization
    change(visualization_run, DREAMS={"tick": 78}, CHECKED=1, fool_all=lambda X, model, save: {"fooled": len(X)},
           create_class_visualization=lambda *a, **k: draw(*a, **k, size=40, num_iterations=2, max_jitter=2))


def write_photographs(folder):
    """Lay out these pictures and weights."""
    torch.manual_seed(0)
    (folder / "data").mkdir()
    state = SqueezeNet("1_0", 1000).state_dict()
    state["classifier.1.bias"] += 1.0  # no score is silent
    np.savez(folder / "data" / "squeezenet1_0-imagenet.npz", **{name: value.numpy() for name, value in state.items()})
    X = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    np.savez(folder / "data" / IMAGENET, X=X, y=np.array([6, 46, 86]))


def few_paintings(folder):
    """Give the style transfer small pictures, a net of no worth and two steps."""
    torch.manual_seed(0)
    net = SqueezeNet("1_0").eval().requires_grad_(False)
    net.mean, net.std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    net.source, net.file, net.fingerprint = "npz", "random", "abc"
    transfer = style_recipes.real_style_transfer
    change(style_recipes, load_squeezenet=lambda: net, load_paintings=test_style_recipes.pictures, IMAGE_SIZE=32,
           COURSE={name: {**one, "style_size": 32} for name, one in style_recipes.COURSE.items()},
           real_style_transfer=lambda checkpoint: transfer(checkpoint, num_steps=2))


def few_titles(folder):
    """Give the language model titles of a rule."""
    rule = test_language_model_run.news_of
    change(language_model_run, load_news=lambda name: News(rule(120, 1), rule(40, 2), rule(60, 5), "rules"),
           MODEL=language_model_run.MODEL | {"rnn_size": 16},
           TRAINING=language_model_run.TRAINING | {"epochs": 8, "batch_size": 8, "lr": 0.02})


def few_stories(folder):
    """Give the summarizer stories of a rule."""
    story, recipe = test_summarizer_run.story, test_summarizer_run.SMALL
    news = News([story(i) for i in range(60)], [story(i, 10) for i in range(100, 112)],
                [story(i, 20) for i in range(120, 131)], "rules", unused=[])
    run, small = summarizer_run.summarization_reuters, recipe | {"training": recipe["training"] | {"epochs": 5}}
    change(summarizer_run, load_news=lambda name: news, summarization_reuters=lambda path: run(path, recipe=small))


def few_of_the_gazette(folder):
    """Give the summarizer a few stories of the gazette."""
    news = News(make_stories(40, 5), make_stories(12, 6), make_stories(10, 7), "gazette", is_standin=True)
    run, recipe = summarizer_run.summarization_gazette, test_summarizer_run.SMALL
    change(summarizer_run, load_news=lambda name: news,
           summarization_gazette=lambda path: run(path, recipe=recipe, count=30))


def few_topics(folder):
    """Give the distillation three topics, a small teacher and a smaller student."""
    stories, once = test_distillation_training.stories, dict(epochs=1, lr=1e-2)
    parts = "general", "teacher", "few_teacher", "student", "alone"
    run, task = distillation_run.distillation_reuters, distillation_run.topic_task
    news, settings = News(stories(60), stories(15, 1), stories(15, 2), "test stories"), dict.fromkeys(parts, once)
    change(distillation_run, fast_precision=lambda device: "no", topic_task=lambda *a, **k: task(*a, num_topics=3, **k),
           STUDENT=dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8),
           distillation_reuters=lambda path: run(path, news, folder / "teacher", settings | {"max_length": 6}, (1, 2)))


def write_teacher(folder):
    """Lay out this teacher."""
    texts = [f"{story.title} {story.body}" for story in test_distillation_training.stories(60)]
    wordpiece = train_wordpiece(texts, 80)
    save_bert(test_distillation_training.small(len(wordpiece), blocks=4), folder / "teacher")
    wordpiece.save(folder / "teacher")


CLASSIFIERS = ("two_layer_net", "best_fully_connected_net", "convnet", "cifar_net_2min", "cifar_net_20min",
               "cifar_net_45min", "squeezenet_cifar10")
SHRINK = {
    **dict.fromkeys(CLASSIFIERS, (few_pictures,)),
    "captioning": (few_captions, write_captions),
    "network_visualization": (few_photographs, write_photographs),
    "style_transfer": (few_paintings,),
    "language_model": (few_titles,),
    "summarization": (few_stories,),
    "summarization_gazette": (few_of_the_gazette,),
    "distillation": (few_topics, write_teacher),
}
SEVERAL = ["two_layer_net", "cifar_net_2min", "best_fully_connected_net"]
SUBJECTS = (*(subject(name, *SHRINK[name]) for name in SHRINK),
            subject("of three", few_pictures, names=SEVERAL))
