# What asks the kernel.
net.ipv4.ip_forward:
  sysctl.present:
    - value: 1
/mnt/every:
  mount.mounted:
    - device: tmpfs
    - fstype: tmpfs
    - opts: [size=1m, nosuid]
    - mkmnt: true
/mnt/gone:
  mount.unmounted:
    - device: tmpfs
    - persist: true
