#!/bin/sh
# Builds the Linux guest of `make bench` from Debian packages, without
# installing them: a kernel and an initramfs with busybox, nginx and the lean
# epoll server. usage: linux-guest.sh OUTDIR
set -eu
out=$1
here=$(dirname "$0")
[ -s "$out/vmlinuz" ] && [ -s "$out/initrd" ] && exit 0
mkdir -p "$out/deb" "$out/x"
out=$(cd "$out" && pwd)
image=$(apt-cache depends linux-image-amd64 |
	awk '/Depends: linux-image/ {print $2; exit}')
(cd "$out/deb" && apt-get download -q "$image" nginx busybox-static)
for deb in "$out"/deb/*.deb; do dpkg-deb -x "$deb" "$out/x"; done

root=$out/root
rm -rf "$root"
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/www" \
	"$root/tmp" "$root/etc" "$root/var/log/nginx" \
	"$root/var/lib/nginx/body" "$root/run" "$root/modules"
cp "$out/x/bin/busybox" "$root/bin/busybox"
cp "$out/x/usr/sbin/nginx" "$root/bin/nginx"
ldd "$root/bin/nginx" | awk '/\// {for (i = 1; i <= NF; i++)
	if ($i ~ /^\//) print $i}' | while read -r lib; do
	mkdir -p "$root$(dirname "$lib")"
	cp -L "$lib" "$root$lib"
done
gcc -O2 -static -o "$root/bin/epoll-server" "$here/epoll-server.c"
for mod in pps_core ptp e1000 e1000e; do
	find "$out/x/lib/modules" -name "$mod.ko" \
		-exec cp {} "$root/modules/" \;
done
head -c 612 /dev/zero | tr '\0' x >"$root/www/index.html"
head -c 1048576 /dev/urandom >"$root/www/1m"
echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
cat >"$root/etc/nginx.conf" <<'CONF'
user root;
daemon off;
worker_processes 1;
error_log /dev/null;
pid /run/nginx.pid;
events { worker_connections 8192; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	server { listen 80 backlog=4096; root /www; }
}
CONF
cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
for m in pps_core ptp e1000 e1000e; do
	/bin/busybox insmod /modules/$m.ko
done
/bin/busybox ip link set lo up
/bin/busybox ip addr add 10.0.2.15/24 dev eth0
/bin/busybox ip link set eth0 up
echo 4096 >/proc/sys/net/core/somaxconn
ulimit -n 20000
/bin/epoll-server 81 &
/bin/nginx -c /etc/nginx.conf
echo "nginx ended"
/bin/busybox sleep 1000000
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/initrd"
cp "$out"/x/boot/vmlinuz-* "$out/vmlinuz"
