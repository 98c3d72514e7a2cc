"""For tests alone, where GUESTBOOK_TRIALS is set: requests that do what nobody wants."""

import os
import time

from django.http import HttpRequest, HttpResponse
from django.urls import path

HOARD: list[bytes] = []


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(float(request.GET["seconds"]))
    return HttpResponse("ok\n", content_type="text/plain")


def grow(request: HttpRequest) -> HttpResponse:
    HOARD.append(os.urandom(int(request.GET["mebibytes"]) << 20))
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [path("slow", slow), path("grow", grow)]
