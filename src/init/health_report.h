/* health_report.h - what /healthz and /readyz say: "ok", or a line for each service in the way.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/supervisor.h"
#include "init/text.h"

/* Appends the text; true: 200, else 503. */
bool health_report(const struct supervisor *supervisor, struct text *text);
bool readiness_report(const struct supervisor *supervisor, struct text *text);
