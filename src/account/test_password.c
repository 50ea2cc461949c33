/* test_password.c - bcrypt hashes made, known and refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/guard.h"
#include "account/password_private.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(a_hash_that_was_made_is_known_again)
{
	autoerr struct err err = {0};
	autofree char *hash = NULL, *other = NULL;

	CHECK_OK(password_hash("secret", 4, &hash, &err), &err);
	CHECK(text_starts(hash, "$2b$04$"));
	CHECK(password_hash_is_valid(hash));
	CHECK(password_matches("secret", hash));
	CHECK(!password_matches("Secret", hash));
	CHECK(!password_matches("", hash));
	CHECK_OK(password_hash("secret", 4, &other, &err), &err);
	CHECK(!text_eq(hash, other)); /* a salt of its own */
	autofree char *usual = NULL;
	CHECK_OK(password_hash("secret", 0, &usual, &err), &err);
	CHECK(text_starts(usual, "$2b$10$"));
}

TEST(hashes_of_other_programs_are_known)
{
	/* docker_auth, examples/simple.yml: user "admin", password "badmin". */
	CHECK(password_matches("badmin",
			       "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC"));
	/* The example of the bcrypt test vectors in crypt_blowfish. */
	CHECK(password_matches("U*U",
			       "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
	CHECK(!password_matches("U*V",
				"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST(only_bcrypt_is_a_valid_hash)
{
	static const struct {
		const char *hash;
		bool is_valid;
	} cases[] = {
		{"$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC", true},
		{"$2a$31$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC", true},
		{"$2x$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC", false},
		{"$2y$03$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC", false},
		{"$2y$32$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC", false},
		{"$2y$+5$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC", false},
		{"$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5j", false},
		{"$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jCC", false},
		{"$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5!C", false},
		{"$apr1$x$y", false},
		{"{SHA}abc", false},
		{"secret", false},
		{"", false},
		{"*", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (password_hash_is_valid(cases[i].hash) != cases[i].is_valid)
			CHECK_STR(cases[i].hash, cases[i].is_valid ? "valid" : "not valid");
	CHECK(!password_matches("x", "*"));
	CHECK(!password_matches("x", ""));
}

TEST(passwords_that_bcrypt_would_cut_are_refused)
{
	autoerr struct err err = {0};
	autofree char *hash = NULL;
	char text[74];

	memset(text, 'a', sizeof(text) - 1);
	text[73] = 0;
	CHECK(password_hash(text, 4, &hash, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);
	text[72] = 0;
	CHECK_OK(password_hash(text, 4, &hash, &err), &err);
	autofree char *none = NULL;
	CHECK(password_hash("", 4, &none, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	err_clear(&err);
	CHECK(password_hash("a", 3, &none, &err) < 0);
	err_clear(&err);
	CHECK(password_hash("a", 32, &none, &err) < 0);
	CHECK(none == NULL);
}
