from .claims.claim import Claim as Claim
from .claims.claim import Verdict as Verdict
from .claims.claim import at_least as at_least
from .claims.claim import at_most as at_most
from .claims.claim import claim as claim
from .claims.claim import equivalent as equivalent
from .claims.claim import greater as greater
from .claims.claim import less as less
from .claims.claim import noninferior as noninferior
from .claims.value import Value as Value
from .claims.value import value as value
from .panels.aggregates import aggregates as aggregates
from .panels.attention import attention as attention
from .panels.base import Panel as Panel
from .panels.code import code as code
from .panels.compare import compare as compare
from .panels.curves import curves as curves
from .panels.dataset import dataset as dataset
from .panels.distribution import distribution as distribution
from .panels.drift import drift as drift
from .panels.forest import forest as forest
from .panels.importance import importance as importance
from .panels.learning_curve import learning_curve as learning_curve
from .panels.monitor import monitor as monitor
from .panels.parallel import parallel as parallel
from .panels.profile import profile as profile
from .panels.ranks import ranks as ranks
from .panels.scatter import scatter as scatter
from .panels.sweep import sweep as sweep
from .panels.table import table as table
from .panels.timeline import timeline as timeline
from .recording.active import ActiveRun as ActiveRun
from .recording.active import start_run as start_run
from .recording.current import finish as finish
from .recording.current import init as init
from .recording.current import log as log
from .records import Run as Run
from .records import Series as Series
from .records import Status as Status
from .runs import runs as runs
from .runs.grouping import Groups as Groups
from .runs.runset import RunSet as RunSet
from .version import __version__ as __version__

__all__ = [
    "ActiveRun",
    "Claim",
    "Groups",
    "Panel",
    "Run",
    "RunSet",
    "Series",
    "Status",
    "Value",
    "Verdict",
    "__version__",
    "aggregates",
    "at_least",
    "at_most",
    "attention",
    "claim",
    "code",
    "compare",
    "curves",
    "dataset",
    "distribution",
    "drift",
    "equivalent",
    "finish",
    "forest",
    "greater",
    "importance",
    "init",
    "learning_curve",
    "less",
    "log",
    "monitor",
    "noninferior",
    "parallel",
    "profile",
    "ranks",
    "runs",
    "scatter",
    "start_run",
    "sweep",
    "table",
    "timeline",
    "value",
]
