"""The course's settings for either SqueezeNet, and the run that measures them."""

import numpy as np
import pytest
import torch

from cs182lib.data.paintings import PAINTINGS, Pictures
from cs182lib.vision import style_recipes
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.vision.style_recipes import COURSE, course_settings, outcome, real_style_transfer, style_layers
from cs182lib.vision.style_transfer import style_transfer
from cs182lib.workbook.results import record


@pytest.fixture
def net():
    """A random network of version 1.0 that says it has ImageNet weights."""
    torch.manual_seed(0)
    model = SqueezeNet("1_0").eval().requires_grad_(False)
    model.mean, model.std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    model.source, model.file, model.fingerprint = "npz", "random", "abc"
    return model


def pictures(is_standin=False):
    i, j = np.mgrid[:36, :48]
    waves = {name: np.stack([(i * (k + 3)) % 256, j * 4, i + 20 * k], axis=2).astype(np.uint8)
             for k, name in enumerate(PAINTINGS)}
    return Pictures(waves, "waves", is_standin, "fedcba", ())


def test_layers_of_both_versions_have_the_same_channels(net):
    for model in (net, SqueezeNet("1_1")):
        with torch.no_grad():
            x, channels = torch.zeros(1, 3, 64, 64), []
            for module in model.features:
                x = module(x)
                channels.append(x.shape[1])
        assert [channels[layer] for layer in style_layers(model)[1:]] == [128, 256, 256]
        assert channels[style_recipes.CONTENT_LAYER] == 128
        assert isinstance(model.features[style_layers(model)[0]], torch.nn.ReLU)


def test_course_settings(net):
    settings = course_settings("the_scream", net)
    assert settings == dict(image_size=192, style_size=224, content_layer=3, content_weight=3e-2, tv_weight=2e-2,
                            style_layers=(1, 4, 5, 7), style_weights=(200000, 800, 12, 1))
    with pytest.raises(ValueError, match="painting must be one of 'composition_vii'"):
        course_settings("mona_lisa", net)


def test_outcome_is_free_of_weights(net):
    """The same picture, described with other weights, has come equally far."""
    content, style = list(pictures().values())[:2]
    settings = dict(image_size=32, style_size=32, content_layer=3, style_layers=(1, 4), tv_weight=0.0)
    weights = dict(content_weight=0.01, style_weights=(5, 7))
    made = style_transfer(content, style, **settings, **weights, cnn=net, num_steps=4)
    expected = outcome(content, style, made, {**settings, **weights}, net)
    assert min(expected.values()) > 0
    scaled = {name: [1000 * value for value in values] for name, values in made.history.items()}
    weights = dict(content_weight=10, style_weights=(5000, 7000))
    again = outcome(content, style, made._replace(history=scaled), {**settings, **weights}, net)
    assert again == pytest.approx(expected)
    untouched = style_transfer(content, style, **settings, **weights, cnn=net, num_steps=1, optimizer="lbfgs")
    start = {name: values[:1] for name, values in untouched.history.items()}
    begun = outcome(content, style, untouched._replace(history=start), {**settings, **weights}, net)
    assert begun == pytest.approx({"style_factor": 1, "content_ratio": 0}, rel=1e-4)


def test_the_run_measures_every_transfer(net, monkeypatch, tmp_path):
    monkeypatch.setattr(style_recipes, "load_squeezenet", lambda: net)
    monkeypatch.setattr(style_recipes, "load_paintings", pictures)
    monkeypatch.setattr(style_recipes, "IMAGE_SIZE", 32)
    monkeypatch.setattr(style_recipes, "COURSE", {k: {**v, "style_size": 32} for k, v in COURSE.items()})
    saved = {}
    fields = real_style_transfer(num_steps=2, save=saved.__setitem__)
    assert len(saved) == 3 * 2 * 2 + 3 and all(picture.shape == (32, 42, 3) for picture in saved.values())
    assert len(fields["figures"]) == 3 * 2 * 2 * 3 + 3
    assert {"starry_night_course_adam_style_factor", "the_scream_balanced_lbfgs_content_ratio",
            "composition_vii_course_lbfgs_seconds"} <= fields["figures"].keys()
    record("style_transfer", folder=tmp_path, command="test", seconds=1.0, **fields)
    assert (tmp_path / "style_transfer.json").exists()


def test_stand_ins_are_not_recorded(net, monkeypatch):
    monkeypatch.setattr(style_recipes, "load_squeezenet", lambda: net)
    monkeypatch.setattr(style_recipes, "load_paintings", lambda: pictures(is_standin=True))
    with pytest.raises(ValueError, match="needs ImageNet weights of SqueezeNet"):
        real_style_transfer()
