# The account of the upstream image, and no site of Debian's.
root=$1
sed -i '/^nginx:/d' "$root/etc/passwd" "$root/etc/group"
echo 'nginx:x:101:' >>"$root/etc/group"
echo 'nginx:x:101:101::/nonexistent:/bin/false' >>"$root/etc/passwd"
rm -rf "$root"/etc/nginx/sites-enabled "$root"/etc/nginx/modules-enabled
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
