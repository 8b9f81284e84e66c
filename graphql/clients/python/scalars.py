"""The API's scalars as Python types. They are named so that no field has the same name as its type."""

from __future__ import annotations

import datetime

CalendarDay = datetime.date
Moment = datetime.datetime
