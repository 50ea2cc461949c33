/* progress.c - telling whoever listens.
 * SPDX-License-Identifier: Apache-2.0 */
#include "build/progress.h"

#include "base/banned.h"

void progress_tell(const struct progress *progress, const struct progress_event *event)
{
	if (progress && progress->tell)
		progress->tell(event, progress->arg);
}
