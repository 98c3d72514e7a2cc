# The program's place in the upstream image.
root=$1
ln -s prometheus-mysqld-exporter "$root/usr/bin/mysqld_exporter"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
