"""Millrace's default trainer: XGBoost trees by the SageMaker training-container contract."""
