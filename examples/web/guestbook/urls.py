import os

from django.contrib import admin
from django.urls import include, path

from entries import views

urlpatterns = [
    path("", views.book, name="book"),
    path("entries.json", views.entries, name="entries"),
    path("healthz", views.alive, name="alive"),
    path("readyz", views.ready, name="ready"),
    path("admin/", admin.site.urls),
    # /metrics
    path("", include("django_prometheus.urls")),
]

if os.environ.get("GUESTBOOK_TRIALS"):
    urlpatterns.append(path("trials/", include("entries.trials")))
