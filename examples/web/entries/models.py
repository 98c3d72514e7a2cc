from django.db import models


class Entry(models.Model):
    name = models.CharField(max_length=80)
    text = models.TextField(max_length=2000)
    picture = models.FileField(upload_to="pictures/", blank=True)
    # Where it was written from, as nginx saw it.
    address = models.GenericIPAddressField(null=True)
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.name}: {self.text[:40]}"
