/* channel.c - packets between a monitor and its client; both are the same program at the same time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

#include "base/banned.h"

bool channel_send(int fd, const struct channel_message *message)
{
	size_t size = offsetof(struct channel_message, text) + strlen(message->text) + 1;
	ssize_t n;

	do
		n = send(fd, message, size, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size;
}

/* Who closes with a message of ours unread resets the connection: recv(2) tells that once, and then
 * gives what the other side had said before. */
static ssize_t receive(int fd, void *message, size_t size)
{
	bool was_reset = false;

	for (;;) {
		ssize_t n = recv(fd, message, size, 0);
		if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || was_reset)))
			return n;
		was_reset = was_reset || errno == ECONNRESET;
	}
}

bool channel_receive(int fd, struct channel_message *ret_message)
{
	struct channel_message message = {0};
	ssize_t n = receive(fd, &message, sizeof(message) - 1);

	if (n <= (ssize_t)offsetof(struct channel_message, text))
		return false;
	*ret_message = message;
	return true;
}

void channel_send_error(int fd, int exit_code, const struct err *err)
{
	struct channel_message message = {.type = CHANNEL_FAILED,
					  .value = exit_code,
					  .kind = err->kind,
					  .sys_errno = err->sys_errno};
	const char *text = err_text(err);
	size_t len = strlen(text);

	if (len >= sizeof(message.text))
		len = sizeof(message.text) - 1;
	memcpy(message.text, text, len);
	channel_send(fd, &message);
}

int channel_error(const struct channel_message *message, struct err *err)
{
	err_set(err, message->kind, "%s", message->text);
	err->sys_errno = message->sys_errno;
	return -1;
}
