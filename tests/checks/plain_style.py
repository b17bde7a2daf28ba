"""Plain right solutions of the style-transfer exercises, written as a learner would; `wrong_style` breaks them."""


def extract_features(x, cnn):
    features = []
    for module in cnn.features:
        x = module(x)
        features.append(x)
    return features


def content_loss(content_weight, content_current, content_target):
    difference = content_current - content_target
    return content_weight * (difference**2).sum()


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows.bmm(rows.transpose(1, 2))
    if normalize:
        gram = gram / (H * W * C)
    return gram


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0
    for i, layer in enumerate(style_layers):
        gram = gram_matrix(feats[layer])
        loss += style_weights[i] * ((gram - style_targets[i])**2).sum()
    return loss


def tv_loss(img, tv_weight):
    down = ((img[:, :, 1:, :] - img[:, :, :-1, :])**2).sum()
    right = ((img[:, :, :, 1:] - img[:, :, :, :-1])**2).sum()
    return tv_weight * (down + right)
