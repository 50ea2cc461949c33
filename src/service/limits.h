/* limits.h - bounds of the running registry.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_SERVICE_WAIT_NS   (INT64_C(10) * 365 * 86400 * 1000000000) /* of any duration key */
#define LIMIT_SERVICE_COUNT     10000000    /* of any counting key: connections, threads, entries */
#define LIMIT_SERVICE_ADDRESSES 64          /* listeners: each is a descriptor per loop */
#define LIMIT_SERVICE_PAIRS     16          /* certificates served side by side */
#define LIMIT_SERVICE_EXTERNAL  32          /* token services that are believed */
#define LIMIT_SERVICE_FIELD     1024        /* bytes of one "Name: value" added to answers */
#define LIMIT_SERVICE_OVERRIDE  (64u << 10) /* bytes of one REGISTRY_ variable */

#define LIMIT_SERVICE_JOURNAL          (1u << 20) /* bytes of log lines that wait to be written */
#define LIMIT_SERVICE_JOURNAL_PAUSE_MS 20         /* lines of that time are written at once */
#define LIMIT_SERVICE_SHOWN            1024       /* bytes of a path or user agent in a log line */
#define LIMIT_SERVICE_CONTROLS         8          /* operator's commands at once */
#define LIMIT_SERVICE_CONTROL_WAIT_S   10         /* for an operator's command that says nothing */
/* Bytes that uploads leave free unless the file says otherwise: manifests, deletes and the
 * collector, which makes room, write the index. */
#define LIMIT_SERVICE_FLOOR            ((uint64_t)64 << 20)
