"""Records that are written now and tell of then."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.models.signals import post_save
from simple_history.signals import pre_create_historical_record

from keepwell.web.base.models import Person, Record


@contextmanager
def then(moment: datetime, person: Person) -> Iterator[datetime]:
    """What is kept in here was kept by a person at a moment, and its history says so."""

    def made(sender: Any, instance: Any, created: bool = False, **_told: Any) -> None:
        if created and isinstance(instance, Record):
            instance.created_at, instance.created_by = moment, person
            sender.everything.filter(pk=instance.pk).update(created_at=moment, created_by=person)

    def changed(history_instance: Any, **_told: Any) -> None:
        history_instance.history_date, history_instance.history_user = moment, person
        if history_instance.history_type == "+":
            history_instance.created_at, history_instance.created_by = moment, person

    post_save.connect(made, weak=False)
    pre_create_historical_record.connect(changed, weak=False)
    try:
        yield moment
    finally:
        post_save.disconnect(made)
        pre_create_historical_record.disconnect(changed)
