# A Ceph of one node in a folder: a monitor, a store in memory, and the gateway that speaks S3. Everything ends with
# this shell, and the folder goes with it. Ready when the file `ready` is there; what went wrong stands in `log`.
# Wants in its environment: FOLDER, ROOT (where the programs are unpacked), MON, PORT, KEY, SECRET.
set -eu
cd "$FOLDER"
exec >log 2>&1
lib=$ROOT/usr/lib/x86_64-linux-gnu
export PATH="$ROOT/usr/bin:$ROOT/usr/sbin:$PATH" LD_LIBRARY_PATH="$lib:$ROOT/lib/x86_64-linux-gnu:$lib/ceph:$ROOT/usr/lib/ceph"
export PYTHONPATH="$ROOT/usr/lib/python3/dist-packages" CEPH_CONF="$FOLDER/ceph.conf"
running=""
# Nothing here is worth being saved.
trap 'kill -9 $running; cd /; rm -rf "$FOLDER"; trap - EXIT; exit 0' TERM INT EXIT
new_id() { cat /proc/sys/kernel/random/uuid; }
fsid=$(new_id)
mkdir run mon osd
cat >ceph.conf <<CONF
[global]
fsid = $fsid
mon host = v2:127.0.0.1:$MON/0
public addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon osd full ratio = 0.98
mon osd backfillfull ratio = 0.97
mon osd nearfull ratio = 0.96
mon data avail crit = 1
run dir = $FOLDER/run
log file = $FOLDER/run/\$name.log
pid file = $FOLDER/run/\$name.pid
admin socket = $FOLDER/run/\$name.asok
plugin dir = $lib/ceph
erasure code dir = $lib/ceph/erasure-code
osd class dir = $lib/rados-classes
osd class load list = *
osd class default list = *
keyring = $FOLDER/keyring
[mon.a]
mon data = $FOLDER/mon
[osd.0]
osd data = $FOLDER/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd max object name len = 1024
[client.rgw]
rgw data = $FOLDER/run
rgw frontends = beast endpoint=127.0.0.1:$PORT
rgw run sync thread = false
rgw enable gc threads = false
CONF
ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *'
ceph-authtool keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
ceph-authtool keyring --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
ceph-authtool keyring --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:127.0.0.1:$MON/0]" monmap
ceph-mon --mkfs -i a --monmap monmap --keyring keyring
ceph-mon -f -i a &
running="$running $!"
osd=$(new_id)
timeout 60 ceph osd new "$osd"
ceph-osd -i 0 --mkfs --osd-uuid "$osd"
ceph-osd -f -i 0 &
running="$running $!"
until timeout 20 ceph osd stat | grep -q '1 up'; do sleep 0.5; done
radosgw -f -n client.rgw &
running="$running $!"
until timeout 60 radosgw-admin -n client.rgw user create --uid smrt --display-name smrt --access-key "$KEY" --secret "$SECRET"; do
    sleep 1
done
touch ready
wait
