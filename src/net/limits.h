/* limits.h - bounds of what the network module reads and waits for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_NET_CONFIG (1u << 20) /* bytes of a conflist, a plugin's answer, a cached result */
#define LIMIT_NET_RECORD (4u << 20) /* bytes of "<netns>.json": configuration, ports and result */
#define LIMIT_NET_TEXT   (1u << 20) /* bytes of the host's hosts and resolv.conf */
#define LIMIT_PORTS      65536u     /* mappings of one container: every port once */
#define LIMIT_PORT_TRIES 1000       /* free ports that others took before us */
#define LIMIT_PLUGINS    32u        /* in one conflist */

#define PLUGIN_TIMEOUT_MS   60000 /* a plugin that waits for its lock or for DHCP */
#define IPTABLES_TIMEOUT_MS 10000
