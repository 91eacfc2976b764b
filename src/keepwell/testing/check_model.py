"""Is this a model? The public examination every registered model passes, and any plug-in's can sit."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from keepwell.errors import KeepwellError, ModelError
from keepwell.measure.facts import Facts
from keepwell.understand.model import Model

Run = Callable[[ir.Table], pd.DataFrame]
_SEED, _DAYS = 1, 90


def check_model(make: Callable[[], Model], facts: Facts, run: Run) -> None:
    """
    Examine a model on a world that has enough for it.

    Args:
        make: Makes one that has learned nothing.
        facts: What is known.
        run: Has an engine compute an expression.

    Raises:
        AssertionError: Naming the law the model breaks.
    """
    model = make()
    _says_what_it_is(model)
    asked = model.needs(facts)
    cells = run(asked.cells)
    taught = run(model.past(facts).cells)
    _looks_at_nothing_to_come(model, facts, run)
    _counts_everybody_once(model, asked.customers, cells, run)
    _is_silent_before_it_learned(make(), cells)
    _refuses_an_empty_company(make(), taught)
    model.fit(taught, chance=np.random.default_rng(_SEED))
    told = _told_without_a_trace(model, cells)
    _tells_chances(model, cells, told)
    _is_surer_of_longer(model, cells, told)
    _says_the_same_again(make, taught, cells, told)
    _can_be_put_away(model, cells, told)


def _says_what_it_is(model: Model) -> None:
    assert model.id.isidentifier(), f"{model.id}: an id is lower-case words joined by underscores"
    assert model.id == model.id.lower(), f"{model.id}: an id is lower case"
    assert model.question.endswith("?"), f"{model.id}: its question ends with a question mark"
    for part in ("name", "assumes", "misleads", "source"):
        assert len(getattr(model, part)) > 3, f"{model.id}: says nothing as its {part}"


def _looks_at_nothing_to_come(model: Model, facts: Facts, run: Run) -> None:
    """Seen from a morning of the past it needs the same, whether or not the orders since are known."""
    morning = facts.as_of - timedelta(days=_DAYS)
    early = replace(facts, as_of=morning)
    tables = dict(facts.tables)
    orders = tables.get("orders")
    if orders is not None:
        tables["orders"] = orders.filter(early.day(orders.ordered_at) < early.today)
    blind = replace(early, tables=tables)
    seen, unseen = (run(model.needs(known).customers.order_by("customer_id")) for known in (early, blind))
    try:
        pd.testing.assert_frame_equal(seen, unseen, rtol=1e-9)
    except AssertionError as fault:
        what = str(fault).splitlines()[0]
        raise AssertionError(
            f"{model.id}: what it looks at on {morning} changes with what came later: {what}"
        ) from None


def _counts_everybody_once(model: Model, customers: ir.Table, cells: pd.DataFrame, run: Run) -> None:
    counted = run(customers.agg(rows=customers.count(), people=customers.customer_id.nunique())).iloc[0]
    assert counted["rows"] == counted["people"], f"{model.id}: a customer stands in two rows of what it needs"
    assert cells["customers"].sum() == counted["people"], f"{model.id}: its cells do not add up to its customers"


def _is_silent_before_it_learned(model: Model, cells: pd.DataFrame) -> None:
    for ask in (lambda: model.predict(cells, days=_DAYS), model.explain):
        try:
            ask()
        except ModelError:
            continue
        raise AssertionError(f"{model.id}: answers before it has learned anything")


def _refuses_an_empty_company(model: Model, cells: pd.DataFrame) -> None:
    try:
        model.fit(cells.iloc[:0])
    except KeepwellError as fault:
        why = str(fault)
    else:
        raise AssertionError(f"{model.id}: learns from nobody")
    assert len(why) > 20, f"{model.id}: refuses without saying why"


def _tells_chances(model: Model, cells: pd.DataFrame, told: pd.DataFrame) -> None:
    assert told.index.equals(cells.index), f"{model.id}: its answers stand in another order than what was asked"
    chance = told["chance"].dropna()
    assert len(chance) > len(told) / 2, f"{model.id}: tells most customers no chance at all"
    assert chance.between(0, 1).all(), f"{model.id}: a chance below 0 or above 1"
    endless = [str(name) for name in told.select_dtypes("number") if np.isinf(told[name].to_numpy("float64")).any()]
    assert not endless, f"{model.id}: {', '.join(endless)} without end; what cannot be told is NaN"
    if "expected" in told:
        assert (told["expected"].dropna() >= 0).all(), f"{model.id}: expects fewer than none"
    for low, high in (("low", "high"), ("risk_low", "risk_high")):
        if {low, high} <= set(told.columns):
            known = told[[low, high]].dropna()
            assert (known[low] <= known[high]).all(), f"{model.id}: an interval that ends before it begins"
    assert len(model.explain()) > 40, f"{model.id}: does not explain itself"


def _told_without_a_trace(model: Model, cells: pd.DataFrame) -> pd.DataFrame:
    """What it tells, the cells being left as they were."""
    before = cells.copy(deep=True)
    told = model.predict(cells, days=_DAYS)
    assert cells.equals(before), f"{model.id}: predict() writes into the cells it was given"
    return told


def _is_surer_of_longer(model: Model, cells: pd.DataFrame, told: pd.DataFrame) -> None:
    """What happens within some days happens within twice as many, too; a model of one length of days may refuse others."""
    try:
        later = model.predict(cells, days=2 * _DAYS)
    except ModelError:
        return
    for name in sorted({"chance", "expected"} & set(told.columns)):
        both = pd.concat([told[name], later[name]], axis=1, keys=["soon", "later"]).dropna()
        worst = float((both["soon"] - both["later"]).max()) if len(both) else 0.0
        assert worst <= 1e-9, f"{model.id}: its {name} is less over {2 * _DAYS} days than over {_DAYS}"


def _says_the_same_again(
    make: Callable[[], Model], taught: pd.DataFrame, cells: pd.DataFrame, told: pd.DataFrame
) -> None:
    """The same data, in another order of rows, and the same chance give the same answers."""
    again = make().fit(
        taught.iloc[::-1].reset_index(drop=True) if "cut_day" not in taught else taught,
        chance=np.random.default_rng(_SEED),
    )
    pd.testing.assert_frame_equal(again.predict(cells, days=_DAYS), told, rtol=1e-4)


def _can_be_put_away(model: Model, cells: pd.DataFrame, told: pd.DataFrame) -> None:
    saved = json.loads(json.dumps(model.save()))
    pd.testing.assert_frame_equal(type(model).load(saved).predict(cells, days=_DAYS), told)
    try:
        type(model).load({**saved, "version": saved["version"] + 1})
    except ModelError:
        return
    raise AssertionError(f"{model.id}: takes up what another version put away")
