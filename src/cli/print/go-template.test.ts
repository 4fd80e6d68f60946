import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoTemplate } from './go-template.ts';

const data = {
  name: 'a',
  n: 2,
  list: [{ x: 1 }, { x: 2 }],
  map: { b: 'y', a: 'x' },
  b64: 'aGk=',
  big: 2n ** 53n + 1n,
};

test('templates print as Go prints them', () => {
  const cases: [string, string][] = [
    ['{{.name}}', 'a'],
    ['{{range .list}}{{.x}},{{end}}', '1,2,'],
    ['{{range $i, $v := .list}}{{$i}}={{$v.x}} {{end}}', '0=1 1=2 '],
    ['{{range $k, $v := .map}}{{$k}}{{$v}}{{end}}', 'axby'],
    ['{{if eq .n 2}}two{{else}}other{{end}}', 'two'],
    ['{{if .missing}}x{{else if gt .n 1}}y{{end}}', 'y'],
    ['{{with .map}}{{.a}}{{end}}', 'x'],
    ['{{index .list 1 "x"}}', '2'],
    ['{{(index .list 0).x}}', '1'],
    ['{{len .list}} {{.n | printf "%03d"}}', '2 002'],
    ['{{.big}} {{printf "%d %x" .big .big}}', '9007199254740993 9007199254740993 20000000000001'],
    ['{{.b64 | base64decode}}', 'hi'],
    ['{{.missing}}', '<no value>'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{and .n .name}} {{or .missing "z"}} {{not .n}}', 'a z false'],
    ['{{$x := .n}}{{$x}}{{/* no */}}', '2'],
    ['{{define "t"}}[{{.}}]{{end}}{{template "t" .name}}', '[a]'],
    ['{{println .name}}{{.map}}', 'a\nmap[a:x b:y]'],
    ['{{range .list}}{{if eq .x 2}}{{break}}{{end}}{{.x}}{{end}}', '1'],
  ];
  for (const [template, text] of cases) assert.equal(parseGoTemplate(template).execute(data), text, template);
});

test('mistakes are named', () => {
  assert.throws(() => parseGoTemplate('{{nosuch .}}').execute(data), /function "nosuch" not defined/);
  assert.throws(() => parseGoTemplate('{{if .x}}'), /unexpected EOF/);
  assert.throws(() => parseGoTemplate('{{.x'), /unclosed action/);
});

test('a missing key is an error where it is not allowed', () => {
  for (const template of [
    '{{.missing}}',
    '{{.map.missing.x}}',
    '{{if .missing}}x{{end}}',
    '{{range .missing}}x{{end}}',
  ])
    assert.throws(
      () => parseGoTemplate(template, false).execute(data),
      /map has no entry for key "missing"/,
      template,
    );
  assert.equal(parseGoTemplate('{{index .map "missing"}} {{.name}}', false).execute(data), '<no value> a');
});
