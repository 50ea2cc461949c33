/* test_gotmpl.c - templates: what they print, and what is said about wrong ones.
 * SPDX-License-Identifier: Apache-2.0 */
#include "gotmpl/gotmpl.h"

#include "doc/json.h"
#include "gotmpl/limits.h"
#include "testing/test.h"

static const char tree[] =
	"{\"ID\":\"4f53\",\"Name\":\"/web\",\"Pid\":42,\"Load\":1.5,\"Big\":1e21,\"Running\":true,"
	"\"Dead\":false,\"Empty\":\"\",\"Zero\":0,\"Nothing\":null,\"None\":[],"
	"\"Env\":[\"B=2\",\"A=1\"],\"Mixed\":[1,\"x\",null,{\"k\":true}],\"Quote\":\"<a> & 'b' \\\"c\\\"\\n\","
	"\"Config\":{\"Image\":\"debian:12\",\"Labels\":{\"z\":\"26\",\"a\":\"1\",\"com.x.y\":\"dotted\"}},"
	"\"NetworkSettings\":{\"IPAddress\":\"10.0.0.2\",\"Networks\":{\"bridge\":{\"Gateway\":\"10.0.0.1\"},"
	"\"app\":{\"Gateway\":\"10.1.0.1\"}}},\"Uni\":\"h\303\251llo\"}";

static int render(const char *text, struct buf *out, struct err *err)
{
	autoarena struct arena arena = {0};
	cleanup(gotmpl_freep) struct gotmpl *template = NULL;
	struct node *root = NULL;

	CHECK_OK(json_parse(&arena, "tree", str_of(tree), &root, err), err);
	node_set(&arena, root, "NilList", node_new_null(&arena, NODE_LIST));
	node_set(&arena, root, "NilMap", node_new_null(&arena, NODE_MAP));
	if (gotmpl_parse("--format", text, &template, err))
		return -1;
	return gotmpl_render(template, root, out, err);
}

struct print_case {
	const char *template, *expected;
};

static void check_prints(const struct print_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autoerr struct err err = {0};
		autobuf struct buf out = {0};

		if (render(cases[i].template, &out, &err))
			test_fail(__FILE__, __LINE__, "%s: %s", cases[i].template, err_text(&err));
		if (strcmp(buf_text(&out), cases[i].expected) != 0)
			test_fail(__FILE__, __LINE__, "%s gives '%s', not '%s'", cases[i].template,
				  buf_text(&out), cases[i].expected);
	}
}

TEST(values_are_printed_as_go_prints_them)
{
	static const struct print_case cases[] = {
		{"", ""},
		{"plain { text }", "plain { text }"},
		{"{{.ID}}", "4f53"},
		{"{{ .ID }}\t{{ .Name }}", "4f53\t/web"},
		{"{{.Pid}} {{.Load}} {{.Big}} {{.Running}} {{.Dead}}", "42 1.5 1e+21 true false"},
		{"{{.Env}} {{.None}} {{.Mixed}}", "[B=2 A=1] [] [1 x <nil> map[k:true]]"},
		{"{{.Config}}", "map[Image:debian:12 Labels:map[a:1 com.x.y:dotted z:26]]"},
		{"{{.Nothing}} {{.NilList}} {{.NilMap}}", "<no value> [] map[]"},
		{"{{.NetworkSettings.IPAddress}}", "10.0.0.2"},
		{"{{$.NetworkSettings.Networks.bridge.Gateway}}", "10.0.0.1"},
		{"{{(.NetworkSettings).IPAddress}}", "10.0.0.2"},
		{"{{(index .NetworkSettings.Networks \"app\").Gateway}}", "10.1.0.1"},
		{"{{json .Config.Labels}}", "{\"z\":\"26\",\"a\":\"1\",\"com.x.y\":\"dotted\"}"},
		{"{{json .Env}} {{json .NilMap}} {{json .Name}}",
		 "[\"B=2\",\"A=1\"] null \"/web\""},
		{"{{.Config.Labels \"com.x.y\"}}{{.Config.Labels \"absent\"}}", "dotted"},
		{"{{\"com.x.y\" | .Config.Labels}}", "dotted"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(literals_are_those_of_go)
{
	static const struct print_case cases[] = {
		{"{{\"a\\tb\\\"\\u00e9\\x41\\101\\U0001F600\\\\\"}}",
		 "a\tb\"\303\251AA\360\237\230\200\\"},
		{"{{`raw \\n \"x\"`}}", "raw \\n \"x\""},
		{"{{'a'}} {{'\\n'}} {{'\303\251'}}", "97 10 233"},
		{"{{1}} {{-3}} {{+3}} {{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}}",
		 "1 -3 3 31 5 15 15 1000"},
		{"{{1.50}} {{.5}} {{1e3}} {{-2.5e-7}} {{1e21}} {{1e20}} {{123456.5}} {{1234567.5}}",
		 "1.5 0.5 1000 -2.5e-07 1e+21 1e+20 123456.5 1.2345675e+06"},
		{"{{-9223372036854775808}} {{9223372036854775807}}",
		 "-9223372036854775808 9223372036854775807"},
		{"{{true}} {{false}}", "true false"},
		{"{{ \"}}\" }}", "}}"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(spaces_are_trimmed_and_comments_vanish)
{
	static const struct print_case cases[] = {
		{"a {{- .Pid -}} b", "a42b"},
		{"a \n{{- .Pid }} b", "a42 b"},
		{"a {{ .Pid -}} \n\t b", "a 42b"},
		{"a{{/* nothing }} here */}}b", "ab"},
		{"a {{- /* nothing */ -}} b", "ab"},
		{"{{.Pid -}}  {{- .Pid}}", "4242"},
		{"{{range .Env -}} {{.}} {{- end}}", "B=2A=1"},
		{"{{\n.Pid\n}}", "42"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(blocks_choose_and_repeat)
{
	static const struct print_case cases[] = {
		{"{{if .Running}}up{{end}}{{if .Dead}}dead{{end}}", "up"},
		{"{{if .Empty}}a{{else}}b{{end}}{{if .None}}c{{else}}d{{end}}{{if .Zero}}e{{else}}f{{end}}",
		 "bdf"},
		{"{{if .Dead}}a{{else if .Nothing}}b{{else if .Pid}}c{{else}}d{{end}}e", "ce"},
		{"{{if .Dead}}a{{else if .Nothing}}b{{else}}d{{end}}", "d"},
		{"{{with .Config}}{{.Image}} {{$.ID}}{{end}}", "debian:12 4f53"},
		{"{{with .Nothing}}a{{else}}{{.ID}}{{end}}", "4f53"},
		{"{{with $x := .Config.Image}}{{$x}}{{.}}{{end}}", "debian:12debian:12"},
		{"{{range .Env}}<{{.}}>{{end}}", "<B=2><A=1>"},
		{"{{range $i, $e := .Env}}{{$i}}={{$e}};{{end}}", "0=B=2;1=A=1;"},
		{"{{range $e := .Env}}{{$e}}{{.}}{{end}}", "B=2B=2A=1A=1"},
		{"{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}",
		 "a=1 com.x.y=dotted z=26 "},
		{"{{range .NetworkSettings.Networks}}{{.Gateway}} {{end}}", "10.1.0.1 10.0.0.1 "},
		{"{{range .None}}a{{else}}none{{end}}{{range .NilList}}a{{else}}nil{{end}}",
		 "nonenil"},
		{"{{range $i, $e := .None}}a{{else}}{{$e}}{{end}}", "<no value>"},
		{"{{range .Env}}{{range $.Env}}{{.}}{{end}}|{{end}}", "B=2A=1|B=2A=1|"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(variables_are_set_and_seen_in_their_block)
{
	static const struct print_case cases[] = {
		{"{{$x := .Pid}}{{$x}}", "42"},
		{"{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"},
		{"{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"},
		{"{{$n := \"\"}}{{range .Env}}{{$n = print $n .}}{{end}}{{$n}}", "B=2A=1"},
		{"{{$c := .Config}}{{$c.Image}}", "debian:12"},
		{"{{if $x := .Pid}}{{$x}}{{end}}{{if $x := .Zero}}{{else}}{{$x}}{{end}}", "420"},
		{"{{$i := 9}}{{range $i, $e := .Env}}{{end}}{{$i}}", "9"},
		{"{{$i := 9}}{{range $i = .Env}}{{end}}{{$i}}", "A=1"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(functions_of_text_template)
{
	static const struct print_case cases[] = {
		{"{{and .Pid .ID}} {{and .Zero .ID}} {{or .Zero .ID}} {{or .Zero .Empty}}",
		 "4f53 0 4f53 "},
		{"{{and .Dead (index .Env 99)}} {{or .Pid (index .Env 99)}}", "false 42"},
		{"{{not .Dead}} {{not .Pid}}", "true false"},
		{"{{eq .Pid 42}} {{eq .ID \"x\" \"4f53\"}} {{eq .ID \"x\" \"y\"}} {{eq .Running true}}",
		 "true true false true"},
		{"{{ne .Pid 42}} {{eq .Load 1.5}} {{eq .Nothing nil}} {{eq .ID nil}}",
		 "false true true false"},
		{"{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}} {{lt \"a\" \"b\"}} {{gt 1.5 1.0}}",
		 "true true false true true true"},
		{"{{index .Env 1}} {{index .Config.Labels \"z\"}} {{index .Config \"Labels\" \"a\"}} {{index \"abc\" 1}}",
		 "A=1 26 1 98"},
		{"[{{index .Config.Labels \"absent\"}}] [{{index .NilMap \"x\"}}] {{index .NetworkSettings.Networks \"none\"}}",
		 "[] [] <no value>"},
		{"{{len .Env}} {{len .ID}} {{len .Config}} {{len .NilList}} {{.Env | len}}",
		 "2 4 2 0 2"},
		{"{{slice .ID 0 2}} {{slice .ID 2}} {{slice .ID}} {{slice .Env 1 2}} {{slice .NilList}}",
		 "4f 53 4f53 [A=1] []"},
		{"{{print 1 2 \"a\" \"b\" 3}} {{println 1 \"a\"}}", "1 2a"
								    "b3 1 a\n"},
		{"{{html .Quote}}", "&lt;a&gt; &amp; &#39;b&#39; &#34;c&#34;\n"},
		{"{{urlquery \"a b/\303\251~\"}}", "a+b%2F%C3%A9~"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(functions_of_docker)
{
	static const struct print_case cases[] = {
		{"{{join .Env \", \"}} [{{join .NilList \",\"}}]", "B=2, A=1 []"},
		{"{{split \"a,b,c\" \",\"}} {{len (split \"\" \",\")}} {{split .Uni \"\"}}",
		 "[a b c] 1 [h \303\251 l l o]"},
		{"{{lower \"AbC\"}} {{upper \"AbC\"}} {{title \"big o'clock a-b\"}}",
		 "abc ABC Big O'Clock A-B"},
		{"[{{pad \"x\" 2 3}}] [{{pad \"\" 2 3}}]", "[  x   ] []"},
		{"{{truncate \"abcdef\" 3}} {{truncate \"ab\" 3}} {{truncate .Uni 2}}", "abc ab h"},
		{"{{.ID | upper | printf \"%s-%s\" \"x\" | lower}}", "x-4f53"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(printf_formats_as_go_does)
{
	static const struct print_case cases[] = {
		{"{{printf \"%s %d %v %q %t%%\" .ID .Pid .Env .Name .Running}}",
		 "4f53 42 [B=2 A=1] \"/web\" true%"},
		{"{{printf \"[%5d] [%-5d] [%05d] [%+d] [% d]\" 42 42 -42 42 42}}",
		 "[   42] [42   ] [-0042] [+42] [ 42]"},
		{"{{printf \"[%8s] [%-8s] [%.2s] [%3s] [%06s]\" .ID .ID .Uni .Uni .ID}}",
		 "[    4f53] [4f53    ] [h\303\251] [h\303\251llo] [004f53]"},
		{"{{printf \"%x %X %#x %o %b\" 255 255 255 8 5}} {{printf \"%x %c%c\" \"az\" 65 8364}}",
		 "ff FF 0xff 10 101 617a A\342\202\254"},
		{"{{printf \"%.2f %f %e %g %.3g\" .Load 2 .Load .Load 1234.5}}",
		 "1.50 2.000000 1.500000e+00 1.5 1.23e+03"},
		{"{{printf \"%q\" .Env}} {{printf \"%q\" \"a\\n\\x01\"}}",
		 "[\"B=2\" \"A=1\"] \"a\\n\\x01\""},
		{"{{printf \"%v %v\" .Config.Labels .Nothing}}",
		 "map[a:1 com.x.y:dotted z:26] <nil>"},
		{"{{.ID | printf \"%s=%s\" .Name}}", "/web=4f53"},
		{"{{printf \"%d\" -9223372036854775808}}", "-9223372036854775808"},
	};

	check_prints(cases, ARRAY_LEN(cases));
}

TEST(wrong_templates_are_refused_with_line_and_column)
{
	static const struct print_case cases[] = {
		{"{{.ID", "--format:1:1: '{{' has no '}}'"},
		{"ab\n c{{", "--format:2:3: '{{' has no '}}'"},
		{"{{}}", "--format:1:3: the action ends where a value should be"},
		{"{{/* x }}", "--format:1:1: the comment has no end '*/'"},
		{"{{/* x */ .ID}}", "--format:1:11: '}}' must follow the end of a comment"},
		{"{{\"abc}}", "--format:1:3: the text in double quotes has no end"},
		{"{{\"\\q\"}}", "--format:1:3: unknown escape in \"\\q\""},
		{"{{'ab'}}", "--format:1:3: 'ab' is not one character"},
		{"{{12x}}", "--format:1:3: '12x' is not a number that fits"},
		{"{{99999999999999999999}}",
		 "--format:1:3: '99999999999999999999' is not a number that fits"},
		{"{{.ID ; .Name}}", "--format:1:7: ';' has no meaning here"},
		{"{{.ID}} {{jsn .}}", "--format:1:11: no function 'jsn', did you mean 'json'?"},
		{"{{ID}}", "--format:1:3: no function 'ID', fields begin with a dot"},
		{"{{define \"x\"}}{{end}}", "--format:1:3: 'define' is not supported"},
		{"{{json}}", "--format:1:3: 'json' needs 1 argument, not 0"},
		{"{{json . .}}", "--format:1:3: 'json' needs 1 argument, not 2"},
		{"{{.ID | eq}}", "--format:1:9: 'eq' needs at least 2 arguments, not 1"},
		{"{{slice .ID 1 2 3}}", "--format:1:3: 'slice' needs at most 3 arguments, not 4"},
		{"{{print len .Env}}", "--format:1:9: 'len' needs 1 argument, not 0"},
		{"{{.ID | 3}}", "--format:1:9: a literal is no function and takes no arguments"},
		{"{{3 4}}", "--format:1:3: a literal is no function and takes no arguments"},
		{"{{.ID |}}", "--format:1:8: the action ends where a value should be"},
		{"{{(.ID}}", "--format:1:7: the action ends where ')' should be"},
		{"{{.ID)}}", "--format:1:6: found ')' where '}}' should be"},
		{"{{.ID\"x\"}}", "--format:1:6: found '\"x\"' where a space should be"},
		{"{{.ID..Name}}", "--format:1:6: found '.' where the name of a field should be"},
		{"{{.}} {{$nme}}", "--format:1:9: no variable '$nme'"},
		{"{{$name := 1}}{{$nme}}",
		 "--format:1:17: no variable '$nme', did you mean '$name'?"},
		{"{{$x = 1}}", "--format:1:3: no variable '$x'"},
		{"{{$x, $y := .Env}}", "--format:1:7: found '$y' where a value should be"},
		{"{{range $x, 3 := .Env}}{{end}}",
		 "--format:1:13: found '3' where a variable and ':=' should be"},
		{"{{if .ID}}a", "--format:1:3: the block has no '{{end}}'"},
		{"{{if .ID}}a{{else}}b{{else}}c{{end}}",
		 "--format:1:23: a second 'else' for the same block"},
		{"{{end}}", "--format:1:3: 'end' without a block"},
		{"{{else}}", "--format:1:3: 'else' without a block"},
		{"{{if}}a{{end}}", "--format:1:5: the action ends where a value should be"},
		{"{{range .Env}}{{end .}}", "--format:1:21: found '.' where '}}' should be"},
		{"{{if true}}{{$y := 1}}{{end}}{{$y}}", "--format:1:32: no variable '$y'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct gotmpl *template = NULL;

		CHECK_INT(gotmpl_parse("--format", cases[i].template, &template, &err), -1);
		CHECK_STR(err_text(&err), cases[i].expected);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(!template);
	}
}

TEST(what_the_data_does_not_have_is_refused)
{
	static const struct print_case cases[] = {
		{"{{.Namee}}", "--format:1:3: no field 'Namee', did you mean 'Name'?"},
		{"{{.id}}", "--format:1:3: no field 'id', did you mean 'ID'?"},
		{"x\n {{.Config.Imag}}", "--format:2:11: no field 'Imag', did you mean 'Image'?"},
		{"{{.Config.Hostnames}}",
		 "--format:1:10: no field 'Hostnames', there is: Image, Labels"},
		{"{{.ID.Name}}", "--format:1:6: no field 'Name' in a string"},
		{"{{.Nothing.Name}}", "--format:1:11: no field 'Name' in null"},
		{"{{.ID \"x\"}}", "--format:1:3: a string is no function and takes no arguments"},
		{"{{.Config \"x\" \"y\"}}",
		 "--format:1:3: a map is no function and takes no arguments"},
		{"{{range .ID}}{{end}}", "--format:1:9: range needs a list or a map, not a string"},
		{"{{index .Env 2}}", "--format:1:3: index 2 is out of range, there are 2 items"},
		{"{{index .Env -1}}", "--format:1:3: index -1 is out of range, there are 2 items"},
		{"{{index .NilList 0}}",
		 "--format:1:3: index 0 is out of range, there are 0 items"},
		{"{{index .Env \"a\"}}",
		 "--format:1:3: the index of a list must be an integer, not a string"},
		{"{{index .Config 1}}",
		 "--format:1:3: the key of a map must be a string, not an integer"},
		{"{{slice .ID 0 5}}",
		 "--format:1:3: 'slice' from 0 to 5 is out of range, there are 4 items"},
		{"{{slice .ID 3 2}}",
		 "--format:1:3: 'slice' from 3 to 2 is out of range, there are 4 items"},
		{"{{slice .Pid}}", "--format:1:3: an integer has no items to slice"},
		{"{{printf \"%c\" -1}}", "--format:1:3: '%c' of 'printf' cannot show an integer"},
		{"{{index .Pid 1}}", "--format:1:3: an integer has no items to index"},
		{"{{len .Pid}}", "--format:1:3: an integer has no length"},
		{"{{eq .Pid \"42\"}}",
		 "--format:1:3: 'eq' cannot compare an integer with a string"},
		{"{{eq .Pid .Load}}", "--format:1:3: 'eq' cannot compare an integer with a number"},
		{"{{eq .Env .Env}}", "--format:1:3: 'eq' cannot compare a list"},
		{"{{lt true false}}", "--format:1:3: 'lt' orders numbers and strings only"},
		{"{{lt .ID .Nothing}}", "--format:1:3: 'lt' orders numbers and strings only"},
		{"{{upper .Pid}}", "--format:1:3: 'upper' needs a string, not an integer"},
		{"{{join .ID \",\"}}", "--format:1:3: 'join' needs a list, not a string"},
		{"{{join .Mixed \",\"}}",
		 "--format:1:3: 'join' needs a list of strings, it holds an integer"},
		{"{{pad .ID 1 -1}}", "--format:1:3: 'pad' takes numbers from 0 to 10000, not -1"},
		{"{{truncate .ID 10001}}",
		 "--format:1:3: 'truncate' takes numbers from 0 to 10000, not 10001"},
		{"{{printf .Pid}}", "--format:1:3: 'printf' needs a string first, not an integer"},
		{"{{printf \"%d\" .ID}}", "--format:1:3: '%d' of 'printf' cannot show a string"},
		{"{{printf \"%s\"}}", "--format:1:3: 'printf' has no argument left for '%s'"},
		{"{{printf \"%s\" 1 2}}", "--format:1:3: '%s' of 'printf' cannot show an integer"},
		{"{{printf \"x\" 1 2}}", "--format:1:3: 'printf' has 2 arguments too many"},
		{"{{printf \"%k\" 1}}", "--format:1:3: 'printf' has no verb '%k'"},
		{"{{printf \"%5\" 1}}", "--format:1:3: the format of 'printf' ends within a verb"},
		{"{{printf \"%99999d\" 1}}", "--format:1:3: 'printf' takes widths up to 10000"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf out = {0};

		CHECK_INT(render(cases[i].template, &out, &err), -1);
		CHECK_STR(err_text(&err), cases[i].expected);
		CHECK_INT(err.kind, ERR_INPUT);
	}
}

TEST(a_template_can_be_rendered_again_and_again)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf out = {0};
	cleanup(gotmpl_freep) struct gotmpl *template = NULL;

	CHECK_OK(gotmpl_parse("t", "{{$x := .}}{{$x}},", &template, &err), &err);
	for (int i = 0; i < 3; i++)
		CHECK_OK(gotmpl_render(template, node_new_int(&arena, i), &out, &err), &err);
	CHECK_STR(buf_text(&out), "0,1,2,");
}

TEST(depth_size_and_output_are_bounded)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf out = {.max = 5};
	autobuf struct buf deep = {0};
	autofree char *large = xcalloc(1, LIMIT_GOTMPL_TEXT + 2);
	cleanup(gotmpl_freep) struct gotmpl *template = NULL;

	memset(large, 'a', LIMIT_GOTMPL_TEXT + 1);
	CHECK_INT(gotmpl_parse("t", large, &template, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);

	buf_puts(&deep, "{{");
	for (int i = 0; i <= LIMIT_GOTMPL_DEPTH; i++)
		buf_putc(&deep, '(');
	buf_puts(&deep, "}}");
	CHECK_INT(gotmpl_parse("t", buf_text(&deep), &template, &err), -1);
	CHECK_STR(err_text(&err), "t:1:67: nested deeper than 64");
	err_clear(&err);

	CHECK_OK(gotmpl_parse("t", "123456{{.}}", &template, &err), &err);
	CHECK_INT(gotmpl_render(template, node_new_int(&arena, 1), &out, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}
