/* test_dns.c - questions as RFC 1035 has them, answers true and false.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/dns.h"

#include "testing/test.h"

TEST(dns_query_is_what_the_rfc_says)
{
	static const char want[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				   "\x02"
				   "db\x07"
				   "example\x00\x00\x01\x00\x01";
	uint8_t query[DNS_QUERY_MAX];
	size_t len = dns_query(0x1234, "db.example.", DNS_A, query);
	CHECK_INT(len, sizeof(want) - 1);
	CHECK(memcmp(query, want, len) == 0);
}

TEST(dns_query_refuses_names_that_cannot_be)
{
	uint8_t query[DNS_QUERY_MAX];
	char label[70], name[300];
	memset(label, 'a', sizeof(label));
	label[64] = '\0';
	CHECK_INT(dns_query(1, "", DNS_A, query), 0);
	CHECK_INT(dns_query(1, ".", DNS_A, query), 0);
	CHECK_INT(dns_query(1, "a..b", DNS_A, query), 0);
	CHECK_INT(dns_query(1, ".a", DNS_A, query), 0);
	CHECK_INT(dns_query(1, "a..", DNS_A, query), 0);
	CHECK_INT(dns_query(1, label, DNS_A, query), 0);
	label[63] = '\0';
	CHECK(dns_query(1, label, DNS_A, query) > 0);
	/* 253 letters and dots are 255 bytes: the longest */
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '.' : 'a';
	name[254] = '\0';
	CHECK_INT(dns_query(1, name, DNS_A, query), 12 + 255 + 4); /* the dot at its end aside */
	name[253] = '\0';
	CHECK_INT(dns_query(1, name, DNS_A, query), 12 + 255 + 4);
	name[253] = 'a';
	name[254] = 'a';
	name[255] = '\0';
	CHECK_INT(dns_query(1, name, DNS_A, query), 0);
}

/* An answer is the question with another head, and records behind it. */
static size_t answer_of(const uint8_t *query, size_t query_len, const char *head,
			const void *records, size_t len, uint8_t *out)
{
	memcpy(out, query, query_len);
	memcpy(out + 2, head, 6); /* flags, questions, answers */
	if (len)
		memcpy(out + query_len, records, len);
	return query_len + len;
}

#define FLAGS_GOOD       "\x81\x80\x00\x01"
#define TO_QUESTION      "\xc0\x0c"
#define HEAD(type, size) "\x00" type "\x00\x01\x00\x00\x00\x3c\x00" size
#define RECORD(owner, type, size, content) \
	owner HEAD(type, size)             \
	content

static const struct {
	const char *name, *head, *records;
	size_t len;
	enum dns_outcome outcome;
	const char *first;
} cases[] = {
#define RECORDS(text) text, sizeof(text) - 1
	{"one address", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD(TO_QUESTION, "\x01", "\x04", "\x0a\x00\x00\x01")), DNS_FOUND, "10.0.0.1:5"},
	{"letter case does not matter", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD("\x02"
			"Db\x07"
			"eXample\x00",
			"\x01", "\x04", "\x0a\x00\x00\x01")),
	 DNS_FOUND, "10.0.0.1:5"},
	{"an alias", FLAGS_GOOD "\x00\x02",
	 RECORDS(RECORD(TO_QUESTION, "\x05", "\x03", "\x01\x61\x00")
			 RECORD("\x01\x61\x00", "\x01", "\x04", "\x0a\x00\x00\x02")),
	 DNS_FOUND, "10.0.0.2:5"},
	{"an alias behind its address", FLAGS_GOOD "\x00\x02",
	 RECORDS(RECORD("\x01\x61\x00", "\x01", "\x04", "\x0a\x00\x00\x02")
			 RECORD(TO_QUESTION, "\x05", "\x03", "\x01\x61\x00")),
	 DNS_FOUND, "10.0.0.2:5"},
	{"an alias of itself", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD(TO_QUESTION, "\x05", "\x02", TO_QUESTION)), DNS_NO_ADDRESS, NULL},
	{"somebody else's address", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD("\x01\x62\x00", "\x01", "\x04", "\x0a\x00\x00\x02")), DNS_NO_ADDRESS, NULL},
	{"another type", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD(TO_QUESTION, "\x10", "\x04", "\x03txt")), DNS_NO_ADDRESS, NULL},
	{"an address of three bytes", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD(TO_QUESTION, "\x01", "\x03", "\x0a\x00\x00")), DNS_NO_ADDRESS, NULL},
	{"a record that is cut", FLAGS_GOOD "\x00\x01",
	 RECORDS(TO_QUESTION HEAD("\x01", "\x04") "\x0a\x00"), DNS_NO_ADDRESS, NULL},
	{"a pointer to itself", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD("\xc0\x1c", "\x01", "\x04", "\x0a\x00\x00\x01")), DNS_NO_ADDRESS, NULL},
	{"a pointer ahead", FLAGS_GOOD "\x00\x01",
	 RECORDS(RECORD("\xc0\x20", "\x01", "\x04", "\x0a\x00\x00\x01")), DNS_NO_ADDRESS, NULL},
	{"no record at all", FLAGS_GOOD "\x00\x00", RECORDS(""), DNS_NO_ADDRESS, NULL},
	{"more announced than there is", FLAGS_GOOD "\xff\xff",
	 RECORDS(RECORD(TO_QUESTION, "\x01", "\x04", "\x0a\x00\x00\x01")), DNS_FOUND, "10.0.0.1:5"},
	{"no such name", "\x81\x83\x00\x01\x00\x00", RECORDS(""), DNS_NO_NAME, NULL},
	{"server failure", "\x81\x82\x00\x01\x00\x00", RECORDS(""), DNS_FAILED, NULL},
	{"refused", "\x81\x85\x00\x01\x00\x00", RECORDS(""), DNS_FAILED, NULL},
	{"cut short", "\x83\x80\x00\x01\x00\x00", RECORDS(""), DNS_FAILED, NULL},
	{"cut short behind an address", "\x83\x80\x00\x01\x00\x02",
	 RECORDS(RECORD(TO_QUESTION, "\x01", "\x04", "\x0a\x00\x00\x01")), DNS_FOUND, "10.0.0.1:5"},
	{"a question, no answer", "\x01\x00\x00\x01\x00\x01",
	 RECORDS(RECORD(TO_QUESTION, "\x01", "\x04", "\x0a\x00\x00\x01")), DNS_NOT_OURS, NULL},
	{"two questions", "\x81\x80\x00\x02\x00\x00", RECORDS(""), DNS_NOT_OURS, NULL},
};

TEST(dns_answer_is_believed_only_when_it_is_one)
{
	uint8_t query[DNS_QUERY_MAX], packet[DNS_ANSWER_MAX];
	size_t query_len = dns_query(0x1234, "db.example", DNS_A, query);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct address found[2];
		size_t len = answer_of(query, query_len, cases[i].head, cases[i].records,
				       cases[i].len, packet);
		struct dns_found all = {found, 0, ARRAY_LEN(found), 5};
		enum dns_outcome outcome = dns_answer(packet, len, query, query_len, &all);
		size_t n = all.n;
		if (outcome != cases[i].outcome)
			test_fail(__FILE__, __LINE__, "%s: %d", cases[i].name, outcome);
		CHECK_INT(n, cases[i].first != NULL);
		char shown[ADDRESS_TEXT];
		if (n == 0)
			continue;
		address_format(&found[0], shown);
		CHECK_STR(shown, cases[i].first);
	}
}

TEST(dns_answer_of_another_question_or_id_is_not_ours)
{
	uint8_t query[DNS_QUERY_MAX], other[DNS_QUERY_MAX], packet[DNS_ANSWER_MAX];
	struct address found;
	struct dns_found all = {&found, 0, 1, 5};
	size_t len = dns_query(7, "db.example", DNS_A, query);
	size_t other_len = dns_query(7, "dc.example", DNS_A, other);
	answer_of(other, other_len, FLAGS_GOOD "\x00\x00", NULL, 0, packet);
	CHECK_INT(dns_answer(packet, other_len, query, len, &all), DNS_NOT_OURS);
	answer_of(query, len, FLAGS_GOOD "\x00\x00", NULL, 0, packet);
	CHECK_INT(dns_answer(packet, len, query, len, &all), DNS_NO_ADDRESS);
	packet[0] ^= 1;
	CHECK_INT(dns_answer(packet, len, query, len, &all), DNS_NOT_OURS);
	for (size_t cut = 0; cut < len; cut++)
		CHECK_INT(dns_answer(packet, cut, query, len, &all), DNS_NOT_OURS);
}

TEST(dns_answer_has_addresses_of_the_new_kind)
{
	static const char record[] =
		RECORD(TO_QUESTION, "\x1c", "\x10",
		       "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07");
	uint8_t query[DNS_QUERY_MAX], packet[DNS_ANSWER_MAX];
	struct address found[3];
	char shown[ADDRESS_TEXT];
	struct dns_found all = {found, 1, 3, 80}; /* one of the other question: kept */
	size_t query_len = dns_query(9, "db.example", DNS_AAAA, query);
	size_t len = answer_of(query, query_len, FLAGS_GOOD "\x00\x01", record, sizeof(record) - 1,
			       packet);
	CHECK_INT(dns_answer(packet, len, query, query_len, &all), DNS_FOUND);
	CHECK_INT(all.n, 2);
	address_format(&found[1], shown);
	CHECK_STR(shown, "[2001:db8::7]:80");
	/* no room left */
	all.max = 2;
	CHECK_INT(dns_answer(packet, len, query, query_len, &all), DNS_NO_ADDRESS);
}
