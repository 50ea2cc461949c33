/* test_functions.c - what templates may ask for by salt['module.function'](…).
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "state/functions.h"
#include "testing/test.h"
#include "value/json.h"

#include "base/banned.h"

static const char pillar_json[] =
	"{\"a\": {\"b\": [10, {\"c\": 20}], \"port\": 80}, \"name\": \"web\","
	" \"makina-states.localsettings.locations\": {\"srv_dir\": \"/data\"},"
	" \"makina-states.localsettings.locations.tmp_dir\": \"/scratch\","
	" \"makina-states.services.php.php_ver\": \"9.9\","
	" \"makina-states.services.http.nginx.default_domains\": [\"x.example\"],"
	" \"makina-states.services.http.nginx.allowed_hosts-overrides\": [\"10.0.0.1\"]}";
static const char grains_json[] =
	"{\"os\": \"Debian\", \"os_family\": \"Debian\", \"oscodename\": \"bookworm\","
	" \"roles\": [\"db\", \"web\"], \"saltversion\": \"3006.9\", \"empty\": \"\"}";

struct scene {
	struct heap heap;
	struct world world;
	struct buf log;
};

static void scene_log(void *arg, const char *level, const char *message)
{
	buf_printf(arg, "%s:%s;", level, message);
}

static int runs_something(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_literal("ran");
	return 0;
}

static void scene_begin(struct scene *scene)
{
	static const struct state_function rows[] = {{"test.run", runs_something, FN_RUNS}};
	static const struct function_table table = {rows, ARRAY_LEN(rows)};
	static const struct function_table *const functions[] = {&functions_basic, &functions_mc,
								 &table, NULL};
	autoerr struct err err = {0};
	struct value pillar = {0}, grains = {0};

	CHECK_OK(value_from_json(&scene->heap, str_of(pillar_json), &pillar, &err), &err);
	CHECK_OK(value_from_json(&scene->heap, str_of(grains_json), &grains, &err), &err);
	scene->world = (struct world){.heap = &scene->heap,
				      .rootfd = -1,
				      .pillar = pillar.dict,
				      .grains = grains.dict,
				      .opts = dict_new(&scene->heap),
				      .functions = functions,
				      .log = scene_log,
				      .log_arg = &scene->log};
	dict_set(&scene->heap, scene->world.opts, "file_client", value_literal("local"));
	world_begin(&scene->world);
}

static void scene_end(struct scene *scene)
{
	world_done(&scene->world);
	secrets_done(&scene->world.secrets);
	buf_done(&scene->log);
	heap_done(&scene->heap);
}

struct function_case {
	const char *text, *want; /* the output, or the end of the error */
};

static void render(struct scene *scene, const char *text, struct buf *ret_output)
{
	autodiag struct diag diag = {0};
	struct rendered rendered = {0};

	if (engine_render_text(&scene->world.engine, "t", "t", str_of(text), NULL, &rendered,
			       &diag))
		buf_printf(ret_output, "error: %s", diag.message);
	else
		buf_append_str(ret_output, rendered.text);
	rendered_done(&rendered);
}

static void check_cases(struct scene *scene, const struct function_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autobuf struct buf output = {0};
		render(scene, cases[i].text, &output);
		if (!text_eq(buf_text(&output), cases[i].want))
			test_fail(__FILE__, __LINE__, "'%s': got '%s', want '%s'", cases[i].text,
				  buf_text(&output), cases[i].want);
	}
}

TEST(values_are_found_by_their_path)
{
	static const struct function_case cases[] = {
		{"{{ salt['pillar.get']('a:b:0') }}", "10"},
		{"{{ salt.pillar.get('a:b:c') }}", "20"},
		{"{{ salt['pillar.get']('a:zz', 'none of it') }}", "none of it"},
		{"[{{ salt['pillar.get']('zz') }}]", "[]"},
		{"{{ salt['pillar.get']('a/port', delimiter='/') }}", "80"},
		{"{{ salt['pillar.get']('a', {'port': 1, 'x': 2}, merge=True) }}",
		 "{'port': 80, 'x': 2, 'b': [10, {'c': 20}]}"},
		{"{{ salt['pillar.item']('name', 'zz') }}", "{'name': 'web', 'zz': ''}"},
		{"{{ salt['pillar.keys']('a') }}", "['b', 'port']"},
		{"{{ salt['pillar.items']().name }}", "web"},
		{"{{ salt['grains.get']('roles:1') }}", "web"},
		{"{{ salt['grains.item']('os', 'zz') }}", "{'os': 'Debian', 'zz': ''}"},
		{"{{ salt['grains.has_value']('empty') }}", "False"},
		{"{{ salt['grains.equals']('os', 'Debian') }}", "True"},
		{"{{ salt['config.get']('file_client') }}", "local"},
		{"{{ salt['config.get']('os') }} {{ salt['config.get']('a:port') }}", "Debian 80"},
		{"{{ salt['config.get']('os', 'x', omit_grains=True) }}", "x"},
		{"{{ salt['config.option']('name') }}", "web"},
		{"{{ salt['pillar.get'](1) }}", ""},
		{"{{ salt['pillar.keys']('nope') }}", "error: 'Pillar key not found: nope'"},
		{"{{ salt['pillar.ls']('nope', 'x') }}", "['nope', 'x']"},
		{"{{ salt['pillar.raw']('nope') }}{{ salt['pillar.items']('nope') }}",
		 "{}{'nope': ''}"},
		{"{{ salt['grains.filter_by']({'default': 1}, merge={'a': 1}) }}",
		 "error: Cannot update using non-dict types in dictupdate.update()"},
		{"{{ salt['environ.get'](none) }}{{ salt['environ.has_value'](1) }}", "FalseFalse"},
		{"{{ salt['hashutil.digest']('a', 'sha1') }}",
		 "error: Hash func 'sha1' is not supported."},
		{"{{ salt['hashutil.base64_encodestring']('x' * 60)|tojson }}",
		 "\"eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\\n"
		 "eHh4\\n\""},
		{"{{ salt['hashutil.hmac_compute']('x', 's') }}",
		 "cefb105ee22996fb167ed606478d2931b87aa3ab99b4b04b68c4fc16c8b49a30"},
		{"{{ salt['slsutil.merge']({'a': {'x': 1}}, {'a': {'y': 2}}, 'aggregate') }}",
		 "{'a': {'y': 2}}"},
		{"{{ salt['slsutil.merge']({'a': [1]}, {'a': [2]}, 'zz', merge_lists=true) }}",
		 "{'a': [2]}"},
		{"{{ salt['slsutil.serialize']('yaml', {'b': [1], 'a': {'c': '\xc3\xa9'}}) }}",
		 "a: {c: \"\\xE9\"}\nb: [1]"},
	};
	struct scene scene = {0};

	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene_end(&scene);
}

TEST(filter_by_looks_a_grain_up)
{
	static const struct function_case cases[] = {
		{"{{ salt['grains.filter_by']({'Debian': {'a': 1}, 'RedHat': {}}).a }}", "1"},
		{"{{ salt['grains.filter_by']({'D*': 1}) }}", "1"},
		{"{{ salt['grains.filter_by']({'x': 1, 'default': 2}) }}", "2"},
		{"{{ salt['grains.filter_by']({'x': 1}) }}", "None"},
		{"{{ salt['grains.filter_by']({'x': 1, 'y': 2}, default='y') }}", "2"},
		{"{{ salt['grains.filter_by']({'web': 1}, grain='roles') }}", "1"},
		{"{{ salt['grains.filter_by']({'Debian': {'a': 1}}, merge={'b': 2}) }}",
		 "{'a': 1, 'b': 2}"},
		{"{{ salt['grains.filter_by']({'all': {'a': 0, 'z': 9}, 'Debian': {'a': 1}}, "
		 "base='all') }}",
		 "{'a': 1, 'z': 9}"},
		{"{{ salt['grains.filter_by']({'Debian': {'a': 1}}, merge='x') }}",
		 "error: filter_by merge argument must be a dictionary."},
		{"{{ salt['grains.filter_by']([]) }}",
		 "error: grains.filter_by: 'lookup_dict' must be a dictionary, not 'list'"},
	};
	struct scene scene = {0};

	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene_end(&scene);
}

TEST(mappings_are_put_together)
{
	static const struct function_case cases[] = {
		{"{{ salt['slsutil.merge']({'a': {'x': 1}}, {'a': {'y': 2}}) }}",
		 "{'a': {'x': 1, 'y': 2}}"},
		{"{{ salt['slsutil.merge']({'a': [1]}, {'a': [2]}) }}", "{'a': [2]}"},
		{"{{ salt['slsutil.merge']({'a': [1]}, {'a': [1, 2]}, merge_lists=True) }}",
		 "{'a': [1, 2]}"},
		{"{{ salt['slsutil.merge']({'a': 1}, {'a': 2}, strategy='list') }}",
		 "{'a': [1, 2]}"},
		{"{{ salt['slsutil.merge']({'a': {'x': 1}}, {'a': {'y': 2}}, "
		 "strategy='overwrite') }}",
		 "{'a': {'y': 2}}"},
		{"{{ salt['slsutil.merge_all']([{'a': 1}, {'b': 2}, {'a': 3}]) }}",
		 "{'a': 3, 'b': 2}"},
		{"{% set d = {'a': {'x': 1}} %}{% do salt['slsutil.update'](d, {'a': {'y': 2}}) "
		 "%}{{ d }}",
		 "{'a': {'x': 1, 'y': 2}}"},
		{"{% set d = {'a': 1} %}{% do salt['defaults.merge'](d, {'b': 2}, in_place=False) "
		 "%}{{ d }}",
		 "{'a': 1}"},
		{"{{ salt['defaults.update']({'n': {'a': 1}}, {'a': 0, 'b': 2}) }}",
		 "{'n': {'a': 1, 'b': 2}}"},
		{"{% set d = {'a': []} %}{% set e = salt['defaults.deepcopy'](d) %}"
		 "{% do e.a.append(1) %}{{ d }}",
		 "{'a': []}"},
		{"{% set d = {'a': {'x': 1}} %}{{ salt['mc_utils.dictupdate'](d, {'a': {'y': 2}}) "
		 "}}{{ d.a.y }}",
		 "{'a': {'x': 1, 'y': 2}}2"},
		{"{% set d = {'a': {'x': 1}} %}{% do salt['mc_utils.copy_dictupdate'](d, {'a': 2}) "
		 "%}{{ d }}",
		 "{'a': {'x': 1}}"},
		{"{{ salt['mc_utils.dictupdate']([], {}) }}",
		 "error: mc_utils.dictupdate: the 1st argument is no dictionary: 'list'"},
		{"{{ salt['mc_utils.uniquify']([3, 1, 3, [1], [1], 1]) }}", "[3, 1, [1]]"},
	};
	struct scene scene = {0};

	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene_end(&scene);
}

TEST(values_become_texts_and_back)
{
	static const struct function_case cases[] = {
		{"{{ salt['mc_utils.json_dump']({'b': 'é', 'a': [1, None]}) }}",
		 "{\"b\": \"\\u00e9\", \"a\": [1, null]}"},
		{"{{ salt['mc_utils.json_load']('{\"a\":\\n 1}').a }}", "1"},
		{"{{ salt['mc_utils.json_load']({'a': 2}).a }}", "2"},
		{"{{ salt['slsutil.serialize']('json', {'b': 1, 'a': 2}, sort_keys=True) }}",
		 "{\"a\": 2, \"b\": 1}"},
		{"{{ salt['slsutil.serialize']('yaml', {'a': 1}, default_flow_style=False) }}",
		 "a: 1"},
		{"{{ salt['slsutil.deserialize']('yaml', 'a: [1, 2]').a }}", "[1, 2]"},
		{"{{ salt['slsutil.serialize']('toml', {}) }}",
		 "error: slsutil.serialize: no serializer 'toml': yaml, json"},
		{"{{ salt['slsutil.boolstr'](1, 'on', 'off') }}", "on"},
		{"{{ salt['mc_utils.indent']('a\\nb', 2) }}|", "a\n  b\n|"},
		{"{{ salt['hashutil.digest']('get salted') }}", "2aacf29e92feaf528fb738bcf9d647ac"},
		{"{{ salt['hashutil.digest']('a', 'crc') }}",
		 "error: Hash func 'crc' is not supported."},
		{"{{ salt['mc_utils.hash']('a', 'sha1') }}",
		 "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
		{"{{ salt['hashutil.base64_b64encode']('get salted') }}", "Z2V0IHNhbHRlZA=="},
		{"{{ salt['hashutil.base64_b64decode']('Z2V0IHNhbHRlZA==') }}", "get salted"},
		{"{{ salt['hashutil.hmac_signature']('get salted', 'shared secret', "
		 "'eBWf9bstXg+NiP5AOwppB5HMvZiYMPzEM9W5YMm/AmQ=') }}",
		 "True"},
		{"{{ salt['random.get_str'](12)|length }}", "12"},
		{"{{ salt['random.get_str'](5, chars='x') }}", "xxxxx"},
		{"{{ salt['random.get_str'](0) }}", "error: random.get_str: a length of 1 to 4096"},
		{"{{ salt['random.rand_int'](3, 3) }}", "3"},
		{"{{ salt['mc_utils.generate_password'](20)|length }}", "20"},
		{"{{ salt['test.echo']('x') }}{{ salt['test.ping']() }}", "xTrue"},
		{"{{ salt['test.true']() }}{{ salt['test.false']() }}", "TrueFalse"},
		{"{{ salt['test.version']() }}", "3006.9"},
	};
	struct scene scene = {0};

	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene_end(&scene);
}

TEST(the_environment_can_be_asked)
{
	static const struct function_case cases[] = {
		{"{{ salt['environ.get']('HULL_TEST_X') }}", "1=2"},
		{"{{ salt['environ.get']('HULL_TEST_Y', 'no') }}", "no"},
		{"{{ salt['environ.has_value']('HULL_TEST_X', '1=2') }}", "True"},
		{"{{ salt['environ.items']()['HULL_TEST_X'] }}", "1=2"},
	};
	struct scene scene = {0};

	setenv("HULL_TEST_X", "1=2", 1);
	unsetenv("HULL_TEST_Y");
	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene_end(&scene);
}

TEST(settings_are_constants_below_the_pillar)
{
	static const struct function_case cases[] = {
		{"{% set l = salt['mc_locations.settings']() %}{{ l.conf_dir }} {{ l.srv_dir }} "
		 "{{ l.tmp_dir }} {{ l['users_home_dir'] }}",
		 "/etc /data /scratch /home/users"},
		{"{% set u = salt['mc_usergroup.settings']() %}{{ u.group }} {{ u.groupId }}",
		 "editor 65753"},
		{"{{ salt['mc_pkgs.settings']().installmode }} {{ salt['mc_pkgs.settings']().dist "
		 "}}",
		 "installed bookworm"},
		{"{% set n = salt['mc_nginx.settings']() %}{{ n.default_domains }} {{ "
		 "n.allowed_hosts }}",
		 "['localhost', 'x.example'] ['10.0.0.1']"},
		{"{% set v = salt['mc_nginx.vhost_settings']('a.b-c', '/www', ssl_port='8443') %}"
		 "{{ v.small_name }} {{ v.vhost_available_file }} {{ v.doc_root }} {{ v.ssl_port "
		 "}} {{ v.data.domain }} {{ v.extra.server_name }}",
		 "a_b_c /etc/nginx/sites-available/a.b-c.conf /www 8443 a.b-c a.b-c"},
		{"{{ salt['mc_circus.settings']().circusd.check_delay }}", "5"},
		{"{{ salt['mc_salt.settings']().c.o.saltRoot }}", "/srv/salt"},
		{"{{ salt['mc_apache.settings']().httpd_user }}", "www-data"},
		{"{% set php = salt['mc_php.settings']() %}{{ php.php_ver }} {{ php.packages.gd }} "
		 "{{ php.packages.postgresql }} {{ php.fpm_pools }}",
		 "9.9 php-gd php-pgsql {}"},
		{"{% set make = salt['mc_utils.odict'](instance=False) %}"
		 "{{ make((('b', 1), ('a', 2))) }} {{ salt['mc_utils.odict']() }}",
		 "{'b': 1, 'a': 2} {}"},
		{"{{ salt['mc_nodetypes.is_docker']() }}", "True"},
		{"{{ salt['mc_services_managers.get_service_function']() }}", "None"},
		{"{{ salt['mc_services_managers.get_service_enabled_state']('service.dead') }}",
		 "False"},
		{"{{ salt['mc_macros.register']('services', 'x') }}", "None"},
		{"{{ salt['mc_utils.defaults']('makina-states.localsettings.locations', "
		 "{'srv_dir': '/srv', 'x': 1}).srv_dir }}",
		 "/data"},
	};
	struct scene scene = {0};

	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene_end(&scene);
}

TEST(unknown_functions_are_told_with_what_was_meant)
{
	static const struct function_case cases[] = {
		{"{{ salt['pilar.get']('a') }}",
		 "error: 'salt' has no function 'pilar.get': did you mean 'pillar.get'?"},
		{"{{ salt['pillar.gte']('a') }}",
		 "error: 'salt' has no function 'pillar.gte': did you mean 'pillar.get'?"},
		{"{{ salt['mine.get']('*', 'x') }}",
		 "error: the function 'mine.get' is known to Salt, not implemented here"},
		{"{{ salt['nothing.like_it']() }}",
		 "error: 'salt' has no function 'nothing.like_it'"},
		{"{{ salt['mine.get'] is defined }}", "False"},
		{"{{ salt['pillar.get'] is defined }}", "True"},
		{"{{ 'pillar.get' in salt }} {{ 'mine.get' in salt }}", "True False"},
		{"{{ salt.get('mine.get', 'no') }}", "no"},
		{"{{ salt.get('test.echo')('yes') }}", "yes"},
		{"{{ salt.mine.get('*') }}",
		 "error: the module 'mine' is known to Salt, not implemented here"},
		{"{{ salt.nothing.x() }}", "error: 'salt' has no module 'nothing'"},
	};
	struct scene scene = {0};

	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene_end(&scene);
}

TEST(what_runs_something_is_refused_while_checking)
{
	static const struct function_case cases[] = {{"{{ salt['test.run']() }}", "ran"}};
	static const struct function_case refused[] = {
		{"{{ salt['test.run']() }}",
		 "error: 'test.run' runs a program or changes something: not while checking"}};
	struct scene scene = {0};

	scene_begin(&scene);
	check_cases(&scene, cases, ARRAY_LEN(cases));
	scene.world.is_check = true;
	check_cases(&scene, refused, ARRAY_LEN(refused));
	scene_end(&scene);
}

TEST(logs_reach_the_listener_without_secrets)
{
	static const struct function_case cases[] = {
		{"{% do salt['log.warning']('x', 1) %}{% do salt.log.debug('pw hunter22') %}", ""}};
	struct scene scene = {0};

	scene_begin(&scene);
	secrets_add(&scene.world.secrets, STR("hunter22"));
	check_cases(&scene, cases, ARRAY_LEN(cases));
	CHECK_STR(buf_text(&scene.log), "warning:x 1;debug:pw ***;");
	scene_end(&scene);
}

TEST(tables_are_sorted_by_name)
{
	const struct function_table *const tables[] = {&functions_basic, &functions_mc};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (size_t j = 1; j < tables[i]->n; j++)
			CHECK(strcmp(tables[i]->rows[j - 1].name, tables[i]->rows[j].name) < 0);
}
