import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from './compile.ts';
import { dynDeclaration } from './declare.ts';
import { costLimitExceeded } from './budget.ts';
import { declareSchema, type StructuralSchema } from './structural.ts';
import { costOf, evaluate, testEnvironment } from './testing.ts';
import { CelError } from './values.ts';

const text: StructuralSchema = { type: 'string' };
const whole: StructuralSchema = { type: 'integer' };
const list = (items: StructuralSchema, maxItems?: number): StructuralSchema => ({
  type: 'array',
  items,
  ...(maxItems !== undefined && { maxItems }),
});
const object = (properties: Record<string, StructuralSchema>): StructuralSchema => ({
  type: 'object',
  properties,
});

function environmentFor(schema: StructuralSchema) {
  return testEnvironment.with({ self: declareSchema(schema, false)! });
}

/** Upstream's figures (apiextensions-apiserver schema/cel, TestCelCostStability). */
test('what runs costs what it costs upstream', () => {
  const schema = object({
    text,
    more: text,
    bytes: { type: 'string', format: 'byte' },
    list: list(whole),
    map: { type: 'object', additionalProperties: whole },
    keyed: list(object({ k: text, v: text, v2: text })),
    nested: object({ field: text, absent: text }),
  });
  const self = {
    text: 'Rook takes 👑',
    more: '20',
    bytes: 'QUI=',
    list: [1, 1, 2, 2, 3, 3, 4, 5],
    map: { b: 1, d: 2 },
    keyed: [
      { k: 'a1', v: 'b1' },
      { k: 'a2', v: 'b2' },
      { k: 'a3', v: 'b3', v2: 'z' },
    ],
    nested: { field: 'a' },
  };
  const rows: readonly (readonly [string, number])[] = [
    ["self.text == 'Rook takes 👑'", 4],
    ["self.text.matches('^[^0-9]*$')", 8],
    ["!self.text.startsWith('knight')", 5],
    ["self.text.split(' ') == ['Rook', 'takes', '👑']", 6],
    ["self.text.replace(' ', 'x') == 'Rookxtakesx👑'", 7],
    ["self.text.substring(4, 10).trim() == 'takes'", 6],
    ['size(self.bytes) == 2', 4],
    ['2 in self.list', 10],
    ['self.list.all(e, e > 0)', 43],
    ['self.list.exists(e, e > 2)', 36],
    ['!self.list.exists_one(e, e == 2)', 25],
    ['self.list.map(e, e * 20).filter(e, e > 50).exists(e, e == 60)', 194],
    ['self.list.transformList(i, e, e > 2, e * 2).size() > 0', 77],
    ['self.map.all(k, self.map[k] > 0)', 17],
    ['size(self.map.filter(k, self.map[k] > 1)) == 1', 26],
    ['self.map.transformMapEntry(k, v, {k + "2": v + 1}).size() == 2', 77],
    ["'b' in self.map", 3],
    ['has(self.map.b)', 2],
    ["self.keyed.exists(m, m.v2 == 'z')", 24],
    ["self.keyed.filter(m, has(m.v2) && m.v2 == 'z').map(m, m.v2).size() == 1", 39],
    ["self.keyed.map(m, m.v).exists(v, v == 'b1')", 55],
    ['self.keyed[0] != self.keyed[1]', 7],
    ["self.nested.?field == optional.of('a')", 5],
    ['self.nested.?absent == optional.none()', 4],
    ["self.nested.?field.orValue('v') == 'a'", 4],
    ["optional.of('a').optMap(v, v == 'value').hasValue()", 8],
    ['quantity(self.more).isLessThan(quantity("200M"))', 5],
    ['sets.contains(self.list, [1])', 11],
    ["self.more in ['20', '30']", 2],
    ["type(self.more) == string ? self.more == '20' : false", 7],
    ["timestamp('1997-07-16T00:00:00Z').getDate() == 16", 2],
  ];
  const environment = environmentFor(schema);
  for (const [expression, cost] of rows)
    assert.equal(costOf(expression, { self }, environment), cost, expression);
});

/** Upstream's figures (TestCostEstimation). */
test("estimates are upstream's, by what the schema bounds", () => {
  const estimate = (schema: StructuralSchema, expression: string) => {
    const { program, issues } = compile(expression, environmentFor(schema));
    assert.equal(issues, undefined, expression);
    return program!.estimate.max;
  };
  const number: StructuralSchema = { type: 'number' };
  assert.equal(estimate(list(number), 'self.all(x, true)'), 4_718_591);
  assert.equal(estimate(list(number, 10), 'self.all(x, true)'), 32);
  assert.equal(estimate(list(text), 'self.all(x, true)'), 3_145_727);
  assert.equal(estimate(list(list(number)), 'self.all(x, true)'), 3_145_727);
  assert.equal(estimate({ type: 'object', additionalProperties: number }, 'self.all(x, true)'), 1_348_169);
  assert.equal(estimate({ type: 'object', additionalProperties: number }, 'has(self.x)'), 1);
  assert.equal(estimate({ type: 'string', enum: ['A', 'LongValue'] }, "self.contains('A')"), 2);
  assert.equal(estimate({ type: 'string', maxLength: 1000 }, "self.contains('A')"), 401);
  assert.equal(estimate({ 'x-kubernetes-int-or-string': true }, 'isQuantity(self)'), 314_574);
  assert.equal(estimate({ 'x-kubernetes-int-or-string': true, maxLength: 20 }, 'isQuantity(self)'), 9);
  assert.ok(estimate(list(list(list(text))), 'self.all(x, x.all(y, y.all(z, z == "a")))') > 1e15);
  assert.ok(estimate(list(list(list(text, 2), 2), 2), 'self.all(x, x.all(y, y.all(z, z == "a")))') < 200);
});

test('an evaluation ends at its limit, whatever it is in', () => {
  const environment = testEnvironment.with({ object: dynDeclaration });
  const values = { object: Array.from({ length: 1000 }, (_, i) => i) };
  const { program } = compile('object.all(x, object.all(y, object.all(z, true || 1 / 0 > 0)))', environment);
  const { value, cost } = program!.evaluate(values, 10_000);
  assert.ok(value instanceof CelError && value.message === costLimitExceeded);
  assert.ok(cost > 10_000 && cost < 20_000);
  assert.equal(
    compile('lists.range(1000000000).size()', environment).program!.evaluate({}, 1_000_000).cost > 1_000_000,
    true,
  );
});

test('what is cheap but grows without end is ended too', () => {
  const doubled = (start: string, times: number) =>
    `${start}${'.optMap(x, x + x)'.repeat(times)}.value().size()`;
  assert.equal(evaluate(doubled('optional.of([1, 2])', 10)), '2048');
  const runaways = [
    doubled('optional.of([1, 2])', 60),
    'lists.range(3000).map(x, lists.range(3000)).flatten().size()',
    'lists.range(3000).map(x, lists.range(3000)) == lists.range(3000).map(x, lists.range(3000).map(y, y))',
    'sets.contains(lists.range(90000), lists.range(90000))',
    `optional.of('a'.replace('', 'bbbbbbbbbb'))${".optMap(x, x.replace('b', x))".repeat(12)}.value().size()`,
  ];
  for (const runaway of runaways) {
    const { program, issues } = compile(runaway, testEnvironment);
    assert.equal(issues, undefined);
    const { value } = program!.evaluate({}, 1_000_000);
    assert.ok(value instanceof CelError && value.message === costLimitExceeded, runaway);
  }
});
