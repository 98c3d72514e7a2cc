import os

from gunicorn.config import make_settings

for name in own_settings:
    if name not in make_settings():
        raise SystemExit(f"error: config.{name} is nothing that this gunicorn knows: remove it")

bind = "unix:/run/ballast/app.sock"
worker_tmp_dir = "/run/ballast"
# It would want a directory to write to.
control_socket_disable = True
# nginx is the only one that reaches the socket.
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
accesslog = None
errorlog = "-"


def post_worker_init(worker):
    """A Unix socket has no address: the client's is what nginx says."""
    application = worker.wsgi

    def with_address(environ, start_response):
        environ["REMOTE_ADDR"] = environ.get("HTTP_X_REAL_IP", "")
        return application(environ, start_response)

    worker.wsgi = with_address


def post_request(worker, _request, _environ, _response):
    """A worker that took more than its share of the memory ends when it has answered, before the kernel ends all of them."""
    with open("/proc/self/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if resident > worker_bytes and worker.alive:
        worker.log.warning("worker took %d MiB: a new one takes its place", resident >> 20)
        worker.alive = False
