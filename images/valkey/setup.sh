# The account and directories of the official image, and nothing that only Debian has.
root=$1
sed -i '/^valkey:/d' "$root/etc/passwd" "$root/etc/group"
echo 'valkey:x:1000:' >>"$root/etc/group"
echo 'valkey:x:999:1000::/data:/bin/bash' >>"$root/etc/passwd"
rm -rf "$root/etc/valkey" "$root/var/lib/valkey"
install -d -m 1777 -o 999 -g 1000 "$root/data"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
for program in server cli sentinel benchmark check-aof check-rdb; do
  [ -e "$root/usr/bin/redis-$program" ] || ln -s "valkey-$program" "$root/usr/bin/redis-$program"
done
