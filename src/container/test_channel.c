/* test_channel.c - what was said is heard, also when who said it is gone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "testing/test.h"

static void pair(int ends[2])
{
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

TEST(an_error_arrives_with_its_kind_and_exit_status)
{
	int ends[2];
	struct err err = {0}, heard = {0};
	struct channel_message message;

	pair(ends);
	err_set(&err, ERR_DENIED, "no '%s'", "way");
	channel_send_error(ends[0], 126, &err);
	CHECK(channel_receive(ends[1], &message));
	CHECK_INT(message.type, CHANNEL_FAILED);
	CHECK_INT(message.value, 126);
	CHECK_INT(channel_error(&message, &heard), -1);
	CHECK_INT(heard.kind, ERR_DENIED);
	CHECK_STR(err_text(&heard), "no 'way'");
	err_clear(&err);
	err_clear(&heard);
	close(ends[0]);
	close(ends[1]);
}

TEST(a_long_error_is_cut)
{
	int ends[2];
	struct err err = {0};
	struct channel_message message;
	char text[2 * CHANNEL_TEXT_MAX];

	pair(ends);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_SYSTEM, "%s", text);
	channel_send_error(ends[0], 125, &err);
	CHECK(channel_receive(ends[1], &message));
	CHECK_INT(strlen(message.text), CHANNEL_TEXT_MAX - 1);
	err_clear(&err);
	close(ends[0]);
	close(ends[1]);
}

TEST(the_last_word_is_heard_although_ours_was_not)
{
	int ends[2];
	struct channel_message message;

	pair(ends);
	CHECK(channel_send(ends[1], &(struct channel_message){.type = CHANNEL_RESIZE}));
	CHECK(channel_send(ends[0], &(struct channel_message){.type = CHANNEL_EXITED, .value = 7}));
	close(ends[0]);
	CHECK(channel_receive(ends[1], &message));
	CHECK_INT(message.type, CHANNEL_EXITED);
	CHECK_INT(message.value, 7);
	CHECK(!channel_receive(ends[1], &message));
	close(ends[1]);
}
