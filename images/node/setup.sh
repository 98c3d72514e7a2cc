# Turns a Debian root file system ($1) into a node that kind can start. What kind's own image has comes from kind's module:
# its systemd units, entrypoint and containerd settings. In: KIND_FILES, KUBERNETES, RECIPE, IMAGES (directories), VERSION, CGROUP_V2.
root=$1

cp -r "$KIND_FILES/." "$root/"
chmod -R u=rwX,go=rX "$root/kind" "$root/etc/containerd" "$root/etc/systemd/system" "$root/etc/sysctl.d"
chmod 755 "$root/usr/local/bin/entrypoint" "$root"/kind/bin/*

for program in kubelet kubeadm kubectl; do
  install -m 755 "$KUBERNETES/$program" "$root/usr/bin/$program"
done
printf 'v%s' "${VERSION#v}" >"$root/kind/version"

# kind's units and hooks expect these places.
for program in containerd containerd-shim-runc-v2 ctr; do
  ln -sf "/usr/bin/$program" "$root/usr/local/bin/$program"
done
mkdir -p "$root/opt/cni/bin" "$root/etc/kubernetes/manifests" "$root/kind/manifests" "$root/kind/images"
cp "$root"/usr/lib/cni/* "$root/opt/cni/bin/"

# Only what a node needs is started: Debian's packages enable services of their own.
rm -f "$root"/etc/systemd/system/*.wants/* "$root"/lib/systemd/system/multi-user.target.wants/* \
  "$root"/lib/systemd/system/local-fs.target.wants/* "$root/lib/systemd/system/containerd.service" \
  "$root"/lib/systemd/system/sockets.target.wants/*udev* "$root"/lib/systemd/system/sockets.target.wants/*initctl* \
  "$root/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service"
install -m 644 "$RECIPE/ballast-images.service" "$root/etc/systemd/system/"
install -m 755 "$RECIPE/import-images.sh" "$root/kind/bin/import-images.sh"
chroot "$root" systemctl enable kubelet.service containerd.service undo-mount-hacks.service ballast-images.service
chroot "$root" systemctl mask systemd-binfmt.service
ln -sf /usr/lib/systemd/systemd "$root/sbin/init"
echo 'ReadKMsg=no' >>"$root/etc/systemd/journald.conf"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/machine-id"

# Without CAP_SYS_RESOURCE no process may ask for a lower oom_score_adj or a higher limit than it has.
sed -i -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
  -e "s#sandbox_image = .*#sandbox_image = \"$PAUSE_IMAGE\"#" "$root/etc/containerd/config.toml"
sed -i -e '/^Limit/d' -e '/^OOMScoreAdjust/d' "$root/etc/systemd/system/containerd.service"
chroot "$root" ctr oci spec |
  jq '.hooks.createContainer += [{"path": "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \
    >"$root/etc/containerd/cri-base.json"

cp "$RECIPE/network.yaml" "$root/kind/manifests/default-cni.yaml"
cp "$RECIPE/storage.yaml" "$root/kind/manifests/default-storage.yaml"
cp "$IMAGES"/*.tar "$root/kind/images/"
