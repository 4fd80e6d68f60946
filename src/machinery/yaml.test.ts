import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { loadSchemas } from '#api/schemas.ts';
import { DecodeError } from './decode-error.ts';
import { decodeYaml, parseYaml, parseYamlDocuments, yamlText } from './yaml.ts';

const schemas = loadSchemas();
const pod = schemas.schemaOfKind('', 'v1', 'Pod')!;

describe('scalars mean what they mean to kubectl', () => {
  const cases: [text: string, value: unknown][] = [
    ['yes', true],
    ['off', false],
    ['"yes"', 'yes'],
    ['0644', 420],
    ['0o644', 420],
    ['0x1F', 31],
    ['0b101', 5],
    ['-7', -7],
    ['1_000', 1000],
    ['1e3', 1000],
    ['.5', 0.5],
    ['10:30', '10:30'],
    ['2024-01-01', '2024-01-01'],
    ['1.2.3', '1.2.3'],
    ['08', 8],
    ['100m', '100m'],
    ['0x7fff_ffff_ffff_ffff', 2n ** 63n - 1n],
    ['-0x8000000000000000', -(2n ** 63n)],
    ['0777777777777777777777', 2n ** 63n - 1n],
    ['0b11', 3],
    ['-0b11', -3],
    ['0x0000000000000000000011', 17],
    ['+9_007_199_254_740_993', 2n ** 53n + 1n],
    // Up to 2^64 it is a number, in any base; beyond that a decimal one is, and others are texts.
    ['0xffffffffffffffff', 2 ** 64],
    ['0x10000000000000000', '0x10000000000000000'],
    ['-0x8000000000000001', '-0x8000000000000001'],
    ['100000000000000000000', 1e20],
    [`1${'0'.repeat(400)}`, `1${'0'.repeat(400)}`],
    ['~', null],
    ["'1'", '1'],
    ['!!str 1', '1'],
    ['|\n  a\n  b\n', 'a\nb\n'],
  ];
  for (const [text, value] of cases) {
    it(JSON.stringify(text), () => assert.deepEqual(parseYaml(`a: ${text}\n`), { a: value }));
  }

  it('keys are strings, whatever they look like', () => {
    assert.deepEqual(parseYaml('1: a\ntrue: b\n'), { 1: 'a', true: 'b' });
  });

  it('anchors, aliases and merge keys', () => {
    const text = 'base: &b {a: 1, b: 2}\nother:\n  <<: *b\n  b: 3\nlist: [*b]\n';
    assert.deepEqual(parseYaml(text), {
      base: { a: 1, b: 2 },
      other: { a: 1, b: 3 },
      list: [{ a: 1, b: 2 }],
    });
    assert.deepEqual(parseYaml('a: &a {x: 1}\nb:\n  !!merge <<: *a\n  z: 2\nc: {"<<": 3}\n'), {
      a: { x: 1 },
      b: { x: 1, z: 2 },
      c: { '<<': 3 },
    });
  });

  it('aliases stand for what had their anchor last before them, however many there are', () => {
    assert.deepEqual(parseYaml('a: &x 1\nb: *x\nc: &x 2\nd: [*x, &x 3, *x]\n'), {
      a: 1,
      b: 1,
      c: 2,
      d: [2, 3, 3],
    });
    assert.deepEqual(parseYaml('a: &outer {b: &inner 1, c: *inner}\nd: *outer\n'), {
      a: { b: 1, c: 1 },
      d: { b: 1, c: 1 },
    });
    assert.throws(() => parseYaml('a: *x\nb: &x 1\n'), /unknown anchor 'x' referenced/);
    assert.throws(() => parseYaml('a: &x [*x]\n'), DecodeError);
    // Asking the library for each of them takes time that grows with the square of their number.
    const { list } = parseYaml(`a: &x 1\nlist:\n${'- *x\n'.repeat(30_000)}`) as { list: number[] };
    assert.equal(list.length, 30_000);
  });
});

test("what JSON or Go's parser has not is refused, and nothing put in its place", () => {
  const head = 'error converting YAML to JSON: ';
  const refused: [string | number[], string][] = [
    ['a: .inf', 'json: unsupported value: +Inf'],
    ['a: [-.INF]', 'json: unsupported value: -Inf'],
    ['a: .NaN', 'json: unsupported value: NaN'],
    ['a: "b\u0000"', 'yaml: control characters are not allowed'],
    ['a: b\u007f', 'yaml: control characters are not allowed'],
    ['a: \ufeffb', 'yaml: control characters are not allowed'],
    ['a: b\nc: "\\ud800"', 'yaml: line 2: found invalid Unicode character escape code'],
    [[0x61, 0xff], 'yaml: invalid leading UTF-8 octet'],
    [[0xe2, 0x82, 0x20], 'yaml: invalid trailing UTF-8 octet'],
    [[0x61, 0xe2, 0x82], 'yaml: incomplete UTF-8 octet sequence'],
    [[0xc0, 0xaf], 'yaml: invalid length of a UTF-8 sequence'],
    [[0xed, 0xa0, 0x80], 'yaml: invalid Unicode character'],
    [[0xf4, 0x90, 0x80, 0x80], 'yaml: invalid Unicode character'],
  ];
  for (const [given, message] of refused) {
    const bytes = typeof given === 'string' ? Buffer.from(given) : Uint8Array.from(given);
    const wanted = { name: 'DecodeError', message: head + message };
    assert.throws(() => parseYaml(yamlText(bytes)), wanted, String(given));
  }
  const text = '\ufeffa: "\\0\\x07 \ue000 ü 😀"\n.inf: 1\n-.inf: 2\n.nan: 3\n';
  assert.deepEqual(parseYaml(yamlText(Buffer.from(text))), {
    a: '\0\x07 \ue000 ü 😀',
    '.inf': 1,
    '-.inf': 2,
    '.nan': 3,
  });
});

describe('documents', () => {
  it('come one by one, empty ones left out', () => {
    assert.deepEqual(parseYamlDocuments('---\na: 1\n---\n# nothing\n---\nb: 2\n'), [{ a: 1 }, { b: 2 }]);
  });

  it('decode by schema with strict errors and lines of repeated keys', () => {
    const text = 'metadata:\n  name: a\n  name: b\nspec:\n  nodeNam: x\n';
    const { object, strictErrors } = decodeYaml(text, pod, { fieldValidation: 'Strict' });
    assert.deepEqual(object, { metadata: { name: 'b' }, spec: { containers: null }, status: {} });
    const repeated = 'yaml: unmarshal errors:\n  line 3: key "name" already set in map';
    assert.deepEqual(strictErrors, [repeated, 'unknown field "spec.nodeNam"']);
  });

  it('that are no YAML, bombs or too deep are refused', () => {
    assert.throws(() => parseYaml('a: b: c\n'), DecodeError);
    assert.throws(() => parseYaml('a: *nobody\n'), DecodeError);
    assert.throws(() => parseYaml('a: !!binary "%"\n'), /invalid base64 data/);
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 9; i++) {
      bomb.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(',')}]`);
    }
    assert.throws(() => parseYaml(bomb.join('\n')), /excessive aliasing/);
    const long = `a: &a "${'x'.repeat(30_000)}"\nb: [${Array(8_000).fill('*a').join(',')}]`;
    assert.throws(() => parseYaml(long), /excessive aliasing/);
    for (const depth of [2_000, 200_000]) assert.throws(() => parseYaml('['.repeat(depth)), DecodeError);
    assert.throws(() => parseYaml(`${'['.repeat(2_000)}${']'.repeat(2_000)}`), DecodeError);
  });

  it('any text gives a value or a DecodeError', () => {
    const piece = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '&x ',
      '*x',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '|',
      '#',
      '!!',
      '<<',
      '? ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
        try {
          parseYamlDocuments(pieces.join(''));
        } catch (error) {
          assert.ok(error instanceof DecodeError, `${JSON.stringify(pieces.join(''))}: ${error}`);
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('tells the first of many errors, wherever it stands', () => {
  for (const [text, line] of [
    [']'.repeat(100_000), 1],
    ['[0]'.repeat(100_000), 1],
    ['a: b\n---\nc: d\n]\n]\n', 4],
  ] as const) {
    assert.throws(
      () => parseYamlDocuments(text),
      (error: Error) =>
        error instanceof DecodeError && error.message.includes(`yaml: line ${line}: Unexpected flow-`),
    );
  }
});
