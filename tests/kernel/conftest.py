"""Fixtures of the kernel's tests."""

from tests.support.alerting_toy import make as make
