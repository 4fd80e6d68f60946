import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CustomResourceDefinition, JSONSchemaProps } from '#api/generated/types/apiextensions.v1.ts';
import { startCluster } from '../embedded.ts';
import { generateTypes } from './types.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

function definition(
  kind: string,
  versions: Readonly<Record<string, JSONSchemaProps | undefined>>,
  more: object = {},
): CustomResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind, plural: `${singular}s` },
      versions: Object.entries(versions).map(([name, schema], i) => ({
        name,
        served: true,
        storage: i === 0,
        ...(schema ? { schema: { openAPIV3Schema: schema } } : {}),
      })),
      ...more,
    },
  };
}

const object = (
  properties: Record<string, JSONSchemaProps>,
  more: JSONSchemaProps = {},
): JSONSchemaProps => ({
  type: 'object',
  properties,
  ...more,
});

/** A schema with all that schemas can say of a type. */
const everything = object(
  {
    apiVersion: { type: 'string', description: 'left out' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: object(
      {
        text: { type: 'string', nullable: true, description: 'One line.' },
        'with-dash': { type: 'integer', default: 3 },
        flag: { type: 'boolean', description: 'Ends a comment: */ here.\n\nAnd goes on.' },
        mode: { type: 'string', enum: ['On', 'Off', "It's"] },
        level: { type: 'integer', enum: [1, 2], nullable: true },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        free: { 'x-kubernetes-preserve-unknown-fields': true },
        open: object({ known: { type: 'string' } }, { 'x-kubernetes-preserve-unknown-fields': true }),
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        parts: { type: 'object', additionalProperties: object({ size: { type: 'number' } }) },
        rules: {
          type: 'array',
          description: 'Several.',
          items: object({ name: { type: 'string' } }, { required: ['name'], description: 'One.' }),
        },
        choices: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
        matrix: { type: 'array', items: { type: 'array', items: { type: 'number', nullable: true } } },
        embedded: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
        embeddedShape: object(
          { kind: { type: 'string' }, spec: object({ a: { type: 'string' } }) },
          { 'x-kubernetes-embedded-resource': true },
        ),
        fooBar: object({ a: { type: 'string' } }),
        'foo-bar': object({ b: { type: 'string' } }),
        empty: { type: 'object' },
      },
      { required: ['text', 'rules'], description: 'What is wanted.' },
    ),
    status: object({ ready: { type: 'boolean' } }),
  },
  { required: ['spec', 'status'] },
);

test('a schema becomes interfaces: unions, nulls, maps, lists, embedded objects, descriptions and defaults', () => {
  assert.equal(
    generateTypes([definition('Thing', { v1: everything })]),
    `// Written by 'coxswain generate types'. Do not edit: run it again when the definition changes.
import type { KubeObject, ResourceRef } from 'coxswain';

export interface Thing extends KubeObject {
  /** What is wanted. */
  spec: ThingSpec;
  status?: ThingStatus;
}

export interface ThingSpec {
  choices?: ('a' | 'b')[];
  embedded?: KubeObject & Record<string, unknown>;
  embeddedShape?: ThingSpecEmbeddedShape;
  empty?: Record<string, unknown>;
  /**
   * Ends a comment: *\\/ here.
   *
   * And goes on.
   */
  flag?: boolean;
  'foo-bar'?: ThingSpecFooBar;
  fooBar?: ThingSpecFooBar2;
  free?: unknown;
  labels?: Record<string, string>;
  level?: 1 | 2 | null;
  matrix?: (number | null)[][];
  mode?: 'On' | 'Off' | "It's";
  open?: ThingSpecOpen;
  parts?: Record<string, ThingSpecPartsValue>;
  port?: number | string;
  /** Several. */
  rules: ThingSpecRulesItem[];
  /** One line. */
  text: string | null;
  /** Default: 3 */
  'with-dash'?: number;
}

export interface ThingSpecEmbeddedShape extends KubeObject {
  spec?: ThingSpecEmbeddedShapeSpec;
}

export interface ThingSpecEmbeddedShapeSpec {
  a?: string;
}

export interface ThingSpecFooBar {
  b?: string;
}

export interface ThingSpecFooBar2 {
  a?: string;
}

export interface ThingSpecOpen {
  known?: string;
  [field: string]: unknown;
}

export interface ThingSpecPartsValue {
  size?: number;
}

/** One. */
export interface ThingSpecRulesItem {
  name: string;
}

export interface ThingStatus {
  ready?: boolean;
}

export const things: ResourceRef<Thing> = {
  group: 'example.com',
  version: 'v1',
  resource: 'things',
  kind: 'Thing',
  namespaced: true,
};
`,
  );
});

test('each served version has its names; the storage version has the plain ones', () => {
  const versions = { v1: object({ a: { type: 'string' } }), v1beta1: object({ b: { type: 'string' } }) };
  const crd = definition('Thing', versions, { scope: 'Cluster' });
  const text = generateTypes([crd]);
  assert.match(text, /export interface Thing extends KubeObject {\n {2}a\?: string;\n}/);
  assert.match(text, /export interface ThingV1beta1 extends KubeObject {\n {2}b\?: string;\n}/);
  assert.match(text, /export const things: ResourceRef<Thing> = {\n.*\n {2}version: 'v1',/);
  assert.match(
    text,
    /export const thingsV1beta1: ResourceRef<ThingV1beta1> = {\n.*\n {2}version: 'v1beta1',/,
  );
  assert.match(text, /namespaced: false/);
  crd.spec.versions[1]!.served = false;
  assert.doesNotMatch(generateTypes([crd]), /V1beta1/);
});

test('names that several definitions have are told apart; a word of the language is no name', () => {
  const schema = object({});
  const other = definition('Thing', { v1: schema }, { group: 'other.example.com' });
  const reserved = definition('Clas', { v1: schema }, { names: { kind: 'Clas', plural: 'class' } });
  const text = generateTypes([definition('Thing', { v1: schema }), other, reserved]);
  assert.deepEqual(
    Array.from(text.matchAll(/export (?:const|interface) (\w+)/g), match => match[1]),
    ['Thing', 'things', 'Thing2', 'things2', 'Clas', 'classRef'],
  );
});

test('a definition that has nothing to write types of is an error', () => {
  assert.throws(() => generateTypes([definition('Thing', { v1: undefined })]), {
    message: 'things.example.com: version v1 has no schema',
  });
  const unserved = definition('Thing', { v1: everything });
  unserved.spec.versions[0]!.served = false;
  assert.throws(() => generateTypes([unserved]), { message: 'things.example.com serves no version' });
});

let folder: string;

before(async () => {
  await mkdir(join(root, '.cache'), { recursive: true });
  // The compiler looks for 'coxswain' and @types upwards from here.
  folder = await mkdtemp(join(root, '.cache', 'types-'));
});

after(() => rm(folder, { recursive: true, force: true }));

function compile(): Promise<string> {
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  return new Promise(resolve => {
    execFile(compiler, ['-p', folder], { timeout: 120_000 }, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

interface OpenApiSchema extends JSONSchemaProps {
  readonly $ref?: string;
}

/** A schema of an OpenAPI document as a CustomResourceDefinition has it: with what it refers to in its place. */
function inlined(schemas: Readonly<Record<string, OpenApiSchema>>, schema: OpenApiSchema): JSONSchemaProps {
  const [single] = schema.allOf ?? [];
  const reference = schema.$ref ?? (single as OpenApiSchema | undefined)?.$ref;
  if (reference) return inlined(schemas, schemas[reference.split('/').at(-1)!]!);
  // A quantity, or IntOrString.
  if (schema.oneOf) return { description: schema.description, 'x-kubernetes-int-or-string': true };
  const { description, type, items, properties, additionalProperties, required } = schema;
  const each = (some: Record<string, OpenApiSchema>) =>
    Object.fromEntries(Object.entries(some).map(([name, value]) => [name, inlined(schemas, value)]));
  return {
    ...{ description, type, required },
    ...(properties ? { properties: each(properties) } : {}),
    ...(items && !Array.isArray(items) ? { items: inlined(schemas, items) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: inlined(schemas, additionalProperties) }
      : {}),
  };
}

/** Pods, as a custom resource: some thousand fields, every one described. */
async function largeDefinition(): Promise<CustomResourceDefinition> {
  await using cluster = await startCluster({ nodes: 0, controllers: [] });
  const { body } = await cluster.client.transport.request({ method: 'GET', path: '/openapi/v3/api/v1' });
  const { schemas } = (body as { components: { schemas: Record<string, OpenApiSchema> } }).components;
  const { PodTemplateSpec, PodStatus } = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name.split('.').at(-1)!, schema]),
  ) as Record<string, OpenApiSchema>;
  const template = inlined(schemas, PodTemplateSpec!);
  const status = inlined(schemas, PodStatus!);
  return definition('Large', { v1: object({ spec: object({ template }), status }) });
}

const program = `import { type Client, defineController, startCluster } from 'coxswain';
import { larges } from './large.ts';
import { type Thing, things } from './thing.ts';

export async function modes(client: Client): Promise<(string | undefined)[]> {
  const made: Thing = await client.create(things, {
    metadata: { name: 'a' },
    spec: { text: null, rules: [{ name: 'x' }], mode: 'On', port: 'http', level: 2, matrix: [[1, null]] },
  });
  // @ts-expect-error: no such mode
  await client.create(things, { spec: { text: '', rules: [], mode: 'Maybe' } });
  // @ts-expect-error: text is required
  await client.create(things, { spec: { rules: [] } });
  const { items } = await client.list(larges, 'default');
  const limits: Record<string, number | string> | undefined =
    items[0]?.spec?.template?.spec?.containers[0]?.resources?.limits;
  return [made.spec.mode, limits && Object.keys(limits)[0], items[0]?.status?.phase];
}

export default defineController({
  name: 'things',
  setup: ({ informer }) => {
    const all = informer(things);
    return { for: things, reconcile: async key => void all.get(key)?.spec.rules.length };
  },
});

await using cluster = await startCluster();
await modes(cluster.client);
`;

test('what is written of a large definition, and a program that uses it, pass the strict compiler', async () => {
  const large = await largeDefinition();
  const text = generateTypes([large]);
  assert.ok(text.split('\n').length > 5_000, `${text.split('\n').length} lines`);
  assert.equal(text, generateTypes([structuredClone(large)]));
  await writeFile(join(folder, 'large.ts'), text);
  await writeFile(join(folder, 'thing.ts'), generateTypes([definition('Thing', { v1: everything })]));
  await writeFile(join(folder, 'program.ts'), program);
  const compilerOptions = { paths: { coxswain: ['../../src/main/index.ts'] } };
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] }),
  );
  assert.equal(await compile(), '');
});
