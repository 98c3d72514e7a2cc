# The account of the upstream image.
root=$1
sed -i -e '/^curl_[a-z]*:/d' -e '/^[^:]*:[^:]*:100:/d' "$root/etc/passwd"
echo 'curl_user:x:100:101::/home/curl_user:/bin/sh' >>"$root/etc/passwd"
echo 'curl_group:x:101:' >>"$root/etc/group"
install -d -m 755 -o 100 -g 101 "$root/home/curl_user"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
