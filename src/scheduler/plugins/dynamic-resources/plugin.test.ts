/** Claims of devices in a whole cluster: the scheduler and the controllers meet only in the API. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  deviceClasses,
  pods,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  serviceAccounts,
} from '#api/generated/refs.ts';
import type { PodSpec } from '#api/generated/types/core.v1.ts';
import type { Device, DeviceClaim, ResourceClaim } from '#api/generated/types/resource.v1.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import { type StartClusterOptions, startCluster } from '#main/embedded.ts';

const namespace = 'default';
const driver = 'gpu.example.com';
const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const one: DeviceClaim = { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] };

async function cluster(t: TestContext, wrapTransport?: StartClusterOptions['wrapTransport']) {
  const clock = new VirtualClock(settle);
  const running = await startCluster({
    clock,
    seed: 3,
    nodes: 2,
    ...(wrapTransport ? { wrapTransport } : {}),
  });
  t.after(() => running.stop());
  const { client } = running;
  const until = async (what: string, condition: () => Promise<boolean>, ms = 120_000) => {
    assert.ok(await clock.advanceUntil(condition, ms), `not in time: ${what}`);
  };
  await until('the account', async () => (await client.list(serviceAccounts, namespace)).items.length > 0);
  await client.create(deviceClasses, {
    metadata: { name: 'gpu' },
    spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }] },
  });
  const placed = (name: string) =>
    until(`${name} has a node`, async () => (await podOf(client, name)).spec?.nodeName !== undefined);
  const told = (name: string, message: string) =>
    until(`${name} is told: ${message}`, async () => (await messageOf(client, name)) === message).catch(
      async error => assert.equal(await messageOf(client, name), message, error),
    );
  return { client, clock, until, placed, told };
}

const podOf = (client: Client, name: string) => client.get(pods, namespace, name);
const claimOf = (client: Client, name: string) => client.get(resourceClaims, namespace, name);
const messageOf = async (client: Client, name: string) =>
  (await podOf(client, name)).status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message;
const devicesOf = ({ status }: ResourceClaim) =>
  status?.allocation?.devices?.results?.map(({ pool, device }) => `${pool}/${device}`);

/** What a driver publishes of a node. */
function publish(client: Client, nodeName: string, devices: readonly Device[]) {
  return client.create(resourceSlices, {
    metadata: { name: nodeName },
    spec: {
      driver,
      nodeName,
      pool: { name: nodeName, generation: 1, resourceSliceCount: 1 },
      devices: [...devices],
    },
  });
}

function newClaim(client: Client, name: string, devices = one) {
  return client.create(resourceClaims, { metadata: { namespace, name }, spec: { devices } });
}

function newPod(
  client: Client,
  name: string,
  claim: { resourceClaimName?: string; resourceClaimTemplateName?: string },
  spec: Partial<PodSpec> = {},
) {
  return client.create(pods, {
    metadata: { namespace, name },
    spec: {
      ...spec,
      resourceClaims: [{ name: 'gpu', ...claim }],
      containers: [{ name: 'main', image: 'main', resources: { claims: [{ name: 'gpu' }] } }],
    },
  });
}

test('each pod gets a device of its own from its template, where there is one, and the next one when it has gone', async t => {
  const { client, until, placed, told } = await cluster(t);
  await publish(client, 'hollow-1', [{ name: 'a' }]);
  await client.create(resourceClaimTemplates, {
    metadata: { namespace, name: 'gpu' },
    spec: { spec: { devices: one } },
  });
  await newPod(client, 'first', { resourceClaimTemplateName: 'gpu' });
  await placed('first');
  const { spec, status, metadata } = await podOf(client, 'first');
  assert.equal(spec?.nodeName, 'hollow-1');
  const claim = await claimOf(client, status!.resourceClaimStatuses![0]!.resourceClaimName!);
  assert.deepEqual(claim.status, {
    allocation: {
      devices: { results: [{ request: 'gpu', driver, pool: 'hollow-1', device: 'a' }] },
      nodeSelector: {
        nodeSelectorTerms: [
          { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['hollow-1'] }] },
        ],
      },
    },
    reservedFor: [{ resource: 'pods', name: 'first', uid: metadata.uid }],
  });
  assert.deepEqual(claim.metadata.finalizers, ['resource.kubernetes.io/delete-protection']);

  await newPod(client, 'second', { resourceClaimTemplateName: 'gpu' });
  await told(
    'second',
    '0/2 nodes are available: 2 cannot allocate all claims. still not schedulable, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  );
  await client.delete(pods, namespace, 'first');
  await placed('second');
  const next = (await podOf(client, 'second')).status!.resourceClaimStatuses![0]!.resourceClaimName!;
  assert.deepEqual(devicesOf(await claimOf(client, next)), ['hollow-1/a']);
  await until('the first claim is gone', async () =>
    (await client.list(resourceClaims, namespace)).items.every(
      ({ metadata: { name } }) => name !== claim.metadata.name,
    ),
  );
});

test('pods that share a claim go where its devices are, and wait for it to be made', async t => {
  const { client, clock, placed } = await cluster(t);
  await publish(client, 'hollow-0', [{ name: 'a' }]);
  for (const name of ['first', 'second']) await newPod(client, name, { resourceClaimName: 'shared' });
  await clock.advance(5_000);
  assert.equal((await podOf(client, 'first')).spec?.nodeName, undefined);
  await newClaim(client, 'shared');
  await placed('first');
  await placed('second');
  assert.equal((await podOf(client, 'first')).spec?.nodeName, 'hollow-0');
  assert.equal((await podOf(client, 'second')).spec?.nodeName, 'hollow-0');
  const { reservedFor } = (await claimOf(client, 'shared')).status!;
  assert.deepEqual(reservedFor?.map(({ name }) => name).sort(), ['first', 'second']);
});

test('many at once never get the same device', async t => {
  const { client, placed } = await cluster(t);
  const devices = Array.from({ length: 6 }, (_, i) => ({ name: `gpu-${i}` }));
  await publish(client, 'hollow-0', devices.slice(0, 3));
  await publish(client, 'hollow-1', devices.slice(3));
  const names = devices.map((_, i) => `p${i}`);
  for (const name of names) await newClaim(client, name);
  for (const name of names) await newPod(client, name, { resourceClaimName: name });
  for (const name of names) await placed(name);
  const got: string[] = [];
  for (const name of names) got.push(...devicesOf(await claimOf(client, name))!);
  assert.equal(new Set(got).size, 6, got.join(' '));
});

test('devices that are being written into a claim are given to no other, though the pod has gone meanwhile', async t => {
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  let isWriting = false;
  const { client, clock, until, placed } = await cluster(t, (transport, component) => ({
    ...transport,
    watch: (request, handler) => transport.watch(request, handler),
    stream: request => transport.stream(request),
    async request(request) {
      if (component === 'scheduler' && request.method === 'PUT' && request.path.endsWith('/first/status')) {
        isWriting = true;
        await written;
      }
      return transport.request(request);
    },
  }));
  await publish(client, 'hollow-0', [{ name: 'a' }]);
  for (const name of ['first', 'second']) await newClaim(client, name);
  await newPod(client, 'first', { resourceClaimName: 'first' });
  await until('the write', () => Promise.resolve(isWriting));
  await client.delete(pods, namespace, 'first');
  await newPod(client, 'second', { resourceClaimName: 'second' });
  await clock.advance(30_000);
  assert.equal((await podOf(client, 'second')).spec?.nodeName, undefined);
  write();
  await placed('second');
  assert.equal(devicesOf(await claimOf(client, 'first')), undefined);
});

test('a pod without claims is told of none; one that was refused before they were looked at is told so too', async t => {
  const { client, told } = await cluster(t);
  const containers = [{ name: 'main', image: 'main', resources: { requests: { cpu: '1000' } } }];
  await client.create(pods, { metadata: { namespace, name: 'large' }, spec: { containers } });
  await told(
    'large',
    '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  );
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'none' } }];
  await client.create(pods, {
    metadata: { namespace, name: 'stuck' },
    spec: { volumes, containers: [{ name: 'main', image: 'main' }] },
  });
  await told('stuck', '0/2 nodes are available: persistentvolumeclaim "none" not found. not found');
});

test('a class that does not exist is waited for', async t => {
  const { client, placed, told } = await cluster(t);
  await publish(client, 'hollow-0', [{ name: 'a' }]);
  await newClaim(client, 'c', { requests: [{ name: 'r', exactly: { deviceClassName: 'later' } }] });
  await newPod(client, 'p', { resourceClaimName: 'c' });
  await told(
    'p',
    '0/2 nodes are available: request r: device class later does not exist. still not schedulable, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  );
  await client.create(deviceClasses, { metadata: { name: 'later' }, spec: {} });
  await placed('p');
});

test('a claim that nobody uses gets other devices where the pod cannot go to those that it has', async t => {
  const { client, clock, placed } = await cluster(t);
  await publish(client, 'hollow-0', [{ name: 'a' }]);
  await publish(client, 'hollow-1', [{ name: 'b' }]);
  await clock.advance(1_000);
  const claim = await newClaim(client, 'c');
  await client.updateStatus(resourceClaims, {
    ...claim,
    status: {
      allocation: {
        devices: { results: [{ request: 'gpu', driver, pool: 'hollow-0', device: 'a' }] },
        nodeSelector: {
          nodeSelectorTerms: [
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['hollow-0'] }] },
          ],
        },
      },
    },
  });
  await newPod(
    client,
    'p',
    { resourceClaimName: 'c' },
    { nodeSelector: { 'kubernetes.io/hostname': 'hollow-1' } },
  );
  await placed('p');
  assert.deepEqual(devicesOf(await claimOf(client, 'c')), ['hollow-1/b']);
});

test('a node goes first where more of what was asked for first can be had', async t => {
  const { client, clock, placed } = await cluster(t);
  await publish(client, 'hollow-0', [{ name: 'a', attributes: { large: { bool: false } } }]);
  await publish(client, 'hollow-1', [{ name: 'b', attributes: { large: { bool: true } } }]);
  await clock.advance(1_000);
  const asking = (name: string, large: boolean) => ({
    name,
    deviceClassName: 'gpu',
    selectors: [{ cel: { expression: `device.attributes["${driver}"].large == ${large}` } }],
  });
  const firstAvailable = [asking('large', true), asking('small', false)];
  const devices: DeviceClaim = { requests: [{ name: 'gpu', firstAvailable }] };
  for (const name of ['x', 'y']) {
    await newClaim(client, name, devices);
    await newPod(client, name, { resourceClaimName: name });
    await placed(name);
  }
  const requestOf = async (name: string) =>
    (await claimOf(client, name)).status!.allocation!.devices!.results![0]!.request;
  assert.deepEqual([await requestOf('x'), await requestOf('y')], ['gpu/large', 'gpu/small']);
});

test('a pod is bound once its device is ready, and its claim is free again where the device fails', async t => {
  const { client, until, placed } = await cluster(t);
  const conditions = { bindingConditions: ['Ready'], bindingFailureConditions: ['Failed'] };
  await publish(client, 'hollow-0', [{ name: 'a', ...conditions }]);
  await newClaim(client, 'c');
  await newPod(client, 'p', { resourceClaimName: 'c' });
  const say = async (type: string) => {
    await until('a device', async () => devicesOf(await claimOf(client, 'c')) !== undefined);
    const claim = await claimOf(client, 'c');
    assert.equal((await podOf(client, 'p')).spec?.nodeName, undefined);
    const condition = {
      type,
      status: 'True',
      reason: type,
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = {
      ...claim.status,
      devices: [{ driver, pool: 'hollow-0', device: 'a', conditions: [condition] }],
    };
    await client.updateStatus(resourceClaims, { ...claim, status });
  };
  await say('Failed');
  await until('no device', async () => (await claimOf(client, 'c')).status?.devices === undefined);
  await say('Ready');
  await placed('p');
});
