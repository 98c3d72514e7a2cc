# The program's place in the upstream image.
root=$1
ln -s usr/bin/prometheus-redis-exporter "$root/redis_exporter"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
