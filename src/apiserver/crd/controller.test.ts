import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
} from '#api/generated/types/apiextensions.v1.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { type Client, createClient } from '#client/client.ts';
import { builtInResources } from '#api/registry.ts';
import { loadSchemas } from '#api/schemas.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { hasReason } from '#machinery/status.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { createSecurity } from '../auth/security.ts';
import { ensureObjects } from '../bootstrap/ensure.ts';
import { bootstrapObjects } from '../bootstrap/objects.ts';
import { loopbackUser } from '../identity.ts';
import { createInProcessTransport } from '../in-process.ts';
import { createPki } from '../pki/pki.ts';
import { ApiServer } from '../server.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const crds: ResourceRef<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const boats: ResourceRef<KubeObject> = {
  group: 'example.com',
  version: 'v1',
  resource: 'boats',
  kind: 'Boat',
  namespaced: true,
};

function definition(more: Partial<CustomResourceDefinitionSpec> = {}): CustomResourceDefinition {
  const openAPIV3Schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { masts: { type: 'integer', default: 1 } } } },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'boats.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'boats', kind: 'Boat' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
      ...more,
    },
  };
}

/** Servers over one store, one after the other. */
class Servers implements AsyncDisposable {
  readonly #clock = new VirtualClock(settle);
  readonly #store = new MemoryStore(this.#clock);
  readonly #pki = createPki({
    clock: this.#clock,
    nodeName: 'a',
    nodeIps: ['10.0.0.1'],
    serviceIp: '10.96.0.1',
  });
  #server: ApiServer | undefined;

  async start(): Promise<Client> {
    this.#server?.[Symbol.dispose]();
    const random = new SeededRandom(1);
    this.#server = await ApiServer.start({
      store: this.#store,
      definitions: builtInResources,
      schemas: loadSchemas(),
      clock: this.#clock,
      random,
      log: silentLog,
      hostname: 'here',
      serviceAllocation: { cidrs: ['10.96.0.0/16'], nodePorts: [30_000, 32_767] },
      security: createSecurity({
        schemas: loadSchemas(),
        pki: () => this.#pki,
        clock: this.#clock,
        random,
        log: silentLog,
      }),
    });
    const transport = createInProcessTransport(this.#server, loopbackUser);
    await ensureObjects(
      this.#server,
      transport,
      bootstrapObjects({ serviceCidrs: ['10.96.0.0/16'] }) as KubeObject[],
    );
    return createClient(transport);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.[Symbol.dispose]();
    await this.#store[Symbol.asyncDispose]();
  }
}

async function condition(client: Client, type: string): Promise<string | undefined> {
  const { status } = await client.get(crds, '', 'boats.example.com');
  const found = status?.conditions?.find(other => other.type === type);
  return found && `${found.status} ${found.reason}`;
}

describe('custom resource definitions', () => {
  it('are served from the start where they were before', async () => {
    await using servers = new Servers();
    const first = await servers.start();
    await first.create(crds, definition());
    await settle();
    await first.create(boats, { metadata: { name: 'a', namespace: 'default' } } as KubeObject);
    const second = await servers.start();
    const found = await second.get(boats, 'default', 'a');
    assert.equal(found.apiVersion, 'example.com/v1');
  });

  it('go on being deleted after a restart', async () => {
    await using servers = new Servers();
    const first = await servers.start();
    await first.create(crds, definition());
    await settle();
    const held = { metadata: { name: 'a', namespace: 'default', finalizers: ['example.com/hold'] } };
    await first.create(boats, held as KubeObject);
    await first.delete(crds, '', 'boats.example.com');
    await settle();
    const second = await servers.start();
    await settle();
    assert.equal(await condition(second, 'Terminating'), 'True InstanceDeletionInProgress');
    const object = await second.get(boats, 'default', 'a');
    await second.update(boats, { ...object, metadata: { ...object.metadata, finalizers: [] } });
    await settle();
    await assert.rejects(second.get(crds, '', 'boats.example.com'), error => hasReason(error, 'NotFound'));
    await assert.rejects(second.list(boats, 'default'), error => hasReason(error, 'NotFound'));
  });

  it('are not established while nobody can know their webhook', async () => {
    await using servers = new Servers();
    const client = await servers.start();
    const conversion = (caBundle: string) => ({
      strategy: 'Webhook',
      webhook: {
        clientConfig: { url: 'https://example.com/convert', caBundle },
        conversionReviewVersions: ['v1'],
      },
    });
    const made = await client.create(crds, definition({ conversion: conversion(btoa('none')) }));
    await settle();
    assert.equal(await condition(client, 'Established'), 'False InvalidCABundle');
    const current = await client.get(crds, '', made.metadata.name!);
    await client.update(crds, { ...current, spec: { ...current.spec, conversion: conversion('') } });
    await settle();
    assert.equal(await condition(client, 'Established'), 'True InitialNamesAccepted');
    const served = await client.get(crds, '', made.metadata.name!);
    const broken = { ...served, spec: { ...served.spec, conversion: conversion(btoa('none')) } };
    await assert.rejects(client.update(crds, broken), /webhookClientConfig\.caBundle: Invalid value/);
  });

  it('say whether the community approved of their group', async () => {
    await using servers = new Servers();
    const client = await servers.start();
    const guarded = definition({ group: 'x.k8s.io' });
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, a test' };
    await client.create(crds, { ...guarded, metadata: { name: 'boats.x.k8s.io', annotations } });
    await settle();
    const { status } = await client.get(crds, '', 'boats.x.k8s.io');
    assert.deepEqual(
      status?.conditions?.map(c => [c.type, c.status, c.reason]),
      [
        ['NamesAccepted', 'True', 'NoConflicts'],
        ['Established', 'True', 'InitialNamesAccepted'],
        ['KubernetesAPIApprovalPolicyConformant', 'False', 'UnapprovedAnnotation'],
      ],
    );
  });
});
