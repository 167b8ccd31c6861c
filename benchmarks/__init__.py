"""Measures talend-oauth beside other token libraries; run by `scripts/bench`."""
