from reporting.metrics.catalogue import METRICS, Inputs, Metric, Value, evaluate

__all__ = ["METRICS", "Inputs", "Metric", "Value", "evaluate"]
