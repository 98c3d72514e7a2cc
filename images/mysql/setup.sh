# The account and directories of the official image, and nothing that only Debian has.
root=$1
sed -i '/^mysql:/d' "$root/etc/passwd" "$root/etc/group"
echo 'mysql:x:999:' >>"$root/etc/group"
echo 'mysql:x:999:999::/var/lib/mysql:/bin/bash' >>"$root/etc/passwd"
rm -rf "$root/etc/mysql" "$root/var/lib/mysql" "$root/usr/share/mysql-test"
install -d -m 1777 "$root/var/run/mysqld"
install -d -m 1777 -o 999 -g 999 "$root/var/lib/mysql"
install -d -m 750 -o 999 -g 999 "$root/var/lib/mysql-files"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
