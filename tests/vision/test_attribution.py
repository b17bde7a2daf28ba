"""SmoothGrad, Grad-CAM and guided gradients on networks whose maps can be written down."""

import pytest
import torch
import torch.nn.functional as F
from small_nets import ConvNet, Linear, Quadratic, tensor
from torch import nn

from cs182lib.vision.attribution import grad_cam, guided_gradient, guided_saliency, smooth_grad
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.vision.visualization import compute_saliency_maps, score_gradient

X = tensor((4, 3, 5, 6))
Y = torch.tensor([2, 0, 6, 2])


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


def test_noise_changes_nothing_for_a_linear_net():
    net = Linear(7, 3, 5, 6)
    close(smooth_grad(X, Y, net, num_samples=3, noise=0.5), compute_saliency_maps(X, Y, net))


def test_without_noise_it_is_the_saliency_map():
    net = ConvNet(3, 4, 7)
    close(smooth_grad(X, Y, net, num_samples=2, noise=0), compute_saliency_maps(X, Y, net))


def test_smooth_grad_is_the_mean_over_noise():
    """For the quadratic net the mean gradient is 2 W (X + mean of the noise)."""
    net, generator = Quadratic(7, 3, 5, 6), torch.Generator().manual_seed(9)
    sigma = 0.2 * torch.stack([x.max() - x.min() for x in X]).view(4, 1, 1, 1)
    e = torch.stack([torch.randn(X.shape, generator=generator, dtype=X.dtype) for _ in range(6)]).mean(dim=0)
    close(smooth_grad(X, Y, net, num_samples=6, noise=0.2, seed=9),
          (2 * net.W.detach()[Y] * (X + sigma * e)).abs().amax(dim=1))


def test_many_samples_come_to_the_expected_gradient():
    net = Quadratic(7, 3, 5, 6)
    smooth = smooth_grad(X, Y, net, num_samples=400, noise=0.05)
    torch.testing.assert_close(smooth, compute_saliency_maps(X, Y, net), rtol=0, atol=0.06)


def test_cam_of_a_net_with_known_maps():
    """scores = V mean(A) + b: each map's weight is V[y] / (H W), so the map is relu(sum of V[y] A) / (H W)."""
    net = ConvNet(3, 4, 7).eval()
    A, V = net.features(X).detach(), net.classifier[3].weight.detach()
    close(grad_cam(X, Y, net), torch.relu(torch.einsum("nk,nkij->nij", V[Y], A)) / 30)


def test_cam_of_an_earlier_layer():
    """Before the ReLU the gradient of a map is V[y] / (H W) where it is positive: the weight counts those places."""
    net = ConvNet(3, 4, 7).eval()
    A, V = net.features[0](X).detach(), net.classifier[3].weight.detach()
    weights = V[Y] * (A > 0).double().mean(dim=(2, 3)) / 30
    close(grad_cam(X, Y, net, layer=net.features[0]), torch.relu(torch.einsum("nk,nkij->nij", weights, A)))


def test_cam_is_enlarged_to_the_picture():
    net = ConvNet(3, 4, 7).eval()
    net.features.append(nn.AvgPool2d(2))
    wide = torch.cat([X, X], dim=3)[:, :, :4]  # (4, 3, 4, 12)
    small = torch.relu(torch.einsum("nk,nkij->nij", net.classifier[3].weight.detach()[Y], net.features(wide)) / 12)
    large = F.interpolate(small.detach()[:, None], (4, 12), mode="bilinear")[:, 0]  # (4, 2, 6) -> (4, 4, 12)
    close(grad_cam(wide, Y, net), large)


def test_cam_works_where_no_parameter_wants_a_gradient():
    torch.manual_seed(0)
    net = SqueezeNet("1_1", 10, stride=1).requires_grad_(False)
    x = torch.rand(2, 3, 48, 40, generator=torch.Generator().manual_seed(0))
    assert grad_cam(x, torch.tensor([1, 2]), net).shape == (2, 48, 40)
    assert not any(layer._forward_hooks for layer in net.modules())


def test_guided_gradient_by_hand():
    """conv - relu - mean - affine: what comes down is relu(V[y] / (H W)) where the ReLU was on, through the conv."""
    net = ConvNet(3, 4, 7).eval()
    A, V = net.features[0](X), net.classifier[3].weight.detach()
    dA = (V[Y].clamp(min=0) / 30)[:, :, None, None] * (A > 0)
    close(guided_gradient(X, Y, net), F.conv_transpose2d(dA, net.features[0].weight.detach(), padding=1))
    close(guided_saliency(X, Y, net), guided_gradient(X, Y, net).abs().amax(dim=1))


def test_guiding_ends_with_the_call():
    net = ConvNet(3, 4, 7)
    plain = score_gradient(X, Y, net)
    assert not torch.allclose(guided_gradient(X, Y, net), plain)
    close(score_gradient(X, Y, net), plain)
    with pytest.raises(ValueError, match="below 7"):
        guided_gradient(X, Y + 1, net)
    close(score_gradient(X, Y, net), plain)


@pytest.mark.parametrize("call, error, words", [
    (lambda net: smooth_grad(X.numpy(), Y, net), TypeError, "X must be a float tensor"),
    (lambda net: smooth_grad(X, Y, net, num_samples=0), ValueError, "num_samples"),
    (lambda net: smooth_grad(X, Y, net, noise=-0.1), ValueError, "noise"),
    (lambda net: smooth_grad(X, Y, net, seed=-1), ValueError, "seed"),
    (lambda net: grad_cam(X, Y + 1, net), ValueError, "below 7, got 7"),
    (lambda net: grad_cam(X, Y, net, layer="features"), TypeError, "layer must be a module"),
    (lambda net: grad_cam(X, Y, net, layer=nn.ReLU()), ValueError, "passed once"),
    (lambda net: grad_cam(X, Y, net, layer=net.classifier), ValueError, r"\[\(4, 7\)\]"),
    (lambda net: grad_cam(X, Y, Linear(7, 3, 5, 6)), TypeError, "try model.features"),
    (lambda net: guided_gradient(X, Y, Linear(7, 3, 5, 6)), ValueError, "nn.ReLU"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call(ConvNet(3, 4, 7))
