from django import forms
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from .models import Entry

# What a page shows at most.
LATEST = 50


class EntryForm(forms.ModelForm):
    class Meta:
        model = Entry
        fields = ["name", "text", "picture"]


def book(request: HttpRequest) -> HttpResponse:
    form = EntryForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        form.instance.address = request.META["REMOTE_ADDR"] or None
        form.save()
        return redirect("book")
    cache.add("visits", 0, timeout=None)
    return render(
        request,
        "entries/book.html",
        {"entries": Entry.objects.all()[:LATEST], "form": form, "visits": cache.incr("visits")},
        status=400 if form.errors else 200,
    )


@csrf_exempt
def entries(request: HttpRequest) -> JsonResponse:
    """For programs: they have no cookie that somebody else could make them send."""
    if request.method == "POST":
        form = EntryForm(request.POST, request.FILES)
        if not form.is_valid():
            return JsonResponse({"errors": form.errors}, status=400)
        form.instance.address = request.META["REMOTE_ADDR"] or None
        return JsonResponse(shown(form.save()), status=201)
    name = request.GET.get("name")
    found = Entry.objects.filter(name=name) if name else Entry.objects.all()[:LATEST]
    return JsonResponse({"entries": [shown(entry) for entry in found]})


def shown(entry: Entry) -> dict[str, object]:
    picture = entry.picture.url if entry.picture else None
    return {"id": entry.id, "name": entry.name, "text": entry.text, "picture": picture, "address": entry.address}


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether entries can be read and written: without the database there is nothing to show."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
