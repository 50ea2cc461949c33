/* test_parse.c - values of init files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "ini/parse.h"
#include "testing/test.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

TEST(durations_have_units_sums_and_fractions)
{
	static const struct {
		const char *text;
		int64_t ns; /* -1: refused */
	} cases[] = {
		{"0", 0},
		{"5", 5 * SECOND},
		{"0.5", SECOND / 2},
		{".5", SECOND / 2},
		{"2.", -1},
		{"500ms", SECOND / 2},
		{"1.5s", 3 * SECOND / 2},
		{"1m30s", 90 * SECOND},
		{"1h30", -1},
		{"2h", 7200 * SECOND},
		{"7d", 7 * 86400 * SECOND},
		{"1w", 7 * 86400 * SECOND},
		{"10us", 10000},
		{"7ns", 7},
		{"0.0000000019", 1},
		{"", -1},
		{"s", -1},
		{"-1", -1},
		{"5 s", -1},
		{"5x", -1},
		{"36500d", INT64_C(36500) * 86400 * SECOND},
		{"99999d", -1},
		{"99999999999999999999", -1},
		{"9223372036854775807w", -1},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		int64_t ns = -1;
		int result = parse_duration(cases[i].text, &ns, &err);
		if ((result == 0) != (cases[i].ns >= 0) || ns != cases[i].ns)
			test_fail(__FILE__, __LINE__, "'%s' gives %lld: %s", cases[i].text,
				  (long long)ns, err_text(&err));
	}
}

TEST(words_split_as_a_shell_splits_them)
{
	static const struct {
		const char *text, *words; /* with | between; NULL: refused */
	} cases[] = {
		{"", ""},
		{"  a  b\tc\nd ", "a|b|c|d"},
		{"'a b' c", "a b|c"},
		{"\"a 'b'\" c", "a 'b'|c"},
		{"a\\ b c", "a b|c"},
		{"'a\\b'", "a\\b"},
		{"\"a\\b\\\"\\$\\\\\"", "a\\b\"$\\"},
		{"--x=\"1 2\"'3 4'", "--x=1 23 4"},
		{"''", ""},
		{"a '' b", "a||b"},
		{"a#b #c", "a#b|#c"},
		{"a\\\nb", "ab"},
		{"\"a\\\nb\"", "ab"},
		{"$HOME `x`", "$HOME|`x`"},
		{"'a", NULL},
		{"a \"b", NULL},
		{"a\\", NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autoerr struct err err = {0};
		struct text_list words = {0};
		int result = parse_words(&arena, cases[i].text, &words, &err);
		CHECK_INT(result, cases[i].words ? 0 : -1);
		if (result) {
			CHECK_INT(err.kind, ERR_INPUT);
			continue;
		}
		autobuf struct buf joined = {0};
		for (size_t j = 0; j < words.n; j++)
			buf_printf(&joined, "%s%s", j ? "|" : "", words.items[j]);
		CHECK_STR(buf_text(&joined), cases[i].words);
		CHECK(words.n == 0 || words.items[words.n] == NULL);
	}
}

TEST(an_open_quote_is_told_with_its_place)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct text_list words;
	CHECK(parse_words(&arena, "abc 'def", &words, &err));
	CHECK_STR(err_text(&err), "the quote ' of byte 5 is never closed");
}

TEST(signals_have_names_numbers_and_offsets)
{
	static const struct {
		const char *text;
		int number; /* 0: refused */
	} cases[] = {
		{"TERM", 15},       {"sigterm", 15},
		{"SigInt", 2},      {"9", 9},
		{"SIGRTMIN+3", 37}, {"RTMIN", 34},
		{"rtmax-1", 63},    {"RTMAX", 64},
		{"64", 64},         {"65", 0},
		{"0", 0},           {"-1", 0},
		{"RTMIN+31", 0},    {"CLD", 17},
		{"IOT", 6},         {"HUP+1", 2},
		{"TREM", 0},        {"", 0},
		{"SIG", 0},         {"TERM+", 0},
		{"TERM+x", 0},      {"RTMIN+99999999999", 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		int number = 0;
		int result = parse_signal(cases[i].text, &number, &err);
		if ((result == 0) != (cases[i].number > 0) || number != cases[i].number)
			test_fail(__FILE__, __LINE__, "'%s' gives %d: %s", cases[i].text, number,
				  err_text(&err));
	}
}

TEST(every_signal_is_read_by_its_name)
{
	for (int i = 1; i <= 64; i++) {
		autoerr struct err err = {0};
		const char *name = signal_name(i);
		int number = 0;
		if (!name) { /* those of the C library alone */
			CHECK(i == 32 || i == 33);
			continue;
		}
		CHECK_OK(parse_signal(name, &number, &err), &err);
		CHECK_INT(number, i);
	}
	CHECK(!signal_name(0));
	CHECK(!signal_name(65));
	CHECK(!signal_name(-1));
}

TEST(a_wrong_signal_names_the_nearest)
{
	autoerr struct err err = {0};
	int number;
	CHECK(parse_signal("sigtrem", &number, &err));
	CHECK_STR(err_text(&err), "'sigtrem' is no signal, nearest 'TERM'");
}

TEST(truth_has_eight_words)
{
	static const char *const yes[] = {"yes", "TRUE", "On", "1"}, *const no[] = {"no", "False",
										    "off", "0"};
	autoerr struct err err = {0};
	bool value = false;
	for (size_t i = 0; i < 4; i++) {
		CHECK_OK(parse_bool(yes[i], &value, &err), &err);
		CHECK(value);
		CHECK_OK(parse_bool(no[i], &value, &err), &err);
		CHECK(!value);
	}
	CHECK(parse_bool("y", &value, &err));
	CHECK_STR(err_text(&err), "'y' is neither yes nor no");
}

TEST(modes_are_octal)
{
	autoerr struct err err = {0};
	int mode = -1;
	CHECK_OK(parse_mode("0644", &mode, &err), &err);
	CHECK_INT(mode, 0644);
	CHECK_OK(parse_mode("7777", &mode, &err), &err);
	CHECK_INT(mode, 07777);
	CHECK(parse_mode("10000", &mode, &err));
	err_clear(&err);
	CHECK(parse_mode("0788", &mode, &err));
	CHECK_STR(err_text(&err), "'0788' is no octal mode like 0644");
	CHECK_INT(mode, 07777);
}

TEST(probes_have_six_forms)
{
	static const struct {
		const char *text;
		enum probe_kind kind;
		const char *host;
		int port;
		const char *path, *socket;
	} cases[] = {
		{"tcp:db:5432", PROBE_TCP, "db", 5432, NULL, NULL},
		{"tcp:5432", PROBE_TCP, "127.0.0.1", 5432, NULL, NULL},
		{"tcp://[::1]:80", PROBE_TCP, "::1", 80, NULL, NULL},
		{"unix:/run/x", PROBE_UNIX, NULL, 0, "/run/x", NULL},
		{"unix:///run/x", PROBE_UNIX, NULL, 0, "/run/x", NULL},
		{"unix:@x", PROBE_UNIX, NULL, 0, "@x", NULL},
		{"http://a/b?c", PROBE_HTTP, "a", 80, "/b?c", NULL},
		{"http://a:81", PROBE_HTTP, "a", 81, "/", NULL},
		{"http://[::1]/x", PROBE_HTTP, "::1", 80, "/x", NULL},
		{"http+unix:/run/s:/ping", PROBE_HTTP, NULL, 0, "/ping", "/run/s"},
		{"http+unix:/run/s", PROBE_HTTP, NULL, 0, "/", "/run/s"},
		{"file:/run/ok", PROBE_FILE, NULL, 0, "/run/ok", NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autoerr struct err err = {0};
		struct probe_spec probe;
		CHECK_OK(parse_probe(&arena, cases[i].text, &probe, &err), &err);
		CHECK_INT(probe.kind, cases[i].kind);
		CHECK_STR(probe.host, cases[i].host);
		CHECK_INT(probe.port, cases[i].port);
		CHECK_STR(probe.path, cases[i].path);
		CHECK_STR(probe.socket, cases[i].socket);
		CHECK_STR(probe.text, cases[i].text);
	}
}

TEST(a_probe_by_command_has_words)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct probe_spec probe;
	CHECK_OK(parse_probe(&arena, "command:pg_isready -h 'a b'", &probe, &err), &err);
	CHECK_INT(probe.kind, PROBE_COMMAND);
	CHECK_INT((long long)probe.words.n, 3);
	CHECK_STR(probe.words.items[2], "a b");
}

TEST(bad_probes_say_what_is_missing)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"tcp:db", "'tcp:db' has no port number (HOST:PORT)"},
		{"tcp:db:0", "'tcp:db:0' needs a port from 1 to 65535"},
		{"tcp:db:65536", "'tcp:db:65536' needs a port from 1 to 65535"},
		{"tcp:[::1", "'tcp:[::1' has a [ without ]"},
		{"tcp:[::1]x", "'tcp:[::1]x' has more than a port behind its ]"},
		{"unix:x", "'unix:x' needs an absolute path"},
		{"file:@x", "'file:@x' needs an absolute path"},
		{"http://a/b c", "'http://a/b c' has a blank in its path"},
		{"http+unix:x", "'http+unix:x' is not http+unix:/SOCKET:/PATH"},
		{"https://a", "'https://a': there is no TLS in here, use http:, tcp: or command:"},
		{"command:", "'command:' names no command"},
		{"udp:x", "'udp:x' is none of tcp:HOST:PORT, unix:PATH, http://HOST[:PORT]/PATH, "
			  "http+unix:SOCKET:/PATH, file:PATH and command:WORDS"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoarena struct arena arena = {0};
		autoerr struct err err = {0};
		struct probe_spec probe;
		CHECK(parse_probe(&arena, cases[i].text, &probe, &err));
		CHECK_STR(err_text(&err), cases[i].error);
	}
}
