import assert from 'node:assert/strict';
import { type Defined, anything, define, manifest } from '../custom-resources.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';

const named = { type: 'string', description: 'Name of a thing.' };

/** The client library sends what is under `items` as it is written here. */
const described = {
  type: 'object',
  description: 'Foo CRD for testing',
  properties: {
    spec: {
      type: 'object',
      description: 'Specification of Foo',
      properties: {
        bars: {
          type: 'array',
          description: 'List of Bars and their specs.',
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: named,
              age: { type: 'string' },
              feeling: { type: 'string', enum: ['Great', 'Down'] },
            },
          },
        },
      },
    },
  },
};

/** The names of the types that /openapi/v2 defines for a kind, by version. */
async function published(t: Trial, group: string): Promise<Map<string, string>> {
  const response = await t.raw({ path: '/openapi/v2' });
  const { definitions } = response.json<{ definitions: Record<string, Record<string, unknown>> }>();
  const found = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = (definition['x-kubernetes-group-version-kind'] ?? []) as Record<string, string>[];
    for (const kind of kinds) if (kind.group === group) found.set(`${kind.version}/${kind.kind}`, name);
  }
  return found;
}

async function publishes(t: Trial, group: string, wanted: string, is = true): Promise<void> {
  await t.until(`${wanted} of ${group} to be ${is ? 'there' : 'gone'}`, async () => {
    return (await published(t, group)).has(wanted) === is;
  });
}

async function kubectlTakes(t: Trial, defined: Defined, name: string, rest: object): Promise<void> {
  for (const verb of ['create', 'apply']) {
    const stdin = JSON.stringify(manifest(defined, name, rest));
    await t.kubectl([verb, '-f', '-'], { stdin });
    await t.kubectl(['delete', defined.name, name]);
  }
}

async function kubectlRefuses(t: Trial, defined: Defined, rest: object, words: RegExp): Promise<void> {
  for (const verb of ['create', 'apply']) {
    const stdin = JSON.stringify(manifest(defined, 'bad', rest));
    assert.match(await t.kubectl([verb, '-f', '-'], { stdin, codes: [1] }), words);
  }
}

const kubectl = { needs: 'kubectl' } as const;

export const publishedOpenApiRows = [
  row(
    'CustomResourcePublishOpenAPI works for CRD with validation schema',
    async t => {
      const defined = await define(t, { schema: described });
      await publishes(t, defined.group, 'v1/Foo');
      await kubectlTakes(t, defined, 'good', { spec: { bars: [{ name: 'test-bar', age: '10' }] } });
      await kubectlTakes(t, defined, 'empty', {});
      await kubectlRefuses(t, defined, { spec: { foo: true } }, /unknown field "spec\.foo"/);
      await kubectlRefuses(t, defined, { spec: { bars: [{ age: '10' }] } }, /spec\.bars\[0\]\.name/);
      const feeling = { spec: { bars: [{ name: 'x', feeling: 'NonExistent' }] } };
      await kubectlRefuses(t, defined, feeling, /Unsupported value: "NonExistent"/);
      const top = await t.kubectl(['explain', defined.name]);
      assert.match(top, /DESCRIPTION:\s+Foo CRD for testing[\s\S]*spec\t<Object>/);
      const bars = await t.kubectl(['explain', `${defined.name}.spec.bars`]);
      assert.match(bars, /List of Bars and their specs\.[\s\S]*name\t<string> -required-/);
      const missing = await t.kubectl(['explain', `${defined.name}.spec.bars2`], { codes: [1] });
      assert.match(missing, /field "bars2" does not exist/);
    },
    kubectl,
  ),

  row(
    'CustomResourcePublishOpenAPI works for CRD without validation schema',
    async t => {
      const defined = await define(t, { schema: anything });
      await publishes(t, defined.group, 'v1/Foo');
      await kubectlTakes(t, defined, 'any', { a: { b: [{ c: 'd' }] } });
      assert.match(await t.kubectl(['explain', defined.name]), /DESCRIPTION:\s+<empty>/);
    },
    kubectl,
  ),

  row(
    'CustomResourcePublishOpenAPI works for CRD preserving unknown fields at the schema root',
    async t => {
      const defined = await define(t, {
        schema: { ...described, x_kubernetes_preserve_unknown_fields: true },
      });
      await publishes(t, defined.group, 'v1/Foo');
      await kubectlTakes(t, defined, 'any', { a: { b: [{ c: 'd' }] } });
      assert.match(await t.kubectl(['explain', defined.name]), /KIND: +Foo/);
    },
    kubectl,
  ),

  row(
    'CustomResourcePublishOpenAPI works for CRD preserving unknown fields in an embedded object',
    async t => {
      const spec = { type: 'object', description: 'Anything', x_kubernetes_preserve_unknown_fields: true };
      const schema = {
        type: 'object',
        properties: { spec, status: { type: 'object', description: 'Known' } },
      };
      const defined = await define(t, { schema });
      await publishes(t, defined.group, 'v1/Foo');
      await kubectlTakes(t, defined, 'any', { spec: { b: [{ c: 'd' }] } });
      await kubectlRefuses(t, defined, { other: 1 }, /unknown field "other"/);
      assert.match(await t.kubectl(['explain', `${defined.name}.spec`]), /DESCRIPTION:\s+Anything/);
    },
    kubectl,
  ),

  row('CustomResourcePublishOpenAPI works for multiple CRDs of different groups', async t => {
    for (const [singular, prefix, version] of [
      ['foo', 'one', 'v1'],
      ['waldo', 'two', 'v1beta1'],
    ] as const) {
      const group = `${prefix}${t.id}.example.com`;
      await define(t, { singular, group, versions: [{ name: version }], schema: described });
      await publishes(t, group, `${version}/${singular === 'foo' ? 'Foo' : 'Waldo'}`);
    }
  }),

  row(
    'CustomResourcePublishOpenAPI works for multiple CRDs of same group but different versions',
    async t => {
      const { group } = await define(t, { versions: [{ name: 'v2' }, { name: 'v3' }], schema: described });
      await publishes(t, group, 'v2/Foo');
      await publishes(t, group, 'v3/Foo');
      await define(t, { singular: 'bar', versions: [{ name: 'v4' }], schema: described });
      await publishes(t, group, 'v4/Bar');
      await publishes(t, group, 'v3/Foo');
    },
  ),

  row(
    'CustomResourcePublishOpenAPI works for multiple CRDs of same group and version but different kinds',
    async t => {
      const { group } = await define(t, { schema: described });
      await define(t, { singular: 'waldo', schema: described });
      await publishes(t, group, 'v1/Foo');
      await publishes(t, group, 'v1/Waldo');
    },
  ),

  row('CustomResourcePublishOpenAPI updates the published spec when one version gets renamed', async t => {
    const { group, name } = await define(t, {
      versions: [{ name: 'v2' }, { name: 'v3' }],
      schema: described,
    });
    await publishes(t, group, 'v2/Foo');
    await publishes(t, group, 'v3/Foo');
    const rename = [{ op: 'replace', path: '/spec/versions/1/name', value: 'v4' }];
    await t.api.customResourceDefinitions.patch(name, rename, 'json');
    await publishes(t, group, 'v4/Foo');
    await publishes(t, group, 'v3/Foo', false);
    await publishes(t, group, 'v2/Foo');
  }),

  row(
    'CustomResourcePublishOpenAPI removes definition from spec when one version gets changed to not be served',
    async t => {
      const versions = [{ name: 'v5' }, { name: 'v6alpha1' }];
      const { group, name } = await define(t, { versions, schema: described });
      await publishes(t, group, 'v6alpha1/Foo');
      await t.api.customResourceDefinitions.update(name, ({ spec }) => {
        spec.versions[1]!.served = false;
      });
      await publishes(t, group, 'v6alpha1/Foo', false);
      await publishes(t, group, 'v5/Foo');
    },
  ),
];
