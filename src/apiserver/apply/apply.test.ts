import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadSchemas } from '#api/schemas.ts';
import { deepFreeze, type KubeObject, type ManagedFieldsEntry } from '#machinery/object.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import { StatusError } from '#machinery/status.ts';
import { type ApplyRequest, applyTo } from './apply.ts';
import { trackedFields } from './track.ts';
import type { TrackedKind } from './tracked-kind.ts';

const schemas = loadSchemas();

function kindOf(schema: ObjectSchema, apiVersion: string, kind: string): TrackedKind {
  return {
    apiVersion,
    kind,
    schema,
    subresource: '',
    filter: set => set,
    versions: {
      schemaOf: asked => (asked === apiVersion ? schema : undefined),
      convert: async (object, asked) => (asked === apiVersion ? object : undefined),
    },
    shown: object => object,
  };
}

const pods = kindOf(schemas.schemaOf('io.k8s.api.core.v1.Pod')!, 'v1', 'Pod');
const time = '2030-01-01T00:00:00Z';
const request = (config: unknown, manager = 'applier', force = false): ApplyRequest => ({
  config: config as KubeObject,
  manager,
  force,
  time,
  breathe: () => undefined,
});

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', labels: { a: 'b' } },
  spec: {
    containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }] }],
    tolerations: [{ key: 'k' }],
  },
};

async function stored(config: unknown = pod): Promise<KubeObject> {
  const { value, managedFields } = await applyTo(pods, undefined, request(config));
  return deepFreeze({ ...value, metadata: { ...value.metadata, uid: 'u', managedFields: managedFields! } });
}

describe('applying', () => {
  it('answers any configuration with an object or a StatusError', async () => {
    const old = await stored();
    const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('a', 1, null, [], {}, [{}], [null]));
    const name = fc.oneof(
      fc.constantFrom(
        'metadata',
        'spec',
        'status',
        'containers',
        'name',
        'ports',
        'env',
        'labels',
        '__proto__',
      ),
      fc.string({ maxLength: 4 }),
    );
    const path = fc.array(fc.oneof(name, fc.nat(2)), { minLength: 1, maxLength: 6 });
    const edits = fc.array(fc.tuple(path, junk), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(edits, fc.constantFrom('applier', 'kubectl', 'other'), async (changes, manager) => {
        const config = changes.reduce<unknown>((value, [path, part]) => edited(value, path, part), pod);
        for (const live of [undefined, old]) {
          try {
            const { value } = await applyTo(pods, live, request(config, manager));
            assert.equal(value.kind, 'Pod');
          } catch (error) {
            assert.ok(error instanceof StatusError, String((error as Error).stack));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not touch the old object', async () => {
    const old = await stored();
    const text = JSON.stringify(old);
    await applyTo(pods, old, request({ ...pod, metadata: { name: 'a' } }));
    await applyTo(pods, old, request({ ...pod, spec: { containers: [] } }, 'other', true));
    assert.equal(JSON.stringify(old), text);
  });

  it('gives a manager that changes nothing no time', async () => {
    const { managedFields } = await applyTo(pods, await stored(), request(pod, 'second'));
    const byName = Object.fromEntries(managedFields!.map(entry => [entry.manager, entry.time]));
    assert.deepEqual(byName, { applier: time, second: undefined });
  });
});

function edited(value: unknown, [key, ...rest]: readonly (string | number)[], part: unknown): unknown {
  if (key === undefined) return part;
  if (typeof value !== 'object' || value === null) return value;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  Object.defineProperty(copy, key, {
    value: edited(Object.hasOwn(copy, key) ? copy[key] : {}, rest, part),
    enumerable: true,
    writable: true,
    configurable: true,
  });
  return copy;
}

describe('what is stored and does not fit its type', () => {
  const broken = (managedFields?: ManagedFieldsEntry[]) =>
    deepFreeze({
      ...pod,
      metadata: { ...pod.metadata, namespace: 'n', uid: 'u', ...(managedFields ? { managedFields } : {}) },
      spec: { containers: [null] },
    }) as unknown as KubeObject;
  const why = '.spec.containers: element 0: associative list with keys may not have a null element';
  const refused = (old: KubeObject, config: unknown = pod) =>
    applyTo(pods, old, request(config)).then(
      () => 'applied',
      (error: StatusError) => `${error.code} ${error.message}`,
    );

  it('is told of, by where it is met', async () => {
    assert.equal(
      await refused(broken()),
      `500 failed to create manager for existing fields: failed to convert new object (n/a; /v1, Kind=Pod) to smd typed: ${why}`,
    );
    const { metadata } = await stored();
    assert.equal(
      await refused(broken(metadata.managedFields)),
      `500 failed to create typed live object (n/a; /v1, Kind=Pod): ${why}`,
    );
  });

  it('is looked at after the managers and the kind, and before the configuration', async () => {
    const bad = { ...pod, foo: 1 };
    assert.match(await refused(broken(), bad), /^500 failed to create manager for existing fields: /);
    assert.equal(await refused(broken(), { ...bad, kind: ['Pod'] }), '400 invalid object type: /v1, Kind=');
    const entries = [{ operation: 'X' }];
    assert.match(
      await refused(broken(entries), { ...bad, kind: 'X' }),
      /^500 failed to decode managed fields: /,
    );
  });

  it('comes back whole where pruning had left an item without fields', async () => {
    const item = { podIPs: [{ ip: '' }] };
    const entry = (manager: string, status: object): ManagedFieldsEntry => ({
      manager,
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:status': status },
    });
    const managedFields = [
      entry('applier', { 'f:observedGeneration': {} }),
      entry('other', { 'f:podIPs': { 'k:{"ip":""}': {} } }),
    ];
    const old = deepFreeze({
      ...pod,
      metadata: { ...pod.metadata, uid: 'u', managedFields },
      status: { observedGeneration: 1, ...item },
    }) as unknown as KubeObject;
    const { value } = await applyTo(
      pods,
      old,
      request({ ...pod, status: { podIPs: [{}] } }, 'applier', true),
    );
    assert.deepEqual((value as unknown as { status: object }).status, item);
  });
});

describe('following updates', () => {
  const track = (object: object, old?: KubeObject) =>
    trackedFields(pods, structuredClone(object) as KubeObject, old, 'updater', time);

  it('hands back the very entries of managers that lose nothing', async () => {
    const old = await stored();
    const next = { ...old, metadata: { ...old.metadata, annotations: { a: 'b' } } };
    const entries = await track(next, old);
    assert.equal(
      entries!.find(entry => entry.manager === 'applier'),
      old.metadata.managedFields![0],
    );
  });

  it('lets go of managers without fields, though nothing changes', async () => {
    const old = await stored();
    const empty = { ...old.metadata.managedFields![0]!, manager: 'empty', fieldsV1: {} };
    const managedFields = [...old.metadata.managedFields!, empty];
    const entries = await track({ ...old, metadata: { ...old.metadata, managedFields } }, old);
    assert.deepEqual(
      entries!.map(entry => entry.manager),
      ['applier'],
    );
  });

  it('leaves out managers where items of a keyed list cannot be told apart', async () => {
    const old = await stored();
    const next = { ...old, spec: { containers: [null] } };
    assert.equal(await track(next, old), undefined);
  });

  it('follows the entries that a client put right, however they are written', async () => {
    const old = await stored();
    const sent: ManagedFieldsEntry[] = [
      {
        manager: 'm',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:containers': { 'k:{ "name" : "c" }': { 'f:image': {}, '.': {} } } } },
      },
    ];
    const entries = await track({ ...old, metadata: { ...old.metadata, managedFields: sent } }, old);
    assert.deepEqual(
      entries?.map(entry => JSON.stringify(entry.fieldsV1)),
      ['{"f:spec":{"f:containers":{"k:{\\"name\\":\\"c\\"}":{".":{},"f:image":{}}}}}'],
    );
  });
});
