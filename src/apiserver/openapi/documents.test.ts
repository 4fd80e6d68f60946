import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it, test } from 'node:test';
import type { ResourceDefinition } from '#api/definition.ts';
import { loadSchemas } from '#api/schemas.ts';
import { WireReader } from '#machinery/protobuf/wire.ts';
import { compileSchema } from '#api/apiextensions/structural/schema.ts';
import type { JSONSchemaProps } from '#api/generated/types/apiextensions.v1.ts';
import type { CustomType } from '../crd/custom-schemas.ts';
import { customDocument } from '../crd/document.ts';
import type { Json } from './dialect.ts';
import { installedDescriptions } from './descriptions.ts';
import { OpenApiDocuments } from './documents.ts';

const schemas = loadSchemas();
const deployments: ResourceDefinition = {
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.Deployment' }],
  kind: 'Deployment',
  resource: 'deployments',
  singular: 'deployment',
  namespaced: true,
  statusSubresource: true,
  scale: { specReplicasPath: '', statusReplicasPath: '', selectorPath: '' },
  strategy: {},
};
const pods: ResourceDefinition = {
  ...deployments,
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Pod' }],
  kind: 'Pod',
  resource: 'pods',
  singular: 'pod',
  scale: undefined,
  extraSubresources: [
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  ],
  strategy: { returnDeletedObject: true },
};

/** The type of a custom resource whose spec has one field. */
function widget(field: string): (name: string) => CustomType | undefined {
  const objectMeta = schemas.schemaOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!;
  const props: JSONSchemaProps = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          [field]: { type: 'integer', default: 1, minimum: 0 },
          port: { 'x-kubernetes-int-or-string': true },
          open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  };
  const type: CustomType = {
    schema: compileSchema('com.example.v1.Widget', props, { objectMeta }),
    kind: { group: 'example.com', version: 'v1', kind: 'Widget' },
    selectableFields: [`spec.${field}`],
    render: dialect => customDocument(props, dialect),
  };
  return name => (name === type.schema.name ? type : undefined);
}

const widgets: ResourceDefinition = {
  ...deployments,
  group: 'example.com',
  versions: [{ version: 'v1', schema: 'com.example.v1.Widget' }],
  kind: 'Widget',
  resource: 'widgets',
  singular: 'widget',
  conversion: {
    asksFor: () => false,
    show: objects => objects,
    store: object => object,
    convert: object => object,
  },
};

const documents = new OpenApiDocuments([deployments, pods, widgets], schemas, {
  version: 'v1.36.0',
  custom: widget('size'),
});

async function get(path: string, from = documents): Promise<Json> {
  const answer = await from.answer(path);
  assert.ok(answer, path);
  return JSON.parse(String(answer.body));
}

/** Follows names and indices into a document. */
function at(json: unknown, ...path: string[]): unknown {
  return path.reduce((value, name) => (value as Json | undefined)?.[name], json);
}

describe('OpenAPI 3', () => {
  it('has an index whose hashes change with a custom schema', async () => {
    const { paths } = (await get('/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> };
    assert.deepEqual(Object.keys(paths), [
      '.well-known/openid-configuration',
      'api',
      'api/v1',
      'apis',
      'apis/apps',
      'apis/apps/v1',
      'apis/example.com/v1',
      'openid/v1/jwks',
      'version',
    ]);
    assert.match(
      paths['apis/apps/v1']!.serverRelativeURL,
      /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/,
    );
    const other = new OpenApiDocuments([deployments, pods, widgets], schemas, {
      version: 'v1.36.0',
      custom: widget('weight'),
    });
    const changed = ((await get('/openapi/v3', other)) as { paths: typeof paths }).paths;
    const different = Object.keys(paths).filter(
      p => changed[p]!.serverRelativeURL !== paths[p]!.serverRelativeURL,
    );
    assert.deepEqual(different, ['apis/example.com/v1']);
  });

  it('describes types as upstream does', async () => {
    const types = at(await get('/openapi/v3/apis/apps/v1'), 'components', 'schemas');
    assert.deepEqual(at(types, 'io.k8s.api.apps.v1.DeploymentSpec', 'properties', 'strategy'), {
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy' }],
      default: {},
      'x-kubernetes-patch-strategy': 'retainKeys',
    });
    assert.deepEqual(at(types, 'io.k8s.api.apps.v1.DeploymentSpec', 'required'), ['selector', 'template']);
    assert.deepEqual(at(types, 'io.k8s.api.core.v1.Container', 'properties', 'ports'), {
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.ContainerPort' },
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'containerPort',
      'x-kubernetes-patch-strategy': 'merge',
    });
    assert.deepEqual(at(types, 'io.k8s.api.apps.v1.Deployment', 'x-kubernetes-group-version-kind'), [
      { group: 'apps', version: 'v1', kind: 'Deployment' },
    ]);
  });

  it('has every reference that it makes', async () => {
    for (const path of [
      '/openapi/v3/api/v1',
      '/openapi/v3/apis/apps/v1',
      '/openapi/v3/apis/example.com/v1',
      '/openapi/v3/apis',
      '/openapi/v3/version',
    ]) {
      const document = await get(path);
      const types = at(document, 'components', 'schemas') as Json;
      for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/([^"]+)"/g)) {
        assert.ok(types[name!], `${path} lacks ${name}`);
      }
    }
  });

  it('has an operation for each verb and subresource', async () => {
    const { paths } = (await get('/openapi/v3/api/v1')) as { paths: Json };
    const pod = '/api/v1/namespaces/{namespace}/pods/{name}';
    assert.deepEqual(Object.keys(paths), [
      '/api/v1/',
      '/api/v1/namespaces/{namespace}/pods',
      pod,
      `${pod}/exec`,
      `${pod}/log`,
      `${pod}/proxy`,
      `${pod}/proxy/{path}`,
      `${pod}/status`,
      '/api/v1/pods',
      '/api/v1/watch/namespaces/{namespace}/pods',
      '/api/v1/watch/namespaces/{namespace}/pods/{name}',
      '/api/v1/watch/pods',
    ]);
    assert.equal(at(paths, pod, 'patch', 'operationId'), 'patchCoreV1NamespacedPod');
    assert.equal(at(paths, `${pod}/exec`, 'post', 'operationId'), 'connectCoreV1PostNamespacedPodExec');
    assert.equal(at(paths, `${pod}/exec`, 'get', 'x-kubernetes-action'), 'connect');
    assert.equal(at(paths, '/api/v1/pods', 'get', 'operationId'), 'listCoreV1PodForAllNamespaces');
    const names = (at(paths, pod, 'patch', 'parameters') as { name: string }[]).map(p => p.name);
    assert.deepEqual(names, ['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    const gone = at(
      paths,
      pod,
      'delete',
      'responses',
      '200',
      'content',
      'application/json',
      'schema',
      '$ref',
    );
    assert.equal(gone, '#/components/schemas/io.k8s.api.core.v1.Pod');
  });

  it('has the old paths of watches, of built-in resources only', async () => {
    const { paths } = (await get('/openapi/v3/api/v1')) as { paths: Json };
    const watch = '/api/v1/watch/namespaces/{namespace}/pods/{name}';
    assert.equal(at(paths, watch, 'get', 'operationId'), 'watchCoreV1NamespacedPod');
    assert.equal(at(paths, watch, 'get', 'x-kubernetes-action'), 'watch');
    const names = (at(paths, watch, 'parameters') as { name: string }[]).map(p => p.name);
    assert.deepEqual(names.slice(0, 5), [
      'allowWatchBookmarks',
      'continue',
      'fieldSelector',
      'labelSelector',
      'limit',
    ]);
    assert.ok(['name', 'namespace', 'pretty', 'watch'].every(name => names.includes(name)));
    const custom = Object.keys((await get('/openapi/v3/apis/example.com/v1')).paths as Json);
    assert.deepEqual(
      custom.filter(path => path.includes('/watch/') || path.endsWith('/')),
      [],
    );
  });

  it('tells where groups, versions and resources are found', async () => {
    const expected = {
      'apis/apps/v1': ['/apis/apps/v1/', 'getAppsV1APIResources', 'apps_v1', 'APIResourceList'],
      'apis/apps': ['/apis/apps/', 'getAppsAPIGroup', 'apps', 'APIGroup'],
      apis: ['/apis/', 'getAPIVersions', 'apis', 'APIGroupList'],
      api: ['/api/', 'getCoreAPIVersions', 'core', 'APIVersions'],
    };
    for (const [name, [path, id, tag, type]] of Object.entries(expected)) {
      const document = await get(`/openapi/v3/${name}`);
      const operation = at(document, 'paths', path!, 'get');
      assert.equal(at(operation, 'operationId'), id);
      assert.deepEqual(at(operation, 'tags'), [tag]);
      const schema = at(operation, 'responses', '200', 'content', 'application/json', 'schema');
      const $ref = `#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.${type}`;
      assert.deepEqual(schema, { $ref });
    }
    const version = await get('/openapi/v3/version');
    assert.deepEqual(
      at(version, 'paths', '/version/', 'get', 'responses', '200', 'content', 'application/json'),
      { schema: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.version.Info' } },
    );
    assert.ok(at(version, 'components', 'schemas', 'io.k8s.apimachinery.pkg.version.Info'));
    assert.ok(at((await get('/openapi/v2')).paths, '/apis/apps/', 'get'));
  });

  it('shows custom resources with their lists', async () => {
    const types = at(await get('/openapi/v3/apis/example.com/v1'), 'components', 'schemas') as Json;
    assert.deepEqual(at(types, 'com.example.v1.Widget', 'properties', 'spec'), {
      type: 'object',
      properties: {
        size: { type: 'integer', default: 1, minimum: 0 },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    });
    for (const name of ['com.example.v1.Widget', 'com.example.v1.WidgetList']) {
      assert.deepEqual(at(types, name, 'x-kubernetes-selectable-fields'), [{ fieldPath: 'spec.size' }]);
    }
    assert.deepEqual(at(types, 'com.example.v1.WidgetList', 'x-kubernetes-group-version-kind'), [
      { group: 'example.com', version: 'v1', kind: 'WidgetList' },
    ]);
  });

  it('makes anew only what a change of the definitions touches', async () => {
    const changing = new OpenApiDocuments([deployments, widgets], schemas, {
      version: 'v1.36.0',
      custom: widget('size'),
    });
    const path = '/openapi/v3/apis/apps/v1';
    const [apps, all] = [await changing.answer(path), await changing.answer('/openapi/v2')];
    changing.update([deployments, widgets, { ...widgets, resource: 'gadgets' }]);
    assert.equal(await changing.answer(path), apps);
    assert.notEqual((await changing.answer('/openapi/v2'))!.etag, all!.etag);
    const custom = await get('/openapi/v3/apis/example.com/v1', changing);
    assert.ok(at(custom, 'paths', '/apis/example.com/v1/gadgets'));
  });

  it('tags what it says', async () => {
    for (const path of ['/openapi/v2', '/openapi/v3', '/openapi/v3/api/v1']) {
      const { body, etag } = (await documents.answer(path))!;
      const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
      assert.equal(etag, JSON.stringify(hash));
    }
  });

  it('knows no other path', () => {
    for (const path of ['/openapi/v3/apis/apps/v2', '/openapi/v1', '/openapi/v3/apis/batch']) {
      assert.equal(documents.answer(path), undefined);
    }
  });
});

it('tells of custom resources as their own builder does', async () => {
  const document = await get('/openapi/v3/apis/example.com/v1');
  assert.deepEqual(document.info, { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' });
  assert.deepEqual(Object.keys(document.components as Json), ['schemas']);
  const path = '/apis/example.com/v1/namespaces/{namespace}/widgets';
  const namesOf = (...where: string[]) =>
    (at(document.paths, ...where, 'parameters') as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(namesOf(`${path}/{name}`, 'get'), ['resourceVersion']);
  assert.ok(namesOf(path, 'delete').includes('watch'));
  assert.equal(at(document.paths, path, 'delete', 'requestBody'), undefined);
  const scale = at(document.paths, `${path}/{name}/scale`, 'put');
  assert.equal(at(scale, 'x-kubernetes-group-version-kind', 'kind'), 'Widget');
  assert.match(JSON.stringify(at(scale, 'requestBody')), /autoscaling\.v1\.Scale/);
  assert.deepEqual(Object.keys(at(document.paths, `${path}/{name}`, 'patch', 'responses') as Json), [
    '200',
    '401',
  ]);
});

it('tells of the kinds that each group version has its own and the core one, or all that are registered', async () => {
  const name = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
  const kindsIn = async (path: string, ...where: string[]) => {
    const found = at(await get(path), ...where, name, 'x-kubernetes-group-version-kind');
    return (found as { group: string; version: string }[]).map(kind => `${kind.group}/${kind.version}`);
  };
  const types = ['components', 'schemas'];
  assert.deepEqual(await kindsIn('/openapi/v3/api/v1', ...types), ['/v1']);
  assert.deepEqual(await kindsIn('/openapi/v3/apis/apps/v1', ...types), ['/v1', 'apps/v1']);
  const all = await kindsIn('/openapi/v2', 'definitions');
  assert.equal(all.length, 60);
  assert.ok(all.includes('admission.k8s.io/v1beta1'));
  assert.equal((await kindsIn('/openapi/v3/apis/example.com/v1', ...types)).length, 53);
});

describe('OpenAPI 2', () => {
  it('refers to parameters that operations share', async () => {
    const { paths, parameters } = await get('/openapi/v2');
    const pod = at(paths, '/api/v1/namespaces/{namespace}/pods/{name}');
    // Their names end with what upstream's end with, since they are all that is said of them.
    const [body, grace] = [{ $ref: '#/parameters/body-2Y1dVQaQ' }, 'gracePeriodSeconds'];
    const taken = at(pod, 'delete', 'parameters') as Json[];
    assert.deepEqual([taken[0], taken[1]!.name], [body, 'dryRun']);
    assert.match(String(taken[2]!.$ref), new RegExp(`^#/parameters/${grace}-[\\w-]{8}$`));
    assert.deepEqual((at(pod, 'patch', 'parameters') as Json[])[0], { $ref: '#/parameters/body-78PwaGsr' });
    const text = JSON.stringify(paths);
    for (const [, name] of text.matchAll(/#\/parameters\/([^"]+)"/g))
      assert.ok((parameters as Json)[name!], `lacks ${name}`);
    const name = (at(pod, 'parameters') as Json[]).find(parameter => parameter.name === 'name');
    assert.deepEqual(name, {
      uniqueItems: true,
      type: 'string',
      description: 'The name of the Pod.',
      name: 'name',
      in: 'path',
      required: true,
    });
  });

  it('says of custom resources what its readers understand', async () => {
    const types = (await get('/openapi/v2')).definitions as Json;
    assert.deepEqual(at(types, 'com.example.v1.Widget', 'properties', 'spec', 'properties'), {
      size: { type: 'integer', minimum: 0 },
      port: { 'x-kubernetes-int-or-string': true },
      open: { 'x-kubernetes-preserve-unknown-fields': true },
    });
  });

  it('holds all groups in one document, without defaults', async () => {
    const document = await get('/openapi/v2');
    assert.equal(document.swagger, '2.0');
    const types = document.definitions as Json;
    for (const [, name] of JSON.stringify(document).matchAll(/#\/definitions\/([^"]+)"/g)) {
      assert.ok(types[name!], `lacks ${name}`);
    }
    assert.deepEqual(at(types, 'io.k8s.api.apps.v1.DeploymentSpec', 'properties', 'template'), {
      $ref: '#/definitions/io.k8s.api.core.v1.PodTemplateSpec',
    });
    const [body] = at(
      document,
      'paths',
      '/apis/apps/v1/namespaces/{namespace}/deployments',
      'post',
      'parameters',
    ) as Json[];
    assert.deepEqual(body, {
      in: 'body',
      name: 'body',
      required: true,
      schema: { $ref: '#/definitions/io.k8s.api.apps.v1.Deployment' },
    });
  });
});

test('documents are put together as bytes, with a breath after each piece', async () => {
  let breaths = 0;
  const options = { version: 'v1.36.0', custom: widget('size'), breathe: () => void breaths++ };
  const breathing = new OpenApiDocuments([deployments, pods, widgets], schemas, options);
  for (const path of ['/openapi/v2', '/openapi/v3/apis/apps/v1']) {
    const before = breaths;
    const { body } = (await breathing.answer(path))!;
    assert.ok(body instanceof Uint8Array);
    assert.equal(new TextDecoder().decode(body), JSON.stringify(await get(path)));
    assert.ok(breaths - before > 10);
  }
});

describe('OpenAPI 2 as protobuf', () => {
  it('is the gnostic message that client-go reads', async () => {
    const answer = (await documents.answer('/openapi/v2', 'protobuf'))!;
    assert.equal(answer.contentType, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    const [swagger] = field(answer.body as Uint8Array, 1);
    assert.equal(new TextDecoder().decode(swagger), '2.0');
    const definitions = field(field(answer.body as Uint8Array, 9)[0]!, 1);
    const types = new Map(definitions.map(type => [text(field(type, 1)[0]), field(type, 2)[0]!]));
    const json = (await get('/openapi/v2')).definitions as Json;
    assert.deepEqual([...types.keys()], Object.keys(json));
    const spec = types.get('io.k8s.api.apps.v1.DeploymentSpec')!;
    assert.deepEqual(field(spec, 19).map(text), ['selector', 'template']);
    const properties = field(field(spec, 25)[0]!, 1).map(entry => text(field(entry, 1)[0]));
    assert.ok(properties.includes('replicas'));
    const deployment = types.get('io.k8s.api.apps.v1.Deployment')!;
    const [extension] = field(deployment, 31);
    assert.equal(text(field(extension!, 1)[0]), 'x-kubernetes-group-version-kind');
    assert.equal(
      text(field(field(extension!, 2)[0]!, 2)[0]),
      '- group: apps\n  kind: Deployment\n  version: v1\n',
    );
  });
});

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** The contents of every length-delimited field of that number. */
function field(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new WireReader(message);
  const found: Uint8Array[] = [];
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (tag === wanted && type === 2) found.push(reader.bytes());
    else reader.skip(type);
  }
  return found;
}

describe('texts', () => {
  const descriptions = installedDescriptions();
  const skip = descriptions ? false : 'no kubernetes-models';
  const told = new OpenApiDocuments([deployments, widgets], schemas, {
    version: 'v1.36.0',
    custom: widget('size'),
    descriptions: descriptions!,
  });

  it('come from the installed models', { skip }, async () => {
    const types = at(await get('/openapi/v3/apis/apps/v1', told), 'components', 'schemas');
    assert.match(String(at(types, 'io.k8s.api.apps.v1.Deployment', 'description')), /^Deployment /);
    assert.match(
      String(at(types, 'io.k8s.api.apps.v1.DeploymentSpec', 'properties', 'replicas', 'description')),
      /desired pods/,
    );
    const strategy = at(types, 'io.k8s.api.apps.v1.DeploymentStrategy');
    assert.match(String(at(strategy, 'properties', 'type', 'description')), /Can be "Recreate"/);
    assert.ok(at(strategy, 'properties', 'rollingUpdate', 'description'));
    const properties = at(types, 'io.k8s.api.apps.v1.Deployment', 'properties');
    assert.match(String(at(properties, 'metadata', 'description')), /^Standard object's metadata/);
    assert.match(String(at(properties, 'kind', 'description')), /^Kind is a string value/);
    assert.ok(
      at(types, 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta', 'properties', 'continue', 'description'),
    );
  });

  it('describe of a custom resource what it shares with all', { skip }, async () => {
    const types = at(await get('/openapi/v3/apis/example.com/v1', told), 'components', 'schemas');
    const textOf = (name: string, field: string) =>
      String(at(types, `com.example.v1.${name}`, 'properties', field, 'description'));
    assert.match(textOf('Widget', 'metadata'), /^Standard object's metadata/);
    assert.match(textOf('Widget', 'apiVersion'), /^APIVersion defines/);
    assert.match(textOf('WidgetList', 'metadata'), /^Standard list metadata/);
  });
});
