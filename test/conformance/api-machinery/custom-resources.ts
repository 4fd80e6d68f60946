import assert from 'node:assert/strict';
import { define, type Defined, definitionOf, manifest } from '../custom-resources.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { sendJson, webhookServer } from '../webhooks.ts';

const mergePatch = 'application/merge-patch+json';

interface Held {
  readonly apiVersion: string;
  readonly metadata: { readonly name: string };
  readonly host?: string;
  readonly port?: string;
  readonly hostPort?: string;
  readonly a?: string;
  readonly b?: string;
}

interface Conversion {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly Held[];
}

/** v1 has hostPort, v2 has host and port. */
function convert(object: Held, apiVersion: string): Held {
  const { hostPort, host, port, ...rest } = object;
  if (object.apiVersion === apiVersion) return object;
  if (apiVersion.endsWith('/v1')) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [first, second] = (hostPort ?? ':').split(':');
  return { ...rest, apiVersion, host: first!, port: second! };
}

/** A resource of two versions that a webhook of the row's own converts. */
async function converted(t: Trial): Promise<Defined> {
  const server = await webhookServer(t);
  const clientConfig = server.clientConfig('/convert', request => {
    const { uid, desiredAPIVersion, objects } = request as unknown as Conversion;
    const convertedObjects = objects.map(object => convert(object, desiredAPIVersion));
    const response = { uid, convertedObjects, result: { status: 'Success' } };
    const review = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response };
    return { raw: { status: 200, body: JSON.stringify(review) } };
  });
  const conversion = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
  return define(t, { versions: [{ name: 'v1' }, { name: 'v2' }], more: { conversion } });
}

async function made(t: Trial, method: string, path: string, body: object): Promise<Held> {
  const answer = await sendJson(t, method, path, body);
  assert.ok(answer.status < 300, answer.text);
  return answer.json<Held>();
}

export const customResourceRows = [
  row(
    'CustomResourceDefinition resources Simple CustomResourceDefinition creating/deleting custom resource definition objects works',
    async t => {
      const { name } = await define(t);
      await t.api.customResourceDefinitions.delete(name);
      await t.gone(t.api.customResourceDefinitions, name);
    },
  ),

  row(
    'CustomResourceDefinition resources Simple CustomResourceDefinition listing custom resource definition objects works',
    async t => {
      const labels = { 'e2e-list-test': t.id };
      const kept = await define(t, { singular: 'kept' });
      for (let i = 0; i < 10; i++) {
        const definition = definitionOf(t, { singular: `foo${i}`, labels });
        await t.api.customResourceDefinitions.create(definition);
      }
      const labelSelector = `e2e-list-test=${t.id}`;
      const listed = await t.api.customResourceDefinitions.names({ labelSelector });
      assert.equal(listed.length, 10);
      await t.api.customResourceDefinitions.deleteCollection({ labelSelector });
      await t.until('the collection to be gone', async () => {
        return (await t.api.customResourceDefinitions.names({ labelSelector })).length === 0;
      });
      assert.equal((await t.api.customResourceDefinitions.get(kept.name)).metadata?.name, kept.name);
    },
  ),

  row(
    'CustomResourceDefinition resources Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works',
    async t => {
      const { name } = await define(t);
      const has = async (message: string) => {
        const { status } = await t.api.customResourceDefinitions.getStatus(name);
        assert.ok(
          status!.conditions!.some(condition => condition.message === message),
          message,
        );
      };
      const condition = (message: string) => ({
        type: 'StatusUpdate',
        status: 'True',
        reason: 'E2E',
        message,
      });
      await t.api.customResourceDefinitions.updateStatus(name, definition => {
        definition.status!.conditions!.push(condition('updated'));
      });
      await has('updated');
      const { status } = await t.api.customResourceDefinitions.getStatus(name);
      const conditions = [...status!.conditions!, { ...condition('patched'), type: 'StatusPatched' }];
      await t.api.customResourceDefinitions.patchStatus(name, { status: { conditions } });
      await has('patched');
      await has('updated');
    },
  ),

  row(
    'CustomResourceDefinition resources custom resource defaulting for requests and from storage works',
    async t => {
      const text = { type: 'string' };
      const schemaWith = (a: object, b: object) => ({ type: 'object', properties: { a, b } });
      const defined = await define(t, { schema: schemaWith({ ...text, _default: 'A' }, text) });
      const path = `${defined.path()}/one`;
      assert.equal((await made(t, 'POST', defined.path(), manifest(defined, 'one'))).a, 'A');
      await t.api.customResourceDefinitions.update(defined.name, ({ spec }) => {
        spec.versions[0]!.schema!.openAPIV3Schema = schemaWith(text, { ...text, _default: 'B' });
      });
      await t.until('the default from storage', async () => {
        return (await t.raw({ path })).json<Held>().b === 'B';
      });
      // What was written stays, though its default went.
      assert.equal((await t.raw({ path })).json<Held>().a, 'A', 'kept');
      const patch = await sendJson(t, 'PATCH', path, { metadata: { labels: { x: 'y' } } }, mergePatch);
      assert.deepEqual([patch.json<Held>().a, patch.json<Held>().b], ['A', 'B']);
      assert.equal((await made(t, 'POST', defined.path(), manifest(defined, 'two'))).a, undefined);
    },
  ),

  row(
    'CustomResourceDefinition Watch CustomResourceDefinition Watch watch on custom resource definition objects',
    async t => {
      const defined = await define(t);
      const response = t.raw({ path: `${defined.path()}?watch=1&timeoutSeconds=5` });
      for (const name of ['a', 'b']) {
        await made(t, 'POST', defined.path(), manifest(defined, name));
        const path = `${defined.path()}/${name}`;
        assert.equal((await sendJson(t, 'PATCH', path, { count: 1 }, mergePatch)).status, 200);
        assert.equal((await sendJson(t, 'DELETE', path)).status, 200);
      }
      const events = (await response).text.trim().split('\n');
      const seen = events.map(line => JSON.parse(line) as { type: string; object: Held });
      for (const name of ['a', 'b']) {
        const own = seen.filter(({ object }) => object.metadata.name === name).map(({ type }) => type);
        assert.deepEqual(own.at(-1), 'DELETED');
        assert.deepEqual(own, ['ADDED', 'MODIFIED', 'DELETED']);
      }
    },
  ),

  row('CustomResourceConversionWebhook should be able to convert from CR v1 to CR v2', async t => {
    const defined = await converted(t);
    await made(t, 'POST', defined.path('v1'), manifest(defined, 'one', { hostPort: 'localhost:80' }));
    const read = (await t.raw({ path: `${defined.path('v2')}/one` })).json<Held>();
    assert.deepEqual([read.apiVersion, read.host, read.port], [`${defined.group}/v2`, 'localhost', '80']);
    assert.equal(read.hostPort, undefined);
  }),

  row('CustomResourceConversionWebhook should be able to convert a non homogeneous list of CRs', async t => {
    const defined = await converted(t);
    await made(t, 'POST', defined.path('v1'), manifest(defined, 'old', { hostPort: 'localhost:80' }));
    await t.api.customResourceDefinitions.update(defined.name, ({ spec }) => {
      for (const version of spec.versions) version.storage = version.name === 'v2';
    });
    const fields = { host: 'example.com', port: '443' };
    await made(t, 'POST', defined.path('v2'), manifest(defined, 'new', fields, 'v2'));
    for (const version of ['v1', 'v2']) {
      const { items } = (await t.raw({ path: defined.path(version) })).json<{ items: Held[] }>();
      assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ['new', 'old']);
      assert.ok(items.every(({ apiVersion }) => apiVersion === `${defined.group}/${version}`));
      const isConverted = ({ host, hostPort }: Held) => (version === 'v2' ? host : hostPort) !== undefined;
      assert.ok(items.every(isConverted), JSON.stringify(items));
    }
  }),

  row(
    'FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema',
    async t => {
      const defined = await define(t);
      const body = manifest(defined, 'any', { spec: { foo: 'bar' }, unknown: 1 });
      const answer = await sendJson(t, 'POST', `${defined.path()}?fieldValidation=Strict`, body);
      assert.equal(answer.status, 201, answer.text);
      assert.equal((await apply(t, defined, 'any2', { unknown: 1 })).status, 201);
    },
  ),

  row('FieldValidation should create/apply a valid CR for CRD with validation schema', async t => {
    const defined = await define(t, { schema: validated });
    const spec = { knownField1: 'val1', ports: [{ name: 'a', containerPort: 8080, protocol: 'TCP' }] };
    const path = `${defined.path()}?fieldValidation=Strict`;
    const answer = await sendJson(t, 'POST', path, manifest(defined, 'good', { spec }));
    assert.equal(answer.status, 201, answer.text);
    assert.equal((await apply(t, defined, 'good2', { spec })).status, 201);
  }),

  row(
    'FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema',
    async t => {
      const defined = await define(t, { schema: validated });
      const spec = {
        knownField1: 'val1',
        foo: 'foo1',
        ports: [{ name: 'a', containerPort: 8080, hostIP: 'x' }],
      };
      const path = `${defined.path()}?fieldValidation=Strict`;
      for (const answer of [
        await sendJson(t, 'POST', path, manifest(defined, 'bad', { spec })),
        await apply(t, defined, 'bad', { spec }),
      ]) {
        assert.ok(answer.status >= 400, answer.text);
        assert.match(answer.text, /unknown field \\"spec\.foo\\"|\.spec\.foo: field not declared in schema/);
      }
    },
  ),

  row('FieldValidation should detect duplicates in a CR when preserving unknown fields', async t => {
    const defined = await define(t);
    const body = `{"apiVersion": "${defined.group}/v1", "kind": "${defined.kind}", "metadata": {"name": "twice"},
      "spec": {"unknown": 1, "unknown": 2}, "spec": {}}`;
    const headers = { 'content-type': 'application/json' };
    const path = `${defined.path()}?fieldValidation=Strict`;
    const answer = await t.raw({ method: 'POST', path, headers, body });
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, /duplicate field \\"spec/);
  }),

  row(
    'FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR',
    async t => {
      const embedded = { ...validated.properties.spec.properties };
      const template = {
        type: 'object',
        x_kubernetes_embedded_resource: true,
        x_kubernetes_preserve_unknown_fields: true,
      };
      const spec = { type: 'object', properties: { ...embedded, template } };
      const defined = await define(t, { schema: { type: 'object', properties: { spec } } });
      const inner = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'inner', unknownSubMeta: 'x' } };
      const body = {
        ...manifest(defined, 'meta', { spec: { template: inner } }),
        metadata: { name: 'meta', unknownMeta: 'x' },
      };
      const answer = await sendJson(t, 'POST', `${defined.path()}?fieldValidation=Strict`, body);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, /unknown field \\"metadata\.unknownMeta\\"/);
      assert.match(answer.text, /unknown field \\"spec\.template\.metadata\.unknownSubMeta\\"/);
    },
  ),

  row('AggregatedDiscovery should support raw aggregated discovery request for CRDs', async t => {
    const defined = await define(t);
    await discovered(t, defined);
  }),

  row(
    'AggregatedDiscovery should support aggregated discovery interface for CRDs',
    async t => {
      const defined = await define(t);
      await discovered(t, defined);
      const listed = await t.kubectl(['api-resources', '--no-headers', '-o', 'name']);
      assert.ok(listed.split('\n').includes(defined.name), listed);
    },
    { needs: 'kubectl' },
  ),
];

const port = {
  type: 'object',
  required: ['name', 'containerPort'],
  properties: {
    name: { type: 'string' },
    containerPort: { type: 'integer' },
    protocol: { type: 'string' },
  },
};

const validated = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        knownField1: { type: 'string' },
        ports: {
          type: 'array',
          x_kubernetes_list_type: 'map',
          x_kubernetes_list_map_keys: ['name'],
          items: port,
        },
      },
    },
  },
};

function apply(t: Trial, defined: Defined, name: string, rest: object) {
  const path = `${defined.path()}/${name}?fieldManager=conformance&fieldValidation=Strict`;
  return sendJson(t, 'PATCH', path, manifest(defined, name, rest), 'application/apply-patch+yaml');
}

async function discovered(t: Trial, { group, plural }: Defined): Promise<void> {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  await t.until(`${group} in discovery`, async () => {
    const response = await t.raw({ path: '/apis', headers: { accept } });
    const { items } = response.json<{
      items: { metadata: { name: string }; versions: { resources: { resource: string }[] }[] }[];
    }>();
    const found = items.find(({ metadata }) => metadata.name === group);
    return found?.versions[0]?.resources.some(({ resource }) => resource === plural);
  });
}
