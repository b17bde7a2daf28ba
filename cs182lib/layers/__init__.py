"""NumPy layers, each a forward and a backward function: `from cs182lib.layers import *` gives them all."""

from cs182lib.layers.attention import *  # noqa: F403
from cs182lib.layers.convolution import *  # noqa: F403
from cs182lib.layers.dense import *  # noqa: F403
from cs182lib.layers.dropout import *  # noqa: F403
from cs182lib.layers.embedding import *  # noqa: F403
from cs182lib.layers.gru import *  # noqa: F403
from cs182lib.layers.im2col import *  # noqa: F403
from cs182lib.layers.initialization import *  # noqa: F403
from cs182lib.layers.losses import *  # noqa: F403
from cs182lib.layers.lstm import *  # noqa: F403
from cs182lib.layers.normalization import *  # noqa: F403
from cs182lib.layers.pooling import *  # noqa: F403
from cs182lib.layers.recurrent import *  # noqa: F403
from cs182lib.layers.sandwiches import *  # noqa: F403
from cs182lib.layers.spatial_normalization import *  # noqa: F403
from cs182lib.layers.temporal import *  # noqa: F403
