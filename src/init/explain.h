/* explain.h - why a service is where it is, in sentences for its operator.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/out.h"
#include "init/supervisor.h"

void explain_service(const struct service *service, struct out *out);
