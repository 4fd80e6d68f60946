import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import {
  ApiextensionsV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { hasUpstreamTools, upstreamTools } from '#test/kubectl.ts';
import { type Custom, CustomCluster, boatSchema, definitionOf, versionOf } from './custom-resources.ts';
import { WiredCluster } from './wire.ts';

const run = promisify(execFile);

const version = versionOf('v1', boatSchema, {
  subresources: {
    status: {},
    scale: { specReplicasPath: '.spec.masts', statusReplicasPath: '.status.masts' },
  },
  selectableFields: [{ jsonPath: '.spec.color' }],
  additionalPrinterColumns: [
    { name: 'Color', type: 'string', jsonPath: '.spec.color' },
    { name: 'Masts', type: 'integer', jsonPath: '.spec.masts', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
const crd = definitionOf('Boat', [version], {
  names: { plural: 'boats', kind: 'Boat', shortNames: ['bt'], categories: ['fleet'] },
});

describe('custom resources through kubectl', {
  skip: !hasUpstreamTools() && 'no tools for this platform',
}, () => {
  let wired: WiredCluster;
  let home: string;
  let program: string;
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
    home = await mkdtemp(join(tmpdir(), 'coxswain-crd-'));
    await writeFile(join(home, 'config'), wired.kubeconfig);
    program = (await upstreamTools()).kubectl;
    await write('crd.json', crd);
    await kubectl('apply', '-f', join(home, 'crd.json'));
    await kubectl('wait', '--for=condition=Established', 'crd/boats.example.com', '--timeout=20s');
  });
  after(async () => {
    await wired[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });

  const write = (name: string, value: unknown) => writeFile(join(home, name), JSON.stringify(value));
  const kubectl = async (...args: string[]) => {
    const env = { HOME: home, KUBECONFIG: join(home, 'config') };
    const { stdout, stderr } = await run(program, args, { env });
    return stdout + stderr;
  };
  const refused = async (...args: string[]) => {
    const answer = await kubectl(...args).then(
      () => assert.fail('it was not refused'),
      (error: { stderr: string }) => error.stderr,
    );
    return answer.trim();
  };
  const boat = (name: string, spec: object) => ({
    apiVersion: 'example.com/v1',
    kind: 'Boat',
    metadata: { name, namespace: 'default' },
    spec,
  });
  const apply = async (object: { metadata: { name: string } }, ...args: string[]) => {
    const file = `${object.metadata.name}.json`;
    await write(file, object);
    return kubectl('apply', ...args, '-f', join(home, file));
  };

  test('objects are applied, changed, shown and deleted', async () => {
    assert.equal(await apply(boat('a', { color: 'red' })), 'boat.example.com/a created\n');
    assert.equal(await apply(boat('a', { color: 'red' })), 'boat.example.com/a unchanged\n');
    assert.equal(await apply(boat('a', { color: 'blue', crew: ['x'] })), 'boat.example.com/a configured\n');
    assert.match(await kubectl('get', 'bt'), /^NAME +COLOR +AGE\na +blue +\d+s\n$/);
    assert.match(
      await kubectl('get', 'fleet', '-o', 'wide'),
      /^NAME +COLOR +MASTS +AGE\na +blue +1 +\d+s\n$/,
    );
    assert.equal(
      await kubectl('get', 'boat', '--field-selector', 'spec.color=blue', '-o', 'name'),
      'boat.example.com/a\n',
    );
    assert.equal(await kubectl('get', 'boats', 'a', '-o', 'jsonpath={.spec.crew[0]}'), 'x');
    await kubectl('scale', 'boat/a', '--replicas=3');
    assert.equal(await kubectl('get', 'boats', 'a', '-o', 'jsonpath={.spec.masts}'), '3');
    await kubectl(
      'patch',
      'boat',
      'a',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"masts":2}}',
    );
    assert.match(await kubectl('describe', 'boat', 'a'), /Status:\n +Masts: +2\n/);
    assert.equal(
      await kubectl('delete', 'boat', 'a'),
      'boat.example.com "a" deleted from default namespace\n',
    );
  });

  test('a refusal tells what is wrong', async () => {
    await write('bad.json', boat('bad', { color: 'green', sails: 1 }));
    assert.match(
      await refused('apply', '-f', join(home, 'bad.json')),
      /^Error from server \(BadRequest\): .*strict decoding error: unknown field "spec\.sails"$/s,
    );
    assert.equal(
      await refused('apply', '--validate=false', '-f', join(home, 'bad.json')),
      'The Boat "bad" is invalid: spec.color: Unsupported value: "green": supported values: "red", "blue"',
    );
  });

  test('explain and api-resources know them', async () => {
    const spec = await kubectl('explain', 'boats.spec');
    assert.match(spec, /^GROUP: +example\.com\nKIND: +Boat\nVERSION: +v1\n\nFIELD: spec <Object>/);
    assert.match(spec, / {2}color\t<string> -required-\n {2}enum: red, blue/);
    assert.match(await kubectl('explain', 'boats', '--recursive'), / {4}crew\t<\[\]string>/);
    assert.match(
      await kubectl('api-resources', '--api-group=example.com'),
      /boats +bt +example\.com\/v1 +true +Boat/,
    );
  });

  test('server-side apply tells fields and managers apart', async () => {
    await apply(boat('s', { color: 'red', crew: ['x'] }), '--server-side', '--field-manager=one');
    await apply({ ...boat('s', { crew: ['y'] }) }, '--server-side', '--field-manager=two');
    assert.equal(await kubectl('get', 'boats', 's', '-o', 'jsonpath={.spec.crew}'), '["x","y"]');
    await write('conflict.json', boat('s', { color: 'blue' }));
    const conflict = await refused(
      'apply',
      '--server-side',
      '--field-manager=two',
      '-f',
      join(home, 'conflict.json'),
    );
    assert.match(conflict, /conflict with "one": \.spec\.color/);
    await kubectl(
      'apply',
      '--server-side',
      '--field-manager=two',
      '--force-conflicts',
      '-f',
      join(home, 'conflict.json'),
    );
    assert.equal(
      await kubectl('get', 'boats', 's', '-o', 'jsonpath={.spec.color} {.spec.crew}'),
      'blue ["x"]',
    );
  });
});

describe('custom resources through the JavaScript client', () => {
  let wired: WiredCluster;
  let config: KubeConfig;
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
    config = new KubeConfig();
    config.loadFromString(wired.kubeconfig);
  });
  after(() => wired[Symbol.asyncDispose]());

  test('definitions, objects and an informer', async () => {
    const cluster = new CustomCluster(wired);
    await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({ body: crd as never });
    await cluster.established('boats.example.com');
    const custom = config.makeApiClient(CustomObjectsApi);
    const where = { group: 'example.com', version: 'v1', namespace: 'default', plural: 'boats' };
    const seen: string[] = [];
    const informer = makeInformer<KubernetesObject>(
      config,
      '/apis/example.com/v1/namespaces/default/boats',
      () => custom.listNamespacedCustomObject(where),
    );
    informer.on('add', object => seen.push(`add ${object.metadata!.name}`));
    informer.on('delete', object => seen.push(`delete ${object.metadata!.name}`));
    await informer.start();
    const body = {
      apiVersion: 'example.com/v1',
      kind: 'Boat',
      metadata: { name: 'a' },
      spec: { color: 'red' },
    };
    const made = (await custom.createNamespacedCustomObject({ ...where, body })) as Custom;
    assert.equal(made.spec!.color, 'red');
    await custom.deleteNamespacedCustomObject({ ...where, name: 'a' });
    await cluster.until(async () => seen.length === 2);
    assert.deepEqual(seen, ['add a', 'delete a']);
    await informer.stop();
  });
});
