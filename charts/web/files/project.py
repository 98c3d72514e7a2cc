"""What has to be done with the project before its server starts.

project.py migrate APPLICATION SECONDS [--hook]   waits for the database, applies what it lacks, makes the accounts of USERS
project.py collect APPLICATION                    puts static files where nginx serves them

APPLICATION is MODULE:CALLABLE, as for the server: importing it sets Django up. USERS has lines "PASSWORD-FILE NAME EMAIL".

Migrations are applied under a lock of the database. Every new pod and the hook before an upgrade come here: whoever is second waits, and finds nothing to do.
"""

import hashlib
import importlib
import os
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

# Trying again would not help: hook Jobs end at this status (podFailurePolicy).
REFUSED = 64
# Where an upgrade's hook leaves migrating to the new pods.
HOOK_SECONDS = 20


class Refusal(Exception):
    """Said in one line."""


class Unreachable(Exception):
    """The database let nobody in."""


def log(text):
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, file=sys.stderr, flush=True)


def words(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def place(error):
    """Where in the project an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(os.getcwd() + os.sep)]
    return f" ({os.path.relpath(own[-1].filename)}:{own[-1].lineno})" if own else ""


def progress():
    """Calls go through every ten seconds."""
    said = [time.monotonic()]

    def tell(text):
        if time.monotonic() - said[0] >= 10:
            said[0] = time.monotonic()
            log(text)

    return tell


def wait_for_database(connection, seconds):
    from django.db import OperationalError

    deadline = time.monotonic() + seconds
    tell = progress()
    while True:
        try:
            return connection.ensure_connection()
        except OperationalError as error:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unreachable(words(error)) from error
            tell(f"waiting for the database, at most {left:.0f} s more: {words(error)}")
        time.sleep(1)


@contextmanager
def alone(connection, seconds):
    """Holds the lock, which goes with the connection however its process ends."""
    name = hashlib.sha256(f"django {connection.settings_dict['NAME']}".encode())
    ask = {
        "mysql": ("SELECT GET_LOCK(%s, 0)", f"migrate-{name.hexdigest()[:32]}"),
        "postgresql": ("SELECT pg_try_advisory_lock(%s)", int.from_bytes(name.digest()[:8], signed=True)),
    }.get(connection.vendor)
    if ask is None:
        log(f"{connection.vendor} has no lock: nobody else must migrate now")
    else:
        deadline = time.monotonic() + seconds
        tell = progress()
        with connection.cursor() as cursor:
            while True:
                cursor.execute(ask[0], [ask[1]])
                if cursor.fetchone()[0] in (1, True):
                    break
                if time.monotonic() > deadline:
                    raise Unreachable("somebody else is still migrating")
                tell("somebody else is migrating: waiting")
                time.sleep(1)
    yield


def lacking(connection):
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate(seconds, hook):
    from django.core.management import call_command
    from django.db import InterfaceError, OperationalError, connection

    try:
        wait_for_database(connection, HOOK_SECONDS if hook else seconds)
        if not hook and not lacking(connection) and not os.environ.get("USERS"):
            return log("the database has every migration")
        with alone(connection, seconds):
            if hook or lacking(connection):
                try:
                    call_command("migrate", interactive=False, stdout=sys.stderr)
                except (InterfaceError, OperationalError) as error:
                    if connection.is_usable():
                        raise Refusal(f"a migration failed, and those before it stay: {words(error)}{place(error)}") from error
                    raise Unreachable(words(error)) from error
                except Exception as error:
                    raise Refusal(f"a migration failed, and those before it stay: {words(error)}{place(error)}") from error
            make_accounts()
    except Unreachable as error:
        if not hook:
            raise
        log(f"the database lets nobody in yet ({error}): the new pods migrate before they serve")


def make_accounts():
    """Made once: whoever changed a password or a right in the project meant it."""
    from django.contrib.auth import get_user_model

    for line in filter(None, os.environ.get("USERS", "").splitlines()):
        password, name, email = line.split(" ", 2)
        accounts = get_user_model()
        own = email if accounts.USERNAME_FIELD == accounts.get_email_field_name() else name
        if accounts.objects.filter(**{accounts.USERNAME_FIELD: own}).exists():
            continue
        accounts.objects.create_superuser(**{accounts.get_email_field_name(): email, accounts.USERNAME_FIELD: own, "password": Path(password).read_text()})
        log(f"made the superuser {own}")


def collect():
    from django.conf import settings
    from django.core.management import call_command

    root = os.environ["DJANGO_STATIC_ROOT"]
    if str(settings.STATIC_ROOT).rstrip("/") != root:
        raise Refusal(f"STATIC_ROOT is {settings.STATIC_ROOT}, and nginx serves {root}: read it from DJANGO_STATIC_ROOT in the settings, or write static.enabled false")
    call_command("collectstatic", interactive=False, verbosity=1, stdout=sys.stderr)


def check():
    """What would make every request fail, and can be told before."""
    from django.conf import settings

    if not {"localhost", "*"} & set(settings.ALLOWED_HOSTS) and not settings.DEBUG:
        raise Refusal("ALLOWED_HOSTS has no localhost, by which probes ask: read it from DJANGO_ALLOWED_HOSTS in the settings, with commas between")
    if settings.SECRET_KEY != os.environ["DJANGO_SECRET_KEY"]:
        log("warning: SECRET_KEY is not that of the Secret: read it from DJANGO_SECRET_KEY in the settings")
    if settings.DEBUG:
        log("warning: DEBUG is on, which shows settings and code to everybody")


def main():
    act, application, *more = sys.argv[1:]
    # The project's modules, and none that is called like this one.
    sys.path[0] = os.getcwd()
    try:
        try:
            importlib.import_module(application.partition(":")[0])
        except Exception as error:
            raise Refusal(f"{application} can't be imported from {os.getcwd()}: {words(error)}{place(error)}") from error
        check()
        if act == "migrate":
            migrate(int(more[0]), "--hook" in more)
        else:
            collect()
    except Refusal as refusal:
        log(f"error: {refusal}")
        sys.exit(REFUSED)
    except Unreachable as error:
        log(f"error: gave up waiting for the database: {error}")
        sys.exit(1)
    except Exception as error:
        log(f"error: {words(error)}{place(error)}")
        sys.exit(1)


main()
