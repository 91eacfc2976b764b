"""What was bought, what came back? Rows of orders, or of their lines, as orders, order lines and dated refunds."""

from keepwell.connectors.mapping.sheets import Job, made_key, many
from keepwell.connectors.translation import text

_SIDE = ("discount", "tax", "shipping")


def orders(job: Job) -> None:
    """Orders from rows that are orders, or lines of orders."""
    view = job.sheet("ordered_at", *(("order_id",) if job.mapping.rows == "lines" else ()))
    named = f"{view}_named"
    job.translation.ask(f"CREATE VIEW {named} AS {job.with_person(view)}")
    if job.mapping.rows == "records" and "order_id" in job.mapping.columns:
        named = _of_one_mind(job, named)
    job.meet(named, "ordered_at")
    if job.mapping.rows == "lines":
        _from_lines(job, named)
    else:
        _from_records(job, named)
    guests = job.count(f"SELECT 1 FROM {named} WHERE customer_id IS NULL")
    if guests:
        job.translation.note(
            f"{job.raw.name}: {many(guests, 'row names no customer; it is a sale', 'rows name no customer; they are sales')} "
            f"to {'a guest' if guests == 1 else 'guests'}, in nobody's history."
        )


def _of_one_mind(job: Job, view: str) -> str:
    """The rows without those that contradict the first row of their order; those are refused, never added to it."""
    if not job.count(f"SELECT order_id FROM {view} GROUP BY order_id HAVING count(*) > 1"):
        return view
    day = f"CAST(timezone({text(job.company.time_zone)}, ordered_at) AS DATE)"
    same = f"OVER (PARTITION BY order_id, coalesce({_gross(job)} < 0, false))"
    first = ", ".join(
        f"{sql} AS own_{name}, arg_min({sql}, _row) {same} AS first_{name}"
        for name, sql in (("who", "customer_id"), ("day", day), ("gross", _gross(job)))
    )
    differ = {name: f"coalesce(own_{name} <> first_{name}, false)" for name in ("who", "day", "gross")}
    told = (
        f"CASE WHEN order_id IS NULL THEN NULL WHEN {differ['who']} OR {differ['day']} THEN 'other' "
        f"WHEN {differ['gross']} THEN 'amount' END"
    )
    job.translation.ask(
        f"CREATE VIEW {view}_minds AS SELECT *, {told} AS conflict FROM (SELECT *, {first} FROM {view})"
    )
    value = "concat_ws(', ', order_id, {}_who, {}_day, {}_gross)"
    value = f"{value.format(*['own'] * 3)} || ' after ' || {value.format(*['first'] * 3)}"
    for conflict, law in (("other", "an order has one customer and one day"), ("amount", "an order has one amount")):
        job.translation.refuse(
            f"{view}_minds WHERE conflict = '{conflict}'", "orders", job.mapping.columns["order_id"], value, law,
            'Give the order a number of its own; or say rows = "lines" in the mapping, if every row is a part of its order.',
        )  # fmt: skip
    extra = ", ".join(f"own_{name}, first_{name}" for name in differ)
    job.translation.ask(
        f"CREATE VIEW {view}_agreed AS SELECT * EXCLUDE (conflict, {extra}) FROM {view}_minds WHERE conflict IS NULL"
    )
    return f"{view}_agreed"


def _gross(job: Job) -> str:
    return f"coalesce({job.value('gross')}, {job.value('amount')}, {_line_amount(job)})"


def _from_records(job: Job, view: str) -> None:
    gross = _gross(job)
    keyed = made_key(
        view, {"who": "customer_id", "at": "ordered_at", "gross": gross, "currency": job.value("currency")}, "row-"
    )
    key = job.value("order_id", "made")
    job.translation.ask(
        f"CREATE VIEW {view}_orders AS SELECT * REPLACE ({key} AS {key}), {gross} AS order_gross, {key} AS key FROM {keyed}"
    )
    back = job.mapping.negatives == "refunds"
    rows = f"{view}_orders{' WHERE NOT coalesce(order_gross < 0, false)' if back else ''}"
    refunded = f"abs(coalesce({job.value('refunded', '0')}, 0))"
    status = job.value("status", "'paid'")
    lost = f"CASE WHEN {status} = 'refunded' AND {refunded} = 0 THEN order_gross ELSE {refunded} END"
    side = "".join(f", abs({field}) AS {field}" for field in _SIDE if job.has(field))
    told = "".join(f", {field}" for field in ("delivered_at", "channel", "country") if job.has(field))
    job.translation.add(
        "orders",
        f"SELECT _row, _source, key AS order_id, customer_id, ordered_at, {job.value('currency')} AS currency, order_gross AS gross{side}{told}, "
        f"{lost} AS refunded, order_gross - ({lost}) AS net, {_state(status, f'({lost})', 'order_gross')} AS status FROM {rows}",
    )
    if back and job.count(f"SELECT 1 FROM {view}_orders WHERE order_gross < 0"):
        job.translation.add(
            "refunds",
            f"SELECT _row, _source, key AS refund_id, NULL AS order_id, customer_id, ordered_at AS refunded_at, {job.value('currency')} AS currency, "
            f"-order_gross AS amount FROM {view}_orders WHERE order_gross < 0",
        )
        job.translation.note(
            f"{job.raw.name}: orders with a negative amount are refunds on their own day, for no order that is known."
        )


def _state(status: str, refunded: str, gross: str) -> str:
    """The status, as far as money given back changes it."""
    return (
        f"CASE WHEN {status} IN ('paid', 'partly_refunded', 'refunded') AND {refunded} > 0 "
        f"THEN CASE WHEN {refunded} >= {gross} THEN 'refunded' ELSE 'partly_refunded' END "
        f"WHEN {status} = 'partly_refunded' THEN 'paid' ELSE {status} END"
    )


def _line_amount(job: Job) -> str:
    if not job.has("unit_price"):
        return "NULL"
    return f"CAST(round(coalesce({job.value('quantity', '1')}, 1) * CAST(unit_price AS DOUBLE), 4) AS DECIMAL(18, 4))"


def _from_lines(job: Job, view: str) -> None:
    """Orders are their lines together; lines of an invoice that gives back more than it takes are refunds."""
    _lines(job, view)
    job.translation.ask(
        f"CREATE VIEW {view}_told AS SELECT * FROM (SELECT *, CASE WHEN coalesce(line < 0, false) AND total < 0 THEN 'refund' "
        f"WHEN coalesce(line = 0, false) AND (total < 0 OR total = 0 AND pieces < 0) THEN 'nothing' ELSE 'sale' END AS role FROM {view}_lines)"
    )
    _tie_refunds(job, view)
    _orders_of_lines(job, view)
    _rows_of_lines(job, f"{view}_told WHERE role = 'sale'")
    job.translation.refuse(
        f"{view}_told WHERE role = 'nothing'",
        "orders",
        job.mapping.columns.get("quantity", "quantity"),
        "pieces",
        "is a sale: the row moves goods without money, so it is no sale",
        "Nothing need be done about a stock movement; give the price of anything else.",
    )
    _say_about_lines(job, view)


def _lines(job: Job, view: str) -> None:
    """Every line with its amount, its place in the order by content (not by place in the file), and its order's total."""
    amount = f"coalesce({job.value('amount')}, {_line_amount(job)})"
    if not job.has("amount") and not job.has("unit_price"):
        amount = "CASE WHEN row_number() OVER (PARTITION BY order_id ORDER BY _row) = 1 THEN gross ELSE 0 END"
    content = ", ".join(
        ("line", *(field for field in ("product_id", "product_name", "quantity") if job.has(field)), "_row")
    )
    file = text(str(job.translation.scratch / f"{view}.parquet"))
    total = "max(gross)" if job.has("gross") else "sum(line)"
    job.translation.ask(
        f"COPY (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY {content}) AS place, coalesce({total} OVER (PARTITION BY order_id), 0) AS total, "
        f"coalesce({job.value('quantity', '1')}, 1) AS pieces FROM (SELECT *, {amount} AS line FROM {view})) TO {file} (FORMAT parquet)"
    )
    job.translation.ask(f"CREATE VIEW {view}_lines AS FROM read_parquet({file})")


def _tie_refunds(job: Job, view: str) -> None:
    """
    Refund lines with the order they belong to, where only one can be meant.

    That is the only earlier order of the customer with the same product at the same price in at least that number, and all
    that is given back of that line together is not more than was bought.
    """
    told = f"{view}_told"
    file = text(str(job.translation.scratch / f"{view}_refunds.parquet"))
    if not (job.has("product_id") and job.has("quantity")):
        tied = "(SELECT NULL::BIGINT AS refund_row, NULL::VARCHAR AS tied WHERE false)"
    else:
        price = "round(CAST(line AS DOUBLE) / nullif(CAST(pieces AS DOUBLE), 0), 4)"
        sold = f"(SELECT order_id, customer_id, product_id, {price} AS price, sum(pieces) AS pieces, min(ordered_at) AS ordered_at FROM {told} WHERE role = 'sale' AND pieces > 0 GROUP BY ALL)"
        pairs = (
            f"SELECT r._row AS refund_row, s.order_id, s.product_id, s.price, s.pieces AS sold, -r.pieces AS back, -r.line AS money FROM (SELECT *, {price} AS price FROM {told} WHERE role = 'refund') r "
            f"JOIN {sold} s ON s.customer_id = r.customer_id AND s.product_id = r.product_id AND s.price = r.price AND s.ordered_at <= r.ordered_at AND s.pieces >= -r.pieces"
        )
        single = f"SELECT * FROM ({pairs}) QUALIFY count(*) OVER (PARTITION BY refund_row) = 1"
        fitting = f"SELECT * FROM ({single}) QUALIFY sum(back) OVER (PARTITION BY order_id, product_id, price) <= sold"
        gross = f"(SELECT order_id AS paid_id, sum(line) AS paid FROM {told} WHERE role = 'sale' GROUP BY order_id)"
        tied = f"(SELECT refund_row, order_id AS tied FROM ({fitting}) JOIN {gross} ON paid_id = order_id QUALIFY sum(money) OVER (PARTITION BY order_id) <= paid)"
    job.translation.ask(
        f"COPY (SELECT r.*, tied FROM {told} r LEFT JOIN {tied} ON refund_row = r._row WHERE role = 'refund') TO {file} (FORMAT parquet)"
    )
    job.translation.ask(f"CREATE VIEW {view}_refunds AS FROM read_parquet({file})")
    if job.count(f"SELECT 1 FROM {view}_refunds"):
        job.translation.add(
            "refunds",
            f"SELECT _row, _source, order_id || '-' || place AS refund_id, tied AS order_id, customer_id, ordered_at AS refunded_at, "
            f"{job.value('currency')} AS currency, -line AS amount FROM {view}_refunds",
        )


def _orders_of_lines(job: Job, view: str) -> None:
    status = job.value("status", "'paid'")
    side = "".join(
        f", CASE WHEN count(DISTINCT {field}) = 1 THEN abs(max({field})) ELSE abs(sum({field})) END AS {field}"
        for field in _SIDE
        if job.has(field)
    )
    told = "".join(f", arg_min({field}, _row) AS {field}" for field in ("channel", "country") if job.has(field))
    told += ", max(delivered_at) AS delivered_at" if job.has("delivered_at") else ""
    gross = "max(gross)" if job.has("gross") else "sum(line)"
    grouped = (
        f"SELECT min(_row) AS _row, any_value(_source) AS _source, order_id, arg_min(customer_id, _row) AS customer_id, min(ordered_at) AS ordered_at, "
        f"arg_min({job.value('currency')}, _row) AS currency, {gross} AS gross{side}{told}, arg_min({status}, _row) AS said, "
        f"{'abs(max(refunded))' if job.has('refunded') else '0'} AS own FROM {view}_told WHERE role = 'sale' GROUP BY order_id"
    )
    back = f"SELECT tied, sum(-line) AS back FROM {view}_refunds WHERE tied IS NOT NULL GROUP BY tied"
    lost = "CASE WHEN said = 'refunded' AND coalesce(own, 0) = 0 AND back IS NULL THEN gross ELSE greatest(coalesce(own, 0), coalesce(back, 0)) END"
    job.translation.add(
        "orders",
        f"SELECT * EXCLUDE (said, own, tied, back), {lost} AS refunded, gross - ({lost}) AS net, {_state('said', f'({lost})', 'gross')} AS status "
        f"FROM ({grouped}) LEFT JOIN ({back}) ON tied = order_id",
    )


def _rows_of_lines(job: Job, rows: str) -> None:
    told = "".join(
        f", {field} AS {name}"
        for field, name in (
            ("product_id", "product_id"),
            ("product_name", "name"),
            ("category", "category"),
            ("quantity", "quantity"),
        )
        if job.has(field)
    )
    job.translation.add(
        "order_lines",
        f"SELECT _row, _source, order_id, CAST(coalesce({job.value('line_no')}, place) AS BIGINT) AS line_no{told}, line AS amount, "
        f"pieces < 0 OR coalesce(line < 0, false) AS returned FROM {rows}",
    )


def order_lines_alone(job: Job) -> None:
    """Lines of orders that are told elsewhere."""
    view = job.sheet("order_id")
    _lines(job, view) if job.has("amount") or job.has("unit_price") else _lines_without_money(job, view)
    _rows_of_lines(job, f"{view}_lines")


def _lines_without_money(job: Job, view: str) -> None:
    job.translation.ask(
        f"CREATE VIEW {view}_lines AS SELECT *, NULL::DECIMAL(18, 4) AS line, row_number() OVER (PARTITION BY order_id ORDER BY _row) AS place, "
        f"coalesce({job.value('quantity', '1')}, 1) AS pieces FROM {view}"
    )


def _say_about_lines(job: Job, view: str) -> None:
    refunds, tied, money = job.translation.ask(
        f"SELECT count(*), count(tied), coalesce(sum(-line), 0) FROM {view}_refunds"
    )[0]
    name = job.raw.name
    columns = ", ".join('"' + column.replace('"', '""') + '"' for column in job.raw.columns)
    twice = job.translation.ask(
        f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {job.translation.raw(job.raw)} GROUP BY {columns} HAVING n > 1)"
    )[0][0]
    told = {
        f"lines that give money back: {refunds:,} ({money:,.2f}). Of one order for sure: {tied:,}; the others are the customer's only.": refunds,
        "lines that move goods without money, so that they are no sales: {n:,}.": job.count(
            f"SELECT 1 FROM {view}_told WHERE role = 'nothing'"
        ),
        "orders that name several customers: {n:,}. The first one counts.": job.count(
            f"SELECT order_id FROM {view}_told GROUP BY order_id HAVING count(DISTINCT customer_id) > 1"
        ),
        "lines that say exactly what another line says: {n:,}. They count, as the same thing may be bought twice.": int(
            twice
        ),
    }
    for sentence, count in told.items():
        if count:
            job.translation.note(f"{name}: {sentence.format(n=count)}")
