/* event_line.h - a request as a line of the access log, and as a line for auditors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What clients sent is bounded and escaped; no line holds a secret (api.h promises that events do
 * not). Text: the access log is the combined format of web servers with the seconds a request took
 * behind it; audit lines are "audit: push time=… status=… account=… address=…". JSON: one object a
 * line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"
#include "base/buf.h"

void access_line(struct buf *line, const struct api_event *event, int64_t now_ns, bool json);
void audit_line(struct buf *line, const struct api_event *event, int64_t now_ns, bool json);
/* A fault of ours: what the client asked for and why it could not be had. */
void fault_line(struct buf *line, const struct api_event *event, const char *cause, int64_t now_ns,
		bool json);
