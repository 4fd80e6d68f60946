import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { hasUpstreamTools, upstreamTools } from '#test/kubectl.ts';
import { WebhookServer } from '#test/webhook-server.ts';

const run = promisify(execFile);

describe('admission as kubectl sees it', {
  skip: hasUpstreamTools() ? false : 'no kubectl for this machine',
}, () => {
  let cluster: Cluster;
  let server: WebhookServer;
  let home: string;
  let program: string;
  let files = 0;
  before(async () => {
    cluster = await startCluster({ nodes: 0, controllers: [] });
    server = await WebhookServer.start();
    home = await mkdtemp(join(tmpdir(), 'coxswain-admission-'));
    await writeFile(join(home, 'config'), await cluster.kubeconfig(), { mode: 0o600 });
    program = (await upstreamTools()).kubectl;
  });
  after(async () => {
    await rm(home, { recursive: true });
    await server[Symbol.asyncDispose]();
    await cluster.stop();
  });

  const kubectl = (...args: string[]) =>
    run(program, args, { env: { HOME: home, KUBECONFIG: join(home, 'config') } });
  const refused = (...args: string[]) =>
    kubectl(...args).then(
      () => assert.fail('it was not refused'),
      (error: { stderr: string }) => error.stderr.trim(),
    );
  async function apply(...objects: object[]): Promise<void> {
    const file = join(home, `${files++}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await kubectl('apply', '-f', file);
  }

  const registration = 'admissionregistration.k8s.io/v1';
  const mapRule = (...operations: string[]) => [
    { operations, apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
  ];

  test('webhooks warn and deny', async () => {
    const webhook = {
      name: 'maps.example.com',
      clientConfig: server.clientConfig('/maps', ({ name }) => ({
        allowed: name !== 'bad',
        warnings: ['maps are watched'],
        status: { code: 403, reason: 'Forbidden', message: 'no bad maps' },
      })),
      rules: mapRule('CREATE'),
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    const metadata = { name: 'maps' };
    await apply({
      apiVersion: registration,
      kind: 'ValidatingWebhookConfiguration',
      metadata,
      webhooks: [webhook],
    });
    assert.equal(
      await refused('create', 'configmap', 'bad'),
      'Warning: maps are watched\nerror: failed to create configmap: admission webhook "maps.example.com" denied the request: no bad maps',
    );
    const { stderr } = await kubectl('create', 'configmap', 'good');
    assert.equal(stderr.trim(), 'Warning: maps are watched');
    await kubectl('delete', 'validatingwebhookconfiguration', 'maps');
  });

  test('policies deny, and read as they were applied', async () => {
    const spec = {
      matchConstraints: { resourceRules: mapRule('CREATE', 'UPDATE') },
      validations: [
        { expression: "object.metadata.name.startsWith('ok-')", message: 'names begin with ok-' },
      ],
    };
    const metadata = { name: 'names' };
    await apply(
      { apiVersion: registration, kind: 'ValidatingAdmissionPolicy', metadata, spec },
      {
        apiVersion: registration,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata,
        spec: { policyName: 'names', validationActions: ['Deny'] },
      },
    );
    assert.equal(
      await refused('create', 'configmap', 'wrong'),
      `error: failed to create configmap: configmaps "wrong" is forbidden: ValidatingAdmissionPolicy 'names' with binding 'names' denied request: names begin with ok-`,
    );
    await kubectl('create', 'configmap', 'ok-right');
    const { stdout } = await kubectl('get', 'validatingadmissionpolicy', 'names');
    assert.match(stdout, /NAME +VALIDATIONS +PARAMKIND +AGE\nnames +1 +<unset>/);
    await kubectl('delete', 'validatingadmissionpolicy,validatingadmissionpolicybinding', 'names');
  });

  test('mutating policies change custom resources, also those applied on the server', async () => {
    const properties = {
      color: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    };
    const schema = {
      openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
    };
    await apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boats.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'boats', singular: 'boat', kind: 'Boat' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    await kubectl('wait', '--for=condition=Established', 'crd/boats.example.com');
    const metadata = { name: 'paint' };
    const expression = 'Object{spec: Object.spec{color: "red", tags: ["painted"]}}';
    await apply(
      {
        apiVersion: registration,
        kind: 'MutatingAdmissionPolicy',
        metadata,
        spec: {
          reinvocationPolicy: 'Never',
          matchConstraints: {
            resourceRules: [
              {
                operations: ['CREATE'],
                apiGroups: ['example.com'],
                apiVersions: ['*'],
                resources: ['boats'],
              },
            ],
          },
          mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
        },
      },
      {
        apiVersion: registration,
        kind: 'MutatingAdmissionPolicyBinding',
        metadata,
        spec: { policyName: 'paint' },
      },
    );
    const file = join(home, 'boat.json');
    const boat = {
      apiVersion: 'example.com/v1',
      kind: 'Boat',
      metadata: { name: 'b' },
      spec: { tags: ['old'] },
    };
    await writeFile(file, JSON.stringify(boat));
    await kubectl('apply', '--server-side', '-f', file);
    const { stdout } = await kubectl('get', 'boat', 'b', '-o', 'jsonpath={.spec}');
    assert.deepEqual(JSON.parse(stdout), { color: 'red', tags: ['old', 'painted'] });
  });
});
