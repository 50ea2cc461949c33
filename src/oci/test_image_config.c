/* test_image_config.c - image configurations made, copied, shown.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/image_config.h"

#include "base/buf.h"
#include "doc/json.h"
#include "oci/limits.h"
#include "testing/test.h"

TEST(a_config_made_by_hand_has_canonical_bytes)
{
	struct image_config config = {
		.architecture = xstrdup("amd64"),
		.os = xstrdup("linux"),
		.created = xstrdup("1970-01-01T00:00:00Z"),
	};
	struct digest diff_id = digest_of_bytes("", 0);
	size_t len = 0;

	strlist_add(&config.config.labels, "b=2");
	strlist_add(&config.config.labels, "a-b=x");
	strlist_add(&config.config.labels, "a=1=1");
	strlist_add(&config.config.cmd, "/sbin/init");
	image_config_add_layer(&config, &diff_id);
	image_config_add_history(&config, "1970-01-01T00:00:00Z", "import", NULL, false);
	image_config_add_history(&config, NULL, "CMD [\"/sbin/init\"]", "hull", true);
	autofree char *text = image_config_write(&config, &len);
	CHECK_STR(
		text,
		"{\"created\":\"1970-01-01T00:00:00Z\",\"architecture\":\"amd64\",\"os\":\"linux\","
		"\"config\":{\"Cmd\":[\"/sbin/init\"],\"Labels\":{\"a\":\"1=1\",\"a-b\":\"x\",\"b\":\"2\"}},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]},"
		"\"history\":[{\"created\":\"1970-01-01T00:00:00Z\",\"created_by\":\"import\"},"
		"{\"created_by\":\"CMD [\\\"/sbin/init\\\"]\",\"comment\":\"hull\",\"empty_layer\":true}]}");
	CHECK_INT(len, strlen(text));
	image_config_done(&config);
	CHECK(!config.n_history && !config.n_diff_ids && !config.os);
}

TEST(the_chain_id_follows_the_layers)
{
	struct image_config config = {0};
	struct digest first = digest_of_bytes("1", 1);
	struct digest second = digest_of_bytes("2", 1);

	image_config_add_layer(&config, &first);
	image_config_add_layer(&config, &second);
	struct digest one = image_config_chain_id(&config, 1);
	struct digest two = image_config_chain_id(&config, 2);
	struct digest expected = digest_chain(&first, &second);
	CHECK(digest_eq(&one, &first));
	CHECK(digest_eq(&two, &expected));
	image_config_done(&config);
}

TEST(inspect_shows_every_name)
{
	autoarena struct arena arena = {0};
	autobuf struct buf buf = {0};
	struct run_config config = {.user = xstrdup("app")};

	strlist_add(&config.env, "A=1");
	strlist_add(&config.exposed_ports, "80/tcp");
	strlist_add(&config.healthcheck.test, "NONE");
	struct node *map = run_config_inspect(&arena, &config);
	json_write(&buf, map, JSON_COMPACT);
	CHECK_STR(
		buf_text(&buf),
		"{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"app\",\"AttachStdin\":false,"
		"\"AttachStdout\":false,\"AttachStderr\":false,\"ExposedPorts\":{\"80/tcp\":{}},"
		"\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,\"Env\":[\"A=1\"],\"Cmd\":null,"
		"\"Healthcheck\":{\"Test\":[\"NONE\"]},\"Image\":\"\",\"Volumes\":null,"
		"\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":null,"
		"\"StopSignal\":\"\",\"Shell\":null}");
	CHECK_INT(node_get(map, "Labels")->null_of, NODE_MAP);
	CHECK_INT(node_get(map, "Cmd")->null_of, NODE_LIST);
	run_config_done(&config);
}

TEST(a_run_config_is_copied_whole)
{
	struct run_config config = {.user = xstrdup("1:2"), .stop_signal = xstrdup("SIGRTMIN+3")};
	struct run_config copy = {.user = xstrdup("old")};

	strlist_add(&config.on_build, "RUN true");
	strlist_add(&config.healthcheck.test, "CMD");
	config.healthcheck.retries = 3;
	run_config_copy(&copy, &config);
	run_config_done(&config);
	CHECK_STR(copy.user, "1:2");
	CHECK_STR(copy.stop_signal, "SIGRTMIN+3");
	CHECK_STR(copy.on_build.items[0], "RUN true");
	CHECK_STR(copy.healthcheck.test.items[0], "CMD");
	CHECK_INT(copy.healthcheck.retries, 3);
	run_config_done(&copy);
}

static enum err_kind refusal(struct str text)
{
	autoerr struct err err = {0};
	struct image_config config = {0};

	CHECK(image_config_parse("c", text, &config, &err) == -1);
	CHECK(!config.diff_ids);
	return err.kind;
}

TEST(sizes_and_numbers_of_diff_ids_are_bounded)
{
	autobuf struct buf text = {0};
	autofree char *large = xcalloc(1, LIMIT_CONFIG_BYTES + 1);

	memset(large, ' ', LIMIT_CONFIG_BYTES + 1);
	CHECK_INT(refusal((struct str){large, LIMIT_CONFIG_BYTES + 1}), ERR_LIMIT);
	buf_puts(&text, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[1");
	for (unsigned i = 0; i < LIMIT_LAYERS; i++)
		buf_puts(&text, ",1");
	buf_puts(&text, "]}}");
	CHECK_INT(refusal(buf_str(&text)), ERR_LIMIT);
}
