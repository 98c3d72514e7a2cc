# The account of the official image, and nothing that only Debian has.
root=$1
sed -i '/^mysql:/d' "$root/etc/passwd" "$root/etc/group"
echo 'mysql:x:999:' >>"$root/etc/group"
echo 'mysql:x:999:999::/var/lib/mysql:/bin/bash' >>"$root/etc/passwd"
rm -rf "$root/etc/mysql"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
