"""Every figure that the notebooks draw."""

from cs182lib.plots.attention import *  # noqa: F403
from cs182lib.plots.captions import *  # noqa: F403
from cs182lib.plots.cifar10 import *  # noqa: F403
from cs182lib.plots.curves import *  # noqa: F403
from cs182lib.plots.diagrams import *  # noqa: F403
from cs182lib.plots.distillation import *  # noqa: F403
from cs182lib.plots.images import *  # noqa: F403
from cs182lib.plots.language import *  # noqa: F403
from cs182lib.plots.networks import *  # noqa: F403
from cs182lib.plots.recurrent import *  # noqa: F403
from cs182lib.plots.style import use_style  # noqa: F401
from cs182lib.plots.style_transfer import *  # noqa: F403
from cs182lib.plots.summaries import *  # noqa: F403
from cs182lib.plots.visualization import *  # noqa: F403
