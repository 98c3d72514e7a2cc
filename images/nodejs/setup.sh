# The account of the upstream image.
root=$1
echo 'node:x:1000:' >>"$root/etc/group"
echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$root/etc/passwd"
install -d -m 755 -o 1000 -g 1000 "$root/home/node"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
