from reporting.metrics.catalogue import METRICS, evaluate
from reporting.metrics.values import COUNT, DAYS, MONEY, PERCENT, RATIO, Inputs, Metric, Value

__all__ = ["COUNT", "DAYS", "METRICS", "MONEY", "PERCENT", "RATIO", "Inputs", "Metric", "Value", "evaluate"]
