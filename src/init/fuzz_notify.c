/* fuzz_notify.c - datagrams of sd_notify(3) from programs that know no rule.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/notify.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void hear(void *arg, const struct notify_message *message)
{
	size_t *left = arg;
	size_t used = strlen(message->text) + sizeof("ERRNO=") - 1;
	if (message->what > NOTIFY_EXTEND_USEC || used > *left)
		abort();
	*left -= used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[LIMIT_NOTIFY + 1];
	if (len > LIMIT_NOTIFY)
		len = LIMIT_NOTIFY;
	memcpy(text, data, len);
	size_t left = len;
	notify_parse(text, len, hear, &left);
	return 0;
}
