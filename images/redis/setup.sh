# The account and directories of the official image, and nothing that only Debian has.
root=$1
sed -i '/^redis:/d' "$root/etc/passwd" "$root/etc/group"
echo 'redis:x:999:' >>"$root/etc/group"
echo 'redis:x:999:999::/data:/bin/bash' >>"$root/etc/passwd"
rm -rf "$root/etc/redis" "$root/var/lib/redis"
install -d -m 1777 -o 999 -g 999 "$root/data"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
