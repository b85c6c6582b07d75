"""Backfills: a span of business days, asked for again in windows of many days or read again from the lake.

* `plan`      what is wished for, cut into windows, and what cannot be asked for
* `cost`      what the windows will cost, from what earlier loads cost
* `journal`   which windows have landed: what makes a backfill resumable and tells how far it is
* `work`      the windows of an account, one after the other, vendor or lake
* `replay`    what the lake still holds of a span
* `telling`   all of that as lines of text
"""
