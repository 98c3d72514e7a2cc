# The account that the upstream images of Java systems run as.
root=$1
echo 'app:x:1000:' >>"$root/etc/group"
echo 'app:x:1000:1000::/tmp:/bin/bash' >>"$root/etc/passwd"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
