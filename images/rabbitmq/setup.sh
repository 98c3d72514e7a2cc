# The account and directories of the official image, and nothing that only Debian has.
root=$1
sed -i '/^rabbitmq:/d' "$root/etc/passwd" "$root/etc/group"
echo 'rabbitmq:x:999:' >>"$root/etc/group"
echo 'rabbitmq:x:999:999::/var/lib/rabbitmq:/bin/bash' >>"$root/etc/passwd"
rm -rf "$root/etc/rabbitmq" "$root/var/lib/rabbitmq" "$root/var/log/rabbitmq"
install -d -m 1777 -o 999 -g 999 "$root/etc/rabbitmq" "$root/etc/rabbitmq/conf.d" "$root/var/lib/rabbitmq" "$root/var/log/rabbitmq"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
