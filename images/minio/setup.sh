# shellcheck shell=sh
# The official image has bash, coreutils and curl, and nothing of this.
root=$1
rm -f "$root"/usr/bin/sed "$root"/usr/bin/grep "$root"/usr/bin/?grep "$root"/usr/bin/mawk "$root"/usr/bin/awk "$root"/usr/bin/find "$root"/usr/bin/xargs "$root"/usr/bin/perl*
install -d -m 777 "$root/data"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
