/* options_refused.h - options of docker run and podman run that we know and do not have.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each says what to use instead. Refusing beats ignoring: a container without the limit that was
 * asked for is not the container that was asked for. */
#pragma once

#define REFUSED(name, instead)                                \
	{                                                     \
		0, name, OPT_UNSUPPORTED, 0, NULL, instead, 0 \
	}
#define REFUSED_LETTER(letter, name, instead)                      \
	{                                                          \
		letter, name, OPT_UNSUPPORTED, 0, NULL, instead, 0 \
	}

#define REFUSED_CPU     "use --cpus"
#define REFUSED_MEMORY  "use --memory"
#define REFUSED_IO      "limits of block devices are not there"
#define REFUSED_HEALTH  "health checks are not run; wait with 'hull exec' instead"
#define REFUSED_LOG     "the log is always JSON lines, see 'hull logs'"
#define REFUSED_NET     "addresses come from the network, see --network"
#define REFUSED_NS      "the container always has its own; --privileged gives the most rights"
#define REFUSED_USERNS  "user namespaces are not there; use --user"
#define REFUSED_IMAGE   "images are made here, see 'hull import'; nothing is pulled"
#define REFUSED_PODMAN  "it belongs to podman's own machinery"
#define REFUSED_RESOLV  "only --dns and --add-host change name resolution"
#define REFUSED_WINDOWS "it is for Windows containers"

/* clang-format off */
#define CONTAINER_REFUSED_ROWS \
	REFUSED_LETTER('a', "attach", "all streams are attached, or none with --detach"), \
	REFUSED_LETTER('c', "cpu-shares", REFUSED_CPU), \
	REFUSED_LETTER('q', "quiet", "nothing is printed but what the container says"), \
	REFUSED("arch", "use --platform"), REFUSED("authfile", REFUSED_IMAGE), \
	REFUSED("blkio-weight", REFUSED_IO), REFUSED("blkio-weight-device", REFUSED_IO), \
	REFUSED("cgroup-conf", "use --memory, --cpus and --pids-limit"), \
	REFUSED("cgroup-parent", "containers live below /hull in every hierarchy"), \
	REFUSED("cgroupns", REFUSED_NS), REFUSED("cgroups", "every container has its cgroup"), \
	REFUSED("chrootdirs", REFUSED_PODMAN), REFUSED("conmon-pidfile", REFUSED_PODMAN), \
	REFUSED("cpu-count", REFUSED_WINDOWS), REFUSED("cpu-percent", REFUSED_WINDOWS), \
	REFUSED("cpu-period", REFUSED_CPU), REFUSED("cpu-quota", REFUSED_CPU), \
	REFUSED("cpu-rt-period", REFUSED_CPU), REFUSED("cpu-rt-runtime", REFUSED_CPU), \
	REFUSED("cpuset-cpus", REFUSED_CPU), REFUSED("cpuset-mems", REFUSED_CPU), \
	REFUSED("creds", REFUSED_IMAGE), REFUSED("decryption-key", REFUSED_IMAGE), \
	REFUSED("device-cgroup-rule", "use --device"), \
	REFUSED("device-read-bps", REFUSED_IO), REFUSED("device-read-iops", REFUSED_IO), \
	REFUSED("device-write-bps", REFUSED_IO), REFUSED("device-write-iops", REFUSED_IO), \
	REFUSED("disable-content-trust", REFUSED_IMAGE), \
	REFUSED("dns-opt", REFUSED_RESOLV), REFUSED("dns-option", REFUSED_RESOLV), \
	REFUSED("dns-search", REFUSED_RESOLV), REFUSED("domainname", "use --hostname with dots"), \
	REFUSED("env-host", "name each variable with --env"), REFUSED("env-merge", "use --env"), \
	REFUSED("gidmap", REFUSED_USERNS), REFUSED("gpus", "use --device"), \
	REFUSED("group-entry", "use --group-add"), \
	REFUSED("health-cmd", REFUSED_HEALTH), REFUSED("health-interval", REFUSED_HEALTH), \
	REFUSED("health-log-destination", REFUSED_HEALTH), REFUSED("health-max-log-count", REFUSED_HEALTH), \
	REFUSED("health-max-log-size", REFUSED_HEALTH), REFUSED("health-on-failure", REFUSED_HEALTH), \
	REFUSED("health-retries", REFUSED_HEALTH), REFUSED("health-start-interval", REFUSED_HEALTH), \
	REFUSED("health-start-period", REFUSED_HEALTH), REFUSED("health-startup-cmd", REFUSED_HEALTH), \
	REFUSED("health-startup-interval", REFUSED_HEALTH), REFUSED("health-startup-retries", REFUSED_HEALTH), \
	REFUSED("health-startup-success", REFUSED_HEALTH), REFUSED("health-startup-timeout", REFUSED_HEALTH), \
	REFUSED("health-timeout", REFUSED_HEALTH), REFUSED("no-healthcheck", REFUSED_HEALTH), \
	REFUSED("hosts-file", REFUSED_RESOLV), REFUSED("hostuser", REFUSED_USERNS), \
	REFUSED("http-proxy", "use --env"), REFUSED("image-volume", "volumes of the image are always anonymous volumes"), \
	REFUSED("intel-rdt-closid", REFUSED_CPU), REFUSED("io-maxbandwidth", REFUSED_WINDOWS), \
	REFUSED("io-maxiops", REFUSED_WINDOWS), REFUSED("ip", REFUSED_NET), REFUSED("ip6", REFUSED_NET), \
	REFUSED("ipc", REFUSED_NS), REFUSED("isolation", REFUSED_WINDOWS), \
	REFUSED("kernel-memory", REFUSED_MEMORY), \
	REFUSED("link", "use a network and --add-host"), REFUSED("link-local-ip", REFUSED_NET), \
	REFUSED("log-driver", REFUSED_LOG), REFUSED("log-opt", REFUSED_LOG), \
	REFUSED("mac-address", REFUSED_NET), \
	REFUSED("memory-reservation", REFUSED_MEMORY), REFUSED("memory-swap", REFUSED_MEMORY), \
	REFUSED("memory-swappiness", REFUSED_MEMORY), \
	REFUSED("net-alias", REFUSED_NET), REFUSED("network-alias", REFUSED_NET), \
	REFUSED("no-hostname", "use --hostname"), REFUSED("no-hosts", "use --add-host"), \
	REFUSED("oom-kill-disable", REFUSED_MEMORY), REFUSED("oom-score-adj", REFUSED_MEMORY), \
	REFUSED("os", "use --platform"), REFUSED("override-arch", "use --platform"), \
	REFUSED("override-os", "use --platform"), REFUSED("override-variant", "use --platform"), \
	REFUSED("passwd", REFUSED_PODMAN), REFUSED("passwd-entry", REFUSED_PODMAN), \
	REFUSED("personality", REFUSED_PODMAN), REFUSED("pid", REFUSED_NS), \
	REFUSED("pidfile", "see 'hull inspect -f {{.State.Pid}}'"), \
	REFUSED("pod", "use --network container:NAME"), REFUSED("pod-id-file", "use --network container:NAME"), \
	REFUSED("preserve-fd", REFUSED_PODMAN), REFUSED("preserve-fds", REFUSED_PODMAN), \
	REFUSED("rdt-class", REFUSED_CPU), REFUSED("read-only-tmpfs", "use --tmpfs"), \
	REFUSED("replace", "remove the other container first: 'hull rm --force NAME'"), \
	REFUSED("requires", "start the other container first"), \
	REFUSED("retry", REFUSED_IMAGE), REFUSED("retry-delay", REFUSED_IMAGE), \
	REFUSED("rmi", "use 'hull rmi' afterwards"), REFUSED("rootfs", "use 'hull import' first"), \
	REFUSED("runtime", "it is a global option: 'hull --runtime NAME run ...'"), \
	REFUSED("sdnotify", REFUSED_PODMAN), REFUSED("seccomp-policy", "use --security-opt seccomp=FILE"), \
	REFUSED("secret", "use --mount type=bind,...,readonly"), \
	REFUSED("shm-size-systemd", "use --tmpfs /run:size=..."), \
	REFUSED("storage-opt", "the size of the root file system is not limited"), \
	REFUSED("subgidname", REFUSED_USERNS), REFUSED("subuidname", REFUSED_USERNS), \
	REFUSED("sysctl", "kernel parameters of namespaces are not set"), \
	REFUSED("timeout", "use timeout(1) around the command"), \
	REFUSED("tls-verify", REFUSED_IMAGE), REFUSED("tz", "use --env TZ=..."), \
	REFUSED("uidmap", REFUSED_USERNS), REFUSED("umask", "set it in the command"), \
	REFUSED("unsetenv", "use --env KEY= to empty it"), REFUSED("unsetenv-all", "use --env KEY= to empty each"), \
	REFUSED("use-api-socket", "there is no daemon"), REFUSED("userns", REFUSED_USERNS), \
	REFUSED("uts", REFUSED_NS), REFUSED("variant", "use --platform"), \
	REFUSED("volume-driver", "volumes are directories of the store"), \
	REFUSED("volumes-from", "name the volumes with --volume")
/* clang-format on */
