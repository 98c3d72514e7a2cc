# The account of the Dockerfile.
root=$1
echo 'app:x:1000:' >>"$root/etc/group"
echo 'app:x:1000:1000::/home/app:/bin/sh' >>"$root/etc/passwd"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
