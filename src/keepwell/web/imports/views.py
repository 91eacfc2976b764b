"""What came in, from where, how fresh it is; bringing more, and taking an import back."""

import csv
import io
import zoneinfo
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pandas as pd
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from keepwell.errors import ConfigError, LakeError, SourceError
from keepwell.lake import Batch
from keepwell.web import place
from keepwell.web.base.access import page, person
from keepwell.web.base.company import company
from keepwell.web.base.paging import number
from keepwell.web.imports import actions, addresses, forms, refusals, wording
from keepwell.web.imports.freshness import sources
from keepwell.web.imports.models import Import, Source, Stage
from keepwell.web.imports.receiving import Arrived, Arriving
from keepwell.web.imports.tasks import understood
from keepwell.web.work.models import Job, State
from keepwell.web.work.tasks import round_after

_SHOWN, _FAULTS = 50, 200
"""Imports on one page of a list, and faults of one import."""


@page("data")
def overview(request: HttpRequest) -> HttpResponse:
    """Sources and how fresh they are, what waits, and every import."""
    with company() as opened:
        batches = list(reversed(opened.batches()))
        fresh = sources(opened, timezone.localtime())
    waiting = Import.objects.select_related("job", "source", "created_by").exclude(stage__in=(Stage.DONE, Stage.LEFT))
    every = Paginator(batches, _SHOWN).get_page(number(request, "every"))
    undone = [each.id for each in every if each.state == "undone"]
    kept = {each.batch: each for each in Import.objects.filter(batch__in=undone) if each.kept}
    told: dict[str, Any] = {
        "room": "data", "fresh": fresh, "every": every, "shown": [(each, kept.get(each.id)) for each in every],
        "waiting": Paginator(waiting.order_by("-created_at", "pk"), _SHOWN).get_page(number(request, "waiting")), "databases": Source.objects.order_by("name"),
        "running": Job.objects.filter(state__in=(State.WAITING, State.RUNNING)).exists(),
    }  # fmt: skip
    return render(request, "imports/overview.html", told)


def _received(request: HttpRequest) -> list[Any]:
    """
    What was uploaded, read from the network to the disk.

    Raises:
        SourceError: It is too much, or it broke off.
    """
    handler = Arriving(request)
    request.upload_handlers = [handler]
    largest = place.upload_limit() // 2**20
    too_large = SourceError(
        _("That is more than this desk takes at once."),
        _("Files brought together have at most %(n)s MB.") % {"n": largest},
        _("Bring them in parts, or packed; whoever runs the desk can raise KEEPWELL_UPLOAD_MB."),
    )
    if int(request.META.get("CONTENT_LENGTH") or 0) > place.upload_limit() + 2**20:
        raise too_large
    try:
        found = request.FILES.getlist("files")
    except TooManyFilesSent:
        raise SourceError(_("Those are too many files at once."), _("At most 100 are taken."), _("Pack them into one zip.")) from None  # fmt: skip
    except (MultiPartParserError, SuspiciousOperation, RequestDataTooBig, UnreadablePostError):
        raise SourceError(
            _("The upload broke off, or one of its names is no name."),
            _("A file's name has at most a few hundred letters."),
            _("Rename it and bring it again."),
        ) from None
    if handler.too_large:
        raise too_large
    return list(found)


@csrf_exempt  # the token stands in the body, which is read only after the role was checked; _take checks it then
@page("data")
def upload(request: HttpRequest) -> HttpResponseBase:
    """Files to bring; they are written to the disk as they come."""
    if request.method != "POST":
        told = {"room": "data", "limit": place.upload_limit() // 2**20, "databases": Source.objects.order_by("name")}
        return _shown(request, told)
    _received(request)
    return _take(request)


@csrf_protect
def _shown(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    return render(request, "imports/bring.html", told)


@csrf_protect
def _take(request: HttpRequest) -> HttpResponse:
    files = [each for each in request.FILES.getlist("files") if isinstance(each, Arrived)]
    made = actions.receive(files, person(request))
    return redirect("import", id=made.pk)


def _stands(batch: str) -> Batch | None:
    with company() as opened:
        return next((each for each in opened.batches() if each.id == batch), None)


def _known(id: UUID) -> Import:
    return get_object_or_404(Import.objects.select_related("job", "source", "created_by"), pk=id)


@page("data")
def one(request: HttpRequest, id: UUID) -> HttpResponse:
    """One import: how far it is, what was understood, and what is wanted."""
    known = _known(id)
    active = known.job is not None and known.job.state in (State.WAITING, State.RUNNING)
    told: dict[str, Any] = {"room": "data", "import": known, "active": active, "job": known.job, "seen": understood(id)}
    settled = known.stage in (Stage.DONE, Stage.LEFT)
    told["failed"] = bool(known.job and known.job.state == State.FAILED and not settled)
    told["batch"] = _stands(known.batch) if known.stage == Stage.DONE else None
    told["undone"] = told["batch"] is not None and told["batch"].state == "undone"
    told["anew"] = known if told["undone"] and known.kept else None
    told["round"] = _round_after(known)
    told["recent"] = known.created_at > timezone.now() - timedelta(days=1)
    seen = told["seen"]
    told["seen_why"] = {"reasons": seen.get("refusals", [])}
    for file in seen.get("files", []):
        _confirmable(file)
    told["rows"] = sum(each["rows"] or 0 for each in told["seen"].get("files", []))
    told["most"] = 2 * seen.get("good", 0) > told["rows"] or not told["rows"]
    polls = request.headers.get("HX-Request")
    response = render(request, "imports/progress.html" if polls and active else "imports/import.html", told)
    if polls and not active:
        response["HX-Refresh"] = "true"
    return response


@page("data")
def after(request: HttpRequest, id: UUID) -> HttpResponse:
    """How far the round is that follows an import."""
    known = _known(id)
    return render(request, "imports/round.html", {"import": known, "round": _round_after(known)})


def _round_after(known: Import) -> Job | None:
    began = known.job.started_at if known.job else None
    return round_after(began) if began and known.stage == Stage.DONE else None


def _confirmable(file: dict[str, Any]) -> None:
    """What a person has to see of a file before they say yes: what is left out, what is kept by its name, what words mean."""
    mapping = file["mapping"] or {}
    if not mapping:
        return
    nothing = [each["column"] for each in file["columns"] if not each["means"]]
    file["left_out"] = ", ".join(f"“{column}”" for column in nothing[:20])
    file["kept"] = ", ".join(f"“{column}”" for column in (mapping.get("traits") or [])[:20])
    columns = mapping["columns"]
    file["words"] = [
        {"column": columns[field], "words": [(word, wording.word(known)) for word, known in words.items()]}
        for field, words in (mapping.get("words") or {}).items()
        if words and field in columns
    ]


@page("data")
def mapping(request: HttpRequest, id: UUID, at: int) -> HttpResponse:
    """What the columns of one file mean, said by a person."""
    known, files = _known(id), understood(id).get("files", [])
    if at >= len(files):
        raise ConfigError(_("There is no such file here."), "", _("Load the page again."))
    file = files[at]
    form = forms.Form(request.POST or None, initial=known.of(file["name"]))
    if request.method == "POST":
        if not form.is_valid():
            raise ConfigError(" ".join(str(line) for lines in form.errors.values() for line in lines))
        if request.POST.get("what") == "words":
            return render(request, "imports/words.html", _said(request, file))
        if request.POST.get("what") == "columns" and forms.unasked(request.POST, file):
            return render(
                request,
                "imports/mapping.html",
                _choices(request, known, file, at) | _said(request, file) | {"form": form},
            )
        said: dict[str, Any] = dict(form.cleaned_data)
        if request.POST.get("what") == "columns":
            said = {"mapping": forms.mapping(request.POST, file).to_toml()}
        elif said != {name: known.of(file["name"]).get(name, "") for name in said}:
            said["mapping"] = ""  # written otherwise, its columns are others
        actions.say(known, file["name"], said, person(request))
        return redirect("import", id=id)
    return render(request, "imports/mapping.html", _choices(request, known, file, at) | {"form": form})


def _said(request: HttpRequest, file: dict[str, Any]) -> dict[str, Any]:
    """What a form says of columns before it is done, and the words that want a meaning then."""
    table, means = request.POST.get("table", ""), forms.means(request.POST, file)
    if table not in forms.tables():
        raise ConfigError(_("There is no such choice."), "", _("Load the page again."))
    keys = ("date_order", "decimals", "zone", "rows", "negatives", "ends")
    return {
        "table": table, "columns": [{**each, "chosen": means.get(each["column"], "")} for each in file["columns"]],
        "words": forms.words(table, file, means), "asked": True,
        "before": (file["mapping"] or {}) | {name: request.POST[name] for name in keys if name in request.POST},
        "currency": request.POST.get("currency", ""),
    }  # fmt: skip


def _choices(request: HttpRequest, known: Import, file: dict[str, Any], at: int) -> dict[str, Any]:
    before = file["mapping"] or {}
    table = request.POST.get("table") or request.GET.get("table") or before.get("table") or "orders"
    if table not in forms.tables():
        table = "orders"
    mine = table == before.get("table")
    means = {each["column"]: (each["means"] or [""])[0] if mine else "" for each in file["columns"]}
    taken = {column: field for column, field in means.items() if field}
    return {
        "room": "data", "import": known, "file": file, "at": at, "table": table, "tables": [(each, wording.TABLES[each]) for each in forms.tables()], "fields": forms.called(table),
        "columns": [{**each, "chosen": means[each["column"]]} for each in file["columns"]],
        "before": before, "words": forms.words(table, file, taken), **forms.spelling(table),
        "currency": (before.get("constants") or {}).get("currency") or _currency(),
    }  # fmt: skip


def _currency() -> str:
    with company() as opened:
        return str(opened.settings.currency)


@require_POST
@page("data")
def confirm(request: HttpRequest, id: UUID) -> HttpResponse:
    """Import it."""
    actions.confirm(_known(id), person(request))
    return redirect("import", id=id)


@require_POST
@page("data")
def again(request: HttpRequest, id: UUID) -> HttpResponse:
    """Try once more what failed."""
    actions.again(_known(id), person(request))
    return redirect("import", id=id)


@require_POST
@page("data")
def bring_again(request: HttpRequest, id: UUID) -> HttpResponse:
    """Have what was taken back looked at anew."""
    made = actions.bring_again(_known(id), person(request))
    return redirect("import", id=made.pk)


@require_POST
@page("data")
def leave(request: HttpRequest, id: UUID) -> HttpResponse:
    """Leave it out."""
    actions.leave(_known(id))
    messages.success(request, _("Left out. Nothing of it came in."))
    return redirect("imports")


def _batch(id: str) -> tuple[Batch, pd.DataFrame]:
    with company() as opened:
        found = next((each for each in opened.batches() if each.id == id), None)
        if found is None:
            raise LakeError(_("There is no such import."), "", _("Look at the list of imports."))
        faults = opened.rejected(id) if found.quarantined or found.spared else pd.DataFrame()
    if len(faults):
        zone = zoneinfo.ZoneInfo(opened.settings.time_zone)
        faults["value"] = faults["value"].map(lambda value: refusals.stood(value, zone))
    return found, faults.fillna({"table": "", "column": "", "remedy": ""})


def _in_words(faults: pd.DataFrame, means: refusals.Means) -> pd.DataFrame:
    """Faults with what people call the column, what is wanted and what to do; each kind of fault is put into words once."""
    kinds = faults[["source", "table", "column", "law", "remedy"]].drop_duplicates()
    kinds["called"] = [
        refusals.called(source, table, column, means)
        for source, table, column in kinds[["source", "table", "column"]].itertuples(index=False)
    ]
    kinds["wanted"] = [refusals.wanted(*each) for each in kinds[["law", "table"]].itertuples(index=False)]
    kinds["todo"] = [refusals.todo(*each) for each in kinds[["remedy", "table"]].itertuples(index=False)]
    return faults.merge(kinds, how="left", on=["source", "table", "column", "law", "remedy"])


@page("data")
def batch(request: HttpRequest, batch: str) -> HttpResponse:
    """One import: what became of its rows, and why some were refused."""
    found, faults = _batch(batch)
    brought = Import.objects.filter(batch=batch).select_related("created_by").first()
    means = _means(brought)
    why = refusals.grouped(faults, means) if len(faults) else None
    first = _in_words(faults.head(_FAULTS), means) if len(faults) else faults
    told = {
        "room": "data", "batch": found, "n_faults": len(faults), "faults": first.to_dict("records"),
        "why": why,
        "tables": [(wording.TABLES.get(name, name), count) for name, count in found.tables.items()],
        "notes": [wording.plainly(note) for note in found.notes if not note.startswith("Refused rows are told by number")],
        "brought": brought, "anew": brought if brought and brought.kept and found.state == "undone" else None,
        "back": Job.objects.filter(task__endswith=".take_back", args__batch=batch).order_by("-created_at").first(),
    }  # fmt: skip
    return render(request, "imports/batch.html", told)


def _means(brought: Import | None) -> refusals.Means:
    """What the files of an import call the columns, as long as that is kept."""
    files = understood(brought.pk).get("files", []) if brought else []
    return {
        (file["name"], field): column
        for file in files
        for field, column in ((file["mapping"] or {}).get("columns") or {}).items()
    }


@page("data")
def refused_csv(request: HttpRequest, batch: str) -> StreamingHttpResponse:  # noqa: ARG001
    """Every fault of an import as CSV, in the words of its page beside the names of the columns, to be corrected where the data came from."""
    _found, faults = _batch(batch)
    if len(faults):
        faults = _in_words(faults, _means(Import.objects.filter(batch=batch).first()))
    response = StreamingHttpResponse(_lines(faults), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{batch}.csv"'
    return response


def _lines(faults: pd.DataFrame) -> Iterator[str]:
    columns = ("source", "row", "table", "column", "called", "value", "wanted", "todo")
    yield "\ufeff" + ",".join((*columns[:4], "means", "value", "wanted", "what to do")) + "\r\n"
    for row in faults.to_dict("records"):
        line = io.StringIO()
        csv.writer(line).writerow([_harmless(row[name]) for name in columns])
        yield line.getvalue()


def _harmless(cell: Any) -> str:
    """A cell no spreadsheet takes for a formula."""
    told = "" if pd.isna(cell) else str(cell)
    return f"'{told}" if told[:1] in ("=", "+", "-", "@", "\t", "\r") else told


@page("data")
def take_back(request: HttpRequest, batch: str) -> HttpResponse:
    """Take an import back, in the background; without scripts it is asked on a page of its own."""
    found = _stands(batch)
    if request.method != "POST" and found and found.state == "committed":
        return render(request, "imports/back.html", {"room": "data", "batch": found})
    if request.method != "POST":
        return redirect("batch", batch=batch)
    actions.ask_back(batch, person(request))
    messages.success(request, _("It is being taken back; then a round is taken."))
    return redirect("batch", batch=batch)


@page("people")
def source(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    """A database data are fetched from; its address can be typed anew and is never shown."""
    known = get_object_or_404(Source, pk=id) if id else None
    form = forms.Database(request.POST or None, initial={"name": known.name, "query": known.query} if known else None)
    if not (request.method == "POST" and form.is_valid()):
        return render(request, "imports/source.html", {"room": "data", "form": form, "source": known})
    said = form.cleaned_data
    if known is None:
        known = actions.keep_source(said["name"], said["address"], said["query"])
    else:
        known.name, known.query, known.shown = said["name"], said["query"], addresses.shown(said["address"])
        addresses.keep(known, said["address"])
        known.save()
    messages.success(request, _("Kept."))
    return redirect("imports")


@require_POST
@page("people")
def fetch(request: HttpRequest, id: UUID) -> HttpResponse:
    """Look into a database now."""
    made = actions.fetch(get_object_or_404(Source, pk=id), person(request))
    return redirect("import", id=made.pk)
